"""Self-evaluation of a past budget year: opened in spring, bunched before the deadline."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.eval_svc.domain.states import SelfEvaluationAct
from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from services.eval_svc.usecases.extend_campaign import extend_campaign
from services.eval_svc.usecases.fill_self_evaluation import fill_self_evaluation
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.eval_svc.usecases.note_contact import note_contact
from services.eval_svc.usecases.open_campaign import OpenCampaign, open_campaign
from services.eval_svc.usecases.publish_self_evaluation import (
    PublishSelfEvaluation,
    publish_self_evaluation,
)
from services.eval_svc.usecases.receive_paper import ReceivePaper, receive_paper
from services.eval_svc.usecases.review_self_evaluation import (
    ReviewSelfEvaluation,
    review_self_evaluation,
)
from services.eval_svc.usecases.submit_self_evaluation import (
    SubmitSelfEvaluation,
    submit_self_evaluation,
)
from services.example.diary import Days, Diary, Story, Turn, workday
from services.example.papers import Cupboard
from services.example.self_evaluation_forms import FormFiller
from services.example.stage import REGION, Stage
from services.example.targets import OFFICE_LOGINS
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.duties.contacts import NoteContact
from shared.duties.extending import ExtendDuties

SERVICE = "eval_svc"
OPENED, FIRST, DUE = (3, 6), (4, 10), (5, 10)
EXTENDED_TO = (10, 20)
EXTENDED = {"124": ("open", "open"), "129": ("office", "draft"), "130": ("office", "draft")}
"""The schools' accounts move to the education bureau, so they may report later: how far overall
form and projects have come."""
SILENT = "184"
"""A township that has not handed anything in, however often it was called."""
LATE_PAPER = "149"
UNTRUE = ("141", "140")
PUBLISHED = ("101", "114", "131", "133", "145", "147", "150", "166")
_A = SelfEvaluationAct


@dataclass(frozen=True, slots=True)
class _Duty:
    """One form that is owed, and who owes it."""

    form_id: UUID
    is_overall: bool
    unit: UnitRow


class SelfEvaluationTeller:
    """Plays the campaign of one budget year, in the year after it."""

    def __init__(self, stage: Stage, diary: Diary, cupboard: Cupboard, year: int) -> None:
        """Prepare for budget year `year`; the stories are told by `diary`."""
        self._stage = stage
        self._diary = diary
        self._cupboard = cupboard
        self._year = year
        self._dice = random.Random(year + 5)  # noqa: S311 (the same example everywhere)
        self._filler = FormFiller(cupboard, self._dice)

    def open(self) -> None:
        """Open the campaign and begin everybody's story."""
        self._stage.clock.move_to(self._on(OPENED))
        with self._stage.databases[SERVICE].begin() as uow:
            perf = self._stage.actor("perf")
            open_campaign(uow, self._stage.clock, perf, OpenCampaign(self._year))
        for place, duty in enumerate(self._duties()):
            self._diary.begin(self._story(duty, place))
        self._diary.begin(self._extend())
        self._diary.begin(self._call_silent())

    def _on(self, month_and_day: tuple[int, int]) -> date:
        return workday(date(self._year + 1, *month_and_day))

    def _duties(self) -> Sequence[_Duty]:
        with self._stage.databases[SERVICE].read() as session:
            query = (
                select(SelfEvaluationRow, UnitRow)
                .join(
                    UnitRow,
                    (UnitRow.region_code == SelfEvaluationRow.region_code)
                    & (UnitRow.unit_id == SelfEvaluationRow.unit_id),
                )
                .where(
                    SelfEvaluationRow.region_code == REGION,
                    SelfEvaluationRow.fiscal_year == self._year,
                )
                .order_by(UnitRow.code, SelfEvaluationRow.kind, SelfEvaluationRow.name)
            )
            return [
                _Duty(form.self_evaluation_id, form.subject_id == unit.unit_id, unit)
                for form, unit in session.execute(query)
            ]

    def _story(self, duty: _Duty, place: int) -> Story:
        code = duty.unit.code
        if code[:3] in EXTENDED:
            return self._of_extended(duty, EXTENDED[code[:3]][not duty.is_overall])
        if code == SILENT:
            return self._silent()
        due, roll = self._on(DUE), self._dice.random()
        if roll < 0.08:  # noqa: PLR2004 (a share)
            day = workday(due, self._dice.randint(1, 11))
        elif roll < 0.45:  # noqa: PLR2004 (a share)
            day = workday(due, -self._dice.randint(0, 3))
        else:
            day = workday(self._on(FIRST), self._dice.randint(0, 16))
        return self._handed_in(duty, day, is_returned=place % 11 == 4)  # noqa: PLR2004 (every 11th)

    def _silent(self) -> Story:
        yield from ()

    def _of_extended(self, duty: _Duty, fate: str) -> Story:
        """Leave the form untouched (`open`), begin it (`draft`), or hand it in (`office`)."""
        if fate == "open":
            return
        uow = yield Turn(date(self._year + 1, 9, 27), SERVICE)
        operator = self._operator(duty)
        self._fill(uow, operator, duty)
        if fate == "office":
            self._submit(uow, operator, duty)

    def _handed_in(self, duty: _Duty, day: date, *, is_returned: bool) -> Story:
        operator = self._operator(duty)
        uow = yield Turn(day, SERVICE)
        self._fill(uow, operator, duty)
        self._submit(uow, operator, duty)
        day = yield from self._by_department(duty, day)
        if is_returned:
            day = workday(day, 2)
            uow = yield Turn(day, SERVICE)
            opinion = "偏差原因写得笼统，效益指标缺少佐证数据，请补充后重新报送。"
            self._review(uow, self._office(duty), duty, _A.RETURN_OFFICE, opinion)
            day = workday(day, 3)
            uow = yield Turn(day, SERVICE)
            self._fill(uow, operator, duty)
            self._submit(uow, operator, duty)
            day = yield from self._by_department(duty, day)
        yield from self._accepted(duty, day)

    def _by_department(self, duty: _Duty, day: date) -> Days:
        """Let the department pass the form on; return the day it did."""
        if duty.unit.is_department:
            return day
        day = workday(day, 1)
        uow = yield Turn(day, SERVICE)
        department = self._stage.actor(f"u{duty.unit.path.split('/')[0]}")
        self._review(uow, department, duty, _A.APPROVE_DEPT)
        return day

    def _accepted(self, duty: _Duty, day: date) -> Story:
        is_paper_late = duty.is_overall and duty.unit.code == LATE_PAPER
        day = workday(day, 12 if is_paper_late else self._dice.randint(1, 4))
        uow = yield Turn(day, SERVICE)
        form = self._form(uow, duty)
        if form.paper_required:
            paper = ReceivePaper(_key(form), form.print_code, self._stage.clock.today())
            receive_paper(uow, self._stage.clock, self._office(duty), paper)
        self._review(uow, self._office(duty), duty, _A.APPROVE_OFFICE)
        yield from self._rechecked(duty, day)

    def _rechecked(self, duty: _Duty, day: date) -> Story:
        code = duty.unit.code
        if code in UNTRUE and not duty.is_overall:
            day = workday(day, 10)
            uow = yield Turn(day, SERVICE)
            opinion = "现场抽查发现部分产出未完成，自评得分与实际不符，按复核得分计。"
            act = ReviewSelfEvaluation(
                _key(self._form(uow, duty)), _A.CORRECT_SCORE, opinion, self._filler.lower()
            )
            review_self_evaluation(uow, self._stage.clock, self._stage.actor("perf"), act)
        elif self._dice.random() < 0.3:  # noqa: PLR2004 (a share)
            day = workday(day, 8)
            uow = yield Turn(day, SERVICE)
            self._review(uow, self._stage.actor("perf"), duty, _A.CONFIRM)
        if code in PUBLISHED and duty.is_overall:
            day = max(day, self._on((6, 20)))
            uow = yield Turn(day, SERVICE)
            url = f"https://www.yuechi.example/czjxzp/{self._year}/{code}.html"
            command = PublishSelfEvaluation(_key(self._form(uow, duty)), url, day)
            publish_self_evaluation(uow, self._stage.clock, self._operator(duty), command)

    def _extend(self) -> Story:
        uow = yield Turn(self._on((5, 8)), SERVICE)
        query = select(UnitRow.unit_id).where(
            UnitRow.region_code == REGION, UnitRow.code.in_(EXTENDED)
        )
        command = ExtendDuties(
            self._year,
            tuple(uow.session.scalars(query)),
            date(self._year + 1, *EXTENDED_TO),
            f"岳财绩〔{self._year + 1}〕9号（示例）",
            "县教育局正在归并所属学校账务，年度数据须待并账后核定。",
        )
        extend_campaign(uow, self._stage.clock, self._stage.actor("perf"), command)

    def _call_silent(self) -> Story:
        for month_and_day, said in (
            ((5, 16), "答复本周内报送。"),
            ((6, 6), "经办人已调离，答复明确接手人员后尽快报送。"),
            ((9, 12), "答复新任经办人正在整理资料。"),
        ):
            uow = yield Turn(self._on(month_and_day), SERVICE)
            query = select(UnitRow).where(UnitRow.region_code == REGION, UnitRow.code == SILENT)
            unit = uow.session.scalars(query).one()
            command = NoteContact(self._year, unit.unit_id, unit.contact, said)
            note_contact(uow, self._stage.clock, self._stage.actor("office_township"), command)

    def _operator(self, duty: _Duty) -> Actor:
        return self._stage.actor(f"u{duty.unit.code}")

    def _office(self, duty: _Duty) -> Actor:
        return self._stage.actor(OFFICE_LOGINS[duty.unit.lead_office or "education"])

    def _form(self, uow: UnitOfWork, duty: _Duty) -> SelfEvaluationRow:
        return uow.session.get_one(SelfEvaluationRow, (REGION, self._year, duty.form_id))

    def _fill(self, uow: UnitOfWork, operator: Actor, duty: _Duty) -> None:
        form = self._form(uow, duty)
        command = self._filler.filled(uow, operator, form, duty.unit, _key(form))
        fill_self_evaluation(uow, self._stage.clock, operator, command)

    def _submit(self, uow: UnitOfWork, operator: Actor, duty: _Duty) -> None:
        command = SubmitSelfEvaluation(
            _key(self._form(uow, duty)), commitment=True, signer_name=duty.unit.head_name
        )
        submit_self_evaluation(uow, self._stage.clock, operator, command)

    def _review(
        self,
        uow: UnitOfWork,
        actor: Actor,
        duty: _Duty,
        act: SelfEvaluationAct,
        opinion: str = "",
    ) -> None:
        command = ReviewSelfEvaluation(_key(self._form(uow, duty)), act, opinion)
        review_self_evaluation(uow, self._stage.clock, actor, command)


def _key(form: SelfEvaluationRow) -> SelfEvaluationKey:
    return SelfEvaluationKey(form.fiscal_year, form.self_evaluation_id, form.version)
