"""Texts to copy elsewhere: the reminder for the group chat, the words of a letter."""

from __future__ import annotations

from datetime import date

from services.oversight_svc.store.findings import FindingRow
from shared.directory.tables import UnitRow
from shared.web.console.formats import date_zh


def urging_text(finding: FindingRow, unit: UnitRow, today: date) -> str:
    """Return the reminder for the group chat."""
    return (
        f"【整改提醒】{unit.name}：{finding.fiscal_year}年度监督问题{finding.number}"
        f"“{finding.title}”，{_due(finding, today)}。请抓紧办理并在系统报送整改情况；"
        "已完成的请上传佐证材料和签字扫描件。"
    )


def letter_text(finding: FindingRow, unit: UnitRow, today: date) -> str:
    """Return the words of a 催办函, to be typed into the office system."""
    demand = finding.demand or "按整改通知要求落实整改"
    return (
        f"{unit.name}：\n"
        f"    {finding.source_document}指出你单位“{finding.title}”（编号{finding.number}）。"
        f"{_due(finding, today)}。现予催办，请{demand.rstrip('。')}，"
        "并于收到本函后及时报送整改情况和佐证材料。\n"
        "    逾期仍不整改的，将按有关规定处理。\n"
        f"{date_zh(today)}"
    )


def _due(finding: FindingRow, today: date) -> str:
    if finding.due_on is None:
        return "尚未报送整改情况"
    if finding.due_on < today:
        return f"整改期限为{date_zh(finding.due_on)}，现已逾期"
    return f"整改期限为{date_zh(finding.due_on)}"
