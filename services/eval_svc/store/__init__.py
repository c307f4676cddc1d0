"""Tables and repositories of this service."""

from services.eval_svc.store import (  # noqa: F401 (they declare the tables)
    campaigns,
    finding_copies,
    form_batches,
    objects,
    self_evaluations,
)
from services.eval_svc.store.base import Base

metadata = Base.metadata
