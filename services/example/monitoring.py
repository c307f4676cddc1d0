"""Payments and monitoring reports: skewed, bunched, some late, some red."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from services.example.stage import REGION, Stage
from services.example.targets import OFFICE_LOGINS
from services.monitor_svc.domain.states import ReportAct, ReportState
from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow, report_indicators
from services.monitor_svc.usecases.fill_report import FilledValue, FillReport, fill_report
from services.monitor_svc.usecases.import_payments import (
    PAYMENT_LAYOUT,
    ImportPayments,
    import_payments,
)
from services.monitor_svc.usecases.loading import LoadedReport, ReportKey
from services.monitor_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.monitor_svc.usecases.review_report import ReviewReport, review_report
from services.monitor_svc.usecases.submit_report import SubmitReport, submit_report
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.money import to_yuan
from shared.sheets.outcome import ImportFile
from shared.sheets.writing import OutColumn, write_table

MONTH_WEIGHTS = (1, 2, 4, 6, 8, 10, 9, 8, 12)
"""How a year's spending to September is spread: little in winter, a bunch before the report."""


def pay(stage: Stage, last: date) -> None:
    """Import the treasury's payments of a year up to `last`, a day of that year."""
    year = last.year
    dice = random.Random(year + 9)  # noqa: S311 (the same example everywhere)
    with stage.databases["monitor_svc"].read() as session:
        projects = session.scalars(
            select(ProjectCopyRow)
            .where(ProjectCopyRow.region_code == REGION, ProjectCopyRow.fiscal_year == year)
            .order_by(ProjectCopyRow.code)
        ).all()
    rows = [row for project in projects for row in _payments(dice, project, last)]
    titles = [column.title for column in PAYMENT_LAYOUT.columns]
    content = write_table([OutColumn(title) for title in titles], rows, "国库支付明细")
    file = ImportFile(content, "国库支付明细（截至9月30日）.xlsx", dry_run=False)
    with stage.databases["monitor_svc"].begin() as uow:
        import_payments(uow, stage.clock, stage.actor("treasury"), ImportPayments(year, file))


def _payments(
    dice: random.Random, project: ProjectCopyRow, last: date
) -> list[tuple[str, str, str, str, str]]:
    """Return a project's payments: most near plan, some slow, a few not begun at all."""
    fate = dice.random()
    share = (
        Decimal(0) if fate < 0.06 else Decimal(dice.randint(15, 45)) if fate < 0.22  # noqa: PLR2004
        else Decimal(dice.randint(60, 92))
    ) / 100  # fmt: skip
    rows = []
    for month, weight in enumerate(MONTH_WEIGHTS, start=1):
        amount = to_yuan(project.adjusted_amount * share * weight / sum(MONTH_WEIGHTS))
        day = min(date(last.year, month, dice.randint(5, 27)), last)
        if amount > 0:
            number = f"{last.year}{month:02d}{project.code[-6:]}"
            rows.append((number, project.code, str(amount), day.isoformat(), "示例收款单位"))
    return rows


FATES = ("accepted",) * 40 + ("office",) * 14 + ("returned",) * 6 + ("draft",) * 10
"""What becomes of the first reports of the present year; the others stay open."""


class ReportTeller:
    """Plays the monitoring reports of one year."""

    def __init__(self, stage: Stage, year: int, scan: str) -> None:
        """Use `scan` as everybody's signed scan."""
        self._stage = stage
        self._year = year
        self._scan = scan
        self._dice = random.Random(year + 31)  # noqa: S311 (the same example everywhere)

    def tell(self, first: date, last: date, fates: Sequence[str] = ()) -> None:
        """Play the first reports, one for each fate, between two days; without fates close all."""
        reports = self._reports()
        fates = fates or ["closed"] * len(reports)
        days = (last - first).days + 1
        for number, (fate, (report_id, unit)) in enumerate(zip(fates, reports, strict=False)):
            self._stage.clock.move_to(first + timedelta(days=number * days // len(fates)), 9)
            with self._stage.databases["monitor_svc"].begin() as uow:
                report = uow.session.get(ReportRow, (REGION, self._year, report_id))
                if report is not None:
                    self._play(uow, report, unit, fate)
        self._stage.pump()

    def _reports(self) -> Sequence[tuple[object, UnitRow]]:
        with self._stage.databases["monitor_svc"].read() as session:
            query = (
                select(ReportRow.report_id, UnitRow)
                .join(
                    UnitRow,
                    (UnitRow.region_code == ReportRow.region_code)
                    & (UnitRow.unit_id == ReportRow.unit_id),
                )
                .where(ReportRow.region_code == REGION, ReportRow.fiscal_year == self._year)
                .order_by(UnitRow.code, ReportRow.report_id)
            )
            rows = session.execute(query).all()
            session.expunge_all()
        mixed = list(rows)
        self._dice.shuffle(mixed)
        return mixed

    def _play(self, uow: UnitOfWork, report: ReportRow, unit: UnitRow, fate: str) -> None:
        clock = self._stage.clock
        operator = self._stage.actor(f"u{unit.code}")
        loaded = fill_report(uow, clock, operator, self._filled(uow, report))
        if fate == "draft":
            return
        command = SubmitReport(_key(loaded.report), True, unit.head_name, self._scan)  # noqa: FBT003
        submit_report(uow, clock, operator, command)
        if report.state == ReportState.DEPT_REVIEW:
            department = self._stage.actor(f"u{unit.path.split('/')[0]}")
            act = ReviewReport(_key(report), ReportAct.APPROVE_DEPT)
            review_report(uow, clock, department, act)
        self._decide(uow, loaded, fate)

    def _decide(self, uow: UnitOfWork, loaded: LoadedReport, fate: str) -> None:
        report, clock = loaded.report, self._stage.clock
        office = self._stage.actor(OFFICE_LOGINS[loaded.unit.lead_office or "education"])
        if fate == "returned":
            opinion = "偏差原因过于笼统，请补充具体情况和纠偏时间。"
            act = ReviewReport(_key(report), ReportAct.RETURN_OFFICE, opinion)
            review_report(uow, clock, office, act)
        if fate not in ("accepted", "closed"):
            return
        if report.paper_required:
            paper = ReceivePaper(_key(report), report.print_code, clock.today())
            receive_paper(uow, clock, office, paper)
        review_report(uow, clock, office, ReviewReport(_key(report), ReportAct.APPROVE_OFFICE))
        if fate == "closed":
            act = ReviewReport(_key(report), ReportAct.CONCLUDE)
            review_report(uow, clock, self._stage.actor("perf"), act)

    def _filled(self, uow: UnitOfWork, report: ReportRow) -> FillReport:
        rows = report_indicators(uow.session, report)
        return FillReport(
            key=_key(report),
            progress="总体按计划推进（示例）。",
            values=tuple(
                FilledValue(row.position, self._actual(row.operator, row.target_value), "")
                for row in rows
            ),
            expected_year=to_yuan(report.budget * Decimal("0.97")),
            likelihood="possible" if self._dice.random() < 0.2 else "certain",  # noqa: PLR2004
            causes=("funding",),
            cause_note="前期手续办理较慢，资金支付滞后（示例）。",
            correction="倒排工期，按周调度，十一月底前完成支付（示例）。",
            correction_owner="项目责任人",
            correction_due_on=date(self._year, 11, 30),
        )

    def _actual(self, operator: str, target: str) -> str:
        if operator == "qualitative":
            return self._dice.choice(("on_track", "on_track", "on_track", "partly"))
        value = Decimal(target)
        if operator in ("le", "lt"):
            return str(value)
        share = Decimal(self._dice.choice((48, 62, 70, 74, 75, 76, 78, 80, 82, 95))) / 100
        return str((value * share).quantize(Decimal("0.1")))


def _key(report: ReportRow) -> ReportKey:
    return ReportKey(report.fiscal_year, report.report_id, report.version)
