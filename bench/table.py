"""Results as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from measuring import Result


def as_text(result: Result) -> str:
    """Return one result in three lines for the terminal."""
    met = "达到" if result.is_met else "未达到"
    return (
        f"{result.title}\n"
        f"  本系统 {_seconds(result.ours)}；{result.bare_title} {_seconds(result.bare)}\n"
        f"  比值 {result.ratio:.2f}，要求 {result.side} {result.aim}：{met}"
    )


def as_markdown(results: Sequence[Result]) -> str:
    """Return all results as a table."""
    lines = [
        "| 项目 | 本系统：中位数（最小至最大） | 对照：中位数（最小至最大） | 比值 | 要求 | 达到 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.title} | {_seconds(each.ours)} | {each.bare_title}：{_seconds(each.bare)} "
        f"| {each.ratio:.2f} | {each.side} {each.aim} | {'是' if each.is_met else '否'} |"
        for each in results
    ]
    return "\n".join(lines) + "\n"


def _seconds(taken: Sequence[float]) -> str:
    unit, factor = ("毫秒", 1000) if median(taken) < 1 else ("秒", 1)
    low, middle, high = (value * factor for value in (min(taken), median(taken), max(taken)))
    return f"{middle:.3g} {unit}（{low:.3g} 至 {high:.3g}）"
