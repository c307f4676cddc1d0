"""Who may act on a finding, beyond the right: the party's finding, and never one's own work.

"Who raised it, closes it": an audit finding is recognised as put right by the audit office, and
finance cannot close it (Y25-6.3, JN22-5.1). Four eyes: reporter, rechecker and recogniser are
three people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from services.oversight_svc.domain.finding_states import FindingAct, Party
from shared.errors import RuleBrokenError
from shared.terms import label_of
from shared.terms.vocabulary import RaisingBody, Role

BODY_ROLES: Mapping[RaisingBody, frozenset[Role]] = {
    RaisingBody.FINANCE: frozenset({Role.FIN_PERF}),
    RaisingBody.AUDIT: frozenset({Role.AUDIT_OFFICER, Role.AUDIT_HEAD, Role.AUDIT_SYSTEM}),
    RaisingBody.DISCIPLINE: frozenset({Role.DISCIPLINE_OFFICER}),
}
"""Roles that speak for the body that raised a finding."""

OFFICE_ROLES: Mapping[RaisingBody, frozenset[Role]] = {
    RaisingBody.FINANCE: frozenset({Role.FIN_OFFICE, Role.FIN_PERF}),
    RaisingBody.AUDIT: BODY_ROLES[RaisingBody.AUDIT],
    RaisingBody.DISCIPLINE: BODY_ROLES[RaisingBody.DISCIPLINE],
}
"""Roles that drive a finding from notice to recheck (HC7.1, HC20.1)."""

_FOUR_EYES = frozenset(
    {
        FindingAct.VERIFY,
        FindingAct.RETURN_REPORT,
        FindingAct.RECOGNISE,
        FindingAct.RECOGNISE_PARTLY,
        FindingAct.REFUSE_RECOGNITION,
    }
)


class OtherBodyError(RuleBrokenError):
    """The finding belongs to another body."""

    code: ClassVar[str] = "other_body"
    sentence: ClassVar[str] = (
        "这个问题由{body}提出，「{act}」须由{body}办理；您可以查看，也可以提醒对方办理。"
    )


class OwnWorkError(RuleBrokenError):
    """Nobody rechecks or recognises what they did themselves."""

    code: ClassVar[str] = "own_work"
    sentence: ClassVar[str] = "前一环节由您本人办理，「{act}」须由另一人办理；请交给同事。"


def check_party(party: Party, act: str, body: RaisingBody, roles: frozenset[str]) -> None:
    """Raise `OtherBodyError`, naming `act` in Chinese, unless one of `roles` is the party."""
    wanted = {Party.OFFICE: OFFICE_ROLES[body], Party.RAISING_BODY: BODY_ROLES[body]}.get(party)
    if wanted is not None and wanted.isdisjoint(roles):
        raise OtherBodyError(body=label_of(body), act=act)


def check_four_eyes(act: FindingAct, account_id: UUID | None, earlier: set[UUID | None]) -> None:
    """Raise `OwnWorkError` when `account_id` is among those who did the `earlier` steps."""
    if act in _FOUR_EYES and account_id is not None and account_id in earlier:
        raise OwnWorkError(act=label_of(act))
