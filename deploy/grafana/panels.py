"""Panels as short descriptions, turned into Grafana's own with its foundation SDK."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

with warnings.catch_warnings():
    # The library recommends its next format, which needs Grafana 12; this one is read by all.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        bargauge,
        common,
        dashboard,
        prometheus,
        stat,
        timeseries,
    )
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model

SOURCE = common_model.DataSourceRef(type_val="prometheus", uid="wenxiao")
WIDTH, HEIGHT = 24, 8
GREEN, AMBER, RED = "green", "#EAB839", "red"
KINDS = {"timeseries": timeseries.Panel, "stat": stat.Panel, "bargauge": bargauge.Panel}


@dataclass(frozen=True, slots=True)
class Show:
    """One panel. `queries` are (expression, legend); the legend may name labels in `{{ }}`.

    From `warn` and `bad` on it turns amber and red, below them where `low_is_bad`. `names` are the
    Chinese words for values in the legend; `runbook` is the alert whose page it links to.
    """

    title: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    warn: float | None = None
    bad: float | None = None
    low_is_bad: bool = False
    most: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    runbook: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: rows of panels by their titles."""

    uid: str
    title: str
    meaning: str
    rows: Mapping[str, Sequence[Show]]
    has_services: bool = True


def build(board: Board, others: Sequence[Board], runbooks: str) -> model.Dashboard:
    """Return the dashboard as Grafana knows it, with links to the others."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.meaning)
        .tags(["wenxiao"])
        .readonly()
        .timezone("Asia/Shanghai")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("1m")
        .link(_link("处置手册", f"{runbooks}/README.md"))
    )
    for other in others:
        if other.uid != board.uid:
            made = made.link(_link(other.title, f"/d/{other.uid}"))
    if board.has_services:
        made = made.with_variable(_services())
    number = 0
    for title, shows in board.rows.items():
        number += 1
        made = made.with_row(dashboard.Row(title).id(number))
        for show in shows:
            number += 1
            made = made.with_panel(_panel(show, number, runbooks))
    return made.build()


def _link(title: str, url: str) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).url(url)
    return link.icon("external link").tooltip(title).target_blank(True)


def _services() -> dashboard.QueryVariable:
    every = model.VariableOption(text=["全部"], value=["$__all"], selected=True)
    return (
        dashboard.QueryVariable("service")
        .label("服务")
        .datasource(SOURCE)
        .query("label_values(database_up, service)")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .include_all(True)
        .multi(True)
        .all_value(".*")
        .current(every)
    )


def _panel(show: Show, number: int, runbooks: str) -> timeseries.Panel:
    panel = KINDS[show.kind]().id(number).title(show.title).datasource(SOURCE)
    panel = panel.unit(show.unit).span(show.width).height(HEIGHT).thresholds(_thresholds(show))
    if show.meaning:
        panel = panel.description(show.meaning)
    if show.most is not None:
        panel = panel.min(0).max(show.most)
    if show.runbook:
        panel = panel.links([_link(f"处置：{show.runbook}", f"{runbooks}/{show.runbook}.md")])
    for place, (expression, legend) in enumerate(show.queries):
        panel = panel.with_target(_query(show, expression, legend, chr(ord("A") + place)))
    for value, name in show.names.items():
        named = model.DynamicConfigValue(id_val="displayName", value=name)
        panel = panel.override_by_name(value, [named])
    return _drawn(panel, show)


def _drawn(panel: timeseries.Panel, show: Show) -> timeseries.Panel:
    if show.kind == "timeseries":
        legend = (
            common.VizLegendOptions().show_legend(True).placement("bottom").calcs(["lastNotNull"])
        )
        panel = panel.legend(legend).fill_opacity(8).line_width(1.5)
        if show.warn is not None or show.bad is not None:
            style = common.GraphThresholdsStyleConfig().mode(
                common_model.GraphThresholdsStyleMode.DASHED
            )
            panel = panel.thresholds_style(style)
        return panel
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel = panel.reduce_options(reduced)
    if show.kind == "bargauge":
        panel = panel.orientation(common_model.VizOrientation.HORIZONTAL)
    return panel


def _thresholds(show: Show) -> dashboard.ThresholdsConfig:
    marks = [(show.warn, AMBER), (show.bad, RED)]
    first = GREEN
    if show.low_is_bad:
        first = RED
        marks = [(show.bad, AMBER), (show.warn, GREEN)]
    steps = [model.Threshold(value=None, color=first)]
    steps += [model.Threshold(value=at, color=color) for at, color in marks if at is not None]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _query(show: Show, expression: str, legend: str, ref: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(ref)
    return query.range() if show.kind == "timeseries" else query.instant()
