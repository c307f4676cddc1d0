"""预算会审清单: every project with the gate's verdict, and totals that need no row (YC23-2.4).

The verdict depends on five facts of a project. Projects are counted and added up by those facts
in one query, the gate decides once for each combination, and a verdict's projects are found again
by its combinations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from services.target_svc.domain.gate import (
    NEW_MAJOR_FLAGS,
    GateAnswer,
    GateQuestion,
    decide_gate,
)
from services.target_svc.domain.states import TargetState
from services.target_svc.queries.projects import ProjectFilter, ProjectLine, lines, narrowed
from services.target_svc.queries.scoping import Statement, target_of_project, with_unit
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetRow
from shared.access.actor import Actor
from shared.policy.model import GatePolicy
from shared.terms.vocabulary import GateVerdict
from shared.web.paging import USUAL, Key, Page, fetch_page

ZERO = Decimal("0.00")
_MAJOR = sorted(NEW_MAJOR_FLAGS)


@dataclass(frozen=True, slots=True)
class JointGroup:
    """Projects alike in what the gate asks for. Amounts in 元, added up."""

    facts: tuple[Any, ...]
    count: int
    requested: Decimal
    cut: Decimal
    answer: GateAnswer


@dataclass(frozen=True, slots=True)
class JointTotal:
    """How many projects get a verdict, and their money in 元."""

    verdict: GateVerdict
    count: int
    requested: Decimal
    cut: Decimal
    allowed: Decimal


def joint_groups(
    session: Session, actor: Actor, policy: GatePolicy, wanted: ProjectFilter
) -> list[JointGroup]:
    """Return the year's projects in scope, added up by the facts the gate looks at."""
    facts = _facts()
    joined = (
        select(
            *facts,
            func.count(),
            func.sum(ProjectRow.initial_amount),
            func.sum(func.coalesce(TargetRow.cut_amount, ZERO)),
        )
        .select_from(ProjectRow)
        .outerjoin(TargetRow, target_of_project())
    )
    query = narrowed(with_unit(joined, actor), actor, wanted).group_by(*facts)
    return [_group(policy, row) for row in session.execute(query)]


def totals_by_verdict(groups: Sequence[JointGroup]) -> list[JointTotal]:
    """Return the groups added up by verdict, in the order of the verdicts."""
    totals = []
    for verdict in GateVerdict:
        of_verdict = [group for group in groups if group.answer.verdict is verdict]
        if of_verdict:
            totals.append(
                JointTotal(
                    verdict,
                    sum(group.count for group in of_verdict),
                    sum((group.requested for group in of_verdict), ZERO),
                    sum((group.cut for group in of_verdict), ZERO),
                    sum((group.answer.allowed for group in of_verdict), ZERO),
                )
            )
    return totals


def list_joint(
    session: Session,
    actor: Actor,
    wanted: ProjectFilter,
    groups: Sequence[JointGroup] | None = None,
    *,
    cursor: str | None = None,
    limit: int = USUAL,
) -> Page[ProjectLine]:
    """Return a page of the list by project code; with `groups` only the projects in them."""
    statement: Statement = narrowed(with_unit(lines(), actor), actor, wanted)
    if groups is not None:
        statement = statement.where(tuple_(*_facts()).in_([group.facts for group in groups]))
    page = fetch_page(session, statement, [Key(ProjectRow.code)], cursor=cursor, limit=limit)
    return Page(tuple(ProjectLine(*row) for row in page.items), page.next_cursor)


def _facts() -> tuple[ColumnElement[Any], ...]:
    return (
        func.coalesce(TargetRow.state, ""),
        ProjectRow.nature == "new",
        ProjectRow.flags.has_any(cast(_MAJOR, ARRAY(Text))),
        func.coalesce(ProjectRow.ex_ante_conclusion, ""),
        func.coalesce(TargetRow.cut_amount, ZERO) > 0,
    )


def _group(policy: GatePolicy, row: tuple[Any, ...]) -> JointGroup:
    *facts, count, requested, cut = row
    state, is_new, is_major, conclusion, _is_cut = facts
    answer = decide_gate(
        policy,
        GateQuestion(
            state=TargetState(state) if state else None,
            requested=requested,
            cut_amount=cut,
            is_new=is_new,
            flags=NEW_MAJOR_FLAGS if is_major else frozenset(),
            ex_ante_conclusion=conclusion or None,
        ),
    )
    return JointGroup(tuple(facts), count, requested, cut, answer)
