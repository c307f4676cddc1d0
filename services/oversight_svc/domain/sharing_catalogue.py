"""What can be shared between finance and audit: the catalogue's entries and their fields.

Y25-6.13, Y25-6.11. Whether an entry is shared without conditions, with conditions or not at all is
the locality's decision and stands in the policy pack. Classified matters are not in this system,
so nothing here can hold them. Every value of a shared record is a text: amounts in 元 with two
decimals, days as 2023-10-10, what is missing as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.terms.vocabulary import RaisingBody, ShareEntry


@dataclass(frozen=True, slots=True)
class EntryField:
    """One field of an entry; `kind` is its Frictionless type."""

    name: str
    title: str
    kind: str = "string"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One thing that can be asked for; `provider` is the body whose data it is."""

    entry: ShareEntry
    provider: RaisingBody
    meaning: str
    fields: tuple[EntryField, ...]


KEY_FIELDS = (
    EntryField("record_id", "记录标识"),
    EntryField("record_version", "记录版本", "integer"),
    EntryField("fiscal_year", "预算年度", "year"),
    EntryField("unit_code", "单位编码"),
    EntryField("unit_name", "单位名称"),
    EntryField("project_code", "项目编码"),
    EntryField("project_name", "项目名称"),
)
"""Always delivered: they say what a record is about."""

_FINDING = (
    EntryField("number", "问题编号"),
    EntryField("title", "问题标题"),
    EntryField("source_document", "来源文书"),
    EntryField("amount", "涉及金额（元）", "number"),
)

CATALOGUE: Mapping[ShareEntry, CatalogueEntry] = {
    each.entry: each
    for each in (
        CatalogueEntry(
            ShareEntry.TARGET,
            RaisingBody.FINANCE,
            "已批复的绩效目标及指标，每次调整一个版本",
            (
                EntryField("revision", "调整次数", "integer"),
                EntryField("budget_book", "预算类别"),
                EntryField("initial_amount", "年初预算（元）", "number"),
                EntryField("approved_amount", "批复金额（元）", "number"),
                EntryField("annual_goal", "年度目标"),
                EntryField("indicators", "绩效指标", "array"),
                EntryField("grade", "审核等级"),
                EntryField("document_number", "批复文号"),
                EntryField("approved_on", "批复日期", "date"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.MONITORING,
            RaisingBody.FINANCE,
            "已审核通过的绩效运行监控结果",
            (
                EntryField("as_of", "截止日期", "date"),
                EntryField("budget", "预算数（元）", "number"),
                EntryField("executed", "执行数（元）", "number"),
                EntryField("execution_rate", "执行率（%）", "number"),
                EntryField("execution_light", "执行进度预警"),
                EntryField("achievement_light", "目标实现预警"),
                EntryField("light", "综合预警"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.EVALUATION,
            RaisingBody.FINANCE,
            "已认可的单位自评结果，复核更正的以更正后为准",
            (
                EntryField("kind", "自评类型"),
                EntryField("name", "评价对象"),
                EntryField("total", "得分", "number"),
                EntryField("grade", "等级"),
                EntryField("budget", "预算数（元）", "number"),
                EntryField("executed", "执行数（元）", "number"),
                EntryField("execution_rate", "执行率（%）", "number"),
                EntryField("quality_mark", "自评质量"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.PAYMENT_SUMMARY,
            RaisingBody.FINANCE,
            "项目国库支付汇总，每次导入支付明细后更新",
            (
                EntryField("payments", "支付笔数", "integer"),
                EntryField("executed", "累计支付（元）", "number"),
                EntryField("first_paid_on", "首笔支付日期", "date"),
                EntryField("last_paid_on", "末笔支付日期", "date"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.RECTIFICATION,
            RaisingBody.FINANCE,
            "监督问题整改情况，随办理更新",
            (
                *_FINDING,
                EntryField("raised_by", "提出机关"),
                EntryField("state", "整改状态"),
                EntryField("due_on", "整改期限", "date"),
                EntryField("closed_on", "销号日期", "date"),
                EntryField("amount_rectified", "已整改金额（元）", "number"),
                EntryField("progress", "整改进度（%）", "integer"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.AUDIT_FINDING,
            RaisingBody.AUDIT,
            "审计机关提出的问题",
            (
                *_FINDING,
                EntryField("description", "问题描述"),
                EntryField("category", "问题类别"),
                EntryField("basis", "定性依据"),
            ),
        ),
        CatalogueEntry(
            ShareEntry.AUDIT_PLAN,
            RaisingBody.AUDIT,
            "年度审计项目计划",
            (
                EntryField("title", "审计项目"),
                EntryField("audit_kind", "审计类型"),
                EntryField("starts_on", "计划开始", "date"),
                EntryField("ends_on", "计划结束", "date"),
                EntryField("document_number", "计划文号"),
            ),
        ),
    )
}


def field_names(entry: ShareEntry) -> frozenset[str]:
    """Return the fields of an entry that can be chosen."""
    return frozenset(each.name for each in CATALOGUE[entry].fields)


def delivered_fields(entry: ShareEntry, chosen: tuple[str, ...]) -> tuple[EntryField, ...]:
    """Return the fields a grant delivers, in the catalogue's order: the key and the chosen."""
    return (*KEY_FIELDS, *(each for each in CATALOGUE[entry].fields if each.name in chosen))
