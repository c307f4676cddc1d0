"""All pages of this service; a file of its own, as the menu alone is to load none of them."""

from flask import Blueprint

from services.eval_svc.console import (
    acts,
    campaign,
    extensions,
    form_checks,
    form_page,
    glance,
    objects,
    page,
    progress,
    self_evaluations,
    sheet_page,
)

PAGES: tuple[Blueprint, ...] = (
    objects.pages,
    self_evaluations.pages,
    page.pages,
    form_page.pages,
    sheet_page.pages,
    acts.pages,
    campaign.pages,
    progress.pages,
    extensions.pages,
    form_checks.pages,
    glance.pages,
)
