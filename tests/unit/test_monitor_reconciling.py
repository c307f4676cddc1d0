"""Treasury files compared with the records: the same file twice, overlaps, nothing ever lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.monitor_svc.domain.reconciling import Payment, Reconciliation, reconcile

payments = st.builds(
    Payment,
    voucher_number=st.integers(1, 6).map(lambda number: f"V{number:02}"),
    project_code=st.sampled_from(["P1", "P2"]),
    # Few values, so that payments often differ in one thing only.
    amount=st.sampled_from([Decimal("-20.00"), Decimal("100.00"), Decimal("100.01")]),
    paid_on=st.sampled_from([0, 1, 10]).map(lambda day: date(2023, 9, 1) + timedelta(days=day)),
)
files = st.lists(payments, unique_by=lambda payment: payment.voucher_number, max_size=6)


def take_in(stated: list[Payment], recorded: dict[str, Payment]) -> dict[str, Payment]:
    """Apply a reconciliation as the import does."""
    result = reconcile(stated, recorded)
    changed = [*result.new, *(pair.stated for pair in result.corrected)]
    return recorded | {payment.voucher_number: payment for payment in changed}


def by_number(stated: list[Payment]) -> dict[str, Payment]:
    return {payment.voucher_number: payment for payment in stated}


@given(first=files, second=files)
def test_the_same_file_again_changes_nothing(first: list[Payment], second: list[Payment]) -> None:
    recorded = take_in(second, take_in(first, {}))
    again = reconcile(second, recorded)
    assert (again.new, again.corrected, again.unchanged) == ((), (), len(second))


@given(first=files, second=files)
def test_an_overlapping_file_corrects_and_adds_and_never_loses(
    first: list[Payment], second: list[Payment]
) -> None:
    recorded = take_in(second, take_in(first, {}))
    assert recorded == by_number(first) | by_number(second)


@given(stated=files, recorded=files)
def test_every_payment_of_the_file_is_counted_once(
    stated: list[Payment], recorded: list[Payment]
) -> None:
    result = reconcile(stated, by_number(recorded))
    assert len(result.new) + len(result.corrected) + result.unchanged == len(stated)


@given(stated=files, recorded=files)
def test_what_the_file_lacks_in_its_own_period_is_told(
    stated: list[Payment], recorded: list[Payment]
) -> None:
    missing = reconcile(stated, by_number(recorded)).missing_in_file
    days = [payment.paid_on for payment in stated]
    expected = {
        payment.voucher_number
        for payment in recorded
        if payment.voucher_number not in by_number(stated)
        and days
        and min(days) <= payment.paid_on <= max(days)
    }
    assert {payment.voucher_number for payment in missing} == expected


def test_an_empty_file_means_nothing() -> None:
    payment = Payment("V1", "P1", Decimal(1), date(2023, 9, 1))
    assert reconcile([], {"V1": payment}) == Reconciliation((), (), 0, ())
