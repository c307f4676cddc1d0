"""This service's part of the 全过程一览: coverage of the budget by targets."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from services.target_svc.queries.glance import BookCoverage, coverage_by_book
from services.target_svc.queries.targets import TargetFilter, count_tabs
from shared.money import ratio_percent
from shared.terms import labels
from shared.web.console.request import asked_year, clock, database
from shared.web.console.views import Tile
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission

pages = Blueprint("glance", __name__, template_folder="templates")


@pages.get("/glance")
@permission("target.target.view")
def show_glance() -> str:
    """Show projects and targets of a budget year, each figure a link to its list."""
    actor = current_actor()
    year = asked_year(request.args.get("year", ""), clock().today().year)
    with database().read() as session:
        books = coverage_by_book(session, actor, year)
        tabs = count_tabs(session, actor, TargetFilter(year))
    order = list(labels("budget_book"))
    books.sort(key=lambda each: order.index(each.book))
    return render_template(
        "target/glance.html",
        tiles=_tiles(books, tabs, year),
        books=[_book(each, year) for each in books],
    )


def _tiles(books: list[BookCoverage], tabs: dict[str, int], year: int) -> list[Tile]:
    projects = sum(each.projects for each in books)
    without = projects - sum(each.with_target for each in books)
    listed = link("target.projects", query={"year": year})

    def tab(name: str) -> str:
        return link("target.targets", query={"year": year, "tab": name})

    lacking = link("target.projects", query={"year": year, "target": "no"})
    return [
        Tile("预算项目", f"{projects:,}", listed, "个", "blue"),
        Tile("未填报目标", f"{without:,}", lacking, "个", "red" if without else "green"),
        Tile("目标审核中", f"{tabs['review']:,}", tab("review"), "个", "orange"),
        Tile("目标已通过", f"{tabs['passed']:,}", tab("passed"), "个", "green"),
    ]


def _book(found: BookCoverage, year: int) -> dict[str, object]:
    asked = {"year": year, "book": found.book}
    return {
        "name": labels("budget_book")[found.book],
        "href": link("target.projects", query=asked),
        "without": found.projects - found.with_target,
        "without_href": link("target.projects", query={**asked, "target": "no"}),
        "found": found,
        "share": ratio_percent(found.passed_amount, found.amount),
    }
