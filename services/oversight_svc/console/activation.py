"""Putting a policy pack into force: the ambiguous phrases are asked, with the dates they give."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.policy_reading import deadline_words
from services.oversight_svc.usecases.activate_policy import ActivatePolicy, activate_policy
from shared.calendar import WorkingCalendar
from shared.calendar_store import load_calendar
from shared.errors import FieldProblem, InvalidInputError
from shared.policy.active import EVERY_YEAR
from shared.policy.deadlines import compute_deadline
from shared.policy.loader import find_pack
from shared.policy.model import DeadlineKind, DeadlineRule, Pack
from shared.web.api import current_resources
from shared.web.console.formats import date_zh
from shared.web.console.forms import Form, bind, blank
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Choice
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema
from shared.web.years import year_in

pages = Blueprint("activation", __name__, url_prefix="/policies", template_folder="templates")

ACT = "oversight.policy.activate"


class ActivationSchema(ApiSchema):
    """Budget year (0: every year) and basis; each pack adds its questions."""

    fiscal_year = fields.Integer(
        required=True,
        validate=validate.Range(min=EVERY_YEAR, max=2100),
        metadata={"label": "预算年度"},
    )
    basis = fields.String(required=True, metadata={"label": "启用依据"})


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A phrase with several readings, each with the date it gives."""

    name: str
    phrase: str
    choices: list[Choice]


@pages.get("/<code>/activate")
@permission(ACT)
def ask_activation(code: str) -> str:
    """Ask for basis and readings; `year` in the address chooses the year of the dates shown."""
    pack = find_pack(code)
    year = _year_of(request.args.get("year", "")) or current_resources().clock.today().year
    return _page(pack, blank(_schema(pack)(), {"fiscal_year": year}), year)


@pages.post("/<code>/activate")
@permission(ACT)
def activate(code: str) -> BaseResponse | tuple[str, int]:
    """Put the pack into force; refused until every question is answered."""
    pack = find_pack(code)
    form = bind(_schema(pack)(), request.form)
    if form.is_valid:
        try:
            _activate(pack, form)
        except InvalidInputError as error:
            form.problems = tuple(_beside_field(problem) for problem in error.problems)
        else:
            text = f"已启用「{pack.title}」，各服务将在数秒内按新规则计算；已算出的日期保持原规则。"
            return redirect_with_notice(link("oversight.policies"), text)
    return _page(pack, form, _year_of(form.value("fiscal_year"))), 422


def _activate(pack: Pack, form: Form) -> None:
    answers = {
        question.id: form.data[_name(question.id)]
        for question in pack.questions
        if form.data.get(_name(question.id))
    }
    command = ActivatePolicy(pack.ref.code, form.data["fiscal_year"], answers, form.data["basis"])
    resources = current_resources()
    with resources.database.begin() as uow:
        activate_policy(uow, resources.clock, current_actor(), command)


def _schema(pack: Pack) -> type[Schema]:
    """Return the form of this pack; the use case says which answers are missing."""
    return ActivationSchema.from_dict(
        {
            _name(question.id): fields.String(load_default="", metadata={"label": question.phrase})
            for question in pack.questions
        }
    )


def _name(question_id: str) -> str:
    return f"answer_{question_id}"


def _beside_field(problem: FieldProblem) -> FieldProblem:
    kind, _, question = problem.path.partition(".")
    return replace(problem, path=_name(question)) if kind == "answers" else problem


def _page(pack: Pack, form: Form, year: int) -> str:
    resources = current_resources()
    with resources.database.read() as session:
        calendar = load_calendar(session)
    this_year = resources.clock.today().year
    years = [Choice(str(each), f"{each}年度") for each in range(this_year + 1, this_year - 4, -1)]
    return render_template(
        "oversight/policy_activate.html",
        pack=pack,
        form=form,
        year=year,
        years=[*years, Choice(str(EVERY_YEAR), "各年度（没有单独启用的年度都用它）")],
        questions=[
            AskedQuestion(
                _name(question.id),
                question.phrase,
                [
                    Choice(code, f"{title}　{_dated(pack, rule, year or this_year, calendar)}")
                    for code, title, rule in question.readings
                ],
            )
            for question in pack.questions
        ],
    )


def _dated(pack: Pack, rule: DeadlineRule, year: int, calendar: WorkingCalendar) -> str:
    """Say which day this reading gives for the year."""
    if rule.kind is DeadlineKind.WORKDAYS_AFTER:
        return f"（{deadline_words(rule)}）"
    chosen = replace(pack, deadlines={**pack.deadlines, rule.id: rule})
    deadline = compute_deadline(chosen, rule.id, year, calendar)
    opens = f"{date_zh(deadline.opens_on)}至" if deadline.opens_on else ""
    provisional = "，该年放假安排尚未公布，暂定" if deadline.provisional else ""
    return f"（{year}年度：{opens}{date_zh(deadline.due_on)}{provisional}）"


def _year_of(text: str) -> int:
    """Return the budget year typed; 0 for every year, and for what is none."""
    return year_in(text) or EVERY_YEAR
