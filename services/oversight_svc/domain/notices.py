"""What a rectification notice needs at each step (YC23-6.4): a draft, issued, signed for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import ClassVar

from shared.errors import FieldProblem, RuleBrokenError
from shared.terms import label_of


class NoticeState(StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class NoticeRefusedError(RuleBrokenError):
    """The act does not fit the state the notice is in."""

    code: ClassVar[str] = "notice_refused"
    sentence: ClassVar[str] = "通知目前为「{state}」，不能{act}；请刷新页面后办理。"


def require_state(state: NoticeState, wanted: NoticeState, act: str) -> None:
    """Raise `NoticeRefusedError` unless the notice is in the `wanted` state."""
    if state is not wanted:
        raise NoticeRefusedError(state=label_of(state), act=act)


def check_issue(
    document_number: str, issued_on: date | None, scan_digest: str, today: date
) -> list[FieldProblem]:
    """Return what is missing: a notice counts as issued only with number, date and scan."""
    problems = []
    if not document_number.strip():
        problems.append(FieldProblem("document_number", "missing", "请填写通知文号。"))
    if issued_on is None:
        problems.append(FieldProblem("issued_on", "missing", "请填写发文日期。"))
    elif issued_on > today:
        message = "发文日期不能晚于今天；请在正式发文后登记。"
        problems.append(FieldProblem("issued_on", "in_future", message))
    if not scan_digest:
        message = "请上传盖章后的通知扫描件；没有文号、日期和扫描件的只是草稿。"
        problems.append(FieldProblem("scan", "missing", message))
    return problems


def check_signature(
    signer_name: str, signed_on: date | None, scan_digest: str, issued_on: date, today: date
) -> list[FieldProblem]:
    """Return what is missing of a receipt; heads need not sign in, their scan is enough."""
    problems = []
    if not signer_name.strip():
        problems.append(FieldProblem("signer_name", "missing", "请填写签收的负责人姓名。"))
    if not scan_digest:
        problems.append(FieldProblem("scan", "missing", "请上传签收回执的扫描件。"))
    if signed_on is not None and not issued_on <= signed_on <= today:
        message = "签收日期应在发文日期至今天之间。"
        problems.append(FieldProblem("signed_on", "out_of_range", message))
    return problems


def check_members(
    units: Sequence[object], bodies: Sequence[object], states_fit: Sequence[bool]
) -> list[FieldProblem]:
    """Return why findings cannot share a notice: one unit, one raising body, all registered."""
    problems = []
    if not units:
        problems.append(FieldProblem("findings", "missing", "请至少选择一个问题。"))
    if len(set(units)) > 1:
        message = "一份通知只发给一个责任单位；请按单位分别拟稿。"
        problems.append(FieldProblem("findings", "several_units", message))
    if len(set(bodies)) > 1:
        message = "财政、审计、纪检监察提出的问题须分别发通知。"
        problems.append(FieldProblem("findings", "several_bodies", message))
    if not all(states_fit):
        message = "所选问题中有的已下达通知或已列入其他草稿，请去掉后再拟稿。"
        problems.append(FieldProblem("findings", "not_registered", message))
    return problems
