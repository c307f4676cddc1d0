"""Whole pages the shell brings itself."""

from __future__ import annotations

from flask import render_template, request

from shared.web.problems import Problem


def render_problem_page(problem: Problem) -> str:
    """Return a failure as a page that says what happened and what to do next.

    htmx gets only the message, to be put where the reader looks.
    """
    partial = request.headers.get("HX-Request") == "true"
    name = "shell/problem_part.html" if partial else "shell/problem.html"
    return render_template(name, problem=problem)
