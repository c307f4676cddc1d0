"""Act: hand a problem of a self-evaluation to oversight, which registers it (Y25-6.6, HC17.2)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from services.eval_svc.store.self_evaluations import ProblemRow, SelfEvaluationRow
from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
)
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError
from shared.events.envelope import Subject
from shared.events.evaluation import PROBLEM_REFERRED
from shared.ids import new_id
from shared.terms import label
from shared.terms.vocabulary import FindingCategory, FindingSource, SelfEvaluationKind


class NothingToReferError(RuleBrokenError):
    """There is no submitted form the problem could be about."""

    code: ClassVar[str] = "nothing_to_refer"
    sentence: ClassVar[str] = "单位尚未报送自评，不能移交问题；请待报送后办理。"


@dataclass(frozen=True, slots=True)
class ReferProblem:
    """The problem as the officer words it. `amount` in 元, none where no money is concerned."""

    key: SelfEvaluationKey
    title: str
    description: str
    category: str
    amount: Decimal | None
    basis: str


def refer_problem(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReferProblem
) -> LoadedSelfEvaluation:
    """Refer; raise `InvalidInputError` for what is missing, `NothingToReferError` too early."""
    loaded = load_self_evaluation(uow, actor, command.key, "evaluation.self_evaluation.refer")
    form = loaded.form
    if not form.is_submitted:
        raise NothingToReferError
    _check(command)
    form.problems_referred += 1
    form.version += 1
    number = form.problems_referred
    uow.session.add(
        ProblemRow(
            region_code=form.region_code,
            fiscal_year=form.fiscal_year,
            self_evaluation_id=form.self_evaluation_id,
            number=number,
            title=command.title.strip(),
            description=command.description.strip(),
            category=command.category,
            amount=command.amount,
            basis=command.basis.strip(),
            referred_at=clock.now(),
            referred_by=actor.name,
        )
    )
    _tell(uow, actor, form, command, number)
    record_act(
        uow,
        actor,
        form,
        "refer",
        title=form.name,
        after={"number": number, "title": command.title.strip()},
    )
    return loaded


def _check(command: ReferProblem) -> None:
    asked = (
        ("title", command.title, "请填写问题标题。"),
        ("description", command.description, "请写明问题的具体情况。"),
        ("category", command.category, "请选择问题类别。"),
        ("basis", command.basis, "请填写依据的制度条款。"),
    )
    problems = [
        FieldProblem(name, "missing", text) for name, value, text in asked if not value.strip()
    ]
    if command.category and command.category not in set(FindingCategory):
        problems.append(FieldProblem("category", "unknown", "请从所列类别中选择。"))
    if command.amount is not None and command.amount < 0:
        problems.append(FieldProblem("amount", "negative", "涉及金额不能为负数。"))
    if problems:
        raise InvalidInputError(problems)


def _tell(
    uow: UnitOfWork, actor: Actor, form: SelfEvaluationRow, command: ReferProblem, number: int
) -> None:
    is_project = form.kind == SelfEvaluationKind.PROJECT
    kind = label("self_evaluation_kind", form.kind)
    uow.emit(
        PROBLEM_REFERRED,
        Subject(new_id(), 1, form.region_code, form.fiscal_year),
        actor,
        {
            "source": FindingSource.SELF_EVALUATION.value,
            "source_key": f"{form.self_evaluation_id}:{number}",
            "source_document": f"{form.fiscal_year}年度{kind}绩效自评表（{form.print_code}）",
            "unit_id": form.unit_id,
            "project_id": form.subject_id if is_project else None,
            "project_name": form.name if is_project else "",
            "title": command.title.strip(),
            "description": command.description.strip(),
            "category": command.category,
            "amount": command.amount,
            "basis": command.basis.strip(),
            "referred_by_name": actor.name,
        },
    )
