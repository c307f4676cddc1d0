"""What stands in the Word papers of this service: 整改通知书, 催办函 and 整改情况报告."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.domain.ledger import Standing, standing_of
from services.oversight_svc.queries.ledger import Entry
from services.oversight_svc.queries.ledger_cells import Telling, due_of_finding
from services.oversight_svc.queries.notices import NoticeDetail
from services.oversight_svc.queries.rectification_summary import Summary, SummaryLine
from services.oversight_svc.queries.today import Letter
from shared.documents.rendering import render_document
from shared.terms import label_of, labels
from shared.terms.vocabulary import RaisingBody
from shared.web.console.formats import date_zh

DOCUMENTS = Path(__file__).parents[1] / "documents"
NOT_DUE = "未到期"


def organisation(region: str, body: RaisingBody) -> str:
    """Return the name of the body as it signs its papers."""
    return {
        RaisingBody.FINANCE: f"{region}财政局",
        RaisingBody.AUDIT: f"{region}审计局",
        RaisingBody.DISCIPLINE: f"派驻{region}财政局纪检监察组",
    }[body]


def notice_document(detail: NoticeDetail, region: str) -> bytes:
    """Return the notice (整改通知书) with its findings as Word, to be stamped elsewhere."""
    notice = detail.notice
    signs = organisation(region, RaisingBody(notice.raised_by))
    context = {
        "organisation": signs,
        "document_number": notice.document_number,
        "subject": notice.subject,
        "recipient": detail.unit.name,
        "paragraphs": [],
        "findings": [
            {
                "number": finding.number,
                "problem": finding.title,
                "amount": finding.amount,
                "basis": finding.basis,
                "requirement": finding.demand,
                "kind": labels("rectification_kind")[finding.kind],
                "due": finding.due_on,
            }
            for finding in detail.findings
        ],
        "issuer": signs,
        "date": notice.issued_on,
        "contact": notice.contact or notice.drafter_name,
    }
    return render_document(DOCUMENTS / "rectification_notice.docx", context)


def letter_document(letter: Letter, notice_number: str, telling: Telling, region: str) -> bytes:
    """Return the letter (催办函) to one unit as Word; `notice_number` is that of the notice."""
    row = letter.row
    entries = letter.entries
    body = RaisingBody(entries[0].finding.raised_by)
    by = f"于{date_zh(row.new_due_on)}前" if row.new_due_on else "立即"
    context = {
        "organisation": organisation(region, body),
        "document_number": row.document_number,
        "recipient": entries[0].unit.name,
        "earlier_number": notice_number,
        "as_of": row.sent_on or telling.today,
        "findings": [_late(entry, telling) for entry in entries],
        "demand": f"{by}完成整改，报送整改情况和佐证材料；确有困难的，书面说明原因和完成时限。",
        "issuer": organisation(region, body),
        "date": row.sent_on,
        "contact": row.urger_name,
    }
    return render_document(DOCUMENTS / "urging_letter.docx", context)


def report_document(
    summary: Summary,
    entries: Iterable[Entry],
    *,
    period: str,
    today: date,
    signs: str,
    contact: str,
) -> bytes:
    """Return the report as Word: every figure names the table it stands in, table 5 the findings.

    `signs` is the body that signs it.
    """
    whole = summary.overall.whole
    context = {
        "organisation": signs,
        "document_number": "",
        "subject": f"关于{period}监督发现问题整改情况的报告",
        "recipient": "县人民政府",
        "period": period,
        "as_of": today,
        "total": {"count": whole.count, "amount": whole.amount},
        "states": [
            {
                "label": label_of(standing),
                "count": summary.overall.of(standing).count,
                "amount": summary.overall.of(standing).amount,
            }
            for standing in Standing
        ],
        "sources": _lines(summary.tables["source"]),
        "units": _lines(summary.tables["unit"]),
        "kinds": _lines(summary.tables["kind"]),
        "details": [_detail(entry) for entry in entries],
        "paragraphs": _next_steps(summary),
        "issuer": signs,
        "date": None,
        "contact": contact,
    }
    return render_document(DOCUMENTS / "rectification_report.docx", context)


def _late(entry: Entry, telling: Telling) -> dict[str, Any]:
    finding = entry.finding
    due = due_of_finding(finding, telling)
    is_late = due is not None and due.workdays_left < 0
    return {
        "number": finding.number,
        "problem": finding.title,
        "amount": finding.amount,
        "due": finding.due_on,
        "days": -due.workdays_left if due is not None and is_late else NOT_DUE,
    }


def _lines(lines: Sequence[SummaryLine]) -> list[Mapping[str, Any]]:
    return [
        {
            "label": line.name,
            "count": line.whole.count,
            "amount": line.whole.amount,
            "rectified_count": line.of(Standing.RECTIFIED).count,
            "rectified_amount": line.of(Standing.RECTIFIED).amount,
        }
        for line in lines
    ]


def _detail(entry: Entry) -> dict[str, Any]:
    finding = entry.finding
    standing = standing_of(FindingState(finding.state), is_refused=finding.is_refused)
    return {
        "number": finding.number,
        "unit": entry.unit.name,
        "problem": finding.title,
        "amount": finding.amount,
        "source": labels("finding_source")[finding.source],
        "state": label_of(standing) if standing else "",
    }


def _next_steps(summary: Summary) -> list[str]:
    """Return the last chapter as a draft that its author goes on writing."""
    overall = summary.overall
    under_way, not_begun = (
        overall.of(Standing.RECTIFYING).count,
        overall.of(Standing.UNRECTIFIED).count,
    )
    steps = []
    if under_way:
        steps.append(
            f"对整改中的{under_way}个问题〔表1〕，按期跟踪、逐项复核，认定到位后对账销号。"
        )
    if not_begun:
        steps.append(f"对未整改的{not_begun}个问题〔表1〕，逐个催办，明确责任人和完成时限。")
    steps.append("对已整改的问题开展回头看，防止反弹，并督促各单位举一反三、完善制度。")
    return steps
