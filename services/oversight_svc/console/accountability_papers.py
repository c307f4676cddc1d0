"""Word papers of accountability: 问责建议书, the 移送书 of a case, and the 移送书 of a clue."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.oversight_svc.console.accountability_showing import measures_shown
from services.oversight_svc.console.papers import DOCUMENTS, organisation
from services.oversight_svc.domain.accountability import AccountabilityAct, CompetentBody
from services.oversight_svc.domain.accountability_proof import Capacity
from services.oversight_svc.domain.clues import ClueReceiver
from services.oversight_svc.queries.accountability import CaseDetail
from services.oversight_svc.store.accountability import CasePaperRow, CasePersonRow
from services.oversight_svc.store.clues import ClueRow
from services.oversight_svc.store.findings import FindingRow
from shared.documents.rendering import render_document
from shared.terms import label, label_of
from shared.terms.vocabulary import RaisingBody
from shared.web.console.formats import date_zh

RECIPIENTS = {
    CompetentBody.GOVERNMENT: "人民政府",
    CompetentBody.DISCIPLINE: "纪委监委",
    CompetentBody.ORGANISATION: "委组织部",
}
"""What follows the region's name in the name of the body the paper goes to."""

SENT = frozenset(
    {
        AccountabilityAct.SUBMIT.value,
        AccountabilityAct.TRANSFER_TO_DISCIPLINE.value,
        AccountabilityAct.TRANSFER_TO_ORGANISATION.value,
    }
)


def case_paper_title(receiver: str) -> str:
    """Return the name of the paper a case leaves by: a proposal is submitted, else transferred."""
    return "问责建议书" if CompetentBody(receiver) is CompetentBody.GOVERNMENT else "移送书"


def case_document(detail: CaseDetail, region: str) -> bytes:
    """Return the paper a case leaves by as Word, numbered once the letter is entered (§3.10).

    The measures of a transfer are left to the competent body: what it decides is its own.
    """
    case = detail.case
    signs = organisation(region, RaisingBody(case.proposed_by_body))
    title = case_paper_title(case.receiver)
    letter = _letter(detail)
    proposes = bool(case.proposed_measures)
    context = {
        "organisation": signs,
        "document_number": letter.document_number if letter else "",
        "subject": title,
        "recipient": f"{region}{RECIPIENTS[CompetentBody(case.receiver)]}",
        "opening": f"现就“{case.title}”（{case.number}）"
        + ("提出问责建议如下。" if title == "问责建议书" else "移送如下。"),
        "units": "、".join(unit.name for unit in detail.units),
        "trigger": label("accountability_trigger", case.trigger),
        "acted_on": case.acted_on,
        "project": case.project_name if case.is_lifetime else "",
        "facts": case.facts,
        "basis": case.legal_basis,
        "proof_number": case.document_number,
        "people": [_person(detail, row) for row in detail.people],
        "advice_heading": "建议措施" if proposes else "处理",
        "advice": f"建议采取：{measures_shown(case.proposed_measures)}。"
        if proposes
        else "请依规依纪依法处理。",
        "findings": [_finding(row) for row in detail.findings],
        "issuer": signs,
        "date": letter.dated_on if letter else None,
        "contact": case.proposer_name,
    }
    return render_document(DOCUMENTS / "accountability_proposal.docx", context)


def clue_document(clue: ClueRow, region: str) -> bytes:
    """Return the letter of transfer (移送书) with its receipt slip; content stands in neither.

    What the clue is about goes by hand in a sealed envelope; the sealed summary is not opened
    for this paper.
    """
    signs = organisation(region, RaisingBody(clue.sender))
    context = {
        "organisation": signs,
        "document_number": clue.document_number,
        "recipient": label_of(ClueReceiver(clue.receiver)),
        "found_on": clue.found_on,
        "number": clue.number,
        "receipt_due": clue.receipt_due_on,
        "issuer": signs,
        "date": clue.transferred_on,
        "contact": clue.sender_name,
    }
    return render_document(DOCUMENTS / "clue_transfer.docx", context)


def _letter(detail: CaseDetail) -> CasePaperRow | None:
    """Return the letter by which the case left, the last one if it left more than once."""
    return next((row for row in reversed(detail.papers) if row.act in SENT), None)


def _person(detail: CaseDetail, row: CasePersonRow) -> dict[str, Any]:
    unit = next((unit.name for unit in detail.units if unit.unit_id == row.unit_id), "")
    has_tenure = Capacity(row.capacity) is not Capacity.OTHER_PERSON
    return {
        "name": row.name,
        "post": f"{unit}{row.title}",
        "capacity": label("capacity", row.capacity),
        "started": _day(row.started_on, "不详") if has_tenure else "",
        "ended": _day(row.ended_on, "提出时在任") if has_tenure else "",
        "basis": row.basis,
    }


def _day(day: date | None, otherwise: str) -> str:
    return date_zh(day) if day else otherwise


def _finding(row: FindingRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "problem": row.title,
        "amount": row.amount,
        "due": row.due_on,
        "source": label("finding_source", row.source),
        "state": label("finding_state", row.state),
    }
