"""The indicator table, row by row: blanks, scores, reasons, units (Y25-5.4, SL21-7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from services.eval_svc.domain.form_check.comparing import Compared, is_slip
from services.eval_svc.domain.form_check.form import IndicatorLine, Printed, PrintedForm
from services.eval_svc.domain.form_check.printed import is_blank
from services.eval_svc.domain.form_check.report import (
    FormCheckCode,
    FormFinding,
    Notes,
    Severity,
    Words,
)
from services.eval_svc.domain.form_check.rules import (
    REVERSE,
    CheckRules,
    proportional_indicator,
    scheme_for,
    standing_of,
)
from services.eval_svc.domain.form_check.units import are_alike, contradicts
from shared.money import number_text, round_half_up

Found = Iterator[FormFinding]
_SCORE_PLACES = 2


def check_indicators(
    form: PrintedForm, compared: Sequence[Compared], rules: CheckRules, notes: Notes
) -> None:
    """Check every row that is an indicator; `compared` holds the rows of the form in order."""
    for at, each in enumerate(compared):
        if not each.row.counts:
            continue
        path = f"indicators[{at}]"
        notes.findings.extend(_blanks(each, path))
        if each.lost < 0 and _covers_more(compared, at):
            notes.skip(f"{path}.score", "得分似为几行合并", "the score seems to cover several rows")
            continue
        notes.findings.extend(_above(each, path))
        notes.findings.extend(_units(each, path))
        notes.findings.extend(_zero(each, path))
        notes.findings.extend(_score(form, each, path, rules))
        notes.findings.extend(_missed(each, path))
        notes.findings.extend(_reason(each, path, rules))
        if each.points is None and each.score is not None:
            notes.skip(f"{path}.score", "未印分值", "no weight printed")


def rule_score(form: PrintedForm, each: Compared, rules: CheckRules) -> Decimal | None:
    """Return what the rule of the form gives a numeric indicator, unrounded, or `None`."""
    scheme = scheme_for(form.indicator_rule, form.scheme, rules)
    return each.scored_by(proportional_indicator if scheme is None else scheme.score_indicator)


def _covers_more(compared: Sequence[Compared], at: int) -> bool:
    """Tell whether a score above its weight stands for the rows below too, in a merged cell.

    Those rows show a weight and no score, and with their weights the score is within reach.
    """
    wanted, reach = compared[at].score, compared[at].points
    for each in compared[at + 1 :]:
        if each.row.score is not None or each.points is None or wanted is None or reach is None:
            return False
        reach += each.points
        if reach >= wanted.value:
            return True
    return False


def _blanks(each: Compared, path: str) -> Found:
    row = each.row
    if each.points is None or each.points <= 0:
        return
    for name, chinese, english in (("actual", "实际完成值", "actual"), ("score", "得分", "score")):
        text: Printed = getattr(row, name)
        if is_blank(text):
            yield FormFinding(
                FormCheckCode.MISSING_VALUE,
                Severity.ERROR,
                f"{path}.{name}",
                "",
                None,
                Words(
                    f"「{row.level3}」有分值{row.weight}，{chinese}没有填写。",
                    f"weighted {row.weight}, but {english} is blank",
                ),
            )


def _above(each: Compared, path: str) -> Found:
    row = each.row
    if each.lost < 0:
        yield FormFinding(
            FormCheckCode.SCORE_ABOVE_WEIGHT,
            Severity.ERROR,
            f"{path}.score",
            row.score,
            f"≤ {row.weight}",
            Words(
                f"「{row.level3}」得分{row.score}高于分值{row.weight}。",
                f"score {row.score} is above the weight {row.weight}",
            ),
        )


def _zero(each: Compared, path: str) -> Found:
    if each.target is not None and each.target.value == 0:
        yield FormFinding(
            FormCheckCode.ZERO_TARGET,
            Severity.NOTICE,
            f"{path}.target",
            each.row.target,
            None,
            Words(
                f"「{each.row.level3}」指标值为0，不能按完成比例计分。",
                "target 0: the proportional rule does not apply",
            ),
        )


def _missed(each: Compared, path: str) -> Found:
    row = each.row
    if each.is_missed and each.has_full_marks and not (row.reason or "").strip():
        yield FormFinding(
            FormCheckCode.FULL_MARKS_FOR_MISSED_TARGET,
            Severity.WARNING,
            f"{path}.score",
            row.score,
            None,
            Words(
                f"「{row.level3}」指标值{row.target}，完成{row.actual}，未达到却得满分，也没有说明原因。",
                f"target {row.target}, actual {row.actual}: missed, full marks, no reason",
            ),
        )


def _reason(each: Compared, path: str, rules: CheckRules) -> Found:
    row, is_lower = each.row, each.lost > 0
    rises = each.operator is not None and each.operator not in REVERSE
    is_over = rises and each.ratio is not None and each.ratio * 100 >= rules.over_fulfilled_from
    if not is_blank(row.reason) or not (is_lower or is_over):
        return
    why = f"得分{row.score}低于分值{row.weight}" if is_lower else "实际完成值明显超过指标值"
    english = f"score {row.score} below weight {row.weight}" if is_lower else "far above the target"
    yield FormFinding(
        FormCheckCode.MISSING_REASON,
        Severity.WARNING,
        f"{path}.reason",
        "",
        None,
        Words(
            f"「{row.level3}」{why}，偏差原因没有填写。",
            f"{english}, the reason is blank",
        ),
    )


def _units(each: Compared, path: str) -> Found:
    row, target, actual = each.row, each.target, each.actual
    for quantity, text, place in ((target, row.target, "target"), (actual, row.actual, "actual")):
        if quantity is not None and contradicts(row.level3, quantity.unit):
            yield _unit_finding(
                f"{path}.{place}",
                text,
                f"「{row.level3}」的单位与指标名称不符：{text}；请核对指标值和计量单位。",
                f"the unit of {text} contradicts the indicator's name",
            )
            return
    if target is None or actual is None:
        return
    if not are_alike(target.unit, actual.unit) or is_slip(target, actual):
        yield _different(row, path)


def _different(row: IndicatorLine, path: str) -> FormFinding:
    return _unit_finding(
        f"{path}.actual",
        row.actual,
        f"「{row.level3}」指标值{row.target}与实际完成值{row.actual}的单位不一致。",
        f"target {row.target} and actual {row.actual} are in different units",
    )


def _unit_finding(path: str, printed: Printed, chinese: str, english: str) -> FormFinding:
    return FormFinding(
        FormCheckCode.UNIT_MISMATCH,
        Severity.WARNING,
        path,
        printed,
        None,
        Words(chinese, english),
    )


def _score(form: PrintedForm, each: Compared, path: str, rules: CheckRules) -> Found:
    row, score, expected = each.row, each.score, rule_score(form, each, rules)
    if score is None or expected is None or each.lost < 0:
        return
    if score.value in (round_half_up(expected, score.places), expected):
        return
    scheme = scheme_for(form.indicator_rule, form.scheme, rules)
    standing = standing_of(form.indicator_rule, scheme)
    wanted = number_text(round_half_up(expected, _SCORE_PLACES))
    yield FormFinding(
        FormCheckCode.INDICATOR_SCORE_MISMATCH,
        standing.severity(Severity.NOTICE),
        f"{path}.score",
        row.score,
        wanted,
        Words(
            f"「{row.level3}」指标值{row.target}，完成{row.actual}，分值{row.weight}："
            f"按规则得{wanted}分，印的是{row.score}。",
            f"target {row.target}, actual {row.actual}, weight {row.weight}: "
            f"the rule gives {wanted}, printed {row.score}",
        ),
        standing.basis,
        standing.source,
    )
