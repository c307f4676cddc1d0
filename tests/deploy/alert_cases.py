"""Cases for every alert, in a world where all is well but for what a case changes.

A case names the alerts that fire at a time, all of them: what is not named must not fire. Times
are minutes; a series is written as promtool expands it, one value a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

T, OVERSIGHT = "target_svc", "oversight_svc"
PROCESS = 'instance="a:8080",job="wenxiao"'
STEADY = "x600"


def http(status: str) -> str:
    return f'http_requests_total{{endpoint="x.list",service="{T}",status="{status}"}}'


def bucket(name: str, le: str, more: str = "") -> str:
    return f'{name}_bucket{{{more}le="{le}",service="{T}"}}'


def of(name: str, service: str = T, more: str = "") -> str:
    return f'{name}{{{more}service="{service}"}}'


SLOW, DELAY = "http_request_duration_seconds", "event_handling_delay_seconds"
LIST = 'endpoint="x.list",'
FIRST_JOB = of("job_last_success_timestamp_seconds", T, 'job_name="frame.prune",')
INTERVAL = of("job_interval_seconds", T, 'job_name="frame.prune",')
REPLAY = of("exchange_refused_total", OVERSIGHT, 'reason="signature_refused",')
RESTARTS = of("thread_restarts_total", T, 'unit="relay",')

WELL: Mapping[str, str] = {
    f"up{{{PROCESS}}}": f"1{STEADY}",
    http("200"): "0+60x600",
    http("503"): f"0{STEADY}",
    f'{SLOW}_count{{{LIST}service="{T}"}}': "0+60x600",
    bucket(SLOW, "1.0", LIST): "0+60x600",
    of(f"{DELAY}_count"): "0+30x600",
    bucket(DELAY, "5.0"): "0+30x600",
    of("outbox_oldest_unsent_seconds"): f"0{STEADY}",
    of("inbox_oldest_unhindered_seconds"): f"0{STEADY}",
    of("trail_oldest_unsealed_seconds"): f"1{STEADY}",
    of("events_parked"): f"0{STEADY}",
    of("events_undecodable"): f"0{STEADY}",
    of("database_up"): f"1{STEADY}",
    of("lease_held", T, 'instance="a:8080",lease="relay",'): f"1{STEADY}",
    of("lease_held", T, 'instance="a:8080",lease="scheduler",'): f"1{STEADY}",
    of("lease_held", T, 'instance="b:8080",lease="scheduler",'): f"0{STEADY}",
    of("broker_connected"): f"1{STEADY}",
    of("broker_connected", OVERSIGHT): f"1{STEADY}",
    FIRST_JOB: "0+60x600",
    INTERVAL: f"300{STEADY}",
    RESTARTS: f"0{STEADY}",
    REPLAY: f"0{STEADY}",
    f"data_directory_free_bytes{{{PROCESS}}}": f"50{STEADY}",
    f"data_directory_size_bytes{{{PROCESS}}}": f"100{STEADY}",
    f"system_clock_timestamp_seconds{{{PROCESS}}}": "0+60x600",
    of("database_clock_offset_seconds"): f"0.01{STEADY}",
    of("calendar_published_ahead_seconds"): f"8000000{STEADY}",
}


@dataclass(frozen=True, slots=True)
class Case:
    """`changed` overlays the world; `firing` is minute → alerts then firing, as often as named."""

    name: str
    changed: Mapping[str, str]
    firing: Mapping[int, tuple[str, ...]]


def slopes(*parts: tuple[float, int]) -> str:
    """Write a counter that grows by so much a minute for so many minutes, part after part."""
    written, value = [], 0.0
    for slope, minutes in parts:
        written.append(f"{value:g}+{slope:g}x{minutes - 1}")
        value = round(value + slope * minutes, 3)
    return " ".join(written)


def gauge(
    alert: str,
    series: str,
    *,
    well: str,
    ill: str,
    spared: str,
    late: int = 3,
    brief: int = 0,
) -> list[Case]:
    """The cases of a gauge: it stays ill, comes close, is ill too briefly, gets well again.

    `late`: after how many minutes of illness the alert is sure to fire; `brief`: how many minutes
    of it are borne.
    """
    cases = [
        Case("fires", {series: f"{well}x59 {ill}{STEADY}"}, {59: (), 60 + late: (alert,)}),
        Case("bears what comes close", {series: f"{spared}{STEADY}"}, {60: (), 150: ()}),
        Case(
            "resolves",
            {series: f"{well}x59 {ill}x79 {well}{STEADY}"},
            {139: (alert,), 142: ()},
        ),
    ]
    if brief:
        short = {series: f"{well}x59 {ill}x{brief - 1} {well}{STEADY}"}
        cases.append(Case("bears a moment", short, dict.fromkeys(range(60, 60 + brief + 2), ())))
    return cases


def counter(alert: str, series: str) -> list[Case]:
    """The cases of a counter: ten in ten minutes, one in an hour, and it stops."""
    ten = slopes((0, 60), (1, 10), (0, 600))
    return [
        Case("fires", {series: ten}, {59: (), 72: (alert,)}),
        Case("bears a few", {series: slopes((1 / 60, 600))}, {60: (), 125: (), 150: ()}),
        Case("resolves", {series: ten}, {72: (alert,), 100: ()}),
    ]


def burning(alert: str, series: str, *, well: float, ill: float, slight: float) -> list[Case]:
    """The cases of a budget: three rules fire when it is bad; slight, only the ticket."""
    for_a_while = slopes((well, 60), (ill, 25), (well, 600))
    return [
        Case("fires", {series: slopes((well, 60), (ill, 600))}, {55: (), 90: (alert,) * 3}),
        Case("is a ticket when slight", {series: slopes((slight, 600))}, {400: (alert,)}),
        Case(
            "resolves one window after another",
            {series: for_a_while},
            {85: (alert,) * 3, 100: (alert,) * 2, 130: (alert,), 460: ()},
        ),
    ]


RELAY = of("lease_held", T, 'instance="a:8080",lease="relay",')
LEADER = of("lease_held", T, 'instance="a:8080",lease="scheduler",')
UNSENT, BROKER = of("outbox_oldest_unsent_seconds"), of("broker_connected")
UNTIL_LATE = "0x59 0+60x600"
SLOWLY = {INTERVAL: f"7200{STEADY}"}

CASES: Mapping[str, list[Case]] = {
    "HttpErrorsBurnBudget": [
        *burning("HttpErrorsBurnBudget", http("503"), well=0, ill=30, slight=0.18),
        Case(
            "bears a few in a quiet night",
            {http("503"): slopes((0, 60), (3, 1), (0, 600))},
            {62: (), 90: (), 150: ()},
        ),
        Case(
            "does not count probes",
            {http("503").replace("x.list", "health.readyz"): slopes((30, 600))},
            {150: ()},
        ),
    ],
    "HttpSlownessBurnsBudget": [
        *burning(
            "HttpSlownessBurnsBudget", bucket(SLOW, "1.0", LIST), well=60, ill=30, slight=58.2
        ),
        Case(
            "bears what the budget is for",
            {bucket(SLOW, "1.0", LIST): slopes((59.7, 600))},
            {60: (), 150: ()},
        ),
    ],
    "EventDelayBurnsBudget": [
        *burning("EventDelayBurnsBudget", bucket(DELAY, "5.0"), well=30, ill=15, slight=29.7),
        Case(
            "bears what the budget is for",
            {bucket(DELAY, "5.0"): slopes((29.94, 600))},
            {60: (), 150: ()},
        ),
    ],
    "BrokerAway": [
        *gauge("BrokerAway", BROKER, well="1", ill="0", spared="1", brief=1),
        Case(
            "hides what follows from it",
            {BROKER: f"0{STEADY}", UNSENT: f"900{STEADY}"},
            {60: ("BrokerAway",)},
        ),
    ],
    "RelayStopped": [
        *gauge("RelayStopped", RELAY, well="1", ill="0", spared="1", brief=1),
        Case(
            "hides what follows from it",
            {RELAY: f"0{STEADY}", UNSENT: f"900{STEADY}"},
            {60: ("RelayStopped",)},
        ),
        Case(
            "sees that no process of the kind is left",
            {RELAY: "1x59 stale"},
            {70: ("RelayStopped",)},
        ),
    ],
    "EventsNotSent": [
        *gauge("EventsNotSent", UNSENT, well="0", ill="500", spared="110", brief=1),
        Case("fires as the age grows", {UNSENT: UNTIL_LATE}, {61: (), 65: ("EventsNotSent",)}),
    ],
    "EventsNotProcessed": gauge(
        "EventsNotProcessed",
        of("inbox_oldest_unhindered_seconds"),
        well="0",
        ill="500",
        spared="110",
        brief=1,
    ),
    "EventsParked": gauge(
        "EventsParked", of("events_parked"), well="0", ill="1", spared="0", late=0
    ),
    "EventsUndecodable": gauge(
        "EventsUndecodable", of("events_undecodable"), well="0", ill="1", spared="0", late=0
    ),
    "ProcessAway": gauge("ProcessAway", f"up{{{PROCESS}}}", well="1", ill="0", spared="1", brief=2),
    "DatabaseAway": [
        *gauge("DatabaseAway", of("database_up"), well="1", ill="0", spared="1", brief=1),
        Case(
            "hides what follows from it",
            {
                of("database_up"): f"0{STEADY}",
                RELAY: f"0{STEADY}",
                LEADER: f"0{STEADY}",
                FIRST_JOB: "0x1 stale",
            },
            {60: ("DatabaseAway",)},
        ),
    ],
    "SchedulerStopped": [
        *gauge("SchedulerStopped", LEADER, well="1", ill="0", spared="1", brief=1),
        Case(
            "bears a change of the leader",
            {LEADER: f"1x59 0{STEADY}", LEADER.replace("a:8080", "b:8080"): f"0x59 1{STEADY}"},
            {61: (), 90: ()},
        ),
        Case(
            "hides what follows from it",
            {LEADER: f"0{STEADY}", FIRST_JOB: "0x600"},
            {60: ("SchedulerStopped",)},
        ),
    ],
    "JobLate": [
        Case("fires", {FIRST_JOB: slopes((60, 60), (0, 600))}, {79: (), 86: ("JobLate",)}),
        Case("fires when it never succeeded", {FIRST_JOB: "stale"}, {4: (), 6: ("JobLate",)}),
        Case(
            "bears the time between two runs",
            {**SLOWLY, FIRST_JOB: "0x119 7200x119"},
            {119: (), 125: (), 235: ()},
        ),
        Case(
            "resolves",
            {FIRST_JOB: f"{slopes((60, 60), (0, 60))} {slopes((60, 600)).replace('0+', '7200+')}"},
            {119: ("JobLate",), 122: ()},
        ),
    ],
    "TrailNotSealed": gauge(
        "TrailNotSealed",
        of("trail_oldest_unsealed_seconds"),
        well="1",
        ill="500",
        spared="290",
        brief=1,
    ),
    "ThreadsRestarting": counter("ThreadsRestarting", RESTARTS),
    "DiskNearlyFull": gauge(
        "DiskNearlyFull",
        f"data_directory_free_bytes{{{PROCESS}}}",
        well="50",
        ill="9",
        spared="11",
        brief=1,
    ),
    "ClockOff": [
        *gauge(
            "ClockOff",
            of("database_clock_offset_seconds"),
            well="0",
            ill="-45",
            spared="25",
            brief=2,
        ),
        Case(
            "sees a machine that is wrong together with its database",
            {f"system_clock_timestamp_seconds{{{PROCESS}}}": "0+60x59 3700+60x600"},
            {59: (), 64: ("ClockOff",)},
        ),
    ],
    "CalendarNotPublished": gauge(
        "CalendarNotPublished",
        of("calendar_published_ahead_seconds"),
        well="3000000",
        ill="260000",
        spared="2700000",
        late=62,
        brief=50,
    ),
    "ExchangeRefused": counter("ExchangeRefused", REPLAY),
}
