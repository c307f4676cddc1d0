"""The 双监控 picture: each report a point, execution across, achievement upward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.monitor_svc.queries.pacing import Pacing, Point
from shared.terms import labels
from shared.web.console.formats import percent
from shared.web.console.views import Chart
from shared.web.links import link

_COLOURS = {
    "red": "#d6342a",
    "yellow": "#e0a100",
    "green": "#2a9d55",
    "blue": "#2c6fc4",
    "none": "#8b97a5",
}
_HEAD = ("项目", "单位", "预警", "执行进度", "目标进度")


def pacing_picture(pacing: Pacing) -> Chart:
    """Return the picture: a series for each light, every point leading to its report."""
    points = pacing.points
    names = _names(points)
    series: list[dict[str, Any]] = [
        {
            "name": labels("light")[light],
            "type": "scatter",
            "symbolSize": 11,
            "itemStyle": {"color": colour, "opacity": 0.85},
            "data": [
                {"name": name, "value": [float(point.execution), float(point.achievement)]}
                for point, name in zip(points, names, strict=True)
                if point.light == light
            ],
        }
        for light, colour in _COLOURS.items()
        if any(point.light == light for point in points)
    ]
    series[0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"type": "dashed", "color": "#8b97a5"},
        "data": [
            {"xAxis": float(pacing.execution_from)},
            {"yAxis": float(pacing.achievement_from)},
        ],
    }
    return Chart(
        title="预算执行进度与目标完成进度（占截至监控日应完成数的百分比）",
        option={
            "legend": {"top": 0},
            "tooltip": {"trigger": "item", "formatter": "{b}\n执行进度、目标进度：{c}"},
            "grid": {"left": 16, "right": 48, "top": 48, "bottom": 40, "containLabel": True},
            "xAxis": _axis("预算执行进度（%）"),
            "yAxis": _axis("目标完成进度（%）"),
            "series": series,
        },
        head=_HEAD,
        rows=[_line(point, name) for point, name in zip(points, names, strict=True)],
        height="large",
        links={
            name: link("monitoring.report", year=point.fiscal_year, id=point.report_id)
            for point, name in zip(points, names, strict=True)
        },
    )


def _line(point: Point, name: str) -> tuple[str, ...]:
    light = labels("light")[point.light]
    return name, point.unit, light, percent(point.execution), percent(point.achievement)


def _axis(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "nameLocation": "middle",
        "nameGap": 30,
        "type": "value",
        "min": 0,
        "scale": False,
        "splitNumber": 6,
    }


def _names(points: Sequence[Point]) -> list[str]:
    """Return a name for each point; equal project names are told apart by unit, then by number."""
    names: dict[str, None] = {}
    for point in points:
        name = point.project if point.project not in names else f"{point.project}（{point.unit}）"
        number = 2
        while name in names:
            name = f"{point.project}（{point.unit} {number}）"
            number += 1
        names[name] = None
    return list(names)
