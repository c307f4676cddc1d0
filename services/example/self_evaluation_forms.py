"""What units write into their self-evaluations: plausible figures, some short of the target."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from services.eval_svc.store.self_evaluations import (
    FundRow,
    IndicatorRow,
    SelfEvaluationRow,
    funds_of,
    indicators_of,
)
from services.eval_svc.usecases.fill_self_evaluation import (
    FillSelfEvaluation,
    TypedFile,
    TypedFund,
    TypedIndicator,
    TypedTask,
)
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.example.papers import Cupboard
from services.example.people import read_data
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.money import to_yuan
from shared.terms.vocabulary import Operator, QualitativeStep, SelfEvaluationKind

_SHORTFALLS = (0.05, 0.1, 0.2, 0.2, 0.35, 0.6)
"""Share of the indicators that fall short, in a form that went well, middling, badly."""
_FULL = Decimal(100)
_REASON = "受资金拨付进度和施工季节影响，部分任务顺延；已列入下年度计划并明确专人督办。"


class FormFiller:
    """Fills forms the way clerks do."""

    def __init__(self, cupboard: Cupboard, dice: random.Random) -> None:
        """Take papers from `cupboard`; `dice` decides how well things went."""
        self._cupboard = cupboard
        self._dice = dice
        self._texts = read_data("self_evaluations")
        self._shortfall = _SHORTFALLS[0]

    def lower(self) -> Decimal:
        """Return a score far below what units give themselves."""
        return Decimal(self._dice.randint(640, 760)) / 10

    def filled(
        self,
        uow: UnitOfWork,
        operator: Actor,
        form: SelfEvaluationRow,
        unit: UnitRow,
        key: SelfEvaluationKey,
    ) -> FillSelfEvaluation:
        """Return the whole form with its two papers."""
        is_project = form.kind == SelfEvaluationKind.PROJECT
        texts = self._texts["project" if is_project else "overall"]
        self._shortfall = self._dice.choice(_SHORTFALLS)
        funds = funds_of(uow.session, form)
        rows = indicators_of(uow.session, form) if form.object_id else ()
        return FillSelfEvaluation(
            key=key,
            funds=self._project_funds(form, funds) if is_project else self._overall_funds(funds),
            indicators=tuple(self._known(row) for row in rows) or self._own(),
            executed_note="差额为四季度按进度支付的资金和年末按实结算数（示例）。",
            annual_goal=texts["goal"],
            result=self._dice.choice(texts["results"]),
            overview="" if is_project else self._overview(unit),
            tasks=() if is_project else tuple(TypedTask(*task) for task in texts["tasks"]),
            conclusion=self._dice.choice(texts["conclusions"]),
            problems=self._dice.choice(texts["problems"]),
            measures=self._dice.choice(texts["measures"]),
            project_owner=unit.head_name,
            finance_person=unit.contact,
            files=tuple(
                TypedFile(kind, self._cupboard.bring(uow, operator, kind, f"{form.name}{name}"))
                for kind, name in (("scan", "自评表（签章）"), ("report", "自评报告"))
            ),
        )

    def _overview(self, unit: UnitRow) -> str:
        people = self._dice.randint(9, 86)
        offices = self._dice.randint(3, 11)
        staff = f"编制{people}人，实有{people - 2}人"
        return f"{unit.name}内设{offices}个股室（站、所），{staff}（示例）。"

    def _project_funds(
        self, form: SelfEvaluationRow, funds: Sequence[FundRow]
    ) -> tuple[TypedFund, ...]:
        budget = form.known_budget or funds[0].budget
        share = Decimal(self._dice.choice((100, 100, 98, 95, 92, 88, 74))) / 100
        executed = max(form.known_executed or Decimal(0), to_yuan(budget * share))
        return (TypedFund(0, funds[0].initial, budget, executed),)

    def _overall_funds(self, funds: Sequence[FundRow]) -> tuple[TypedFund, ...]:
        """Return basic expenditure as invented, and the projects' as it is known."""
        basic = Decimal(self._dice.randint(120, 1900)) * 10000
        adjusted = to_yuan(basic * Decimal(self._dice.randint(98, 112)) / 100)
        spent = to_yuan(adjusted * Decimal(self._dice.randint(940, 1000)) / 1000)
        projects = funds[1]
        done = min(projects.budget, to_yuan(projects.budget * Decimal("0.93")))
        return (
            TypedFund(0, basic, adjusted, spent),
            TypedFund(1, projects.initial, projects.budget, max(projects.executed, done)),
        )

    def _own(self) -> tuple[TypedIndicator, ...]:
        """Return the indicators a department sets for itself."""
        return tuple(
            self._answered(
                TypedIndicator(
                    position=position, actual="", level1=level1, level2=level2, name=name,
                    operator=sign, target_value=value, unit=unit, points=Decimal(points),
                )
            )
            for position, (level1, level2, name, sign, value, unit, points) in enumerate(
                self._texts["overall"]["indicators"]
            )
        )  # fmt: skip

    def _known(self, row: IndicatorRow) -> TypedIndicator:
        """Answer an indicator of the approved target."""
        return self._answered(
            TypedIndicator(
                position=row.position, actual="", level1=row.level1, level2=row.level2,
                name=row.name, operator=row.operator, target_value=row.target_value, unit=row.unit,
                points=row.points,
            )
        )  # fmt: skip

    def _answered(self, line: TypedIndicator) -> TypedIndicator:
        points = line.points or Decimal(0)
        is_short = self._dice.random() < self._shortfall
        if line.operator == Operator.QUALITATIVE:
            step = QualitativeStep.PARTLY if is_short else QualitativeStep.REACHED
            share = Decimal("0.65") if is_short else Decimal(1)
            chosen = (points * share).quantize(Decimal("0.1"))
            words = "基本达到，部分环节仍需完善" if is_short else "达到预期"
            reason = _REASON if chosen < points else ""
            return replace(line, actual=words, band=step.value, chosen=chosen, reason=reason)
        goal = Decimal(line.target_value)
        actual = self._number(goal, line, is_short=is_short)
        misses = actual > goal if line.operator in ("le", "lt") else actual < goal
        return replace(line, actual=f"{actual:f}", reason=_REASON if misses else "")

    def _number(self, goal: Decimal, line: TypedIndicator, *, is_short: bool) -> Decimal:
        smallest = Decimal(1).scaleb(min(0, int(goal.as_tuple().exponent)))
        if line.operator in ("le", "lt"):
            share = 106 if is_short else self._dice.randint(92, 100)
        elif is_short:
            share = self._dice.randint(45, 95)
        else:
            share = self._dice.randint(100, 109)
        actual = (goal * share / 100).quantize(smallest)
        if line.operator == Operator.EQUAL and not is_short:
            return goal
        return min(actual, _FULL) if line.unit == "%" else actual
