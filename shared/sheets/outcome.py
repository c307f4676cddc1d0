"""What an import would do or did: the same answer for a dry run and for the real one."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.errors import InvalidInputError
from shared.sheets.model import SheetProblem
from shared.sheets.table import SkippedRow


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An uploaded file; `dry_run` only tells what would happen."""

    content: bytes
    filename: str
    dry_run: bool


@dataclass(slots=True)
class ImportOutcome:
    """Counts of rows, every problem, and remarks in Chinese. `saved` is false for a dry run."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    saved: bool = False
    problems: list[SheetProblem] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[SheetProblem]:
        """The problems that keep the whole file out."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def warnings(self) -> list[SheetProblem]:
        """The problems a person should look at."""
        return [problem for problem in self.problems if problem.severity == "warning"]

    def refuse_errors(self) -> None:
        """Raise `InvalidInputError` with every error, so that nothing is half-saved."""
        if self.errors:
            raise InvalidInputError([problem.as_field_problem() for problem in self.errors])
