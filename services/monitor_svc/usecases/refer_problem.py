"""Act: hand a problem found in monitoring to oversight, which registers it (HC16.1, Y25-6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from services.monitor_svc.domain.states import ACCEPTED_STATES, ReportState
from services.monitor_svc.store.problems import ReportProblemRow, report_problems
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey, load_report
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError, RuleBrokenError
from shared.events.envelope import Subject
from shared.events.monitoring import PROBLEM_REFERRED
from shared.ids import new_id
from shared.terms.vocabulary import FindingCategory, FindingSource
from shared.trail.record import Act


class NothingToReferError(RuleBrokenError):
    """The office has not accepted the report yet."""

    code: ClassVar[str] = "nothing_to_refer"
    sentence: ClassVar[str] = "监控表尚未审核通过，不能移交问题；请先审核，需要修改的退回单位。"


@dataclass(frozen=True, slots=True)
class ReferProblem:
    """The problem as the officer words it; amount in 元, none where no money is concerned."""

    key: ReportKey
    title: str
    description: str
    category: FindingCategory
    basis: str
    amount: Decimal | None = None


def refer_problem(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: ReferProblem
) -> LoadedReport:
    """Refer; raise `InvalidInputError` for what is missing, `NothingToReferError` too early.

    The report's version moves on, so that a second press of the button refers nothing twice.
    """
    loaded = load_report(uow, actor, command.key, "monitoring.problem.refer")
    report = loaded.report
    if ReportState(report.state) not in ACCEPTED_STATES:
        raise NothingToReferError
    _check(command)
    row = ReportProblemRow(
        region_code=report.region_code,
        fiscal_year=report.fiscal_year,
        report_id=report.report_id,
        number=len(report_problems(uow.session, report)) + 1,
        title=command.title.strip(),
        description=command.description.strip(),
        category=command.category.value,
        amount=command.amount,
        basis=command.basis.strip(),
        referred_at=clock.now(),
        referred_by=actor.account_id,
        referrer_name=actor.name,
    )
    uow.session.add(row)
    report.version += 1
    report.changed_at = clock.now()
    _tell(uow, actor, loaded, row)
    _record(uow, actor, loaded, row)
    return loaded


def _check(command: ReferProblem) -> None:
    asked = (
        ("title", command.title, "请用一句话概括问题。"),
        ("description", command.description, "请写明问题的具体情况。"),
        ("basis", command.basis, "请填写依据的制度条款。"),
    )
    problems = [
        FieldProblem(path, "missing", text) for path, value, text in asked if not value.strip()
    ]
    if command.amount is not None and command.amount < 0:
        problems.append(FieldProblem("amount", "negative", "涉及金额不能是负数。"))
    if problems:
        raise InvalidInputError(problems)


def _tell(uow: UnitOfWork, actor: Actor, loaded: LoadedReport, row: ReportProblemRow) -> None:
    report, project = loaded.report, loaded.project
    uow.emit(
        PROBLEM_REFERRED,
        Subject(new_id(), 1, report.region_code, report.fiscal_year),
        actor,
        {
            "source": FindingSource.MONITORING.value,
            "source_key": row.source_key,
            "source_document": f"{report.fiscal_year}年度绩效运行监控表（{report.print_code}）",
            "unit_id": report.unit_id,
            "project_id": report.project_id,
            "project_name": project.name,
            "title": row.title,
            "description": row.description,
            "category": row.category,
            "amount": row.amount,
            "basis": row.basis,
            "referred_by_name": actor.name,
        },
    )


def _record(uow: UnitOfWork, actor: Actor, loaded: LoadedReport, row: ReportProblemRow) -> None:
    report = loaded.report
    uow.record(
        actor,
        Act(
            name="monitoring.problem.refer",
            object_kind="monitoring.report",
            object_id=report.report_id,
            object_title=loaded.project.name,
            region=report.region_code,
            fiscal_year=report.fiscal_year,
            unit_id=report.unit_id,
            after={"number": row.number, "title": row.title, "version": report.version},
        ),
    )
