"""All pages of this service; a file of its own, as the menu alone is to load none of them."""

from flask import Blueprint

from services.monitor_svc.console import (
    execution,
    extensions,
    glance,
    imports,
    problems,
    progress,
    report_acts,
    report_page,
    reports,
)

PAGES: tuple[Blueprint, ...] = (
    reports.pages,
    report_page.pages,
    report_acts.pages,
    problems.pages,
    progress.pages,
    extensions.pages,
    execution.pages,
    imports.pages,
    glance.pages,
)
