"""Money and ratios: exact decimals, half-up, 元 inside and 万元 only at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from shared.errors import WenxiaoError

FEN = Decimal("0.01")
YUAN_PER_WAN = Decimal(10_000)
YUAN_PER_YI = Decimal(100_000_000)
LARGEST = Decimal("9999999999999999.99")  # NUMERIC(18,2)


class NotMoneyError(WenxiaoError):
    """A text that is no amount of money."""

    code = "not_money"
    sentence = "「{text}」不是金额；请填写数字，例如 12.50。"


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to `places` decimals, as Chinese forms do (四舍五入)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_yuan(value: Decimal) -> Decimal:
    """Return `value` 元 rounded to the 分."""
    return round_half_up(value, 2)


def yuan_from_wan(value: Decimal) -> Decimal:
    """Return 元 for an amount given in 万元."""
    return to_yuan(value * YUAN_PER_WAN)


def wan_from_yuan(value: Decimal, places: int = 2) -> Decimal:
    """Return 万元 for an amount in 元, rounded to `places` decimals for display."""
    return round_half_up(value / YUAN_PER_WAN, places)


def parse_decimal(text: str) -> Decimal:
    """Read a printed number: full-width digits, thousands separators and blanks are tolerated.

    Raises `NotMoneyError` for anything else, including NaN, infinities, exponents and amounts too
    large to store.
    """
    plain = text.strip().translate(_FULL_WIDTH).replace(",", "").replace(" ", "")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise NotMoneyError(text=text[:40]) from None
    if not value.is_finite() or "e" in plain.lower() or abs(value) > LARGEST:
        raise NotMoneyError(text=text[:40])
    return value


def number_in(text: str) -> Decimal | None:
    """Return the number of an indicator's value, a percent sign forgiven; `None` for words."""
    try:
        return parse_decimal(text.strip().rstrip("%％"))
    except NotMoneyError:
        return None


def number_text(value: Decimal) -> str:
    """Return a number without needless zeros: `8`, not `8.00` or `8E+0`."""
    return "0" if value == 0 else f"{value.normalize():f}"


def sum_yuan(values: Iterable[Decimal]) -> Decimal:
    """Add amounts in 元; the sum of nothing is 0.00."""
    return sum(values, Decimal("0.00"))


def ratio_percent(part: Decimal, whole: Decimal, places: int = 2) -> Decimal | None:
    """Return part ÷ whole in %, half-up to `places`, or `None` when `whole` is 0."""
    return None if whole == 0 else round_half_up(part * 100 / whole, places)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋　", "0123456789.,-+ ")  # noqa: RUF001
