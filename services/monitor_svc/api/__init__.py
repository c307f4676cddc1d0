"""JSON API v1 of this service, thin."""

from flask import Blueprint

from services.monitor_svc.api.execution import execution
from services.monitor_svc.api.progress import progress
from services.monitor_svc.api.reports import reports

API: tuple[Blueprint, ...] = (reports, progress, execution)
