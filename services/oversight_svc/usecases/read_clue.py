"""Act: read the restricted summary of a clue; every reading is in the trail (SL21-R3)."""

from __future__ import annotations

from services.oversight_svc.domain.clues import ClueReaders
from services.oversight_svc.store.clues import ClueContentRow, ClueRow
from services.oversight_svc.usecases.transfer_clue import ClueKey, about, load_clue, record_clue
from shared.access.actor import Actor
from shared.clock import Clock
from shared.crypto.secrecy import Secret, SecretBox
from shared.db.unit_of_work import UnitOfWork
from shared.errors import NotFoundError
from shared.terms.vocabulary import RaisingBody

READ = "oversight.clue.read"


def may_read(actor: Actor, clue: ClueRow) -> bool:
    """Tell whether the summary is for this actor: sender, receiver, and the sender's head."""
    readers = ClueReaders(RaisingBody(clue.sender), clue.sender_post, clue.receiver_post)
    return readers.include(actor.post_id, actor.roles)


def read_clue(
    uow: UnitOfWork, clock: Clock, actor: Actor, key: ClueKey, box: SecretBox
) -> tuple[ClueRow, str]:
    """Return the clue and its summary, and record who read it.

    Raises `NotFoundError` for anybody but sender, receiver and the sender's head, or where no
    summary is kept: both look the same; `UnreadableError` when the key is not the one.
    """
    clue = load_clue(uow, actor, key, READ)
    place = (clue.region_code, clue.fiscal_year, clue.clue_id)
    row = uow.session.get(ClueContentRow, place)
    if row is None or not may_read(actor, clue):
        raise NotFoundError
    text = box.unlock(Secret(row.algorithm, row.key_id, row.nonce, row.ciphertext), about(clue))
    record_clue(uow, actor, clue, "read")
    return clue, text
