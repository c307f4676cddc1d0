"""What the pages of one kind of duty say, where they lead and which acts they offer."""

from __future__ import annotations

from dataclasses import dataclass

from shared.duties.tables import DutyColumns


@dataclass(frozen=True, slots=True)
class DutyPages:
    """One kind of duty as its pages need it; `items` and `progress` are names of links."""

    row: type[DutyColumns]
    subject: str
    """What is collected: 绩效运行监控."""
    documents: str
    """What has to be handed in, as a reminder calls it."""
    items: str
    progress: str
    counter: str
    """Path of the counter where paper copies are received."""
    receiving: str
    """The act of receiving paper and noting calls."""
    extending: str
    """The act of moving due dates."""
    progress_template: str = "duties/progress.html"

    @property
    def form(self) -> str:
        """What people call the form."""
        return self.row.FORM
