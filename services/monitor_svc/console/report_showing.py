"""What a reviewer sees of a report: panels with doubts, its life, and what can be decided now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.monitor_svc.console.showing import lamp
from services.monitor_svc.domain.achievement import LitRow, achievement_percent
from services.monitor_svc.domain.states import ReportAct, ReportState, acts_from
from services.monitor_svc.queries.report_detail import ReportDetail
from services.monitor_svc.store.finding_copies import FindingCopyRow
from services.monitor_svc.store.reports import ReportRow, ReportSubmissionRow
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.duties.showing import Decision, extension_entry, steps_of, submission_line
from shared.policy.model import MonitoringPolicy
from shared.terms import label, label_of, labels
from shared.terms.vocabulary import Light
from shared.web.console.formats import date_zh, percent, wan
from shared.web.console.views import Link, Panel, Step, TimelineEntry, Tone
from shared.web.links import link

PHRASES = (
    "数据与国库支付记录一致，同意。",
    "偏差原因属实，请按纠偏措施抓紧落实。",
    "偏差原因过于笼统，请写明具体环节和责任人。",
    "完成值与佐证不符，请核实后重报。",
    "纠偏措施没有时间节点，请补充。",
    "执行进度明显偏慢，请说明年内支付安排。",
)
_TONES: Mapping[str, Tone] = {
    ReportAct.RETURN_DEPT: "red",
    ReportAct.RETURN_OFFICE: "red",
    ReportAct.ORDER_CORRECTION: "orange",
}
_STAGES = (
    ("填报", (ReportState.OPEN, ReportState.DRAFT)),
    ("主管部门审核", (ReportState.DEPT_REVIEW,)),
    ("业务股室审核", (ReportState.FIN_OFFICE_REVIEW,)),
    ("汇总", (ReportState.AGGREGATED, ReportState.CORRECTING)),
    ("办结", (ReportState.CLOSED,)),
)


def review_choices(detail: ReportDetail, actor: Actor) -> list[Decision]:
    """Return what the actor may decide in the state the report is in."""
    returning = {ReportAct.RETURN_DEPT, ReportAct.RETURN_OFFICE, ReportAct.ORDER_CORRECTION}
    return [
        Decision(edge.act.value, label_of(edge.act), edge.act not in returning)
        for edge in acts_from(ReportState(detail.report.state))
        if edge.act not in (ReportAct.FILL, ReportAct.SUBMIT) and is_allowed(actor, edge.permission)
    ]


def summary(detail: ReportDetail, policy: MonitoringPolicy) -> list[tuple[str, Any]]:
    """Return the head of the page: lights and the two figures of 双监控."""
    report = detail.report
    rows = [LitRow(row.weight, row.progress, Light(row.light)) for row in detail.indicators]
    return [
        ("综合预警", lamp(report.light)),
        ("执行预警", lamp(report.execution_light)),
        ("目标预警", lamp(report.achievement_light)),
        ("预算执行率", percent(report.execution_rate)),
        ("目标完成进度", percent(achievement_percent(rows, policy.ratio_places))),
        ("完成目标可能性", labels("likelihood").get(report.likelihood, "")),
    ]


def panels(detail: ReportDetail, policy: MonitoringPolicy) -> list[Panel]:
    """Return report beside target and payments, the doubts first."""
    return [_target_panel(detail), _money_panel(detail), _report_panel(detail, policy)]


def _target_panel(detail: ReportDetail) -> Panel:
    report, project = detail.report, detail.project
    target = Link(
        "查看绩效目标", link("target.target", year=report.fiscal_year, id=report.target_id)
    )
    return Panel(
        "绩效目标与预算",
        (
            ("年度总体目标", report.annual_goal),
            ("批复金额", report.approved_amount),
            ("年初预算", project.initial_amount),
            ("调整后预算", project.adjusted_amount),
            ("项目责任人", project.owner_name),
            ("目标", target),
        ),
    )


def _money_panel(detail: ReportDetail) -> Panel:
    report = detail.report
    doubts = []
    if report.state != ReportState.OPEN and detail.executed_now != report.executed:
        doubts.append(
            f"国库支付现为{wan(detail.executed_now)}万元，报表为{wan(report.executed)}万元。"
        )
    if detail.project.adjusted_amount != report.budget:
        doubts.append(
            f"预算现为{wan(detail.project.adjusted_amount)}万元，报表为{wan(report.budget)}万元。"
        )
    if report.expected_year is not None and report.expected_year < report.executed:
        doubts.append("全年预计执行数小于截至期已执行数。")
    if report.expected_year is not None and report.expected_year > report.budget:
        doubts.append("全年预计执行数大于调整后预算。")
    return Panel(
        f"预算执行（截至{date_zh(report.as_of)}）",
        (
            ("调整后预算", report.budget),
            ("已执行", report.executed),
            ("执行率", percent(report.execution_rate)),
            ("全年预计执行", report.expected_year),
            ("执行预警", lamp(report.execution_light)),
        ),
        note="预算取自项目库，执行数取自国库支付记录。",
        doubts=tuple(doubts),
    )


def _report_panel(detail: ReportDetail, policy: MonitoringPolicy) -> Panel:
    report = detail.report
    doubts = [
        f"{row.name}：{labels('light')[row.light]}。{row.explanation}"
        for row in detail.indicators
        if row.light in policy.cause_required_lights
    ]
    causes = "、".join(label("cause_code", cause) for cause in report.causes)
    lines: tuple[tuple[str, Any], ...] = (
        ("目标完成情况", report.progress),
        ("偏差原因", causes),
        ("原因说明", report.cause_note),
        ("纠偏措施", report.correction),
        ("责任人", report.correction_owner),
        ("完成期限", report.correction_due_on),
    )
    return Panel("填报情况", lines, doubts=tuple(doubts))


def chain(detail: ReportDetail) -> list[Step]:
    """Return the stages of the report; a unit that is its own department skips the second."""
    state = ReportState(detail.report.state)
    stages = [
        stage
        for stage in _STAGES
        if not (detail.unit.is_department and ReportState.DEPT_REVIEW in stage[1])
    ]
    note = "纠偏中" if state is ReportState.CORRECTING else ""
    if state is ReportState.DRAFT and detail.report.return_reason:
        note = "已退回"
    return steps_of(stages, state, note=note, is_over=state is ReportState.CLOSED)


def history(detail: ReportDetail) -> list[TimelineEntry]:
    """Return submissions, reviews and extensions, the latest first."""
    report = detail.report
    entries = [
        TimelineEntry(
            label("report_act", each.act),
            each.reviewer_name,
            each.post_name,
            each.reviewed_at,
            _opinion(each.opinion, each.pay_advice),
            _TONES.get(each.act, "green"),
        )
        for each in detail.reviews
    ]
    entries += [extension_entry(each) for each in detail.extensions]
    entries += [_submitted(report, each) for each in detail.submissions]
    first = f"期限{date_zh(report.first_due_on)}"
    entries.append(TimelineEntry("生成监控表", "系统", "", report.opened_at, first, "grey"))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _submitted(report: ReportRow, each: ReportSubmissionRow) -> TimelineEntry:
    here = link("monitoring.report", year=report.fiscal_year, id=report.report_id)
    scan = Link("签字扫描件", f"{here}/scans/{each.submission_id}")
    return TimelineEntry(
        "报送",
        each.submitter_name,
        "",
        each.submitted_at,
        submission_line(report, each.signer_name, each.print_code),
        files=(scan,),
    )


def _opinion(opinion: str, advice: str) -> str:
    said = "" if advice == "normal" else f"拨款建议：{label('pay_advice', advice)}"
    return "；".join(part for part in (opinion, said) if part)


def referred(detail: ReportDetail) -> list[tuple[str, str]]:
    """Return each problem handed to oversight with where it stands there, in words."""
    return [
        (each.title, _standing(detail.findings.get(each.source_key))) for each in detail.problems
    ]


def _standing(finding: FindingCopyRow | None) -> str:
    if finding is None:
        return "已移交，正在登记为监督问题"
    state = label("finding_state", finding.state)
    due = f"，整改期限{date_zh(finding.due_on)}" if finding.due_on and not finding.closed_on else ""
    closed = f"，{date_zh(finding.closed_on)}销号" if finding.closed_on else ""
    return f"已转监督问题 {finding.number}　{state}{due}{closed}"
