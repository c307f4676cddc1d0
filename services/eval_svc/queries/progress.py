"""What the 报送进度 of self-evaluation counts."""

from __future__ import annotations

from services.eval_svc.store.campaigns import ContactRow
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.duties.progress import Owed


def owed_forms(fiscal_year: int, kind: str = "") -> Owed:
    """Return the self-evaluations of a budget year, perhaps of one kind only."""
    some = (SelfEvaluationRow.kind == kind,) if kind else ()
    return Owed(SelfEvaluationRow, ContactRow, fiscal_year, some)
