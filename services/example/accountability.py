"""Three accountability cases and two clues, each as far as its body has taken it (示例)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.example.diary import Diary, Story, Turn
from services.example.papers import Cupboard
from services.example.stage import REGION, Stage
from services.oversight_svc.domain.accountability import AccountabilityAct, CompetentBody
from services.oversight_svc.domain.accountability_members import (
    MemberBody,
    MemberRights,
    MinutesTask,
)
from services.oversight_svc.domain.accountability_proof import (
    AccountabilityMeasure,
    AccountabilityTrigger,
)
from services.oversight_svc.domain.clues import ClueAct, ClueReceiver
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.store.accountability import CaseRow, find_case
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.responsibility import responsible_on
from services.oversight_svc.usecases.accountability_moving import CaseKey, Step
from services.oversight_svc.usecases.advance_accountability import (
    AdvanceAccountability,
    advance_accountability,
)
from services.oversight_svc.usecases.answer_clue import AnswerClue, answer_clue
from services.oversight_svc.usecases.join_accountability import (
    InviteMember,
    KeepMinutes,
    invite_member,
    keep_minutes,
)
from services.oversight_svc.usecases.propose_accountability import (
    ProposeAccountability,
    propose_accountability,
)
from services.oversight_svc.usecases.transfer_clue import ClueKey, RegisterClue, register_clue
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow

OVERSIGHT = "oversight_svc"
_A, _M = AccountabilityAct, AccountabilityMeasure
_REFUSED = "场镇环境卫生整治资金使用拒不提供资料"


@dataclass(frozen=True, slots=True)
class Next:
    """One step of a case: the day, who enters it, what it says."""

    on: date
    login: str
    act: AccountabilityAct
    text: str
    number: str = ""
    measures: tuple[AccountabilityMeasure, ...] = ()
    term_on: date | None = None
    leader: str = ""


class AccountabilityTeller:
    """Begins the stories of cases and clues."""

    def __init__(self, stage: Stage, diary: Diary, cupboard: Cupboard) -> None:
        """Tell on `stage` through `diary` with papers from `cupboard`."""
        self._stage, self._diary, self._cupboard = stage, diary, cupboard

    def begin(self) -> None:
        """Begin every story; each waits for its day."""
        for story in (self._deviation(), self._refusal(), self._poor_result(), *self._clues()):
            self._diary.begin(story)

    def _deviation(self) -> Story:
        """Tell of a closed case: who answers left the unit before the decision was carried out."""
        uow = yield Turn(date(2023, 5, 15), OVERSIGHT)
        auditor = self._stage.actor("auditor")
        case = self._propose(
            uow,
            auditor,
            "116",
            date(2022, 11, 30),
            AccountabilityTrigger.SERIOUS_DEVIATION,
            "信访综合服务平台预算执行与绩效目标严重背离",
            "平台建成功能不足目标的一半，资金已支付九成，未按规定报批调整（示例）。",
            measures=(_M.INTERVIEW, _M.CIRCULATED_CRITICISM),
            document_number="岳审报〔2023〕11号（示例）",
            project_name="信访综合服务平台建设（示例）",
        )
        steps = (
            Next(date(2023, 5, 18), "auditor2", _A.REVIEW, "同意提请。", leader="审计局局长"),
            Next(
                date(2023, 5, 25),
                "auditor",
                _A.SUBMIT,
                "提请县政府问责。",
                "岳审函〔2023〕17号（示例）",
            ),
            Next(date(2023, 6, 6), "auditor", _A.ACCEPT, "县政府办批转办理。"),
            Next(
                date(2023, 7, 6),
                "auditor",
                _A.DECIDE,
                "对时任负责人约谈，全县通报批评。",
                "岳府办〔2023〕42号（示例）",
                (_M.INTERVIEW, _M.CIRCULATED_CRITICISM),
                date(2023, 8, 4),
            ),
            Next(
                date(2023, 7, 27),
                "auditor",
                _A.EXECUTE,
                "约谈记录和通报已存档；时任负责人已调离，约谈在新单位进行。",
            ),
            Next(date(2023, 8, 10), "auditor", _A.CLOSE, "材料齐全，办结归档。"),
        )
        yield from self._advance(case, steps)

    def _refusal(self) -> Story:
        """Tell of a case the government took and has not decided yet."""
        uow = yield Turn(date(2023, 9, 20), OVERSIGHT)
        perf = self._stage.actor("perf")
        query = select(FindingRow).where(FindingRow.title == _REFUSED)
        finding = uow.session.scalars(query).one()
        case = self._propose(
            uow,
            perf,
            finding.unit_id,
            finding.registered_at.date(),
            AccountabilityTrigger.REFUSAL,
            "拒不提供资金使用资料，经两次书面催办仍不整改",
            "三次发函调取凭证未果，电话催办一次、书面催办两次，已认定拒不整改（示例）。",
            measures=(_M.INTERVIEW, _M.BUDGET_DEDUCTION),
            findings=(LedgerKey(finding.fiscal_year, finding.finding_id),),
        )
        steps = (
            Next(date(2023, 9, 21), "leader", _A.REVIEW, "事实清楚，同意提请县政府问责。"),
            Next(
                date(2023, 9, 22),
                "perf",
                _A.SUBMIT,
                "提请县政府问责。",
                "岳财绩〔2023〕58号（示例）",
            ),
            Next(date(2023, 9, 27), "perf", _A.ACCEPT, "县政府办已受理，待常务会议研究。"),
        )
        yield from self._advance(case, steps)

    def _poor_result(self) -> Story:
        """Tell of a proposal the leader has to review; three bodies have met about it."""
        uow = yield Turn(date(2023, 9, 26), OVERSIGHT)
        perf, clock = self._stage.actor("perf2"), self._stage.clock
        case = self._propose(
            uow,
            perf,
            "124",
            date(2022, 12, 31),
            AccountabilityTrigger.POOR_RESULT,
            "重点评价结果为差且未按要求说明原因",
            "2022年度重点评价得分58分，等次为差，限期内未提交原因说明（示例）。",
            measures=(_M.INTERVIEW, _M.TIME_LIMITED_RECTIFICATION),
            document_number="岳财绩〔2023〕33号（示例）",
        )
        for body in (MemberBody.AUDIT, MemberBody.DISCIPLINE):
            invitation = InviteMember(
                _key(case), body, MemberRights.WORK, "三组合联席会议制度（示例）"
            )
            invite_member(uow, clock, perf, invitation)
        uow = yield Turn(date(2023, 9, 28), OVERSIGHT)
        tasks = (
            MinutesTask(MemberBody.FINANCE, "孟雨桐", "补充评价扣分依据", date(2023, 10, 13)),
            MinutesTask(MemberBody.AUDIT, "韩静", "核对项目资金流水", date(2023, 10, 20)),
        )
        scan = self._cupboard.bring(uow, perf, "stamped", "联席会议纪要")
        minutes = KeepMinutes(
            _key(self._fresh(uow, case)),
            tasks,
            held_on=date(2023, 9, 28),
            attendees="财政局程立新、孟雨桐，审计局韩静，驻局纪检监察组彭正",
            text="会议听取评价情况，议定由财政、审计分别补充依据后，再报负责人审核。",
            scan_digest=scan,
        )
        keep_minutes(uow, clock, perf, minutes)

    def _clues(self) -> Sequence[Story]:
        return (
            self._clue(date(2023, 6, 12), "岳审移〔2023〕1号（示例）", date(2023, 6, 15)),
            self._clue(date(2023, 9, 27), "岳审移〔2023〕2号（示例）", None),
        )

    def _clue(self, on: date, number: str, receipted_on: date | None) -> Story:
        """Tell of a clue without its content: nobody answered in time, or not yet."""
        uow = yield Turn(on, OVERSIGHT)
        clock = self._stage.clock
        command = RegisterClue(on.year, ClueReceiver.DISCIPLINE, on, number, on)
        clue = register_clue(uow, clock, self._stage.actor("auditor"), command)
        year, clue_id, version = clue.fiscal_year, clue.clue_id, clue.version
        if receipted_on is None:
            return
        uow = yield Turn(receipted_on, OVERSIGHT)
        receiver = self._stage.actor("discipline")
        answer_clue(
            uow,
            clock,
            receiver,
            AnswerClue(
                ClueKey(year, clue_id, version),
                ClueAct.RECEIPT,
                "岳纪收〔2023〕4号（示例）",
                receipted_on,
                "彭正",
            ),
        )

    def _propose(
        self,
        uow: UnitOfWork,
        actor: Actor,
        unit: str | UUID,
        acted_on: date,
        trigger: AccountabilityTrigger,
        title: str,
        facts: str,
        *,
        measures: tuple[AccountabilityMeasure, ...],
        document_number: str = "",
        project_name: str = "",
        findings: tuple[LedgerKey, ...] = (),
    ) -> CaseRow:
        column = UnitRow.code if isinstance(unit, str) else UnitRow.unit_id
        query = select(UnitRow).where(UnitRow.region_code == REGION, column == unit)
        row = uow.session.scalars(query).one()
        head = responsible_on(uow.session, row, acted_on)[0]
        evidence = (
            (self._cupboard.bring(uow, actor, "stamped", "依据文书"),) if document_number else ()
        )
        command = ProposeAccountability(
            fiscal_year=2022,
            trigger=trigger,
            title=title,
            facts=facts,
            legal_basis="《岳池县预算绩效管理办法》第二十七条（示例）",
            acted_on=acted_on,
            receiver=CompetentBody.GOVERNMENT,
            units=(row.unit_id,),
            people=(head.ref,),
            findings=findings,
            measures=measures,
            document_number=document_number,
            evidence=evidence,
            is_lifetime=bool(project_name),
            project_name=project_name,
        )
        return propose_accountability(uow, self._stage.clock, actor, command)

    def _advance(self, case: CaseRow, steps: Sequence[Next]) -> Story:
        for each in steps:
            uow = yield Turn(each.on, OVERSIGHT)
            actor = self._stage.actor(each.login)
            signed = each.act is not _A.CLOSE and each.login != "leader"
            scan = self._cupboard.bring(uow, actor, "stamped", "文书扫描件") if signed else ""
            step = Step(
                each.number, each.on, scan, each.text, each.leader, each.measures, each.term_on
            )
            key = _key(self._fresh(uow, case))
            command = AdvanceAccountability(key, each.act, step)
            advance_accountability(uow, self._stage.clock, actor, command)

    def _fresh(self, uow: UnitOfWork, case: CaseRow) -> CaseRow:
        uow.session.flush()
        found = find_case(uow.session, REGION, 2022, case.case_id)
        if found is None:
            raise LookupError(case.title)
        return found


def _key(case: CaseRow) -> CaseKey:
    return CaseKey(case.fiscal_year, case.case_id, case.version)
