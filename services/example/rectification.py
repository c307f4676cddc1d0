"""From a document with findings to notices, plans, reports and recognition, each on its day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import select

from services.eval_svc.store.self_evaluations import SelfEvaluationRow
from services.eval_svc.usecases import refer_problem as evaluation
from services.eval_svc.usecases.loading import SelfEvaluationKey
from services.example.diary import Diary, Story, Turn, workday
from services.example.findings import Numbering, Problem, Registrar, read_problems
from services.example.papers import Cupboard
from services.example.people import read_data
from services.example.rectifying_acts import OVERSIGHT, RectifyingActs
from services.example.stage import Stage
from services.monitor_svc.store.problems import report_problems
from services.monitor_svc.store.projects import ProjectCopyRow
from services.monitor_svc.store.reports import ReportRow
from services.monitor_svc.usecases import refer_problem as monitoring
from services.monitor_svc.usecases.loading import ReportKey
from services.oversight_svc.usecases.draft_notice import (
    DraftNotice,
    NoticeItem,
    NoticeKey,
    draft_notice,
)
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.issue_notice import (
    IssueNotice,
    SignNotice,
    issue_notice,
    sign_notice,
)
from services.oversight_svc.usecases.link_earlier import LinkEarlier, link_earlier
from services.oversight_svc.usecases.merge_findings import MergeFinding, merge_finding
from services.oversight_svc.usecases.withdraw_finding import WithdrawFinding, withdraw_finding
from shared.db.unit_of_work import UnitOfWork

Raised = tuple[Problem, FindingKey]


class RectificationTeller:
    """Begins the story of every document."""

    def __init__(self, stage: Stage, diary: Diary, cupboard: Cupboard) -> None:
        """Tell on `stage` through `diary` with papers from `cupboard`."""
        self._stage = stage
        self._diary = diary
        self._cupboard = cupboard
        self._registrar = Registrar(stage)
        self._phrases = read_data("rectification")
        self._numbering = Numbering()

    def begin(self) -> None:
        """Begin all documents' stories; each waits for its day."""
        for problems in read_problems():
            document = problems[0].document
            if document.is_closed:
                self._diary.begin(self._old(problems))
            elif document.referred:
                for problem in problems:
                    self._diary.begin(self._referred(problem))
            else:
                self._diary.begin(self._registered(problems))

    def _old(self, problems: Sequence[Problem]) -> Story:
        document = problems[0].document
        uow = yield Turn(document.on, OVERSIGHT)
        self._registrar.import_closed(uow, self._stage.actor(document.by), problems)
        for problem in problems:
            found = self._registrar.titled(uow, problem.title)
            acts = self._acts(problem, FindingKey(found.fiscal_year, found.finding_id))
            self._diary.begin(acts.looked_back(document.on))

    def _registered(self, problems: Sequence[Problem]) -> Story:
        document = problems[0].document
        uow = yield Turn(document.on, OVERSIGHT)
        actor = self._stage.actor(document.by)
        raised = [(each, self._registrar.register(uow, actor, each)) for each in problems]
        self._after_registration(uow, raised)

    def _referred(self, problem: Problem) -> Story:
        is_monitoring = problem.document.referred == "monitoring"
        service = "monitor_svc" if is_monitoring else "eval_svc"
        uow = yield Turn(problem.document.on, service)
        refer = self._refer_report if is_monitoring else self._refer_form
        source_key = refer(uow, problem)
        if not problem.reaches("drafted"):
            return
        uow = yield Turn(workday(problem.document.on, 1), OVERSIGHT, hears=True)
        key = self._registrar.referred(uow, problem.document.source, source_key)
        self._after_registration(uow, [(problem, key)])

    def _refer_report(self, uow: UnitOfWork, problem: Problem) -> str:
        year = problem.document.year
        query = (
            select(ReportRow)
            .join(
                ProjectCopyRow,
                (ProjectCopyRow.region_code == ReportRow.region_code)
                & (ProjectCopyRow.fiscal_year == ReportRow.fiscal_year)
                & (ProjectCopyRow.project_id == ReportRow.project_id),
            )
            .where(ReportRow.fiscal_year == year, ProjectCopyRow.name == problem.project)
        )
        report = uow.session.scalars(query).one()
        command = monitoring.ReferProblem(
            ReportKey(year, report.report_id, report.version),
            problem.title,
            f"{problem.text}（示例）",
            problem.category,
            problem.basis,
            problem.amount,
        )
        monitoring.refer_problem(uow, self._stage.clock, self._stage.actor("perf"), command)
        uow.session.flush()
        return f"{report.report_id}:{report_problems(uow.session, report)[-1].number}"

    def _refer_form(self, uow: UnitOfWork, problem: Problem) -> str:
        year, unit = problem.document.year, self._registrar.units[problem.unit]
        row = SelfEvaluationRow
        query = select(row).where(
            row.fiscal_year == year,
            row.name == problem.project if problem.project else row.subject_id == unit.unit_id,
        )
        form = uow.session.scalars(query).one()
        command = evaluation.ReferProblem(
            SelfEvaluationKey(year, form.self_evaluation_id, form.version),
            problem.title,
            f"{problem.text}（示例）",
            problem.category.value,
            problem.amount,
            problem.basis,
        )
        evaluation.refer_problem(uow, self._stage.clock, self._stage.actor("perf"), command)
        return f"{form.self_evaluation_id}:{form.problems_referred}"

    def _after_registration(self, uow: UnitOfWork, raised: Sequence[Raised]) -> None:
        """Link and merge what is to be; begin a notice for each unit."""
        for problem, key in raised:
            actor = self._stage.actor(problem.document.by)
            if problem.earlier:
                number = self._registrar.titled(uow, problem.earlier).number
                link_earlier(uow, self._stage.clock, actor, LinkEarlier(key, number))
        for problem, key in raised:
            if problem.until in ("merged", "withdrawn"):
                self._diary.begin(self._ended(problem, key))
        noticed = [pair for pair in raised if pair[0].reaches("drafted")]
        noticed.sort(key=lambda pair: self._registrar.units[pair[0].unit].code)
        for _, group in groupby(noticed, key=lambda pair: pair[0].unit):
            self._diary.begin(self._notice(list(group)))

    def _ended(self, problem: Problem, key: FindingKey) -> Story:
        uow = yield Turn(workday(problem.document.on, 3), OVERSIGHT)
        actor, clock = self._stage.actor(problem.document.by), self._stage.clock
        if problem.into:
            number = self._registrar.titled(uow, problem.into).number
            merge_finding(uow, clock, actor, MergeFinding(key, number))
        else:
            opinion = "经核对会计资料，该笔支出已于当年调账，系重复登记，予以撤销。"
            withdraw_finding(uow, clock, actor, WithdrawFinding(key, opinion))

    def _notice(self, raised: Sequence[Raised]) -> Story:
        problem = raised[0][0]
        document, clock = problem.document, self._stage.clock
        actor = self._stage.actor(document.by)
        issued_on = document.noticed or workday(document.on, 5)
        uow = yield Turn(workday(issued_on, -1), OVERSIGHT)
        items = tuple(NoticeItem(key, each.kind, each.demand, each.due) for each, key in raised)
        subject = f"关于{document.name}有关问题的整改通知"
        contact = f"{actor.name} 0826-0000110"
        draft = DraftNotice(items, subject, contact, issuer="邓世平")
        notice = draft_notice(uow, clock, actor, draft)
        key = NoticeKey(notice.fiscal_year, notice.notice_id, notice.version)
        if not problem.reaches("notified"):
            return
        uow = yield Turn(issued_on, OVERSIGHT)
        scan = self._cupboard.bring(uow, actor, "stamped", "整改通知（盖章）")
        issue = IssueNotice(key, self._numbering.next(document.notices), issued_on, scan)
        issued = issue_notice(uow, clock, actor, issue)
        if not problem.reaches("signed"):
            return
        day = workday(issued_on, 2)
        uow = yield Turn(day, OVERSIGHT)
        unit = self._registrar.units[problem.unit]
        operator = self._stage.actor(f"u{unit.code}")
        scan = self._cupboard.bring(uow, operator, "stamped", "签收回执")
        key = NoticeKey(issued.fiscal_year, issued.notice_id, issued.version)
        sign_notice(uow, clock, operator, SignNotice(key, unit.head_name, scan))
        for each, finding in raised:
            self._diary.begin(self._acts(each, finding).rectified(day))

    def _acts(self, problem: Problem, key: FindingKey) -> RectifyingActs:
        unit = self._registrar.units[problem.unit]
        return RectifyingActs(
            self._stage, self._cupboard, self._phrases, problem, key, unit, self._numbering
        )
