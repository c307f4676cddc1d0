"""What the 报送进度 of monitoring counts."""

from __future__ import annotations

from services.monitor_svc.store.reports import ContactRow, ReportRow
from shared.duties.progress import Owed


def owed_reports(fiscal_year: int) -> Owed:
    """Return the reports of a budget year."""
    return Owed(ReportRow, ContactRow, fiscal_year)
