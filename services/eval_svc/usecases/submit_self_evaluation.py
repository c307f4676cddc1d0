"""Act: submit table, report and attachments with a signed scan; late is accepted and marked.

Y25-5.4, SL21-7.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.eval_svc.domain.states import SelfEvaluationAct, SelfEvaluationState
from services.eval_svc.domain.submission import Signature, check_form, check_signature
from services.eval_svc.store.self_evaluations import (
    FundRow,
    IndicatorRow,
    SelfEvaluationRow,
    SubmissionRow,
    funds_of,
    indicators_of,
)
from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
)
from services.eval_svc.usecases.moving import move
from services.eval_svc.usecases.scoring_form import filled_form, refresh_known, rescore
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.handing_in import hand_in
from shared.errors import InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for
from shared.policy.scoring import scheme_of


@dataclass(frozen=True, slots=True)
class SubmitSelfEvaluation:
    """The signature that goes with the submission; the scan is among the form's files."""

    key: SelfEvaluationKey
    commitment: bool
    signer_name: str


def submit_self_evaluation(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SubmitSelfEvaluation
) -> LoadedSelfEvaluation:
    """Submit; raise `InvalidInputError` with every reason it cannot leave the unit.

    A new print code is given each time, so an older paper copy is noticed at the counter.
    """
    loaded = load_self_evaluation(uow, actor, command.key, "evaluation.self_evaluation.submit")
    form = loaded.form
    pack = policy_for(uow.session, form.region_code, form.fiscal_year)
    funds, rows = funds_of(uow.session, form), indicators_of(uow.session, form)
    refresh_known(uow, form)
    rescore(pack, form, funds, rows)
    signature = Signature(
        command.commitment,
        command.signer_name,
        digest_of(form, "scan"),
        digest_of(form, "report"),
    )
    scheme = scheme_of(pack, form.kind, form.fiscal_year)
    problems = check_form(scheme, filled_form(form, funds, rows)) + check_signature(signature)
    if problems:
        raise InvalidInputError(problems)
    hand_in(clock, actor, form)
    form.recheck_score = None
    uow.session.add(_submission(clock, actor, form, command, content_of(form, funds, rows)))
    own_department = loaded.unit.is_department
    first = (
        SelfEvaluationState.FIN_OFFICE_REVIEW if own_department else SelfEvaluationState.DEPT_REVIEW
    )
    move(uow, clock, actor, loaded, SelfEvaluationAct.SUBMIT, to=first)
    return loaded


def digest_of(form: SelfEvaluationRow, kind: str) -> str:
    """Return the digest of the form's file of a kind, empty when there is none."""
    return next((each["digest"] for each in form.files if each["kind"] == kind), "")


def _submission(
    clock: Clock,
    actor: Actor,
    form: SelfEvaluationRow,
    command: SubmitSelfEvaluation,
    content: dict[str, Any],
) -> SubmissionRow:
    return SubmissionRow(
        region_code=form.region_code,
        fiscal_year=form.fiscal_year,
        submission_id=new_id(),
        self_evaluation_id=form.self_evaluation_id,
        submitted_at=clock.now(),
        submitted_by=actor.account_id,
        submitter_name=actor.name,
        signer_name=command.signer_name.strip(),
        files=list(form.files),
        print_code=form.print_code,
        content=content,
    )


def content_of(
    form: SelfEvaluationRow, funds: Sequence[FundRow], rows: Sequence[IndicatorRow]
) -> dict[str, Any]:
    """Return a form's content in JSON form, amounts in 元 and scores as strings."""
    texts = ("result", "overview", "executed_note", "conclusion", "problems", "measures")
    return {
        **{name: getattr(form, name) for name in texts},
        "tasks": list(form.tasks),
        "is_finished": form.is_finished,
        "execution_score": str(form.execution_score),
        "total": str(form.total),
        "grade": form.grade,
        "explained": form.explained,
        "funds": [
            {
                "source": row.source,
                "initial": str(row.initial),
                "budget": str(row.budget),
                "executed": str(row.executed),
            }
            for row in funds
        ],
        "indicators": [
            {
                "position": row.position,
                "name": row.name,
                "points": str(row.points),
                "actual": row.actual,
                "score": str(row.score),
                "explained": row.explained,
                "reason": row.reason,
            }
            for row in rows
        ],
    }
