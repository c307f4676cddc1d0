"""JSON API v1 of this service, thin."""

from flask import Blueprint

from services.oversight_svc.api import (
    accountability,
    clues,
    escalations,
    finding_acts,
    findings,
    me,
    notices,
    oauth,
    rules,
    sharing,
    units,
)
from services.oversight_svc.api.signature_guard import guard

API: tuple[Blueprint, ...] = (
    units.api,
    rules.api,
    me.api,
    findings.api,
    finding_acts.api,
    notices.api,
    clues.api,
    accountability.api,
    escalations.api,
    sharing.api,
)
for _signed in (
    sharing.api,
    findings.api,
    finding_acts.api,
    accountability.api,
    escalations.api,
):
    guard(_signed)

ROOT_API: tuple[Blueprint, ...] = (oauth.api,)
"""The token address, which belongs to no service's API."""
