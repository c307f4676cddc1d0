"""What stands in a form that is not saved: scores while typing, and a refused form shown again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.eval_svc.queries.detail import FormDetail
from services.eval_svc.store.self_evaluations import FundRow, IndicatorRow
from shared.money import NotMoneyError, parse_decimal, yuan_from_wan
from shared.web.console.forms import Form

_TEXTS = ("actual", "band", "reason")
_OWN_TEXTS = ("level1", "level2", "name", "operator", "target_value", "unit")


def typed_funds(form: Form, funds: Sequence[FundRow]) -> list[FundRow]:
    """Return the funds with what is typed in 万元; what is no number counts as nothing."""
    by_position = {str(row.position): row for row in funds}
    for at, prefix in enumerate(form.rows("funds")):
        row = by_position.get(form.value(f"{prefix}.position") or str(at))
        if row is not None:
            for name in ("initial", "budget", "executed"):
                number = _number(form.value(f"{prefix}.{name}"))
                setattr(row, name, yuan_from_wan(number or Decimal(0)))
    return list(funds)


def typed_indicators(form: Form, detail: FormDetail) -> list[IndicatorRow]:
    """Return the indicators with what is typed; a unit's own rows are those of the form."""
    if detail.form.object_id is None:
        return [_own_row(form, prefix, at) for at, prefix in enumerate(form.rows("indicators"))]
    by_position = {str(row.position): row for row in detail.indicators}
    for prefix in form.rows("indicators"):
        row = by_position.get(form.value(f"{prefix}.position"))
        if row is not None:
            _take(form, prefix, row)
    return list(detail.indicators)


def _own_row(form: Form, prefix: str, at: int) -> IndicatorRow:
    row = IndicatorRow(position=at, points=_number(form.value(f"{prefix}.points")) or Decimal(0))
    for name in _OWN_TEXTS:
        setattr(row, name, form.value(f"{prefix}.{name}"))
    _take(form, prefix, row)
    return row


def _take(form: Form, prefix: str, row: IndicatorRow) -> None:
    for name in _TEXTS:
        setattr(row, name, form.value(f"{prefix}.{name}"))
    row.chosen = _number(form.value(f"{prefix}.chosen"))


def _number(text: str) -> Decimal | None:
    try:
        return parse_decimal(text)
    except NotMoneyError:
        return None
