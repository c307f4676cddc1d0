"""Tables and repositories of this service."""

from services.oversight_svc.store import (  # noqa: F401 (declares the tables)
    accountability,
    clues,
    desk,
    escalations,
    findings,
    handovers,
    ledger_batches,
    people,
    policies,
    rectification,
    sharing,
    sharing_deliveries,
    sharing_records,
    signatures,
)
from services.oversight_svc.store.base import Base

metadata = Base.metadata
