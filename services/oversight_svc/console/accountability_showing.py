"""A case in words and badges: where it stands, whose turn it is, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.oversight_svc.console.accountability_forms import STEP_PAGES, StepPage
from services.oversight_svc.domain.accountability import (
    AccountabilityState,
    CompetentBody,
    OtherPartyError,
    OwnProposalError,
    case_acts_from,
)
from services.oversight_svc.domain.accountability_members import MEMBER_ROLES, MemberBody
from services.oversight_svc.domain.accountability_proof import AccountabilityMeasure
from services.oversight_svc.queries.accountability import CaseDetail, case_files
from services.oversight_svc.store.accountability import CaseRow
from services.oversight_svc.usecases.accountability_moving import (
    check_case_turn,
    task_title,
    waiting_roles,
)
from shared.access.actor import Actor
from shared.access.rights import act_label, role_label
from shared.errors import ForbiddenError, RuleBrokenError
from shared.terms import label, label_of
from shared.trail.queries import TrailEntry
from shared.web.console.views import Badge, Link, Step, TimelineEntry, Tone
from shared.web.links import link

_S = AccountabilityState
TONES: dict[AccountabilityState, Tone] = {
    _S.PROPOSED: "orange",
    _S.REVIEWED: "orange",
    _S.DROPPED: "grey",
    _S.SUBMITTED: "blue",
    _S.TRANSFERRED_TO_DISCIPLINE: "blue",
    _S.TRANSFERRED_TO_ORGANISATION: "blue",
    _S.ACCEPTED: "blue",
    _S.DECLINED: "grey",
    _S.DECIDED: "red",
    _S.EXECUTED: "green",
    _S.APPEALED: "orange",
    _S.UPHELD: "red",
    _S.CHANGED: "orange",
    _S.CLOSED: "green",
}
_STAGES: tuple[tuple[str, tuple[AccountabilityState, ...]], ...] = (
    ("负责人审核", (_S.PROPOSED,)),
    ("提请或移送", (_S.REVIEWED,)),
    ("受理", (_S.SUBMITTED, _S.TRANSFERRED_TO_DISCIPLINE, _S.TRANSFERRED_TO_ORGANISATION)),
    ("作出决定", (_S.ACCEPTED,)),
    ("执行", (_S.DECIDED, _S.CHANGED)),
    ("申诉复核", (_S.APPEALED, _S.UPHELD)),
    ("办结", (_S.EXECUTED, _S.DECLINED)),
)
_BAD = ("drop", "decline", "appeal")
_GOOD = ("execute", "close", "finish_task")


def case_badge(case: CaseRow) -> Badge:
    """Return the state."""
    state = AccountabilityState(case.state)
    return Badge(label_of(state), TONES[state])


def case_chain(case: CaseRow) -> list[Step]:
    """Return the stages with where the case is; one that is dropped shows none as current."""
    state = AccountabilityState(case.state)
    at = next((place for place, (_, states) in enumerate(_STAGES) if state in states), None)
    if at is None:
        at = len(_STAGES) if state is _S.CLOSED else -1
    return [
        Step(
            title,
            "done" if place < at else "current" if place == at else "waiting",
            note=label_of(state) if place == at else "",
        )
        for place, (title, _) in enumerate(_STAGES)
    ]


def case_turn(case: CaseRow) -> str:
    """Return whose turn it is, empty when it is over."""
    title = task_title(AccountabilityState(case.state))
    who = "、".join(role_label(role) for role in waiting_roles(case))
    return f"等待{who}{title}" if title else ""


def step_pages(actor: Actor, case: CaseRow) -> tuple[list[StepPage], str]:
    """Return the pages the actor may use now, and why not when there is none."""
    acts, hint = [], ""
    for edge in case_acts_from(AccountabilityState(case.state)):
        try:
            check_case_turn(actor, case, edge.act)
        except (OtherPartyError, OwnProposalError) as error:
            hint = hint or error.message
        except (ForbiddenError, RuleBrokenError):
            continue
        else:
            acts.append(edge.act)
    found = [page for page in STEP_PAGES if any(act in page.acts for act in acts)]
    return found, "" if found else hint


def measures_shown(values: Sequence[str]) -> str:
    """Return stored measures in words."""
    return "、".join(label_of(AccountabilityMeasure(each)) for each in values)


def case_facts(detail: CaseDetail) -> list[tuple[str, Any]]:
    """Return the head of the page."""
    case = detail.case
    return [
        ("责任单位", "、".join(unit.name for unit in detail.units)),
        ("触发情形", label("accountability_trigger", case.trigger)),
        ("行为发生日期", case.acted_on),
        ("提出机关", f"{label('raising_body', case.proposed_by_body)}　{case.proposer_name}"),
        ("提请或移送", label_of(CompetentBody(case.receiver))),
        ("建议措施", measures_shown(case.proposed_measures) or "由受理机关依规依纪依法处理"),
        ("终身责任", f"重大项目：{case.project_name}" if case.is_lifetime else ""),
        ("事实", case.facts),
        ("依据条款", case.legal_basis),
        ("依据文书", case.document_number),
    ]


def decision_facts(case: CaseRow) -> list[tuple[str, Any]]:
    """Return the decision in force, nothing before there is one."""
    if case.decided_on is None:
        return []
    return [
        ("决定文号", case.decision_number),
        ("决定日期", case.decided_on),
        ("问责方式", measures_shown(case.measures) or "撤销原决定，不再追究"),
        ("执行期限", case.term_on),
        ("执行日期", case.executed_on),
    ]


def case_history(trail: Sequence[TrailEntry]) -> list[TimelineEntry]:
    """Return what happened, the latest first, from the trail."""
    return [_entry(each) for each in reversed(trail)]


def _entry(entry: TrailEntry) -> TimelineEntry:
    short = entry.act.rsplit(".", 1)[-1]
    tone: Tone = "red" if short in _BAD else "green" if short in _GOOD else "blue"
    facts = entry.after or {}
    note = "　".join(
        f"{title}：{facts[name]}"
        for name, title in (
            ("document_number", "文号"),
            ("measures", "问责方式"),
            ("body", "单位"),
            ("what", "任务"),
        )
        if facts.get(name)
    )
    text = "　".join(part for part in (entry.comment, note) if part)
    return TimelineEntry(
        act_label(entry.act), entry.actor_name, entry.post_name, entry.at, text, tone
    )


def file_links(detail: CaseDetail) -> dict[str, Link]:
    """Return digest → link of every file of the case."""
    here = link("oversight.accountability", year=detail.case.fiscal_year, id=detail.case.case_id)
    return {
        digest: Link(name, f"{here}/files/{digest}/view")
        for digest, name in case_files(detail).items()
    }


def is_own_body(actor: Actor, body: str) -> bool:
    """Tell whether the actor belongs to a member body."""
    return not MEMBER_ROLES[MemberBody(body)].isdisjoint(actor.roles)
