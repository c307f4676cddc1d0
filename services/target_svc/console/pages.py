"""All pages of this service; a file of its own, as the menu alone is to load none of them."""

from flask import Blueprint

from services.target_svc.console import (
    gate,
    glance,
    indicators,
    joint,
    project_import,
    projects,
    submission,
    target_batches,
    target_form,
    target_page,
    targets,
)

PAGES: tuple[Blueprint, ...] = tuple(
    module.pages
    for module in (
        projects,
        project_import,
        targets,
        target_batches,
        target_page,
        target_form,
        submission,
        joint,
        gate,
        indicators,
        glance,
    )
)
