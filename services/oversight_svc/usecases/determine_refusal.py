"""Act: determine that a unit refuses to put a finding right (拒不整改, YC23-6.5).

It sets a mark, with a leader's signature and proof of urging. No accountability case follows by
itself: the system prepares, people decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import FindingAct
from services.oversight_svc.domain.verdicts import (
    UrgingMeans,
    UrgingProof,
    UrgingState,
    check_refusal,
)
from services.oversight_svc.store.rectification import urgings_of
from services.oversight_svc.usecases.finding_moving import (
    FindingKey,
    LoadedFinding,
    check_turn,
    load_finding,
    move,
)
from services.oversight_svc.usecases.keep_upload import own_uploads
from services.oversight_svc.usecases.keeping_proof import Verdict, attach, write_verdict
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.policy.active import policy_for


@dataclass(frozen=True, slots=True)
class DetermineRefusal:
    """Why, who signed, and the scan of the signature."""

    key: FindingKey
    opinion: str
    leader_name: str
    scan_digest: str
    document_number: str = ""


def determine_refusal(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: DetermineRefusal
) -> LoadedFinding:
    """Mark the finding as refused.

    Raises `UnprovenRefusalError` without enough urgings that can be proven, `InvalidInputError`
    without reason, leader or scan.
    """
    loaded = load_finding(uow, actor, command.key)
    finding = loaded.finding
    check_turn(actor, loaded, FindingAct.DETERMINE_REFUSAL)
    own_uploads(uow, clock, actor, [command.scan_digest])
    proofs = [
        UrgingProof(
            UrgingMeans(row.means),
            UrgingState(row.state),
            row.document_number,
            row.scan_digest,
            row.person,
        )
        for row in urgings_of(uow.session, finding)
    ]
    pack = policy_for(uow.session, finding.region_code, finding.fiscal_year)
    problems = check_refusal(
        pack.rectification,
        proofs,
        leader_name=command.leader_name,
        scan_digest=command.scan_digest,
        opinion=command.opinion,
    )
    if problems:
        raise InvalidInputError(problems)
    finding.is_refused = True
    attach(uow, clock, actor, finding, AttachedTo.REFUSAL, [command.scan_digest])
    verdict = Verdict(
        FindingAct.DETERMINE_REFUSAL,
        command.opinion,
        document_number=command.document_number,
        leader_name=command.leader_name,
        scan_digest=command.scan_digest,
    )
    write_verdict(uow, clock, actor, finding, verdict)
    comment = f"签批：{command.leader_name.strip()}；{command.opinion.strip()}"
    move(uow, clock, actor, loaded, FindingAct.DETERMINE_REFUSAL, comment=comment)
    return loaded
