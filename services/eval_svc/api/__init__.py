"""JSON API v1 of this service, thin."""

from flask import Blueprint

from services.eval_svc.api import campaigns, form_checks, objects, self_evaluations

API: tuple[Blueprint, ...] = (
    objects.api,
    self_evaluations.api,
    campaigns.api,
    form_checks.api,
)
