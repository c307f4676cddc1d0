"""The journey: one school's two projects from their targets to the archive of what went wrong.

Through HTTP only, the same in both modes.
"""

from __future__ import annotations

from tests.simulation.evaluation_walk import SPRING, come_back_in_spring, walk_self_evaluation
from tests.simulation.findings_walk import walk_audit_finding, walk_referred_problem
from tests.simulation.founding import YEAR, County, found
from tests.simulation.incident_walk import await_parked, correct_and_release, mistype_notice
from tests.simulation.monitoring_walk import (
    await_evaluation,
    extend,
    find_report,
    import_payments,
    walk_report,
)
from tests.simulation.targets_walk import (
    Target,
    approve_second_target,
    prepare_second_target,
    walk_first_target,
)


def travel(county: County) -> None:
    """Walk the whole way; every wait is for something that must arrive."""
    found(county)
    first = Target(county, "51162123T0001")
    walk_first_target(first)
    duty = find_report(county, first)
    import_payments(county)
    second = Target(county, "51162123T0002")
    prepare_second_target(second)
    _approve_under_a_wrong_calendar(county, first, second, duty["report_id"])
    extend(county, duty)
    walk_report(county, duty)
    # What was accepted a moment ago is told on after everything was stopped and started again.
    county.installation.restart()
    await_evaluation(county, first, executed="105000.00", monitored_as_of="2023-09-30")
    await_evaluation(county, second, executed=None, approved_amount="180000.00")
    come_back_in_spring(county)
    walk_self_evaluation(county, first)
    today = SPRING.date().isoformat()
    walk_referred_problem(county, today)
    walk_audit_finding(county, today)


def _approve_under_a_wrong_calendar(
    county: County, first: Target, second: Target, report_id: str
) -> None:
    monitored = f"/monitoring/reports/{YEAR}/{report_id}"
    before = mistype_notice(county, monitored)
    approve_second_target(second)
    event = await_parked(county)
    correct_and_release(county, event, monitored, before)
    assert find_report(county, second)["due_on"] == find_report(county, first)["due_on"]
