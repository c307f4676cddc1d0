"""This service's copy of where the findings stand that it referred."""

from __future__ import annotations

from services.eval_svc.store.base import Base
from shared.duties.findings import FindingCopyColumns


class FindingCopyRow(FindingCopyColumns, Base):
    """A finding of this service's own source."""

    __tablename__ = "finding_copy"
