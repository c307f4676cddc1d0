"""Act: submit a target with a signed scan or e-seal; the head need not sign in (SL21-7.4)."""

from __future__ import annotations

from dataclasses import dataclass

from services.target_svc.domain.chain import state_after_submission
from services.target_svc.domain.states import TargetAct
from services.target_svc.domain.submission import Submission, check_submission, is_late
from services.target_svc.store.targets import TargetSubmissionRow, indicators_of
from services.target_svc.usecases.create_target import DECLARATION_WINDOW
from services.target_svc.usecases.loading import LoadedTarget, TargetKey, load_target
from services.target_svc.usecases.moving import move
from services.target_svc.usecases.save_target import target_content
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import InvalidInputError
from shared.ids import new_id
from shared.policy.active import policy_for


@dataclass(frozen=True, slots=True)
class SubmitTarget:
    """The signature that goes with the submission; `scan_digest` names the stored file."""

    key: TargetKey
    commitment: bool
    signer_name: str
    signature_kind: str
    scan_digest: str


def submit_target(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: SubmitTarget
) -> LoadedTarget:
    """Submit a draft; raise `InvalidInputError` with every reason it cannot leave the unit.

    A late submission is accepted and marked late (Y25-3.3).
    """
    loaded = load_target(uow, actor, command.key, "target.target.submit")
    target, session = loaded.target, uow.session
    pack = policy_for(session, target.region_code, target.fiscal_year)
    rows = [row.to_domain() for row in indicators_of(session, target)]
    problems = check_submission(
        pack.target,
        Submission(
            annual_goal=target.annual_goal,
            midterm_goal=target.midterm_goal,
            period_years=loaded.project.period_years,
            indicators=rows,
            commitment=command.commitment,
            signer_name=command.signer_name,
            signature_kind=command.signature_kind,
            scan_digest=command.scan_digest,
        ),
    )
    if problems:
        raise InvalidInputError(problems)
    target.submitted_at = clock.now()
    target.submitted_by = actor.account_id
    window_end = pack.windows[DECLARATION_WINDOW].dates(target.fiscal_year)[1]
    target.is_late = is_late(clock.today(), window_end)
    target.pack_code, target.pack_version = pack.ref.code, pack.ref.version
    session.add(
        TargetSubmissionRow(
            region_code=target.region_code,
            fiscal_year=target.fiscal_year,
            submission_id=new_id(),
            target_id=target.target_id,
            submitted_at=clock.now(),
            submitted_by=actor.account_id,
            submitter_name=actor.name,
            signature_kind=command.signature_kind,
            signer_name=command.signer_name.strip(),
            scan_digest=command.scan_digest,
            content=target_content(target, rows),
        )
    )
    own_department = loaded.unit.is_department
    first = state_after_submission(pack.review, unit_is_department=own_department)
    move(uow, clock, actor, loaded, TargetAct.SUBMIT, to=first)
    return loaded
