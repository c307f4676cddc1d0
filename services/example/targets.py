"""Targets of the example: filled, submitted, reviewed, returned, cut, approved."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from services.example.people import read_data
from services.example.projects import Line
from services.example.stage import REGION, Stage
from services.target_svc.domain.indicators import Indicator
from services.target_svc.domain.review import ReviewFinding
from services.target_svc.domain.states import TargetAct, TargetState
from services.target_svc.store.projects import ProjectRow
from services.target_svc.usecases.advance_target import AdvanceTarget, advance_target
from services.target_svc.usecases.approve_target import ApproveTarget, approve_target
from services.target_svc.usecases.create_target import CreateTarget, create_target
from services.target_svc.usecases.loading import LoadedTarget, TargetKey
from services.target_svc.usecases.review_target import ReviewTarget, review_target
from services.target_svc.usecases.save_target import SaveTarget, save_target
from services.target_svc.usecases.submit_target import SubmitTarget, submit_target
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.files.store import FolderStore
from shared.terms.vocabulary import Grade, Operator

SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
OFFICE_LOGINS = {
    "education": "office",
    "politics_law": "office_politics",
    "construction": "office_construction",
    "agriculture": "office_agriculture",
    "social_security": "office_social",
    "environment": "office_environment",
    "township": "office_township",
}


def keep_scan(data_dir: Path) -> str:
    """Put an empty sheet into the evidence store to stand for every signed scan (示例)."""
    return FolderStore(data_dir / "evidence").put(io.BytesIO(SCAN)).digest


class TargetTeller:
    """Tells the story of one budget year's targets."""

    def __init__(self, stage: Stage, year: int, lines: dict[str, Line], scan: str) -> None:
        """Prepare for `year`; `scan` is the digest of the signed scan."""
        self._stage = stage
        self._year = year
        self._lines = lines
        self._scan = scan
        self._templates = read_data("indicators")
        self._dice = random.Random(year * 7)  # noqa: S311 (the same example everywhere)

    def projects(self) -> Sequence[tuple[ProjectRow, UnitRow]]:
        """Return the year's projects with their units, by code."""
        with self._stage.databases["target_svc"].read() as session:
            query = (
                select(ProjectRow, UnitRow)
                .join(
                    UnitRow,
                    (UnitRow.region_code == ProjectRow.region_code)
                    & (UnitRow.unit_id == ProjectRow.unit_id),
                )
                .where(ProjectRow.region_code == REGION, ProjectRow.fiscal_year == self._year)
                .order_by(ProjectRow.code)
            )
            rows = session.execute(query).all()
            session.expunge_all()
            return rows

    def tell(self, project: ProjectRow, unit: UnitRow, until: str) -> None:
        """Play one target up to `until`: draft, office, perf, joint, passed, active …"""
        with self._stage.databases["target_svc"].begin() as uow:
            self._play(uow, project, unit, until)

    def _play(self, uow: UnitOfWork, project: ProjectRow, unit: UnitRow, until: str) -> None:
        stage, clock = self._stage, self._stage.clock
        operator = stage.actor(f"u{unit.code}")
        loaded = create_target(uow, clock, operator, CreateTarget(self._year, project.project_id))
        self._fill(uow, operator, loaded)
        if until == "draft":
            return
        submit = SubmitTarget(
            _key(loaded), commitment=True, signer_name=unit.head_name,
            signature_kind="signed_scan", scan_digest=self._scan,
        )  # fmt: skip
        submit_target(uow, clock, operator, submit)
        if loaded.target.state == TargetState.DEPT_REVIEW:
            self._review(uow, stage.actor(f"u{unit.path.split('/')[0]}"), loaded)
        office = stage.actor(OFFICE_LOGINS[unit.lead_office or "education"])
        if until == "office":
            return
        if until == "returned":
            self._review(
                uow, office, loaded, opinion="数量指标偏少，请补充并核对权重。", passing=False
            )
            return
        self._review(uow, office, loaded)
        self._finish(uow, loaded, until)

    def _finish(self, uow: UnitOfWork, loaded: LoadedTarget, until: str) -> None:
        stage, clock = self._stage, self._stage.clock
        perf, budget = stage.actor("perf"), stage.actor("budget")
        if until == "perf":
            return
        if until in ("joint", "cut"):
            advance_target(uow, clock, perf, AdvanceTarget(_key(loaded), TargetAct.PICK_JOINT))
            if until == "joint":
                return
        cut = Decimal("0.00")
        grade = {"relay": Grade.FAIR, "rejected": Grade.POOR, "cut": Grade.POOR}.get(
            until, Grade.GOOD
        )
        if until == "cut":
            cut = (loaded.project.initial_amount * Decimal("0.2")).quantize(Decimal("0.01"))
        opinion = "" if grade is Grade.GOOD else "目标设置不合理，指标与资金不匹配。"
        self._review(uow, perf, loaded, opinion=opinion, grade=grade, cut=cut)
        if until != "active":
            return
        advance_target(uow, clock, budget, AdvanceTarget(_key(loaded), TargetAct.TABLE))
        number = f"岳财预〔{self._year}〕{1 + self._dice.randint(0, 40)}号（示例）"
        approve_target(uow, clock, budget, ApproveTarget(_key(loaded), number, clock.today()))
        department = stage.actor(f"u{loaded.unit.path.split('/')[0]}")
        advance_target(uow, clock, department, AdvanceTarget(_key(loaded), TargetAct.ISSUE))

    def _fill(self, uow: UnitOfWork, operator: Actor, loaded: LoadedTarget) -> None:
        line = self._lines[loaded.project.name]
        template = self._templates[line.facts["sector"]]
        indicators = tuple(
            Indicator(
                level1=level1, level2=level2, name=name, operator=Operator(sign),
                value=self._varied(level2, value), unit=unit, weight=Decimal(weight),
                history_value=history,
            )
            for level1, level2, name, sign, value, unit, weight, history in template["rows"]
        )  # fmt: skip
        command = SaveTarget(
            key=_key(loaded),
            annual_goal=template["goal"],
            midterm_goal="",
            money_note="按任务量和标准测算。" if self._dice.random() > 0.3 else "",  # noqa: PLR2004
            indicators=indicators,
        )
        save_target(uow, self._stage.clock, operator, command)

    def _varied(self, level2: str, value: str) -> str:
        if level2 != "quantity":
            return value
        share = Decimal(self._dice.randint(80, 125)) / 100
        return str((Decimal(value) * share).quantize(Decimal(1)))

    def _review(
        self,
        uow: UnitOfWork,
        actor: Actor,
        loaded: LoadedTarget,
        *,
        opinion: str = "",
        passing: bool = True,
        grade: Grade | None = None,
        cut: Decimal = Decimal("0.00"),
    ) -> None:
        finding = ReviewFinding(
            opinion=opinion,
            checks={"authentic": True, "objective": True},
            items={},
            grade=grade,
            cut_amount=cut,
        )
        review_target(uow, self._stage.clock, actor, ReviewTarget(_key(loaded), finding, passing))


def _key(loaded: LoadedTarget) -> TargetKey:
    target = loaded.target
    return TargetKey(target.fiscal_year, target.target_id, target.version)


def spread(first: date, number: int, each: int) -> date:
    """Return the day of the `number`-th act when `each` are done a day."""
    return first + timedelta(days=number // each)
