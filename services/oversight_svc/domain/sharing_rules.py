"""What a request, an answer and a grant need (Y25-6.13): purpose, necessity, narrowness, an end.

A grant gives no more than was asked for; what the pack withholds cannot be asked for; a body gives
only its own data and never asks itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID

from services.oversight_svc.domain.recognition import BODY_ROLES
from services.oversight_svc.domain.sharing_catalogue import CATALOGUE, field_names
from services.oversight_svc.domain.sharing_states import ShareAct, ShareParty
from shared.errors import FieldProblem, RuleBrokenError
from shared.policy.names import DeadlineName
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, ShareAttribute, ShareEntry

SHORTEST_PURPOSE = 6
_NEEDS_REASON = frozenset(
    {ShareAct.RETURN, ShareAct.REFUSE, ShareAct.DECLINE, ShareAct.REVOKE, ShareAct.NEGOTIATE}
)


class NoBodyError(RuleBrokenError):
    """The actor speaks for none of the bodies that share."""

    code: ClassVar[str] = "no_sharing_body"
    sentence: ClassVar[str] = "只有财政、审计、纪检监察机关可以办理数据共享；请由相应岗位办理。"


class OtherShareBodyError(RuleBrokenError):
    """The act belongs to the other side."""

    code: ClassVar[str] = "other_share_body"
    sentence: ClassVar[str] = "「{act}」须由{body}办理；您可以查看，也可以提醒对方办理。"


class GrantEndedError(RuleBrokenError):
    """The grant was revoked or its last day is over: nothing more is delivered."""

    code: ClassVar[str] = "grant_ended"
    sentence: ClassVar[str] = "授权 {number} 已{how}，不能再取数；如仍需要，请重新申请。"


@dataclass(frozen=True, slots=True)
class ShareScope:
    """What is asked for or given: fields by entry, budget years, and units or projects (none: all).

    Unit and project narrow together: a record must be of one of the units and of one of the
    projects where both are named.
    """

    entries: Mapping[ShareEntry, tuple[str, ...]] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    unit_ids: tuple[UUID, ...] = ()
    project_ids: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the scope as it is stored."""
        return {
            "entries": {entry.value: list(names) for entry, names in self.entries.items()},
            "years": list(self.years),
            "unit_ids": [str(each) for each in self.unit_ids],
            "project_ids": [str(each) for each in self.project_ids],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ShareScope:
        """Read a stored scope."""
        return cls(
            entries={ShareEntry(entry): tuple(names) for entry, names in stored["entries"].items()},
            years=tuple(stored["years"]),
            unit_ids=tuple(UUID(each) for each in stored["unit_ids"]),
            project_ids=tuple(UUID(each) for each in stored["project_ids"]),
        )


def body_of(roles: Collection[str]) -> RaisingBody:
    """Return the body that `roles` speak for; raise `NoBodyError` when it is none."""
    for body, speaking in BODY_ROLES.items():
        if not speaking.isdisjoint(roles):
            return body
    raise NoBodyError


def check_share_party(
    party: ShareParty,
    act: ShareAct,
    roles: Collection[str],
    *,
    requester: RaisingBody,
    provider: RaisingBody,
) -> None:
    """Raise `OtherShareBodyError` unless one of `roles` speaks for the side whose act it is."""
    body = requester if party is ShareParty.REQUESTER else provider
    if BODY_ROLES[body].isdisjoint(roles):
        raise OtherShareBodyError(act=label_of(act), body=label_of(body))


def check_reason(act: ShareAct, reason: str) -> list[FieldProblem]:
    """Refusing, returning, revoking and negotiating say why."""
    if act in _NEEDS_REASON and not reason.strip():
        return [FieldProblem("reason", "missing", f"请写明{label_of(act)}的理由。")]
    return []


def provider_of(scope: ShareScope, requester: RaisingBody) -> RaisingBody:
    """Return whose data is asked for: that of its entries; without any, the usual counterpart."""
    for entry in scope.entries:
        return CATALOGUE[entry].provider
    return RaisingBody.FINANCE if requester is not RaisingBody.FINANCE else RaisingBody.AUDIT


def check_request(
    scope: ShareScope,
    *,
    purpose: str,
    basis: str,
    other_content: str,
    wanted_until: date | None,
    today: date,
    longest_days: int,
    requester: RaisingBody,
    attributes: Mapping[ShareEntry, ShareAttribute],
) -> list[FieldProblem]:
    """Return what is wrong with a request, beside its fields."""
    problems = []
    if len(purpose.strip()) < SHORTEST_PURPOSE:
        message = "请写明用途，例如「2023年度预算执行审计」；用途随每条数据记录。"
        problems.append(FieldProblem("purpose", "missing", message))
    if not basis.strip():
        problems.append(FieldProblem("basis", "missing", "请填写依据文书，例如审计通知书文号。"))
    if not scope.entries and not other_content.strip():
        message = "请至少选择一项数据；目录中没有的，在「目录外内容」中写明。"
        problems.append(FieldProblem("entries", "missing", message))
    problems += _check_entries(scope, requester, attributes)
    if not scope.years:
        problems.append(FieldProblem("years", "missing", "请选择预算年度。"))
    return problems + _check_until(wanted_until, today, longest_days, "wanted_until")


def check_grant(
    scope: ShareScope, asked: ShareScope, expires_on: date | None, today: date, longest_days: int
) -> list[FieldProblem]:
    """Return what is wrong with a grant: it gives something, at most what was asked, for a time."""
    problems = []
    if not scope.entries:
        message = "请至少保留一项数据；都不能共享的，请办理「不予共享」。"
        problems.append(FieldProblem("entries", "missing", message))
    wider = [
        *(
            label_of(entry)
            for entry, names in scope.entries.items()
            if entry not in asked.entries or not set(names) <= set(asked.entries[entry])
        ),
        *(f"{year}年度" for year in scope.years if year not in asked.years),
        *_wider("单位", scope.unit_ids, asked.unit_ids),
        *_wider("项目", scope.project_ids, asked.project_ids),
    ]
    if wider:
        message = f"授权不能超出申请：{'、'.join(wider)}。"
        problems.append(FieldProblem("entries", "wider", message))
    if not scope.years:
        problems.append(FieldProblem("years", "missing", "请至少保留一个预算年度。"))
    return problems + _check_until(expires_on, today, longest_days, "expires_on")


def check_alive(number: str, expires_on: date, today: date, *, revoked: bool) -> None:
    """Raise `GrantEndedError` for a grant that was revoked or whose last day is over."""
    if revoked:
        raise GrantEndedError(number=number, how="撤销")
    if expires_on < today:
        raise GrantEndedError(number=number, how="到期")


def answer_deadline(other_content: str) -> DeadlineName:
    """Return the rule that dates the provider's answer: what is not catalogued takes longer."""
    if other_content.strip():
        return DeadlineName.SHARING_ANSWER_UNCATALOGUED
    return DeadlineName.SHARING_ANSWER


def is_unconditional(
    scope: ShareScope, other_content: str, attributes: Mapping[ShareEntry, ShareAttribute]
) -> bool:
    """Tell whether everything asked for is shared without conditions: then it is not refused."""
    return not other_content.strip() and all(
        attributes[entry] is ShareAttribute.UNCONDITIONAL for entry in scope.entries
    )


def _check_entries(
    scope: ShareScope,
    requester: RaisingBody,
    attributes: Mapping[ShareEntry, ShareAttribute],
) -> Iterator[FieldProblem]:
    for entry, names in scope.entries.items():
        if attributes[entry] is ShareAttribute.WITHHELD:
            message = f"「{label_of(entry)}」为不予共享数据，不能申请。"
            yield FieldProblem(entry.value, "withheld", message)
        if not names or not set(names) <= field_names(entry):
            message = f"请从目录中选择「{label_of(entry)}」的字段。"
            yield FieldProblem(entry.value, "fields", message)
    providers = {CATALOGUE[entry].provider for entry in scope.entries}
    if len(providers) > 1:
        message = "一份申请只能向一个提供方；财政和审计的数据请分别申请。"
        yield FieldProblem("entries", "providers", message)
    if requester in providers:
        message = "所选数据由本机关提供，不必申请。"
        yield FieldProblem("entries", "own", message)


def _check_until(
    until: date | None, today: date, longest_days: int, path: str
) -> list[FieldProblem]:
    if until is None:
        return [FieldProblem(path, "missing", "请填写有效期止。")]
    latest = today + timedelta(days=longest_days)
    if not today <= until <= latest:
        message = f"有效期止应在今天至{latest.year}年{latest.month}月{latest.day}日之间。"
        return [FieldProblem(path, "out_of_range", message)]
    return []


def _wider(what: str, given: Sequence[UUID], asked: Sequence[UUID]) -> list[str]:
    """Return `what` when more is given than was asked; none asked or given means all."""
    if not asked:
        return []
    return [] if given and set(given) <= set(asked) else [f"{what}范围"]
