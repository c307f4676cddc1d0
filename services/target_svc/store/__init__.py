"""Tables and repositories of this service."""

from services.target_svc.store import (  # noqa: F401 (declares)
    decisions,
    evaluations,
    gate,
    library,
    projects,
    targets,
)
from services.target_svc.store.base import Base

metadata = Base.metadata
