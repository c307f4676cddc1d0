"""Act: start checking many forms in the background, files brought or a year's self-evaluations.

The work is done with the starter's own rights and scope, as they were when it was started.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.eval_svc.domain.form_batches import FormBatchKind
from services.eval_svc.store.form_batches import FormBatchRow, FormFileRow
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError
from shared.files.bundles import Bundled
from shared.ids import new_id
from shared.terms.batches import BatchProgress

MOST_FILES = 5_000
MOST_FORMS = 20_000


@dataclass(frozen=True, slots=True)
class StartFormBatch:
    """What to check: `files`, or the self-evaluations `forms` of budget year `year`."""

    title: str
    files: Sequence[Bundled] = ()
    year: int = 0
    forms: Sequence[UUID] = ()


def start_form_batch(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: StartFormBatch
) -> FormBatchRow:
    """Queue the work; raise `InvalidInputError` when it is about nothing or about too much."""
    require(actor, "evaluation.form_check.batch")
    count = len(command.files) or len(command.forms)
    if not count or actor.account_id is None:
        raise _refused("nothing_chosen", "没有可以核对的表，请重新选择文件或年度。")
    if len(command.files) > MOST_FILES or len(command.forms) > MOST_FORMS:
        raise _refused("too_many", f"一次最多核对{MOST_FILES}个文件，请分几次上传。")
    batch = FormBatchRow(
        region_code=actor.scope.region,
        fiscal_year=clock.today().year,
        batch_id=new_id(),
        kind=(FormBatchKind.FILES if command.files else FormBatchKind.CAMPAIGN).value,
        state=BatchProgress.WAITING.value,
        title=command.title,
        account_id=actor.account_id,
        actor=actor.to_claims(),
        command={"year": command.year, "forms": [str(each) for each in command.forms]},
        total=count,
        done=0,
        failed=0,
        attempts=0,
        claimed_until=None,
        started_at=clock.now(),
        finished_at=None,
    )
    uow.session.add(batch)
    uow.session.add_all(
        FormFileRow(
            region_code=batch.region_code,
            fiscal_year=batch.fiscal_year,
            batch_id=batch.batch_id,
            position=position,
            file_name=file.name,
            content=file.content,
            why=file.why,
        )
        for position, file in enumerate(command.files)
    )
    return batch


def _refused(code: str, message: str) -> InvalidInputError:
    return InvalidInputError([FieldProblem("file", code, message)])
