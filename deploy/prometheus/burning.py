"""Service levels and how fast their error budgets burn (SRE workbook, table 5-8).

A level is the share of good things among all things. Its budget is the rest; it burns at rate 1
when it would last exactly the 30 days it is meant for.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.prometheus.timing import Span, Timing

PAGE, TICKET = "page", "ticket"
FEWEST_BAD = 5
"""At least so many bad things in the long window: one error in ten requests at night is no page."""

HEALTH = 'endpoint!~"health[.].*"'
"""Probes are answered at once; counted along, they would hide what people meet."""


@dataclass(frozen=True, slots=True)
class Level:
    """One service level. `bad` and `all` are counters to be filled with a window."""

    name: str
    budget: float
    bad: str
    all: str
    alert: str
    summary: str
    description: str

    def ratio(self, window: Span) -> str:
        """Return the name of the recorded share of bad things in `window`."""
        return f"service:{self.name}:ratio_rate{window.name}"

    def count(self, window: Span) -> str:
        """Return the name of the recorded number of bad things in `window`."""
        return f"service:{self.name}:increase{window.name}"


@dataclass(frozen=True, slots=True)
class Burn:
    """Fires while the budget burns `rate` times too fast, over the long and the short window."""

    rate: float
    long: Span
    short: Span
    severity: str


M5, M30, H1, H6, D3 = (
    Span("5m", 300),
    Span("30m", 1_800),
    Span("1h", 3_600),
    Span("6h", 21_600),
    Span("3d", 259_200),
)
WINDOWS = (M5, M30, H1, H6, D3)
BURNS = (
    Burn(14.4, H1, M5, PAGE),  # 2 % of the budget in one hour
    Burn(6, H6, M30, PAGE),  # 5 % in six hours
    Burn(1, D3, H6, TICKET),  # 10 % in three days
)

LEVELS = (
    Level(
        "http_errors",
        0.001,
        f'http_requests_total{{status=~"5..",{HEALTH}}}',
        f"http_requests_total{{{HEALTH}}}",
        "HttpErrorsBurnBudget",
        "{{ $labels.service }} 出错的请求过多",
        "出错（5xx）的请求占 {{ $value | humanizePercentage }}，目标是 99.9% 的请求不出错。",
    ),
    Level(
        "http_slow",
        0.01,
        f'http_request_duration_seconds_bucket{{le="1.0",{HEALTH}}}',
        f"http_request_duration_seconds_count{{{HEALTH}}}",
        "HttpSlownessBurnsBudget",
        "{{ $labels.service }} 变慢",
        "超过 1 秒才应答的请求占 {{ $value | humanizePercentage }}，目标是 99% 在 1 秒内。",
    ),
    Level(
        "events_late",
        0.005,
        'event_handling_delay_seconds_bucket{le="5.0"}',
        "event_handling_delay_seconds_count",
        "EventDelayBurnsBudget",
        "{{ $labels.service }} 处理事件变慢",
        "收到 5 秒后才办完的事件占 {{ $value | humanizePercentage }}，目标是 99.5% 在 5 秒内。",
    ),
)
_BY_GOOD = frozenset({"http_slow", "events_late"})
"""Histograms count the good ones: what took at most so long."""


def recording(timing: Timing) -> list[dict[str, str]]:
    """Return the recording rules of all levels and windows."""
    rules = []
    for level in LEVELS:
        for window in WINDOWS:
            bad, whole = _summed(level, timing(window))
            rules += [
                {"record": level.ratio(window), "expr": f"({bad}) / ({whole} > 0)"},
                {"record": level.count(window), "expr": bad},
            ]
    return rules


def _summed(level: Level, window: str) -> tuple[str, str]:
    """Return how many things were bad in `window` and how many there were, by service."""
    whole = f"sum by (service) (increase({level.all}[{window}]))"
    counted = f"sum by (service) (increase({level.bad}[{window}]))"
    if level.name in _BY_GOOD:
        return f"{whole} - {counted}", whole
    # A service without a single error has no series of errors: 0 of what there was.
    return f"{counted} or 0 * {whole}", whole


def condition(level: Level, burn: Burn) -> str:
    """Return when `burn` fires; the value is the share of bad things in the short window."""
    limit = f"{round(burn.rate * level.budget, 6):g}"
    return (
        f"{level.ratio(burn.short)} > {limit}"
        f" and on (service) {level.ratio(burn.long)} > {limit}"
        f" and on (service) {level.count(burn.long)} > {FEWEST_BAD}"
    )
