"""Weights and scores of the whole form: sections, parts, total, full marks, grade (Y25-5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.eval_svc.domain.form_check.execution import Execution, execution_of
from services.eval_svc.domain.form_check.form import (
    IndicatorLine,
    Printed,
    PrintedForm,
    Section,
    is_execution_heading,
)
from services.eval_svc.domain.form_check.funds import total_row_is_empty
from services.eval_svc.domain.form_check.printed import Figure, figure_in, is_blank, is_dash
from services.eval_svc.domain.form_check.report import (
    CheckBasis,
    FormCheckCode,
    FormFinding,
    Notes,
    Severity,
    Words,
)
from services.eval_svc.domain.form_check.rules import CheckRules, grade_for
from shared.money import number_text, round_half_up
from shared.terms.vocabulary import Grade

_ZERO = Decimal(0)
_LEVEL1 = re.compile(r"指标|\s|[(（\[【].*$|[\d.]+分?$")
GRADE_NAMES = {
    Grade.EXCELLENT: "优", Grade.GOOD: "良", Grade.FAIR: "中", Grade.POOR: "差",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a column: their sum, the terms in order, and whether all could be read."""

    total: Decimal
    terms: tuple[Decimal, ...]
    is_whole: bool
    has_blank: bool = False

    @property
    def formula(self) -> str:
        """Return the sum as a clerk would write it."""
        return " + ".join(number_text(term) for term in self.terms)


def check_totals(form: PrintedForm, rules: CheckRules, notes: Notes) -> None:
    """Check what needs the whole form; of a copy in part only what more rows cannot mend."""
    execution = execution_of(form, rules)
    rows = counted_rows(form)
    weights = _column(form, rows, "weight", execution.points)
    scores = _column(form, rows, "score", execution.score)
    _check_full_marks(form, execution, weights, scores, rules, notes)
    if form.is_partial:
        for path in ("total_weight", "total_score"):
            notes.skip(path, "表不完整", "rows may be missing from this copy", is_total=True)
    else:
        check_sections(form, rows, notes)
        check_scheme_points(form, rules, notes)
        if _leave_out_execution(form, execution, weights, scores, rules):
            notes.skip("grade", "总计不含预算执行", "the totals leave execution out")
            return
        _check_weights(form, execution, weights, rules, notes)
        _check_scores(form, execution, weights, scores, notes)
    _check_grade(form, scores, rules, notes)


def _leave_out_execution(
    form: PrintedForm, execution: Execution, weights: Parts, scores: Parts, rules: CheckRules
) -> bool:
    """Tell whether both totals are the indicators' alone, which with execution make full marks."""
    weight, score = figure_in(form.total_weight), figure_in(form.total_score)
    if weight is None or score is None or execution.points is None or execution.score is None:
        return False
    if not weights.is_whole or not scores.is_whole or scores.has_blank:
        return False
    own = (weights.total - execution.points.value, scores.total - execution.score.value)
    return weights.total == rules.full_marks and (weight.value, score.value) == own


def _column(
    form: PrintedForm, rows: Sequence[IndicatorLine], name: str, execution: Figure | None
) -> Parts:
    """Return the parts of a column: of the indicators, or of the headings where those are whole."""
    parts = parts_of((getattr(row, name) for row in rows), execution)
    if rows and parts.is_whole:
        return parts
    headings = [
        each for each in form.sections if execution is None or not is_execution_heading(each.level1)
    ]
    above = parts_of((getattr(each, name) for each in headings), execution)
    return above if headings and above.is_whole else replace(parts, is_whole=False)


def counted_rows(form: PrintedForm) -> list[IndicatorLine]:
    """Return the rows whose weights and scores are added, execution not a second time."""
    at = form.total_fund_at
    in_funds = at is not None and figure_in(form.funds[at].weight) is not None
    return [row for row in form.indicators if row.counts and not (in_funds and _repeats(form, row))]


def _repeats(form: PrintedForm, row: IndicatorLine) -> bool:
    """Tell whether a row is the only one of its heading and shows the funds table's points."""
    if not row.is_execution or sum(1 for each in form.indicators if each.is_execution) > 1:
        return False
    fund = figure_in(form.funds[form.total_fund_at or 0].weight)
    return fund is not None and row.points is not None and fund.value == row.points.value


def parts_of(column: Iterable[Printed], execution: Figure | None) -> Parts:
    """Return the parts of a column; a place printed blank adds nothing."""
    terms = [execution.value] if execution is not None else []
    whole, blank = True, False
    for text in column:
        figure = figure_in(text)
        if figure is not None:
            terms.append(figure.value)
        elif text is not None and (is_blank(text) or is_dash(text)):
            blank = True
        else:
            whole = False
    return Parts(sum(terms, _ZERO), tuple(terms), whole, blank)


def _check_full_marks(
    form: PrintedForm,
    execution: Execution,
    weights: Parts,
    scores: Parts,
    rules: CheckRules,
    notes: Notes,
) -> None:
    """Find the first sum above full marks: of the sections, the weights, the scores."""
    headings = [each for each in form.sections if not is_execution_heading(each.level1)]
    if execution.points is None:  # its points, if any, stand beside the heading
        headings = list(form.sections)
    sections = parts_of((each.weight for each in headings), execution.points)
    for path, parts, chinese, english in (
        ("sections", sections, "各部分分值", "section points"),
        ("indicators", weights, "各项分值", "weights"),
        ("indicators", scores, "各项得分", "scores"),
    ):
        if parts.total > rules.full_marks:
            full, found = number_text(rules.full_marks), number_text(parts.total)
            notes.find(
                FormFinding(
                    FormCheckCode.TOTAL_ABOVE_FULL_MARKS,
                    Severity.ERROR,
                    path,
                    found,
                    f"≤ {full}",
                    Words(
                        f"{chinese} {parts.formula} = {found}，超过满分{full}。",
                        f"{english} {parts.formula} = {found}, above full marks {full}",
                    ),
                )
            )
            return


def check_sections(form: PrintedForm, rows: Sequence[IndicatorLine], notes: Notes) -> None:
    """Check each level-1 heading's points and score against the rows below it."""
    named = {level1_of(each.level1) for each in form.sections}
    stray = [row for row in rows if level1_of(row.level1) not in named]
    for at, section in enumerate(form.sections):
        if is_execution_heading(section.level1) and not any(row.is_execution for row in rows):
            continue
        own = [row for row in rows if level1_of(row.level1) == level1_of(section.level1)]
        for column, code in (
            ("weight", FormCheckCode.WEIGHTS_DO_NOT_ADD_UP),
            ("score", FormCheckCode.SCORES_DO_NOT_ADD_UP),
        ):
            _check_section(section, f"sections[{at}].{column}", column, code, own, stray, notes)


def _check_section(
    section: Section,
    path: str,
    column: str,
    code: FormCheckCode,
    own: Sequence[IndicatorLine],
    stray: Sequence[IndicatorLine],
    notes: Notes,
) -> None:
    """Check one heading; rows whose level 1 has no heading of its own may belong to it."""
    printed: Printed = getattr(section, column)
    wanted = figure_in(printed)
    if wanted is None:
        return
    parts = parts_of((getattr(row, column) for row in own), None)
    with_stray = parts_of((getattr(row, column) for row in (*own, *stray)), None)
    if not parts.is_whole or not own or (column == "score" and parts.has_blank):
        notes.skip(path, "该部分有看不到的行或数", "rows or figures of this section are missing")
        return
    if wanted.value in {round_half_up(each.total, wanted.places) for each in (parts, with_stray)}:
        return
    what, english = ("分值", "weights") if column == "weight" else ("得分", "scores")
    notes.find(
        FormFinding(
            code,
            Severity.ERROR,
            path,
            printed,
            number_text(parts.total),
            Words(
                f"「{section.level1}」各指标{what} {parts.formula} = "
                f"{number_text(parts.total)}，该部分印的是{printed}。",
                f"{section.level1}: indicator {english} {parts.formula} = "
                f"{number_text(parts.total)}, the section prints {printed}",
            ),
        )
    )


def check_scheme_points(form: PrintedForm, rules: CheckRules, notes: Notes) -> None:
    """Check the points of the level-1 headings against the scheme the form names."""
    scheme = rules.schemes.get(form.scheme or "")
    if scheme is None:
        return
    printed: dict[str, Decimal] = {}
    for section in form.sections:
        figure = figure_in(section.weight)
        if figure is not None and not is_execution_heading(section.level1):
            name = f"{level1_of(section.level1)}指标"
            printed[name] = printed.get(name, _ZERO) + figure.value
    for row in scheme.sections(frozenset(printed)):
        shown = [points for name, points in printed.items() if name in row.names]
        found = sum(shown, _ZERO)
        if shown and found != row.points:
            title, wanted = "、".join(sorted(row.names)), number_text(row.points)
            notes.find(
                FormFinding(
                    FormCheckCode.WEIGHTS_DO_NOT_ADD_UP,
                    Severity.ERROR,
                    "sections",
                    number_text(found),
                    wanted,
                    Words(
                        f"{title}共{number_text(found)}分，评分方案规定{wanted}分。",
                        f"{title}: {number_text(found)} points, the scheme sets {wanted}",
                    ),
                    CheckBasis.POLICY_PACK,
                    scheme.source,
                )
            )


def level1_of(name: str) -> str:
    """Return a level-1 name without 指标, blanks, and the points printed beside it."""
    return _LEVEL1.sub("", name)


def _check_weights(
    form: PrintedForm, execution: Execution, weights: Parts, rules: CheckRules, notes: Notes
) -> None:
    total = figure_in(form.total_weight)
    if total is None:
        notes.skip("total_weight", "未印总分值", "no total weight printed", is_total=True)
        return
    if not weights.is_whole:
        notes.skip("total_weight", "有的分值看不到", "a weight is missing", is_total=True)
        return
    if weights.total == total.value:
        return
    if execution.points is None and weights.total < total.value <= rules.full_marks:
        notes.skip("total_weight", "未印预算执行分值", "no weight of execution", is_total=True)
        return
    notes.find(_sum_finding(FormCheckCode.WEIGHTS_DO_NOT_ADD_UP, form.total_weight, weights))


def _check_scores(
    form: PrintedForm, execution: Execution, weights: Parts, scores: Parts, notes: Notes
) -> None:
    total = figure_in(form.total_score)
    if total is None:
        notes.skip("total_score", "未印总分", "no total score printed", is_total=True)
        return
    if not scores.is_whole or not scores.terms:
        notes.skip("total_score", "有的得分看不到", "a score is missing", is_total=True)
        return
    if total_row_is_empty(form):
        return  # said with the empty row
    if total.value in (scores.total, round_half_up(scores.total, total.places)):
        return
    if scores.has_blank and scores.total < total.value:
        notes.skip("total_score", "有的得分空白", "a score is blank", is_total=True)
        return
    if execution.score is None and scores.total < total.value and not _fills(form, weights):
        notes.skip("total_score", "未印预算执行得分", "no score of execution", is_total=True)
        return
    notes.find(_sum_finding(FormCheckCode.SCORES_DO_NOT_ADD_UP, form.total_score, scores))


def _fills(form: PrintedForm, weights: Parts) -> bool:
    """Tell whether the indicators alone make up the total weight, leaving no execution part."""
    total = figure_in(form.total_weight)
    return total is not None and weights.is_whole and weights.total == total.value


def _sum_finding(code: FormCheckCode, printed: Printed, parts: Parts) -> FormFinding:
    is_weight = code is FormCheckCode.WEIGHTS_DO_NOT_ADD_UP
    what, english = ("分值", "weights") if is_weight else ("得分", "scores")
    found = number_text(parts.total)
    return FormFinding(
        code,
        Severity.ERROR,
        "total_weight" if is_weight else "total_score",
        printed,
        found,
        Words(
            f"各项{what} {parts.formula} = {found}，总计印的是{printed}。",
            f"{english} {parts.formula} = {found}, the total prints {printed}",
        ),
    )


def _grade_in(text: str) -> Grade | None:
    """Return the one grade a text names (`良好`, `优秀`), or `None` for several or for none."""
    named = [grade for grade, sign in GRADE_NAMES.items() if sign in text]
    return named[0] if len(named) == 1 else None


def _check_grade(form: PrintedForm, scores: Parts, rules: CheckRules, notes: Notes) -> None:
    if form.grade is None or is_blank(form.grade):
        if form.grade is None:
            notes.skip("grade", "未印等级", "no grade printed")
        return
    printed = _grade_in(form.grade)
    total = figure_in(form.total_score)
    value = total.value if total is not None else None
    if value is None and not form.is_partial and scores.is_whole and not scores.has_blank:
        value = scores.total
    if printed is None or value is None:
        notes.skip("grade", "等级或总分无法识别", "grade or total cannot be read")
        return
    scheme = rules.schemes.get(form.scheme or "")
    expected = grade_for(rules.grades if scheme is None else scheme.grades, value)
    if printed is expected:
        return
    name = GRADE_NAMES[expected]
    notes.find(
        FormFinding(
            FormCheckCode.GRADE_MISMATCH,
            Severity.ERROR,
            "grade",
            form.grade,
            name,
            Words(
                f"总分{number_text(value)}属于「{name}」，印的是「{form.grade}」。",
                f"a total of {number_text(value)} is {expected.value}, printed {form.grade}",
            ),
            CheckBasis.POLICY_PACK,
            "" if scheme is None else scheme.source,
        )
    )
