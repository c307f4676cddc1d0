"""Self-evaluations as duties: what their pages say and where they lead."""

from __future__ import annotations

from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from shared.duties.pages import DutyPages

PAGES = DutyPages(
    row=SelfEvaluationRow,
    subject="单位自评",
    documents="单位自评材料",
    items="evaluation.self_evaluations",
    progress="evaluation.progress",
    counter="/evaluation/paper",
    receiving="evaluation.self_evaluation.receive_paper",
    extending="evaluation.campaign.extend",
    progress_template="evaluation/progress.html",
)
