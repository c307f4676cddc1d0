"""A finding in words and badges: where it stands, whose turn it is, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.oversight_svc.console.showing import due_of
from services.oversight_svc.domain.evidence import AttachedTo
from services.oversight_svc.domain.finding_states import (
    CLOSED_STATES,
    OPEN_STATES,
    FindingState,
    Party,
)
from services.oversight_svc.domain.finding_tasks import task_for
from services.oversight_svc.domain.notices import NoticeState
from services.oversight_svc.queries.finding_detail import FindingDetail
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.store.rectification import EvidenceRow
from shared.access.actor import Actor
from shared.access.rights import act_label, is_allowed
from shared.calendar import WorkingCalendar
from shared.directory.tables import UnitRow
from shared.terms import label, label_of, labels
from shared.terms.vocabulary import MoneyKind, RaisingBody, UnitDuty
from shared.trail.queries import TrailEntry
from shared.web.console.formats import date_zh, wan
from shared.web.console.views import Badge, Change, Choice, Due, Link, Step, TimelineEntry, Tone
from shared.web.links import link

_S = FindingState
TONES: Mapping[FindingState, Tone] = {
    _S.REGISTERED: "grey",
    _S.NOTIFIED: "orange",
    _S.ACCEPTED_BY_UNIT: "blue",
    _S.DISPUTED: "orange",
    _S.RECTIFYING: "blue",
    _S.REPORTED: "orange",
    _S.VERIFIED: "orange",
    _S.CLOSED_OUT: "green",
    _S.CONFIRMED: "green",
    _S.EFFECTIVE: "green",
    _S.ARCHIVED: "grey",
    _S.MERGED: "grey",
    _S.WITHDRAWN: "grey",
}
_STAGES: tuple[tuple[str, tuple[FindingState, ...]], ...] = (
    ("下达通知", (_S.REGISTERED,)),
    ("签收", (_S.NOTIFIED,)),
    ("报方案", (_S.ACCEPTED_BY_UNIT, _S.DISPUTED)),
    ("整改", (_S.RECTIFYING,)),
    ("复核", (_S.REPORTED,)),
    ("认定销号", (_S.VERIFIED,)),
    ("回头看", (_S.CLOSED_OUT,)),
    ("再问效", (_S.CONFIRMED,)),
    ("归档", (_S.EFFECTIVE,)),
)
_BAD = ("return_report", "refuse_recognition", "relapse", "expose", "prove_ineffective",
        "determine_refusal", "dispute")  # fmt: skip
_GOOD = ("recognise", "recognise_partly", "verify", "confirm", "prove_effective")
_BODY_NAMES = {
    RaisingBody.FINANCE: "绩效股",
    RaisingBody.AUDIT: "审计局",
    RaisingBody.DISCIPLINE: "派驻纪检监察组",
}


def state_badge(finding: FindingRow) -> Badge:
    """Return the state."""
    state = FindingState(finding.state)
    return Badge(label_of(state), TONES[state])


def marks(finding: FindingRow) -> list[Badge]:
    """Return what stands out about a finding."""
    found = (
        (finding.is_refused, "拒不整改", "red"),
        (finding.is_falsified, "虚假整改", "red"),
        (finding.is_repeated, "屡查屡犯", "orange"),
        (finding.is_partly_recognised, "部分整改", "orange"),
        (finding.times_reopened > 0, f"重新整改{finding.times_reopened}次", "orange"),
        (finding.times_extended > 0, f"延期{finding.times_extended}次", "grey"),
        (finding.times_urged > 0, f"催办{finding.times_urged}次", "grey"),
    )
    return [Badge(text, tone) for shown, text, tone in found if shown]  # type: ignore[arg-type]


def finding_due(finding: FindingRow, today: date, calendar: WorkingCalendar) -> Due | None:
    """Return the due date with working days left; nothing is counted once it is closed."""
    due = due_of(
        finding.due_on,
        today,
        calendar,
        provisional=finding.provisional,
        was_on=finding.first_due_on,
    )
    if due is None or FindingState(finding.state) in OPEN_STATES:
        return due
    return Due(due.on, due.workdays_left, due.provisional, due.was_on, done=True)


def turn_of(finding: FindingRow, unit: UnitRow) -> str:
    """Return whose turn it is and for what, in words; empty when nobody is waited for."""
    rule = task_for(FindingState(finding.state))
    if rule is None:
        return ""
    body = _BODY_NAMES[RaisingBody(finding.raised_by)]
    is_finance = RaisingBody(finding.raised_by) is RaisingBody.FINANCE
    office = unit.lead_office_name if is_finance and unit.lead_office else body
    who = {Party.UNIT: unit.name, Party.OFFICE: office}.get(rule.party, body)
    return f"等待{who}{rule.title}"


def head_facts(
    detail: FindingDetail, today: date, calendar: WorkingCalendar, actor: Actor
) -> list[tuple[str, Any]]:
    """Return the head of the page; who only assists cannot open the leading unit's own page."""
    finding, unit = detail.finding, detail.unit
    assisting = [row.name for share, row in detail.units if share.duty == UnitDuty.ASSISTING]
    buffer = (
        f"{date_zh(finding.buffer_on)}前不计后果"
        if finding.buffer_on and finding.buffer_on != finding.due_on
        else ""
    )
    return [
        ("责任单位", _unit_shown(unit, actor)),
        ("配合单位", "、".join(assisting)),
        ("责任人", finding.responsible_person),
        ("归口股室", unit.lead_office_name),
        ("提出机关", label("raising_body", finding.raised_by)),
        ("督办人", finding.assigned_name),
        ("整改期限", finding_due(finding, today, calendar)),
        ("缓冲期", buffer),
        ("整改类型", label("rectification_kind", finding.kind)),
        ("涉及金额", finding.amount),
        ("已认定整改金额", finding.amount_rectified if finding.amount else None),
        ("整改进度", f"{finding.progress}%　{finding.progress_note}"),
    ]


def _unit_shown(unit: UnitRow, actor: Actor) -> Link | str:
    reached = _covers(actor, unit) and is_allowed(actor, "oversight.unit.view")
    return Link(unit.name, link("oversight.unit", id=unit.unit_id)) if reached else unit.name


def notice_facts(detail: FindingDetail, actor: Actor) -> list[tuple[str, Any]]:
    """Return the notice it is listed in; it is a link for those who may open it.

    A draft is shown to those who write notices only.
    """
    notice = detail.notice
    is_draft = notice is not None and notice.state == NoticeState.DRAFT
    if notice is None or (is_draft and not is_allowed(actor, "oversight.finding.notify")):
        return []
    address = link("oversight.notice", year=notice.fiscal_year, id=notice.notice_id)
    return [
        ("通知", Link(notice.subject, address) if _covers(actor, detail.unit) else notice.subject),
        ("文号", notice.document_number),
        ("状态", label("notice_state", notice.state)),
        ("发文日期", notice.issued_on),
        ("签收日期", notice.signed_on),
        ("签收人", notice.signer_name),
    ]


def _covers(actor: Actor, unit: UnitRow) -> bool:
    return actor.scope.covers(
        region=unit.region_code, unit_path=unit.path, lead_office=unit.lead_office
    )


def problem_facts(finding: FindingRow) -> list[tuple[str, Any]]:
    """Return what the finding is about."""
    return [
        ("问题来源", label("finding_source", finding.source)),
        ("来源文书", finding.source_document),
        ("问题类别", label("finding_category", finding.category)),
        ("涉及项目", finding.project_name),
        ("预算年度", f"{finding.fiscal_year}年度（{finding.work_year}年登记）"),
        ("问题描述", finding.description),
        ("依据", finding.basis),
        ("整改要求", finding.demand),
    ]


def chain(finding: FindingRow) -> list[Step]:
    """Return the stages with where the finding is; a void one shows none as current."""
    state = FindingState(finding.state)
    at = next((place for place, (_, states) in enumerate(_STAGES) if state in states), None)
    if at is None:
        at = len(_STAGES) if state is _S.ARCHIVED else -1
    return [
        Step(
            title,
            "done" if place < at else "current" if place == at else "waiting",
            note=label_of(state) if place == at else "",
        )
        for place, (title, _) in enumerate(_STAGES)
    ]


def money_rows(detail: FindingDetail) -> list[tuple[str, Any, Any, Any]]:
    """Return (kind, demanded, reported, recognised) in 元 for the kinds there are."""
    known = {row.kind: row for row in detail.money}
    return [
        (label_of(kind), row.demanded, row.reported, row.recognised)
        for kind in MoneyKind
        if (row := known.get(kind.value))
    ]


def history(detail: FindingDetail) -> list[TimelineEntry]:
    """Return what happened, the latest first, from the trail."""
    return [_entry(each) for each in reversed(detail.trail)]


def _entry(entry: TrailEntry) -> TimelineEntry:
    short = entry.act.rsplit(".", 1)[-1]
    tone: Tone = "red" if short in _BAD else "green" if short in _GOOD else "blue"
    return TimelineEntry(
        act_label(entry.act),
        "系统" if entry.actor_name.startswith("system:") else entry.actor_name,
        entry.post_name,
        entry.at,
        entry.comment,
        tone,
        changes=_changes(entry.before or {}, entry.after or {}),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    names = {"state": "状态", "due_on": "整改期限", "amount_rectified": "已认定金额",
             "progress": "进度", "number": "编号", "document_number": "文号"}  # fmt: skip
    return tuple(
        Change(title, _plain(name, before.get(name)), _plain(name, after.get(name)))
        for name, title in names.items()
        if name in after and before.get(name) != after.get(name)
    )


def _plain(name: str, value: object) -> str | None:
    if value is None:
        return None
    if name == "state":
        return labels("finding_state").get(str(value), str(value))
    return f"{value}元" if name == "amount_rectified" else f"{value}"


def file_link(finding: FindingRow, row: EvidenceRow) -> Link:
    """Return the link that shows a file in place."""
    here = link("oversight.finding", year=finding.fiscal_year, id=finding.finding_id)
    kind = label("attached_to", row.attached_to)
    return Link(row.file_name, f"{here}/files/{row.evidence_id}/view", note=kind)


def files_by_kind(detail: FindingDetail) -> list[tuple[str, list[Link]]]:
    """Return every file with who brought it when, grouped by the step it belongs to."""
    groups = []
    for kind in AttachedTo:
        rows = [row for row in detail.evidence if row.attached_to == kind]
        shown = []
        for row in rows:
            each = file_link(detail.finding, row)
            shown.append(
                Link(each.label, each.href, note=f"{row.adder_name} {date_zh(row.added_at)}")
            )
        if shown:
            groups.append((label_of(kind), shown))
    return groups


def related(title: str, findings: Sequence[FindingRow]) -> tuple[str, list[Link]]:
    """Return tied findings as links with their state."""
    return title, [
        Link(
            f"{each.number} {each.title}",
            link("oversight.finding", year=each.fiscal_year, id=each.finding_id),
            note=label("finding_state", each.state),
        )
        for each in findings
    ]


def relations(detail: FindingDetail) -> list[tuple[str, list[Link]]]:
    """Return the findings this one is tied to, group by group."""
    tied = detail.relations
    groups = [
        related("已并入", [tied.merged_into] if tied.merged_into else []),
        related("并入本问题的", tied.absorbed),
        related("以前年度的同一问题", [tied.earlier] if tied.earlier else []),
        related("以后年度再次发生", tied.later),
    ]
    return [group for group in groups if group[1]]


def choices_of(kind: str) -> list[Choice]:
    """Return the labels of `kind` as choices."""
    return [Choice(value, text) for value, text in labels(kind).items()]


def is_closed(finding: FindingRow) -> bool:
    """Tell whether it was recognised as put right."""
    return FindingState(finding.state) in CLOSED_STATES


def wan_text(amount: Any) -> str:  # noqa: ANN401 (Decimal or none)
    """Return an amount in 万元 with its unit, for sentences."""
    return f"{wan(amount)}万元" if amount is not None else "—"
