"""Where on the form a finding lies, in words: `funds[0].rate` is 资金表第1行「执行率」."""

from __future__ import annotations

import re

_TABLES = {"funds": "资金表", "sections": "一级指标", "indicators": "指标表"}
_COLUMNS = {
    "budget_initial": "年初预算数",
    "budget_adjusted": "全年预算数",
    "executed": "全年执行数",
    "weight": "分值",
    "rate": "执行率",
    "score": "得分",
    "target": "指标值",
    "actual": "实际完成值",
    "reason": "偏差原因",
    "total_weight": "总分值",
    "total_score": "总分",
    "grade": "等级",
}
_PLACE = re.compile(r"(?P<table>\w+?)(?:\[(?P<at>\d+)\])?(?:\.(?P<column>\w+))?")


def place_words(path: str) -> str:
    """Return a path of the document in words; rows count from 1."""
    found = _PLACE.fullmatch(path)
    if found is None:
        return path
    table = _TABLES.get(found["table"]) or _COLUMNS.get(found["table"], found["table"])
    row = f"第{int(found['at']) + 1}行" if found["at"] else ""
    column = f"「{_COLUMNS.get(found['column'], found['column'])}」" if found["column"] else ""
    return f"{table}{row}{column}"
