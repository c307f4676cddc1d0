"""JSON API v1 of this service, thin."""

from flask import Blueprint

from services.target_svc.api.files import files
from services.target_svc.api.gate import gate_questions
from services.target_svc.api.indicators import indicators
from services.target_svc.api.projects import projects
from services.target_svc.api.reviews import reviews
from services.target_svc.api.targets import targets

API: tuple[Blueprint, ...] = (projects, targets, reviews, gate_questions, indicators, files)
