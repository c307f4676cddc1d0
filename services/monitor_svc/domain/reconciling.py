"""Compares an imported treasury file with what is recorded, payment by payment (HC9.1).

A payment is known by its voucher number. The same file again changes nothing; an overlapping file
corrects and adds; what the system has in the file's period and the file has not is reported, never
deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """One treasury payment; `amount` in 元, negative for a refund."""

    voucher_number: str
    project_code: str
    amount: Decimal
    paid_on: date


@dataclass(frozen=True, slots=True)
class Correction:
    """A recorded payment the file states otherwise."""

    recorded: Payment
    stated: Payment


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the file means for the records."""

    new: tuple[Payment, ...]
    corrected: tuple[Correction, ...]
    unchanged: int
    missing_in_file: tuple[Payment, ...]


def reconcile(stated: Sequence[Payment], recorded: Mapping[str, Payment]) -> Reconciliation:
    """Compare the file's payments with the recorded ones by voucher number."""
    new, corrected, unchanged = [], [], 0
    for payment in stated:
        known = recorded.get(payment.voucher_number)
        if known is None:
            new.append(payment)
        elif known == payment:
            unchanged += 1
        else:
            corrected.append(Correction(known, payment))
    return Reconciliation(tuple(new), tuple(corrected), unchanged, _missing(stated, recorded))


def _missing(stated: Sequence[Payment], recorded: Mapping[str, Payment]) -> tuple[Payment, ...]:
    if not stated:
        return ()
    first = min(payment.paid_on for payment in stated)
    last = max(payment.paid_on for payment in stated)
    numbers = {payment.voucher_number for payment in stated}
    return tuple(
        payment
        for number, payment in sorted(recorded.items())
        if number not in numbers and first <= payment.paid_on <= last
    )
