"""Which acts the page offers this viewer now: the rules are asked, nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.console.finding_commands import ACT_PAGES, OTHER_PAGES, ActPage
from services.oversight_svc.domain.finding_states import (
    VOID_STATES,
    FindingAct,
    FindingState,
    Party,
    acts_from,
)
from services.oversight_svc.domain.ledger import LedgerKey
from services.oversight_svc.domain.recognition import OtherBodyError, OwnWorkError, check_party
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_moving import LoadedFinding, check_turn
from services.oversight_svc.usecases.urge_findings import URGED_STATES
from shared.access.actor import Actor
from shared.access.rights import is_allowed
from shared.directory.tables import UnitRow
from shared.errors import ForbiddenError, RuleBrokenError
from shared.terms.vocabulary import RaisingBody
from shared.web.console.views import Link
from shared.web.links import link

_NOTICE_ACTS = (FindingAct.NOTIFY, FindingAct.SIGN_FOR)


@dataclass(frozen=True, slots=True)
class Turns:
    """Acts as links: `main` is what the state waits for, `more` the rest; `hint` why not."""

    main: list[Link]
    more: list[Link]
    hint: str = ""


def turns_of(actor: Actor, finding: FindingRow, unit: UnitRow) -> Turns:
    """Return what the actor may do now; `hint` tells why somebody else has to do it."""
    covers = actor.scope.covers(
        region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
    )
    if not covers:
        return Turns([], [])
    loaded = LoadedFinding(finding, unit)
    main: list[Link] = []
    more: list[Link] = []
    hint = ""
    for edge in acts_from(FindingState(finding.state)):
        try:
            check_turn(actor, loaded, edge.act)
        except (OtherBodyError, OwnWorkError) as error:
            hint = hint or error.message
            continue
        except (ForbiddenError, RuleBrokenError):
            continue
        _offer(finding, edge.act, main, more)
    more += [_link(finding, page) for page in _others(actor, finding)]
    more += _accountability(actor, finding)
    return Turns(main, more, "" if main else hint)


def _offer(finding: FindingRow, act: FindingAct, main: list[Link], more: list[Link]) -> None:
    if act in _NOTICE_ACTS:
        main.append(_notice_link(finding, act))
        return
    page = next(each for each in ACT_PAGES if act in each.acts)
    offered = _link(finding, page)
    into = main if page.is_main else more
    if offered not in into:
        into.append(offered)


def _link(finding: FindingRow, page: ActPage) -> Link:
    here = link("oversight.finding", year=finding.fiscal_year, id=finding.finding_id)
    return Link(page.title, f"{here}/{page.name}")


def _notice_link(finding: FindingRow, act: FindingAct) -> Link:
    if finding.notice_id is not None:
        title = "签收整改通知" if act is FindingAct.SIGN_FOR else "办理整改通知"
        return Link(title, link("oversight.notice", year=finding.fiscal_year, id=finding.notice_id))
    query = {"year": finding.fiscal_year, "unit": finding.unit_id, "finding": finding.finding_id}
    return Link("拟整改通知", link("oversight.notice_new", query=query))


def _accountability(actor: Actor, finding: FindingRow) -> list[Link]:
    """Return the way to a proposal: people decide, so it is offered and never taken by itself."""
    is_void = FindingState(finding.state) in VOID_STATES
    if is_void or not is_allowed(actor, "oversight.accountability.propose"):
        return []
    key = LedgerKey(finding.fiscal_year, finding.finding_id).to_text()
    here = link("oversight.accountability_new", query={"finding": key})
    return [Link("提出问责建议", here)]


def _others(actor: Actor, finding: FindingRow) -> list[ActPage]:
    """Return the acts beside the way: driving is the raising body's office's."""
    try:
        check_party(Party.OFFICE, "", RaisingBody(finding.raised_by), actor.roles)
    except OtherBodyError:
        return []
    state = FindingState(finding.state)
    fits = {
        "urging": state in URGED_STATES,
        "earlier": finding.earlier_id is None and state not in VOID_STATES,
    }
    return [page for page in OTHER_PAGES if fits[page.name] and is_allowed(actor, page.permission)]
