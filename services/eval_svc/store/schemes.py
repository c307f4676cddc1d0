"""The scoring scheme of a form: by its kind and budget year, from the pack in force."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.policy.active import policy_for
from shared.policy.scoring import ScoringScheme, scheme_of


def scheme_for(session: Session, form: SelfEvaluationRow) -> ScoringScheme:
    """Return the scheme; raise `NoPolicyError` or `NoSchemeError` where none is set."""
    pack = policy_for(session, form.region_code, form.fiscal_year)
    return scheme_of(pack, form.kind, form.fiscal_year)
