"""One finding from its plan to the archive, with whatever turns it takes on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from services.example.diary import Days, Story, Turn, workday
from services.example.findings import Numbering, Problem
from services.example.papers import Cupboard
from services.example.stage import REGION, Stage
from services.example.targets import OFFICE_LOGINS
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.rectifying import PlannedMeasure
from services.oversight_svc.domain.verdicts import UrgingMeans
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.determine_refusal import DetermineRefusal, determine_refusal
from services.oversight_svc.usecases.dispute_finding import (
    DecideDispute,
    DisputeFinding,
    decide_dispute,
    dispute_finding,
)
from services.oversight_svc.usecases.extend_findings import ExtendFindings, extend_findings
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.follow_up_finding import (
    LookBack,
    ReQuestion,
    archive_finding,
    look_back,
    re_question,
)
from services.oversight_svc.usecases.plan_rectification import (
    NoteProgress,
    PlanRectification,
    note_progress,
    plan_rectification,
)
from services.oversight_svc.usecases.report_rectification import (
    ReportRectification,
    report_rectification,
)
from services.oversight_svc.usecases.review_rectification import (
    RecheckFinding,
    RecogniseFinding,
    recheck_finding,
    recognise_finding,
)
from services.oversight_svc.usecases.urge_findings import (
    SendLetter,
    UrgeFindings,
    send_letter,
    urge_findings,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.terms.vocabulary import Completion, LookBackVerdict, MoneyKind

OVERSIGHT = "oversight_svc"
SECOND_LOOK = date(2023, 9, 13)
"""The autumn round of look-backs, which finds what has happened again."""
ROUNDS = ("returned", "partly", "unrecognised")
"""Turns that send a report back to the unit, in the order they come."""


@dataclass(frozen=True, slots=True)
class RectifyingActs:
    """What happens to one finding, and who does it."""

    stage: Stage
    cupboard: Cupboard
    phrases: Mapping[str, Any]
    problem: Problem
    key: FindingKey
    unit: UnitRow
    numbering: Numbering

    def rectified(self, day: date) -> Story:
        """From the signed notice on `day` as far as the finding comes."""
        if "disputed" in self.problem.turns or self.problem.until == "disputed":
            day = yield from self._disputed(day)
        if not self.problem.reaches("rectifying"):
            return
        day = yield from self._planned(day)
        day = yield from self._driven(day)
        for turn in ROUNDS:
            if turn in self.problem.turns:
                day = yield from self._sent_back(day, turn)
        if not self.problem.reaches("reported"):
            return
        day = yield from self._reported(day)
        if self.problem.reaches("verified"):
            day = yield from self._recognised(day)
        if self.problem.reaches("closed"):
            yield from self.looked_back(day)

    def looked_back(self, day: date) -> Story:
        """After close-out: looked back at, questioned again, archived; or open once more."""
        reopened = {"relapsed": LookBackVerdict.RELAPSED, "exposed": LookBackVerdict.FALSIFIED}
        verdict = next((reopened[turn] for turn in self.problem.turns if turn in reopened), None)
        if verdict is not None:
            day = yield from self._judged_back(max(day, SECOND_LOOK), verdict)
            yield from self._planned(day)
            return
        if not self.problem.reaches("confirmed"):
            return
        day = yield from self._judged_back(day, LookBackVerdict.CONSOLIDATED)
        if "ineffective" in self.problem.turns or self.problem.reaches("effective"):
            day = yield from self._questioned_again(day)
        if self.problem.reaches("archived"):
            uow = yield Turn(workday(day, 6), OVERSIGHT)
            archive_finding(uow, self.stage.clock, self._raiser(), self.key)

    def _disputed(self, day: date) -> Days:
        day = workday(day, 3)
        uow = yield Turn(day, OVERSIGHT)
        operator = self._operator()
        paper = self.cupboard.bring(uow, operator, "voucher", "情况说明及凭证")
        said = self.phrases["dispute"]
        dispute_finding(uow, self.stage.clock, operator, DisputeFinding(self.key, said, (paper,)))
        if self.problem.until == "disputed":
            return day
        day = workday(day, 6)
        uow = yield Turn(day, OVERSIGHT)
        command = DecideDispute(self.key, upheld=False, opinion=self.phrases["rejected"])
        decide_dispute(uow, self.stage.clock, self._raiser(), command)
        return day

    def _planned(self, day: date) -> Days:
        day = workday(day, 3)
        uow = yield Turn(day, OVERSIGHT)
        due_on = self._finding(uow).due_on or day
        own, wider = self.phrases[self.problem.category.value]["measures"]
        measures = (
            PlannedMeasure(own, self.unit.contact, workday(due_on, -1)),
            PlannedMeasure(wider, self.unit.head_name, due_on, is_wider=True),
        )
        command = PlanRectification(self.key, measures, self.unit.head_name)
        plan_rectification(uow, self.stage.clock, self._operator(), command)
        return day

    def _driven(self, day: date) -> Days:
        """Extend, urge, note progress, determine refusal: all while the unit has it."""
        if "extended" in self.problem.turns:
            day = yield from self._extended(day)
        if self.problem.progress:
            day = workday(day, 4)
            uow = yield Turn(day, OVERSIGHT)
            operator = self._operator()
            photo = self.cupboard.bring(uow, operator, "site", "现场照片")
            note = self.phrases["progress"]
            command = NoteProgress(self.key, self.problem.progress, note, (), (photo,))
            note_progress(uow, self.stage.clock, operator, command)
        due_on = yield from self._due(day)
        if "called" in self.problem.turns:
            day = yield from self._called(workday(max(day, due_on), 2))
        if "urged" in self.problem.turns:
            day = yield from self._urged(workday(max(day, due_on), 3))
        if "refused" in self.problem.turns:
            day = yield from self._refused(workday(day, 6))
        return day

    def _due(self, day: date) -> Days:
        uow = yield Turn(day, OVERSIGHT)
        return self._finding(uow).due_on or day

    def _extended(self, day: date) -> Days:
        due_on = yield from self._due(day)
        day = max(workday(due_on, -4), day)
        uow = yield Turn(day, OVERSIGHT)
        number = f"{self.unit.name}请示，分管县领导批示（示例）"
        command = ExtendFindings(
            workday(due_on, 20), number, self.phrases["extension"], (self.key,)
        )
        extend_findings(uow, self.stage.clock, self._raiser(), command)
        return day

    def _called(self, day: date) -> Days:
        uow = yield Turn(day, OVERSIGHT)
        command = UrgeFindings(
            (self.key,), UrgingMeans.CALL, self.unit.contact, self.phrases["call"]
        )
        urge_findings(uow, self.stage.clock, self._driver(), command)
        return day

    def _urged(self, day: date) -> Days:
        uow = yield Turn(day, OVERSIGHT)
        driver, clock = self._driver(), self.stage.clock
        command = UrgeFindings((self.key,), UrgingMeans.LETTER, note=self.phrases["letter"])
        batch = urge_findings(uow, clock, driver, command)
        uow.session.flush()
        scan = self.cupboard.bring(uow, driver, "stamped", "催办函（盖章）")
        letters = "岳审督函" if self.problem.document.second else "岳财督函"
        number = self.numbering.next(f"{letters}〔{day.year}〕")
        send_letter(uow, clock, driver, SendLetter(batch, number, day, scan))
        return day

    def _refused(self, day: date) -> Days:
        day = yield from self._urged(day)
        day = workday(day, 8)
        uow = yield Turn(day, OVERSIGHT)
        raiser = self._raiser()
        scan = self.cupboard.bring(uow, raiser, "stamped", "领导签批件")
        command = DetermineRefusal(self.key, self.phrases["refusal"], "邓世平", scan)
        determine_refusal(uow, self.stage.clock, raiser, command)
        return day

    def _reported(self, day: date, *, partly: bool = False) -> Days:
        due_on = yield from self._due(day)
        day = max(workday(day, 2), workday(due_on, self.problem.late or -1))
        uow = yield Turn(day, OVERSIGHT)
        operator = self._operator()
        bring = self.cupboard.bring
        evidence = (
            bring(uow, operator, "voucher", "记账凭证及回单"),
            bring(uow, operator, "rules", "修订后的管理制度"),
        )
        scan = bring(uow, operator, "stamped", "整改情况报告（签章）")
        texts = self.phrases[self.problem.category.value]
        command = ReportRectification(
            key=self.key,
            completion=Completion.PARTLY if partly else Completion.DONE,
            narrative=texts["partly" if partly else "done"],
            unfinished_reason=self.phrases["unfinished"] if partly else "",
            next_step=self.phrases["next_step"] if partly else "",
            regulations=tuple(texts.get("regulations", ())),
            money=self._money(Decimal("0.6") if partly else Decimal(1)),
            money_note=self.phrases["money_note"] if self.problem.document.referred else "",
            evidence=evidence,
            commitment=True,
            signer_name=self.unit.head_name,
            scan_digest=scan,
        )
        report_rectification(uow, self.stage.clock, operator, command)
        return day

    def _sent_back(self, day: date, turn: str) -> Days:
        day = yield from self._reported(day, partly=turn == "partly")
        act = FindingAct.RETURN_REPORT if turn == "returned" else FindingAct.VERIFY
        day = yield from self._rechecked(day, act)
        if turn == "returned":
            return day
        acts = {
            "partly": FindingAct.RECOGNISE_PARTLY,
            "unrecognised": FindingAct.REFUSE_RECOGNITION,
        }
        return (yield from self._decided(day, acts[turn], self.phrases[turn]))

    def _rechecked(self, day: date, act: FindingAct) -> Days:
        day = workday(day, 2)
        uow = yield Turn(day, OVERSIGHT)
        opinion = self.phrases["returned" if act is FindingAct.RETURN_REPORT else "verified"]
        command = RecheckFinding(self.key, act, opinion, is_on_site="on_site" in self.problem.turns)
        recheck_finding(uow, self.stage.clock, self._rechecker(), command)
        return day

    def _recognised(self, day: date) -> Days:
        day = yield from self._rechecked(day, FindingAct.VERIFY)
        if not self.problem.reaches("closed"):
            return day
        return (yield from self._decided(day, FindingAct.RECOGNISE, self.phrases["recognised"]))

    def _decided(self, day: date, act: FindingAct, opinion: str) -> Days:
        day = workday(day, 3)
        uow = yield Turn(day, OVERSIGHT)
        command = RecogniseFinding(self.key, act, opinion)
        recognise_finding(uow, self.stage.clock, self._raiser(), command)
        return day

    def _judged_back(self, day: date, verdict: LookBackVerdict) -> Days:
        opens = verdict is not LookBackVerdict.CONSOLIDATED
        day = workday(day, 1 if opens else 25)
        uow = yield Turn(day, OVERSIGHT)
        raiser = self._raiser()
        photo = self.cupboard.bring(uow, raiser, "site", "回头看现场照片")
        command = LookBack(
            self.key, verdict, self.phrases[verdict.value], is_on_site=True, evidence=(photo,),
            due_on=workday(day, 20) if opens else None,
        )  # fmt: skip
        look_back(uow, self.stage.clock, raiser, command)
        return day

    def _questioned_again(self, day: date) -> Days:
        day = workday(day, 25)
        uow = yield Turn(day, OVERSIGHT)
        raiser = self._raiser()
        photo = self.cupboard.bring(uow, raiser, "site", "再问效现场照片")
        effective = "ineffective" not in self.problem.turns
        opinion = self.phrases["effective" if effective else "ineffective"]
        command = ReQuestion(
            self.key, effective, opinion, evidence=(photo,),
            due_on=None if effective else workday(day, 20),
        )  # fmt: skip
        re_question(uow, self.stage.clock, raiser, command)
        return day

    def _money(self, share: Decimal) -> dict[MoneyKind, Decimal]:
        return {
            kind: (amount * share).quantize(Decimal("0.01"))
            for kind, amount in self.problem.money.items()
        }

    def _finding(self, uow: UnitOfWork) -> FindingRow:
        return uow.session.get_one(FindingRow, (REGION, self.key.fiscal_year, self.key.finding_id))

    def _operator(self) -> Actor:
        return self.stage.actor(f"u{self.unit.code}")

    def _raiser(self) -> Actor:
        return self.stage.actor(self.problem.document.by)

    def _driver(self) -> Actor:
        """Return who drives it: the lead office for the bureau, other bodies their own."""
        if self.problem.document.second:
            return self._raiser()
        return self.stage.actor(OFFICE_LOGINS[self.unit.lead_office or "education"])

    def _rechecker(self) -> Actor:
        second = self.problem.document.second
        return self.stage.actor(second) if second else self._driver()
