"""Twelve published forms: what must come out of the check, and nothing else as an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.eval_svc.domain.form_check.report import Severity
from services.eval_svc.usecases.check_form import check_document

FORMS = Path(__file__).parents[1] / "data" / "forms"
EXPECTED: dict[str, dict[str, list[str]]] = json.loads((FORMS / "expected.json").read_text())


def form(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FORMS / f"{name}.json").read_text())
    return content


def codes(document: object, severity: Severity) -> set[str]:
    findings = check_document(document).findings
    return {each.code.value for each in findings if each.severity is severity}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_published_form_shows_what_it_must_and_no_other_error(name: str) -> None:
    wanted, document = EXPECTED[name], form(name)
    errors, allowed = codes(document, Severity.ERROR), set(wanted["errors_at_least_one_of"])
    assert errors <= allowed
    assert bool(errors) == bool(allowed)
    assert set(wanted["warnings_include"]) <= codes(document, Severity.WARNING)
    assert set(wanted["notices_include"]) <= codes(document, Severity.NOTICE)


def test_every_form_in_the_folder_is_expected_and_the_other_way_round() -> None:
    assert {path.stem for path in FORMS.glob("z*.json")} == set(EXPECTED)


def test_the_recomputed_figures_of_a_form_that_claims_too_much() -> None:
    made = check_document(form("zp-bm-2021-lingling-linye")).to_json()
    rate = next(each for each in made["findings"] if each["code"] == "execution_rate_mismatch")
    assert (rate["path"], rate["printed"], rate["expected"]) == ("funds[0].rate", "100%", "80.45%")
    assert made["verdict"] == "inconsistent"
    assert made["recomputed"]["execution_rate"] == "80.45%"
    assert made["recomputed"]["execution_score"] == "8.05"
    assert made["recomputed"]["indicator_scores"][7:9] == ["5.96", "5.65"]
    assert made["recomputed"]["total_score"] is None


def test_a_whole_consistent_form_is_recomputed_to_its_total() -> None:
    made = check_document(form("zp-xm-2022-shanghai-putuo-tiyu-jiesuan")).to_json()
    assert made["verdict"] == "consistent"
    assert made["recomputed"]["total_score"] == "98.62"
    assert made["recomputed"]["grade"] == "优"
