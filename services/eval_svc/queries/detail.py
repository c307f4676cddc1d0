"""Everything one self-evaluation's page shows, and the form a printed version code belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.eval_svc.queries.self_evaluations import FormFilter, form_rows
from services.eval_svc.store.campaigns import ExtensionRow
from services.eval_svc.store.finding_copies import FindingCopyRow
from services.eval_svc.store.self_evaluations import (
    FundRow,
    IndicatorRow,
    ProblemRow,
    ReviewRow,
    SelfEvaluationRow,
    SubmissionRow,
    funds_of,
    indicators_of,
)
from shared.access.actor import Actor
from shared.directory.tables import UnitRow
from shared.duties.findings import finding_copies
from shared.errors import NotFoundError
from shared.terms.vocabulary import FindingSource
from shared.web.years import year_in


@dataclass(frozen=True, slots=True)
class PreviousForm:
    """Last year's self-evaluation of the same unit and name; actual values by indicator name."""

    form: SelfEvaluationRow
    actuals: Mapping[str, IndicatorRow]


@dataclass(frozen=True, slots=True)
class FormDetail:
    """A self-evaluation with all that hangs on it, oldest first."""

    form: SelfEvaluationRow
    unit: UnitRow
    funds: Sequence[FundRow]
    indicators: Sequence[IndicatorRow]
    reviews: Sequence[ReviewRow]
    submissions: Sequence[SubmissionRow]
    extensions: Sequence[ExtensionRow]
    problems: Sequence[ProblemRow]
    findings: Mapping[int, FindingCopyRow]
    """Number of a referred problem → the finding oversight has made of it."""
    previous: PreviousForm | None


def form_detail(session: Session, actor: Actor, year: int, self_evaluation_id: UUID) -> FormDetail:
    """Return the page's content; raise `NotFoundError` outside the actor's scope."""
    form, unit = find_form(session, actor, year, self_evaluation_id)
    problems = _of(session, ProblemRow, form, ProblemRow.number)
    return FormDetail(
        form=form,
        unit=unit,
        funds=funds_of(session, form),
        indicators=indicators_of(session, form),
        reviews=_of(session, ReviewRow, form, ReviewRow.review_id),
        submissions=_of(session, SubmissionRow, form, SubmissionRow.submission_id),
        extensions=_of(session, ExtensionRow, form, ExtensionRow.extension_id),
        problems=problems,
        findings=_findings(session, form, problems),
        previous=_previous(session, form),
    )


def _findings(
    session: Session, form: SelfEvaluationRow, problems: Sequence[ProblemRow]
) -> dict[int, FindingCopyRow]:
    keys = {f"{form.self_evaluation_id}:{each.number}": each.number for each in problems}
    found = finding_copies(
        session,
        FindingCopyRow,
        form.region_code,
        form.fiscal_year,
        FindingSource.SELF_EVALUATION,
        list(keys),
    )
    return {keys[key]: finding for key, finding in found.items()}


def find_form(
    session: Session, actor: Actor, year: int, self_evaluation_id: UUID
) -> tuple[SelfEvaluationRow, UnitRow]:
    """Return a self-evaluation of the actor's scope with its unit; raise `NotFoundError`."""
    row = SelfEvaluationRow
    query = form_rows(actor, FormFilter(year)).where(row.self_evaluation_id == self_evaluation_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found[0], found[1]


def find_by_print_code(
    session: Session, actor: Actor, print_code: str
) -> tuple[SelfEvaluationRow, UnitRow] | None:
    """Return the form a version code was printed for, by the latest or an older submission."""
    typed, _, number = print_code.partition("-")
    year = year_in(typed)
    if year is None or not number:
        return None
    printed = (
        select(SubmissionRow.self_evaluation_id)
        .where(
            SubmissionRow.region_code == actor.scope.region,
            SubmissionRow.fiscal_year == year,
            SubmissionRow.print_code == print_code,
        )
        .limit(1)
        .scalar_subquery()
    )
    query = form_rows(actor, FormFilter(year)).where(
        SelfEvaluationRow.self_evaluation_id == printed
    )
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


def _of(session: Session, kind: Any, form: SelfEvaluationRow, order: Any) -> Sequence[Any]:  # noqa: ANN401
    query = (
        select(kind)
        .where(
            kind.region_code == form.region_code,
            kind.fiscal_year == form.fiscal_year,
            kind.self_evaluation_id == form.self_evaluation_id,
        )
        .order_by(order)
    )
    return session.scalars(query).all()


def _previous(session: Session, form: SelfEvaluationRow) -> PreviousForm | None:
    row = SelfEvaluationRow
    found = session.scalars(
        select(row)
        .where(
            row.region_code == form.region_code,
            row.fiscal_year == form.fiscal_year - 1,
            row.kind == form.kind,
            row.unit_id == form.unit_id,
            row.name == form.name,
            row.total.is_not(None),
        )
        .limit(1)
    ).first()
    if found is None:
        return None
    return PreviousForm(found, {each.name: each for each in indicators_of(session, found)})
