"""JSON API v1 of this service, thin."""

from flask import Blueprint

from services.oversight_svc.api import (
    clues,
    finding_acts,
    findings,
    me,
    notices,
    oauth,
    rules,
    sharing,
    units,
)

API: tuple[Blueprint, ...] = (
    units.api,
    rules.api,
    me.api,
    findings.api,
    finding_acts.api,
    notices.api,
    clues.api,
    sharing.api,
)
ROOT_API: tuple[Blueprint, ...] = (oauth.api,)
"""The token address, which belongs to no service's API."""
