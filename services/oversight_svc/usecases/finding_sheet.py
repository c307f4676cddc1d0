"""The columns of a list of findings, as the offices keep it in Excel."""

from __future__ import annotations

from shared.sheets.layout import Column, Layout
from shared.terms import labels

CLOSED, REGISTERED = "closed", "registered"


def _by_label(kind: str) -> dict[str, object]:
    return {label: value for value, label in labels(kind).items()}


FINDING_LAYOUT = Layout(
    title="监督问题清单",
    sheet_titles=("监督问题清单", "问题清单", "整改台账"),
    columns=(
        Column("source", ("问题来源", "来源"), "choice", required=True,
               choices=_by_label("finding_source")),
        Column("source_document", ("来源文书", "文书", "报告名称"), required=True),
        Column("source_key", ("来源编号", "原编号", "问题编号"), "code",
               help="来源系统或台账中的编号；再次导入时据此认出同一问题"),
        Column("unit", ("责任单位", "牵头单位", "被审计单位"), required=True,
               help="单位名称或单位编码"),
        Column("assisting", ("配合单位",), help="多个单位用顿号隔开"),
        Column("project_name", ("涉及项目", "项目名称")),
        Column("title", ("问题标题", "问题概述", "问题"), required=True),
        Column("description", ("问题描述", "问题详情", "具体问题"), required=True),
        Column("category", ("问题类别", "类别"), "choice", choices=_by_label("finding_category")),
        Column("amount", ("涉及金额", "问题金额", "金额"), "money", unit="万元"),
        Column("turned_over", ("上缴财政",), "money", unit="万元"),
        Column("returned_channel", ("归还原渠道", "归还原渠道资金"), "money", unit="万元"),
        Column("adjusted_accounts", ("调账处理", "调账"), "money", unit="万元"),
        Column("disbursed", ("促进拨付", "促进资金拨付"), "money", unit="万元"),
        Column("reduced_allocation", ("减少拨款", "减少财政拨款"), "money", unit="万元"),
        Column("basis", ("依据", "定性依据")),
        Column("demand", ("整改要求", "整改建议")),
        Column("kind", ("整改类型",), "choice", choices=_by_label("rectification_kind")),
        Column("due_on", ("整改期限", "完成时限"), "date"),
        Column("responsible_person", ("责任人", "整改责任人")),
        Column("earlier", ("以前年度问题编号",), "code", help="屡查屡犯的填写，如 2022-0001"),
        Column("state", ("状态", "整改状态", "整改情况"), "choice",
               choices={"未整改": REGISTERED, "待下达": REGISTERED, "已登记": REGISTERED,
                        "已销号": CLOSED, "已整改": CLOSED},
               help="已销号的直接进入回头看，须填销号日期和销号文号"),
        Column("closed_on", ("销号日期",), "date"),
        Column("close_document", ("销号文号", "销号依据")),
    ),
)  # fmt: skip
