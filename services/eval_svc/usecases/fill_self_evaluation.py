"""Act: keep a self-evaluation as it is typed; every score is computed, none is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.eval_svc.domain.states import SelfEvaluationAct, SelfEvaluationState, next_state
from services.eval_svc.store.self_evaluations import (
    IndicatorRow,
    SelfEvaluationRow,
    funds_of,
    indicators_of,
)
from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
)
from services.eval_svc.usecases.scoring_form import refresh_known, rescore
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.duties.recording import record_act
from shared.errors import FieldProblem, InvalidInputError
from shared.files.uploads import UploadRow, use_upload
from shared.policy.active import policy_for

FILE_KINDS = ("scan", "report", "attachment")


@dataclass(frozen=True, slots=True)
class TypedFund:
    """A row of the funds table as typed, in 元; `None` counts as nothing."""

    position: int
    initial: Decimal | None
    budget: Decimal | None
    executed: Decimal | None


@dataclass(frozen=True, slots=True)
class TypedIndicator:
    """What was typed of an indicator.

    Where the target was approved only `position`, `actual`, `band`, `chosen` and `reason` count;
    a form without an approved target takes the whole row.
    """

    position: int
    actual: str
    band: str = ""
    chosen: Decimal | None = None
    reason: str = ""
    level1: str = ""
    level2: str = ""
    name: str = ""
    operator: str = ""
    target_value: str = ""
    unit: str = ""
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TypedTask:
    """A main task of the year and what came of it (overall expenditure only)."""

    name: str
    done: str


@dataclass(frozen=True, slots=True)
class TypedFile:
    """A file uploaded before; `kind` is scan, report or attachment."""

    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class FillSelfEvaluation:
    """The form as typed. What must be there is asked only when it is submitted."""

    key: SelfEvaluationKey
    funds: tuple[TypedFund, ...]
    indicators: tuple[TypedIndicator, ...]
    executed_note: str = ""
    annual_goal: str = ""
    result: str = ""
    overview: str = ""
    tasks: tuple[TypedTask, ...] = ()
    conclusion: str = ""
    problems: str = ""
    measures: str = ""
    project_owner: str = ""
    finance_person: str = ""
    is_finished: bool = False
    files: tuple[TypedFile, ...] = ()


_TEXTS = (
    "executed_note",
    "result",
    "overview",
    "conclusion",
    "problems",
    "measures",
    "project_owner",
    "finance_person",
)


def fill_self_evaluation(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: FillSelfEvaluation
) -> LoadedSelfEvaluation:
    """Save the draft; raise `TransitionRefusedError` when it is not with the unit any more."""
    loaded = load_self_evaluation(uow, actor, command.key, "evaluation.self_evaluation.fill")
    form = loaded.form
    edge = next_state(SelfEvaluationState(form.state), SelfEvaluationAct.FILL)
    for name in _TEXTS:
        setattr(form, name, getattr(command, name).strip())
    if form.object_id is None:
        form.annual_goal = command.annual_goal.strip()
    form.is_finished = command.is_finished
    form.tasks = [{"name": each.name.strip(), "done": each.done.strip()} for each in command.tasks]
    form.files = _files(uow, clock, actor, form, command.files)
    rows = _take_indicators(uow, form, command.indicators)
    funds = funds_of(uow.session, form)
    typed = {each.position: each for each in command.funds}
    for fund in funds:
        given = typed.get(fund.position)
        if given is not None:
            fund.initial = given.initial or Decimal("0.00")
            fund.budget = given.budget or Decimal("0.00")
            fund.executed = given.executed or Decimal("0.00")
    refresh_known(uow, form)
    pack = policy_for(uow.session, form.region_code, form.fiscal_year)
    before = {"state": form.state, "total": _text(form.total)}
    rescore(pack, form, funds, rows)
    form.state = edge.to.value
    form.version += 1
    form.changed_at = clock.now()
    after = {
        "state": form.state,
        "total": _text(form.total),
        "actual": {str(row.position): row.actual for row in rows},
    }
    record_act(uow, actor, form, "fill", title=form.name, before=before, after=after)
    return loaded


def _take_indicators(
    uow: UnitOfWork, form: SelfEvaluationRow, typed: Sequence[TypedIndicator]
) -> list[IndicatorRow]:
    rows = list(indicators_of(uow.session, form))
    if form.object_id is None:
        rows = _replace_rows(uow, form, rows, typed)
    by_position = {row.position: row for row in rows}
    for each in typed:
        row = by_position.get(each.position)
        if row is not None:
            row.actual, row.reason = each.actual.strip(), each.reason.strip()
            row.band, row.chosen = each.band, each.chosen
    return rows


def _replace_rows(
    uow: UnitOfWork,
    form: SelfEvaluationRow,
    rows: Sequence[IndicatorRow],
    typed: Sequence[TypedIndicator],
) -> list[IndicatorRow]:
    """Make the form's indicators those typed: its unit enters them itself."""
    kept = {row.position: row for row in rows}
    wanted = {each.position: each for each in typed}
    for position, row in kept.items():
        if position not in wanted:
            uow.session.delete(row)
    found = []
    for position, each in sorted(wanted.items()):
        row = kept.get(position) or _empty(form, position)
        row.level1, row.level2, row.name = each.level1, each.level2, each.name.strip()
        row.operator, row.unit = each.operator, each.unit.strip()
        row.target_value = each.target_value.strip()
        row.points = each.points or Decimal(0)
        uow.session.add(row)
        found.append(row)
    return found


def _empty(form: SelfEvaluationRow, position: int) -> IndicatorRow:
    return IndicatorRow(
        region_code=form.region_code,
        fiscal_year=form.fiscal_year,
        self_evaluation_id=form.self_evaluation_id,
        position=position,
        actual="",
        band="",
        reason="",
        over_fulfilled=False,
        explanation="",
        explained={},
    )


def _files(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    form: SelfEvaluationRow,
    typed: Sequence[TypedFile],
) -> list[dict[str, Any]]:
    """Return the form's files; each was on the form before or was brought by the actor."""
    kept = {each["digest"]: each for each in form.files}
    found: list[dict[str, Any]] = []
    for each in typed:
        if each.kind not in FILE_KINDS:
            raise InvalidInputError([FieldProblem("files", "unknown", "请从所列材料类别中选择。")])
        if each.digest in kept:
            found.append({**kept[each.digest], "kind": each.kind})
        elif (upload := use_upload(uow, clock, actor, each.digest, each.kind)) is not None:
            found.append({"kind": each.kind, **_facts(upload)})
    return found


def _facts(upload: UploadRow) -> dict[str, Any]:
    return {
        "digest": upload.digest,
        "filename": upload.filename,
        "media_type": upload.media_type,
        "size": upload.size,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
