"""What a reviewer sees: target, budget, last year and doubts side by side; the chain of review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.target_svc.console.showing import content_changes, value_text
from services.target_svc.domain.chain import stages_for
from services.target_svc.domain.states import TargetState
from services.target_svc.queries.target_view import TargetHistory, TargetView
from services.target_svc.store.decisions import UnitDecisionRow
from services.target_svc.store.evaluations import EvaluationResultRow
from services.target_svc.store.projects import ProjectMoneyRow
from services.target_svc.store.targets import TargetIndicatorRow, TargetReviewRow, TargetRevisionRow
from shared.money import number_text, ratio_percent
from shared.policy.model import ReviewPolicy
from shared.terms import label, labels
from shared.web.console.formats import date_zh, percent, wan
from shared.web.console.views import Change, Choice, Panel, Step

PHRASES = (
    "数量指标偏少，请补充可核实的产出数量。",
    "效益指标缺少可量化的数值，请补充。",
    "指标值低于上年实际完成，请说明理由或调整。",
    "目标与资金不匹配，请按任务量和标准重新测算。",
    "满意度指标的调查对象不明确，请补充。",
    "指标与上年完全相同，请结合本年任务修改。",
)
_SOURCES = {"fiscal": "财政拨款", "carry_over": "上年结转", "other": "其他资金"}
_WAITED_FOR_IN = {
    TargetState.JOINT_REVIEW: "fin_perf_review",
    TargetState.REJECTED: "fin_perf_review",
    TargetState.AWAITING_RELAY: "fin_office_review",
    TargetState.REVIEW_PASSED: "tabled",
    TargetState.TABLED: "approved_issued",
    TargetState.APPROVED_ISSUED: "active",
}
"""The step of the chain at which a target in this state waits."""
_RETURNS = frozenset({"return_dept", "return_office", "return_perf", "reject_perf"})


@dataclass(frozen=True, slots=True)
class Steps:
    """What the chain is drawn from."""

    policy: ReviewPolicy
    view: TargetView
    history: TargetHistory


def steps_of(source: Steps) -> list[Step]:
    """Return the chain of this target; a stage collapsed in its unit is not in it."""
    target, unit = source.view.target, source.view.unit
    state = TargetState(target.state)
    stages = stages_for(source.policy, unit_is_department=unit.is_department)
    codes = ["draft", *(stage.code for stage in stages), "tabled", "approved_issued", "active"]
    at = _place(state, codes)
    last = {review.stage: review for review in source.history.reviews}
    steps = [_submission_step(source, state, at)]
    for place, stage in enumerate(stages, start=1):
        review = last.get(stage.code) or (
            last.get("joint_review") if stage.code == "fin_perf_review" else None
        )
        note = stage.title
        if stage.code == "fin_office_review" and not any(
            each.code == "dept_review" for each in stages
        ):
            note = "单位本身是主管部门，主管部门审核并入报送"
        steps.append(_stage_step(stage.title, place, at, review, note))
    for place, title in enumerate(("上会", "批复", "下达执行"), start=len(stages) + 1):
        steps.append(Step(title, _standing(place, at)))
    return steps


def panels_of(view: TargetView, *, with_decisions: bool = False) -> list[Panel]:
    """Return target, budget, last year and doubts as the four panels of the review page.

    `with_decisions`: for those who make the budget; a unit is told by the competent body's letter.
    """
    decided = [("问责决定", _decision(row)) for row in view.decisions if with_decisions]
    target = view.target
    goal = [("年度总体目标", target.annual_goal)]
    if target.midterm_goal:
        goal.append(("中期总体目标", target.midterm_goal))
    goal.append(("资金匹配说明", target.money_note))
    doubts = tuple(doubt.sentence for doubt in view.doubts)
    return [
        Panel(
            "系统疑点",
            doubts=doubts,
            note="疑点只作提示，由审核人判断。" if doubts else "没有发现疑点。",
        ),
        Panel("绩效目标", tuple(goal)),
        Panel("预算", (*_budget_lines(view), *decided)),
        _previous_panel(view),
    ]


def review_rows(view: TargetView) -> list[dict[str, Any]]:
    """Return this year's indicators with last year's value and the doubts of each row."""
    before = {_key(row): row for row in view.previous.indicators} if view.previous else {}
    doubted: dict[int, list[str]] = {}
    for doubt in view.doubts:
        parts = doubt.path.split(".")
        if parts[0] == "indicators" and len(parts) > 1:
            doubted.setdefault(int(parts[1]), []).append(doubt.sentence)
    rows = []
    for place, row in enumerate(view.indicators):
        old = before.pop(_key(row), None)
        rows.append(
            {
                "group": f"{_label('indicator_level1', row.level1)} / "
                f"{_label('indicator_level2', row.level2)}",
                "name": row.name,
                "value": value_text(row),
                "weight": number_text(row.weight),
                "before": value_text(old) if old else row.history_value,
                "note": "；".join(each for each in (row.definition, row.basis_source) if each),
                "library": row.library_code,
                "doubts": doubted.get(place, []),
                "is_new": view.previous is not None and old is None,
            }
        )
    return rows + [
        {
            "group": _label("indicator_level2", old.level2),
            "name": f"{old.name}（上年有，本年没有）",
            "value": "—",
            "weight": "",
            "before": value_text(old),
            "note": "",
            "library": "",
            "doubts": [],
            "is_new": False,
        }
        for old in before.values()
    ]


def grade_choices(policy: ReviewPolicy) -> list[Choice]:
    """Return the grades, each with what follows from it."""
    meaning = dict.fromkeys(policy.passing_grades, "通过")
    meaning |= dict.fromkeys(policy.revise_grades, "经股室退回，重新编制")
    meaning |= dict.fromkeys(policy.reject_grades, "不通过")
    return [
        Choice(value, f"{text}（{meaning[value]}）")
        for value, text in labels("grade").items()
        if value in meaning
    ]


def revision_changes(revisions: Sequence[TargetRevisionRow]) -> list[tuple[int, list[Change]]]:
    """Return what each approved revision changed against the one before."""
    changes = []
    before: dict[str, Any] = {}
    for revision in revisions:
        changes.append((revision.revision, content_changes(before, revision.content)))
        before = revision.content
    return changes


def _place(state: TargetState, codes: Sequence[str]) -> int:
    if state in (TargetState.ACTIVE, TargetState.CLOSED):
        return len(codes)
    code = _WAITED_FOR_IN.get(state, state.value)
    return codes.index(code) if code in codes else 0


def _submission_step(source: Steps, state: TargetState, at: int) -> Step:
    target, submissions = source.view.target, source.history.submissions
    last = submissions[-1] if submissions else None
    note = "逾期报送" if target.is_late else ""
    if state is TargetState.DRAFT and target.times_returned:
        note = f"已退回 {target.times_returned} 次"
    return Step(
        "单位报送",
        _standing(0, at),
        who=last.submitter_name if last else "",
        at=last.submitted_at if last else None,
        note=note,
    )


def _stage_step(title: str, place: int, at: int, review: TargetReviewRow | None, note: str) -> Step:
    shown = "" if note == title else note
    if review is None:
        return Step(title, _standing(place, at), note=shown)
    refused = review.act in _RETURNS and place >= at
    return Step(
        title,
        "refused" if refused else _standing(place, at),
        who=review.reviewer_name,
        at=review.reviewed_at,
        note=review.opinion[:40] if refused else shown,
    )


def _standing(place: int, at: int) -> Any:  # noqa: ANN401 (a step's literal)
    if place < at:
        return "done"
    return "current" if place == at else "waiting"


def _budget_lines(view: TargetView) -> list[tuple[str, Any]]:
    project, previous = view.project, view.previous
    lines: list[tuple[str, Any]] = [("申请金额（年初预算）", project.initial_amount)]
    before = {_money_key(row): row for row in previous.money} if previous else {}
    for row in view.money:
        old = before.get(_money_key(row))
        beside = f"（上年 {wan(old.initial_amount)}）" if old else ""
        name = f"{label('budget_book', row.budget_book)} · {_SOURCES[row.source]}"
        lines.append((name, f"{wan(row.initial_amount)} 万元{beside}"))
    if previous:
        lines.append(("上年预算", previous.project.initial_amount))
        lines.append(("比上年", _change(project.initial_amount, previous.project.initial_amount)))
        lines.append(("上年调整后", previous.project.adjusted_amount))
    if view.target.cut_amount:
        lines.append(("核减", view.target.cut_amount))
        lines.append(("核减后", project.initial_amount - view.target.cut_amount))
    return lines


def _decision(row: UnitDecisionRow) -> str:
    shown = "、".join(label("accountability_measure", each) for each in row.measures)
    return f"{shown}（{row.document_number}，{date_zh(row.decided_on)}），安排预算时请酌情处理"


def _change(now: Decimal, before: Decimal) -> str:
    share = ratio_percent(now - before, before, 1)
    sign = "增加" if now >= before else "减少"
    change = percent(None if share is None else abs(share), 1)
    return f"{sign} {wan(abs(now - before))} 万元（{change}）"


def _previous_panel(view: TargetView) -> Panel:
    previous = view.previous
    if previous is None:
        return Panel("上年目标", note="上年没有同名项目，按新增项目审核。")
    title = f"上年目标（{previous.project.fiscal_year}年）"
    if previous.target is None:
        return Panel(title, note="上年有同名项目，但没有绩效目标。")
    lines: list[tuple[str, Any]] = [
        ("年度总体目标", previous.target.annual_goal),
        ("状态", label("target_state", previous.target.state)),
        ("指标", f"{len(previous.indicators)} 条，逐条对照见下表"),
    ]
    if previous.target.grade:
        lines.append(("审核等级", label("grade", previous.target.grade)))
    if previous.result:
        lines += _result_lines(previous.result)
    return Panel(title, tuple(lines))


def _result_lines(result: EvaluationResultRow) -> list[tuple[str, Any]]:
    mark = label("quality_mark", result.quality_mark)
    return [
        ("上年自评", f"{number_text(result.total)} 分（{label('grade', result.grade)}），{mark}"),
        ("上年执行率", percent(result.execution_rate)),
    ]


def _money_key(row: ProjectMoneyRow) -> tuple[str, str]:
    return row.budget_book, row.source


def _key(row: TargetIndicatorRow) -> tuple[str, str]:
    return row.level2, row.name.strip()


def _label(kind: str, value: str) -> str:
    return labels(kind).get(value, value or "—")
