"""What a self-evaluation needs before it may leave the unit: table, report, signature.

Y25-5.4 (table + report + attachments), SL21-7.4 (commitment), YC23-5.1. Everything that is wrong is
told at once, each beside its field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.eval_svc.domain.funds import Fund, is_ten_thousandfold, total_fund, unit_doubt
from services.eval_svc.domain.scoring import Line, needs_reason, score_line
from shared.errors import FieldProblem
from shared.money import number_in, wan_from_yuan
from shared.money import number_text as _n
from shared.policy.scoring import ScoringScheme
from shared.terms.vocabulary import Operator, SelfEvaluationKind

FULL_POINTS = Decimal(100)


@dataclass(frozen=True, slots=True)
class FilledLine:
    """One indicator as filled."""

    name: str
    level1: str
    line: Line
    reason: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form about to be submitted. Amounts in 元; `known_executed` as treasury told, if it did."""

    kind: SelfEvaluationKind
    funds: Sequence[Fund]
    known_budget: Decimal | None
    known_executed: Decimal | None
    executed_note: str
    result: str
    overview: str
    tasks: Sequence[tuple[str, str]]
    """(planned task, what was done) of a department's overall form."""
    lines: Sequence[FilledLine]
    conclusion: str
    problems: str
    measures: str
    project_owner: str
    finance_person: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands for the head's signature: heads do not log in."""

    commitment: bool
    signer_name: str
    scan_digest: str
    report_digest: str


def check_form(scheme: ScoringScheme, form: FilledForm) -> list[FieldProblem]:
    """Return everything in the form itself that keeps it from being submitted."""
    return [
        *check_funds(form),
        *check_lines(scheme, form.lines),
        *_check_texts(form),
    ]


def check_signature(signature: Signature) -> list[FieldProblem]:
    """Return what is missing of commitment, signature and report."""
    problems = []
    if not signature.commitment:
        problems.append(_missing("commitment", "请勾选真实性承诺：单位对所填内容的真实性负责。"))
    if not signature.signer_name.strip():
        problems.append(_missing("signer_name", "请填写签字的单位负责人姓名。"))
    if not signature.scan_digest:
        problems.append(_missing("scan", "请上传单位负责人签字（盖章）的扫描件或电子签章文件。"))
    if not signature.report_digest:
        problems.append(_missing("report", "请上传自评报告。"))
    return problems


def check_funds(form: FilledForm) -> list[FieldProblem]:
    """Return what is wrong with the funds: wrong unit, wrong sums, an unexplained correction."""
    problems = []
    total = total_fund(form.funds)
    for place, row in enumerate(form.funds):
        references = (("budget", row.initial), ("executed", row.budget))
        for name, reference in references:
            doubt = unit_doubt(getattr(row, name), reference)
            if doubt:
                problems.append(FieldProblem(f"funds.{place}.{name}", "wrong_unit", doubt))
    if total.budget <= 0:
        problems.append(_missing("funds.0.budget", "请填写全年预算数。"))
    elif form.known_budget is not None and total.budget != form.known_budget:
        message = unit_doubt(total.budget, form.known_budget) or (
            f"各项全年预算数合计{wan_from_yuan(total.budget)}万元，"
            f"与项目库调整后预算{wan_from_yuan(form.known_budget)}万元不符，请核对。"
        )
        problems.append(FieldProblem("funds.0.budget", "sum_differs", message))
    problems += _check_executed(form, total)
    return problems


def _check_executed(form: FilledForm, total: Fund) -> list[FieldProblem]:
    known, note = form.known_executed, form.executed_note.strip()
    if known is not None and total.executed != known:
        # what was paid up to the monitoring day may be little; far above the budget is no growth
        out_of_range = total.executed > total.budget or total.executed < known
        doubt = unit_doubt(total.executed, known) if out_of_range else None
        if doubt:
            return [FieldProblem("funds.0.executed", "wrong_unit", doubt)]
        if not note:
            message = (
                f"全年执行数合计{wan_from_yuan(total.executed)}万元，"
                f"监控时国库数为{wan_from_yuan(known)}万元；请在说明中写明差额原因。"
            )
            return [_missing("executed_note", message)]
    if total.executed > total.budget and not note:
        return [_missing("executed_note", "全年执行数大于全年预算数，请在说明中写明原因。")]
    return []


def check_lines(scheme: ScoringScheme, lines: Sequence[FilledLine]) -> list[FieldProblem]:
    """Return what is wrong with the indicators, each beside its field."""
    problems: list[FieldProblem] = []
    if not lines:
        return [_missing("indicators", "请至少填写一条绩效指标。")]
    for place, row in enumerate(lines):
        at = f"indicators.{place}"
        if not row.name.strip():
            problems.append(_missing(f"{at}.name", "请填写三级指标名称。"))
        if not row.level1:
            problems.append(_missing(f"{at}.level1", "请选择一级指标。"))
        problems += _check_line(scheme, at, row)
    return problems + check_points(scheme, [row.line.points for row in lines])


def check_points(scheme: ScoringScheme, points: Sequence[Decimal]) -> list[FieldProblem]:
    """Return whether the points of the indicators and of execution add to 100."""
    total = sum(points, scheme.execution.points)
    if total == FULL_POINTS:
        return []
    given = total - scheme.execution.points
    message = (
        f"指标分值合计{_n(given)}分，加预算执行{_n(scheme.execution.points)}分共{_n(total)}分，"
        f"应为{_n(FULL_POINTS)}分，请调整。"
    )
    return [FieldProblem("indicators", "points_sum", message)]


def _check_line(scheme: ScoringScheme, at: str, row: FilledLine) -> list[FieldProblem]:
    line, scored = row.line, score_line(scheme, row.line)
    is_qualitative = line.operator == Operator.QUALITATIVE
    if not line.operator or (not is_qualitative and not line.target.strip()):
        return [_missing(f"{at}.target_value", "请填写年度指标值。")]
    if not line.actual.strip():
        return [_missing(f"{at}.actual", "请填写实际完成值。")]
    if scored.score is None:
        field = "actual"
        if is_qualitative:
            field = "chosen" if line.band else "band"
        return [FieldProblem(f"{at}.{field}", "not_scored", scored.explanation)]
    if "元" in row.unit and is_unit_mixed(line):
        message = "与指标值相差约一万倍：可能「元」「万元」用错，请按指标的单位填写。"
        return [FieldProblem(f"{at}.actual", "wrong_unit", message)]
    if needs_reason(line.points, scored) and not row.reason.strip():
        why = "明显超出指标值" if scored.over_fulfilled else "未得满分"
        return [_missing(f"{at}.reason", f"{why}，请写明偏差原因和改进措施。")]
    return []


def is_unit_mixed(line: Line) -> bool:
    """Tell whether an actual value is about ten thousand times the target value or the reverse."""
    goal, done = number_in(line.target), number_in(line.actual)
    if goal is None or done is None or goal <= 0 or done <= 0:
        return False
    return is_ten_thousandfold(done, goal) or is_ten_thousandfold(goal, done)


def _check_texts(form: FilledForm) -> list[FieldProblem]:
    asked = [
        ("result", form.result, "请填写年度总体目标实际完成情况。"),
        ("conclusion", form.conclusion, "请填写评价结论。"),
        ("problems", form.problems, "请填写存在的问题；没有的写「无」。"),
        ("measures", form.measures, "请填写改进措施；没有的写「无」。"),
        ("finance_person", form.finance_person, "请填写财务负责人。"),
    ]
    if form.kind is SelfEvaluationKind.PROJECT:
        asked.append(("project_owner", form.project_owner, "请填写项目负责人。"))
    else:
        asked.append(("overview", form.overview, "请填写部门基本情况。"))
    problems = [_missing(field, message) for field, text, message in asked if not text.strip()]
    if form.kind is SelfEvaluationKind.DEPT_OVERALL:
        if not form.tasks:
            problems.append(_missing("tasks", "请至少填写一项年度主要任务。"))
        problems += [
            _missing(f"tasks.{place}.done", "请填写任务完成情况。")
            for place, (_, done) in enumerate(form.tasks)
            if not done.strip()
        ]
    return problems


def _missing(path: str, message: str) -> FieldProblem:
    return FieldProblem(path, "missing", message)
