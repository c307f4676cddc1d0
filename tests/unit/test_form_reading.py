"""Forms printed in the official layouts are read back as they were printed."""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.form_printing import PENS, planned
from fixtures.public_forms import NAMES, document_of

from services.eval_svc.domain.form_layout.reading import NO_INDICATORS
from services.eval_svc.usecases.form_files import forms_of


def layouts_of(document: dict[str, Any]) -> list[str]:
    """Hubei prints no points beside indicators; Sichuan's unit stands in its heading."""
    has_points = any(row["weight"] for row in document["indicators"])
    return ["national", "sichuan"] if has_points else ["national", "sichuan", "hubei"]


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("name", NAMES)
def test_public_form_is_read_as_printed(name: str, pen: str) -> None:
    document = document_of(name)
    for layout in layouts_of(document):
        read = forms_of(PENS[pen](planned(document, layout)), f"form.{pen}")
        assert [form.document for form in read] == [document], (name, layout)
        told = [problem.message for problem in read[0].problems]
        assert told == ([] if document["indicators"] else [NO_INDICATORS])


def test_every_public_form_is_there() -> None:
    assert len(NAMES) == 12
