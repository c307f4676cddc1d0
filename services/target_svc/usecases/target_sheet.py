"""The columns of an indicator list: one row per indicator, as the budget platform exports them."""

from __future__ import annotations

from shared.sheets.layout import Column, Layout
from shared.terms import labels

OPERATORS = {
    "≥": "ge",
    ">=": "ge",
    "≧": "ge",
    "大于等于": "ge",
    ">": "gt",
    "大于": "gt",
    "=": "eq",
    "等于": "eq",
    "≤": "le",
    "<=": "le",
    "小于等于": "le",
    "<": "lt",
    "小于": "lt",
    "定性": "qualitative",
}


def _both(kind: str) -> dict[str, object]:
    """Return a term's label with and without its ending 指标, both meaning the same code."""
    full = {label: code for code, label in labels(kind).items()}
    return {**full, **{label.removesuffix("指标"): code for label, code in full.items()}}


TARGET_LAYOUT = Layout(
    title="绩效目标",
    sheet_titles=("绩效目标", "绩效指标", "项目绩效目标"),
    columns=(
        Column("project_code", ("项目编码", "项目代码"), "code", required=True),
        Column("annual_goal", ("年度总体目标", "年度目标", "总体目标")),
        Column("level1", ("一级指标",), "choice", required=True, choices=_both("indicator_level1")),
        Column("level2", ("二级指标",), "choice", required=True, choices=_both("indicator_level2")),
        Column("name", ("三级指标", "指标名称", "三级指标名称"), required=True),
        Column("operator", ("指标性质", "符号"), "choice", required=True, choices=OPERATORS),
        Column("value", ("指标值", "目标值", "年度指标值"), required=True),
        Column("unit", ("计量单位", "单位", "度量单位")),
        Column("weight", ("权重", "分值", "指标权重"), required=True),
        Column("history_value", ("历史值", "上年值", "历史参考值")),
        Column("definition", ("指标解释", "指标说明")),
        Column("basis_source", ("设定依据及数据来源", "设定依据", "数据来源")),
    ),
)
