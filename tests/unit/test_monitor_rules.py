"""What may be done to a report in each state, what it needs to leave the unit, who waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from services.monitor_svc.domain.states import (
    ACCEPTED_STATES,
    REVIEWING_STATES,
    WITH_UNIT,
    ReportAct,
    ReportState,
    TransitionRefusedError,
    acts_from,
    next_state,
)
from services.monitor_svc.domain.submission import (
    FilledIndicator,
    FilledReport,
    check_report,
    needs_correction,
    paper_required,
)
from services.monitor_svc.domain.tasks import task_for
from shared.access.rights import load_rights
from shared.policy.loader import find_pack
from shared.terms.vocabulary import Light

PACK = find_pack("yuechi-2023")
assert PACK is not None
POLICY = PACK.monitoring
TODAY = date(2023, 10, 10)

# Written here a second time: a slip in the table of transitions fails.
TABLE = {
    ("open", "fill"): ("draft", "fill"),
    ("draft", "fill"): ("draft", "fill"),
    ("draft", "submit"): ("dept_review", "submit"),
    ("dept_review", "approve_dept"): ("fin_office_review", "review_dept"),
    ("dept_review", "return_dept"): ("draft", "review_dept"),
    ("fin_office_review", "approve_office"): ("aggregated", "review_office"),
    ("fin_office_review", "return_office"): ("draft", "review_office"),
    ("aggregated", "conclude"): ("closed", "aggregate"),
    ("aggregated", "order_correction"): ("correcting", "aggregate"),
    ("correcting", "verify_correction"): ("closed", "review_office"),
}


@pytest.mark.parametrize(("state", "act"), list(product(ReportState, ReportAct)))
def test_every_act_in_every_state(state: ReportState, act: ReportAct) -> None:
    expected = TABLE.get((state.value, act.value))
    if expected is None:
        with pytest.raises(TransitionRefusedError, match="请刷新页面"):
            next_state(state, act)
        return
    edge = next_state(state, act)
    assert (edge.to.value, edge.permission) == (expected[0], f"monitoring.report.{expected[1]}")
    assert edge in acts_from(state)
    assert edge.permission in load_rights().acts


def test_a_report_that_was_handed_in_is_not_waited_for_from_the_unit() -> None:
    handed_in = REVIEWING_STATES | ACCEPTED_STATES
    assert set(ReportState) - handed_in == WITH_UNIT == {ReportState.OPEN, ReportState.DRAFT}


@pytest.mark.parametrize(
    ("state", "returned", "kind"),
    [
        (ReportState.OPEN, False, "monitoring.fill"),
        (ReportState.DRAFT, True, "monitoring.revise"),
        (ReportState.DEPT_REVIEW, False, "monitoring.review_dept"),
        (ReportState.FIN_OFFICE_REVIEW, False, "monitoring.review_office"),
        (ReportState.AGGREGATED, False, None),
        (ReportState.CORRECTING, False, "monitoring.verify"),
        (ReportState.CLOSED, False, None),
    ],
)
def test_who_is_waited_for(state: ReportState, returned: bool, kind: str | None) -> None:  # noqa: FBT001
    rule = task_for(state, returned=returned)
    assert (rule.kind if rule else None) == kind


GOOD = FilledReport(
    progress="按计划推进。",
    indicators=(FilledIndicator("90", "100", Light.GREEN),),
    execution_light=Light.GREEN,
    light=Light.GREEN,
    expected_year=Decimal(100),
    likelihood="certain",
    causes=(),
    cause_note="",
    correction="",
    correction_owner="",
    correction_due_on=None,
    commitment=True,
    signer_name="李主任",
    scan_digest="a" * 64,
)
PUT_RIGHT = replace(
    GOOD,
    causes=("funding",),
    cause_note="资金到位晚。",
    correction="按周调度。",
    correction_owner="王股长",
    correction_due_on=TODAY,
)
DEVIATION = {"causes", "cause_note", "correction", "correction_owner", "correction_due_on"}


def paths(report: FilledReport) -> set[str]:
    return {problem.path for problem in check_report(POLICY, report, TODAY)}


def test_a_report_on_plan_needs_no_cause() -> None:
    assert paths(GOOD) == set()


@pytest.mark.parametrize("light", [Light.YELLOW, Light.RED])
def test_yellow_and_red_need_cause_and_correction(light: Light) -> None:
    assert paths(replace(GOOD, light=light)) == DEVIATION
    assert paths(replace(PUT_RIGHT, light=light)) == set()


@pytest.mark.parametrize("likelihood", ["possible", "impossible"])
def test_doubt_about_the_year_needs_cause_and_correction(likelihood: str) -> None:
    assert paths(replace(GOOD, likelihood=likelihood)) == DEVIATION
    assert needs_correction(POLICY, Light.BLUE, likelihood)


@pytest.mark.parametrize("light", [Light.GREEN, Light.BLUE, Light.NONE])
def test_other_lights_do_not(light: Light) -> None:
    assert not needs_correction(POLICY, light, "certain")


def test_every_gap_is_told_at_once() -> None:
    empty = replace(
        GOOD,
        progress=" ",
        indicators=(FilledIndicator("", "", Light.NONE), FilledIndicator("九成", "", Light.NONE)),
        light=Light.RED,
        expected_year=None,
        likelihood="maybe",
        commitment=False,
        signer_name="",
        scan_digest="",
    )
    assert paths(empty) == DEVIATION | {
        "indicators.0.actual",
        "indicators.1.actual",
        "progress",
        "expected_year",
        "likelihood",
        "commitment",
        "signer_name",
        "scan",
    }


def test_a_correction_is_due_today_or_later() -> None:
    late = replace(PUT_RIGHT, light=Light.RED, correction_due_on=TODAY - timedelta(days=1))
    assert paths(late) == {"correction_due_on"}


def test_paper_from_the_threshold_on() -> None:
    assert paper_required(POLICY, Decimal("300000.00"))
    assert not paper_required(POLICY, Decimal("299999.99"))
