"""Tables and repositories of this service."""

from services.monitor_svc.store import (  # noqa: F401 (declares the tables)
    finding_copies,
    problems,
    projects,
    reports,
)
from services.monitor_svc.store.base import Base

metadata = Base.metadata
