"""What a reviewer sees of a self-evaluation: panels with doubts, its life, what can be decided."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.eval_svc.console.showing import points_text, quality_badge, result_score
from services.eval_svc.domain.states import (
    SelfEvaluationAct,
    SelfEvaluationState,
    acts_from,
)
from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import SelfEvaluationRow, SubmissionRow
from services.eval_svc.usecases.review_self_evaluation import RETURNS
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.duties.showing import Decision, extension_entry, steps_of, submission_line
from shared.terms import label, label_of, labels
from shared.web.console.formats import date_zh, percent, wan
from shared.web.console.views import Link, Panel, Step, TimelineEntry, Tone
from shared.web.links import link

PHRASES = (
    "完成值与佐证一致，评分合理，同意。",
    "完成值缺少佐证材料，请补充。",
    "未得满分的指标，原因和改进措施过于笼统，请写具体。",
    "全年执行数与国库支付数不一致，请核对后重报。",
    "自评报告与自评表数据不一致，请核对。",
)
_A, _S = SelfEvaluationAct, SelfEvaluationState
_TONES: Mapping[str, Tone] = {
    _A.RETURN_DEPT: "red",
    _A.RETURN_OFFICE: "red",
    _A.RELAY_RETURN: "red",
    _A.ORDER_RE_EVALUATION: "red",
    _A.CORRECT_SCORE: "orange",
}
_STAGES = (
    ("填报", (_S.OPEN, _S.DRAFT)),
    ("主管部门审核", (_S.DEPT_REVIEW,)),
    ("业务股室审核", (_S.FIN_OFFICE_REVIEW, _S.AWAITING_RELAY)),
    ("审核通过", (_S.ACCEPTED,)),
    ("抽查复核", (_S.CONFIRMED, _S.SCORE_CORRECTED)),
    ("公开", (_S.PUBLISHED,)),
)


def review_choices(detail: FormDetail, actor: Actor) -> list[Decision]:
    """Return what the actor may decide in the state the form is in."""
    no_review = (_A.FILL, _A.SUBMIT, _A.PUBLISH)
    returning = RETURNS | {_A.RELAY_RETURN}
    return [
        Decision(edge.act.value, label_of(edge.act), edge.act not in returning)
        for edge in acts_from(SelfEvaluationState(detail.form.state))
        if edge.act not in no_review and is_allowed(actor, edge.permission)
    ]


def may_publish(detail: FormDetail, actor: Actor) -> bool:
    """Tell whether the actor may record the publication now."""
    edges = acts_from(SelfEvaluationState(detail.form.state))
    return any(edge.act is _A.PUBLISH and is_allowed(actor, edge.permission) for edge in edges)


def summary(detail: FormDetail) -> list[tuple[str, Any]]:
    """Return the head of the page: the result and what it rests on."""
    form = detail.form
    grade = labels("grade").get(form.grade, "尚未算全")
    lines: list[tuple[str, Any]] = [
        ("得分", f"{points_text(result_score(form))} 分（{grade}）"),
        ("预算执行率", percent(form.execution_rate)),
        ("预算执行得分", f"{points_text(form.execution_score)} 分"),
        ("纳入自评的原因", label("scope_reason", form.scope_reason)),
    ]
    if form.recheck_score is not None:
        lines.append(("单位自评得分", f"{points_text(form.total)} 分"))
    if (mark := quality_badge(form)) is not None:
        lines.append(("复核结果", mark))
    if form.published_on:
        lines.append(("公开", Link(date_zh(form.published_on), form.published_url)))
    return lines


def panels(detail: FormDetail) -> list[Panel]:
    """Return target, money, the unit's words and last year side by side, the doubts first."""
    return [_target_panel(detail), _money_panel(detail), _words_panel(detail), _last_year(detail)]


def _target_panel(detail: FormDetail) -> Panel:
    form = detail.form
    lines: list[tuple[str, Any]] = [
        ("年度总体目标", form.annual_goal),
        ("实际完成情况", form.result),
    ]
    if form.overview:
        lines.append(("部门基本情况", form.overview))
    if form.object_id is not None:
        target = link("target.target", year=form.fiscal_year, id=form.object_id)
        lines.append(("批复的目标", Link("查看绩效目标", target)))
    doubts = [
        f"{row.name}：完成率{percent(row.achieved)}，明显超出指标值，请看指标值是否定低了。"
        for row in detail.indicators
        if row.over_fulfilled
    ]
    doubts += [each["sentence"] for each in form.explained.get("points", ()) if each["differs"]]
    return Panel("目标与完成", tuple(lines), doubts=tuple(doubts))


def _money_panel(detail: FormDetail) -> Panel:
    form = detail.form
    doubts = []
    if form.known_budget is not None and form.known_budget != form.budget:
        doubts.append(
            f"全年预算数{wan(form.budget)}万元，项目库调整后预算{wan(form.known_budget)}万元。"
        )
    if form.known_executed is not None and form.executed < form.known_executed:
        doubts.append(
            f"全年执行数{wan(form.executed)}万元，少于监控时国库数{wan(form.known_executed)}万元。"
        )
    lines: list[tuple[str, Any]] = [
        (
            f"{label('fund_source', row.source)}（预算 / 执行）",
            f"{wan(row.budget)} / {wan(row.executed)} 万元",
        )
        for row in detail.funds
    ]
    lines += [("全年预算数", form.budget), ("全年执行数", form.executed)]
    if form.known_executed is not None and form.known_as_of is not None:
        lines.append((f"国库数（截至{date_zh(form.known_as_of)}）", form.known_executed))
    if form.is_finished:
        lines.append(("项目是否完成", "已全部完成"))
    if form.executed_note:
        lines.append(("执行数说明", form.executed_note))
    return Panel("资金", tuple(lines), doubts=tuple(doubts))


def _words_panel(detail: FormDetail) -> Panel:
    form = detail.form
    lines: tuple[tuple[str, Any], ...] = (
        ("评价结论", form.conclusion),
        ("存在问题", form.problems),
        ("改进措施", form.measures),
        ("项目负责人", form.project_owner),
        ("财务负责人", form.finance_person),
    )
    low = [
        f"{row.name}：得{points_text(row.score)}分，分值{points_text(row.points)}分。{row.reason}"
        for row in detail.indicators
        if row.score is not None and row.score < row.points
    ]
    return Panel("结论", lines, doubts=tuple(low))


def _last_year(detail: FormDetail) -> Panel:
    previous = detail.previous
    if previous is None:
        return Panel("上年自评", note="上年没有同名对象的自评。")
    form = previous.form
    lines: tuple[tuple[str, Any], ...] = (
        ("得分", f"{points_text(result_score(form))} 分"),
        ("等级", labels("grade").get(form.grade, "—")),
        ("预算执行率", percent(form.execution_rate)),
        ("复核", label("quality_mark", form.quality_mark)),
        ("存在问题", form.problems),
    )
    return Panel(f"上年自评（{form.fiscal_year}年度）", lines)


def chain(detail: FormDetail) -> list[Step]:
    """Return the stages of the form; a unit that is its own department skips the second."""
    state = SelfEvaluationState(detail.form.state)
    stages = [
        stage for stage in _STAGES if not (detail.unit.is_department and _S.DEPT_REVIEW in stage[1])
    ]
    note = ""
    if state is _S.DRAFT and detail.form.return_reason:
        note = "已退回"
    elif state is _S.AWAITING_RELAY:
        note = "待股室转达重新自评意见"
    return steps_of(stages, state, note=note, is_over=state is _S.PUBLISHED)


def history(detail: FormDetail) -> list[TimelineEntry]:
    """Return submissions, reviews, extensions and referrals, the latest first."""
    form = detail.form
    entries = [
        TimelineEntry(
            label("self_evaluation_act", each.act),
            each.reviewer_name,
            each.post_name,
            each.reviewed_at,
            _said(each.opinion, each.score),
            _TONES.get(each.act, "green"),
        )
        for each in detail.reviews
    ]
    entries += [extension_entry(each) for each in detail.extensions]
    entries += [
        TimelineEntry(
            f"移交问题{each.number}", each.referred_by, "", each.referred_at, each.title, "orange"
        )
        for each in detail.problems
    ]
    entries += [_submitted(form, each) for each in detail.submissions]
    first = f"期限{date_zh(form.first_due_on)}；{form.scope_note}"
    entries.append(TimelineEntry("生成自评任务", "系统", "", form.opened_at, first, "grey"))
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _submitted(form: SelfEvaluationRow, each: SubmissionRow) -> TimelineEntry:
    here = link("evaluation.self_evaluation", year=form.fiscal_year, id=form.self_evaluation_id)
    files = tuple(
        Link(
            f"{FILE_TITLES[file['kind']]}：{file['filename']}",
            f"{here}/files/{each.submission_id}/{file['digest']}",
        )
        for file in each.files
    )
    return TimelineEntry(
        "报送",
        each.submitter_name,
        "",
        each.submitted_at,
        submission_line(form, each.signer_name, each.print_code),
        files=files,
    )


FILE_TITLES = {"scan": "签字扫描件", "report": "自评报告", "attachment": "附件"}


def _said(opinion: str, score: Decimal | None) -> str:
    said = "" if score is None else f"复核得分{points_text(score)}分"
    return "；".join(part for part in (said, opinion) if part)
