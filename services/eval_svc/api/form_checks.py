"""The form check by API: one document in, the report out; nothing is kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from services.eval_svc.api.form_check_schemas import CheckReportSchema, FormDocumentSchema
from services.eval_svc.usecases.check_form import check_document
from shared.web.api import Reply, computes
from shared.web.permissions import permission

api = Blueprint("form_checks_api", __name__, url_prefix="/api/v1/form-checks")
MOST_BYTES = 2 * 1024 * 1024


@api.post("")
@permission("evaluation.form_check.run")
@computes(
    "真实性复核：核对一张自评表的数字",
    body=FormDocumentSchema,
    reply=CheckReportSchema,
    most_bytes=MOST_BYTES,
)
def check(document: Any) -> Reply:  # noqa: ANN401 (JSON of any shape)
    """Return every disagreement on the form; the form itself is not kept."""
    return Reply(check_document(document).to_json())
