"""Act: check the forms in files, one file or a whole county's, and never stop at a bad one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.eval_svc.domain.form_check.report import CheckReport, Severity
from services.eval_svc.domain.form_layout.result import LayoutProblem, ReadForm
from services.eval_svc.usecases.check_form import check_document
from services.eval_svc.usecases.form_files import forms_of
from shared.errors import InvalidInputError
from shared.files.bundles import Bundled


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """One form of a file with its report; without a report `why` says what to do."""

    file: str
    title: str = ""
    unit_name: str = ""
    fiscal_year: int | None = None
    report: CheckReport | None = None
    why: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[LayoutProblem] = ()

    @property
    def verdict(self) -> str:
        """The report's verdict, or `unreadable`."""
        return self.report.verdict.value if self.report else "unreadable"

    def count(self, severity: Severity) -> int:
        """Return how many findings weigh this much."""
        found = self.report.findings if self.report else ()
        return sum(each.severity is severity for each in found)


def check_files(files: Iterable[Bundled]) -> Iterator[list[CheckedForm]]:
    """Give the checked forms of each file; a file that cannot be read gives its reason."""
    for file in files:
        yield (
            [CheckedForm(file.name, why=file.why)]
            if file.why
            else check_file(file.content, file.name)
        )


def check_file(content: bytes, name: str) -> list[CheckedForm]:
    """Return every form of a file with its report, at least one entry; never raises for content."""
    try:
        forms = forms_of(content, name)
    except InvalidInputError as error:
        return [CheckedForm(name, why=_sentence(error))]
    return [check_read(form, name) for form in forms]


def check_read(form: ReadForm, name: str) -> CheckedForm:
    """Return a form that was read with its report."""
    report, why = None, ""
    try:
        report = check_document(form.document)
    except InvalidInputError as error:
        why = _sentence(error)
    return CheckedForm(
        name,
        form.title,
        _text(form.document.get("unit_name")),
        _year(form.document.get("fiscal_year")),
        report,
        why,
        form.places,
        form.problems,
    )


def _sentence(error: InvalidInputError) -> str:
    return "；".join(
        each.message if each.path in {"", "file"} else f"{each.path}：{each.message}"
        for each in error.problems[:5]
    )


def _text(value: Any) -> str:  # noqa: ANN401 (JSON of any shape)
    return value if isinstance(value, str) else ""


def _year(value: Any) -> int | None:  # noqa: ANN401 (JSON of any shape)
    return value if isinstance(value, int) else None
