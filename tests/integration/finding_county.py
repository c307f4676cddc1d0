"""Findings on a database of their own: three units, people of every body, files, and each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.small_county import policy_row, settle_units
from flask import Flask
from flask.testing import FlaskClient
from monitor_county import PDF
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from services.oversight_svc.consumers import HANDLERS
from services.oversight_svc.domain.finding_states import FindingAct, FindingState
from services.oversight_svc.domain.rectifying import PlannedMeasure
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.findings import FindingRow, find_finding
from services.oversight_svc.store.rectification import NoticeRow
from services.oversight_svc.usecases.draft_notice import (
    DraftNotice,
    NoticeItem,
    NoticeKey,
    draft_notice,
)
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.follow_up_finding import (
    LookBack,
    ReQuestion,
    look_back,
    re_question,
)
from services.oversight_svc.usecases.issue_notice import (
    IssueNotice,
    SignNotice,
    issue_notice,
    sign_notice,
)
from services.oversight_svc.usecases.keep_upload import keep_upload
from services.oversight_svc.usecases.plan_rectification import (
    PlanRectification,
    plan_rectification,
)
from services.oversight_svc.usecases.register_finding import (
    Registered,
    RegisterFinding,
    register_finding,
)
from services.oversight_svc.usecases.report_rectification import (
    ReportRectification,
    report_rectification,
)
from services.oversight_svc.usecases.review_rectification import (
    RecheckFinding,
    RecogniseFinding,
    recheck_finding,
    recognise_finding,
)
from services.registry import whole_menu
from shared.access.actor import Actor, Scope
from shared.db.unit_of_work import Database
from shared.events.envelope import Event
from shared.files.places import evidence_store
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.terms.vocabulary import (
    Completion,
    FindingSource,
    LookBackVerdict,
    MoneyKind,
    RectificationKind,
)
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.web import CSRF, REGION, KnownTokens, bearer, cookie
from shared.web.identity import install_identity

YEAR = 2023
API = "/oversight/api/v1"
DEPARTMENT, SCHOOL, POLICE = "124", "124001", "105"
MORNING = datetime(2024, 3, 5, 1, 0, tzinfo=UTC)
"""A Tuesday; look-back at findings of 2023 goes on until May."""
MONEY = {MoneyKind.TURNED_OVER: Decimal("60000.00"), MoneyKind.DISBURSED: Decimal("40000.00")}


@dataclass
class Visitor:
    """Somebody signed in."""

    client: FlaskClient
    token: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/oversight{path}", headers=cookie(self.token))

    def post(self, path: str, form: Mapping[str, Any] | None = None, **files: Any) -> TestResponse:
        data = {"csrf_token": CSRF, **(form or {}), **files}
        return self.client.post(f"/oversight{path}", data=data, headers=cookie(self.token))

    def call(
        self, method: str, path: str, json: Any = None, *, version: int | None = None
    ) -> TestResponse:
        headers = bearer(self.token)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.client.open(f"{API}{path}", method=method, json=json, headers=headers)

    def upload(self, path: str, content: bytes, name: str) -> TestResponse:
        data = {"file": (BytesIO(content), name)}
        return self.client.post(f"{API}{path}", data=data, headers=bearer(self.token))


@dataclass
class FindingCounty:
    """The running service and a person for each part."""

    app: Flask
    database: Database
    clock: FrozenClock
    tokens: KnownTokens
    settings: Settings
    units: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def actor(self, role: str, *, name: str = "", scope: Scope | None = None) -> Actor:
        """Return the one person of that name; a unit's people see their unit only."""
        key = name or role
        if key not in self.people:
            of_unit = role.startswith(("unit_", "dept_"))
            usual = (
                Scope(REGION, unit_paths=(f"{DEPARTMENT}/",))
                if of_unit
                else Scope(REGION, whole_region=True)
            )
            self.people[key] = Actor(
                account_id=new_id(),
                name=key,
                post_id=new_id(),
                post_name=f"{role}岗",
                roles=frozenset({role}),
                scope=scope or usual,
                session_id=new_id(),
            )
        return self.people[key]

    def police_scope(self) -> Scope:
        """Return the scope of a unit that has no finding."""
        return Scope(REGION, unit_paths=(f"{POLICE}/",))

    def browse(self, actor: Actor) -> Visitor:
        """Let `actor` sign in, by cookie on pages and by token at the API."""
        return Visitor(self.app.test_client(use_cookies=False), self.tokens.token_for(actor))

    def do(self, act: Callable[..., Any], actor: Actor, command: Any) -> Any:
        """Run one act in a transaction of its own."""
        with self.database.begin() as uow:
            return act(uow, self.clock, actor, command)

    def upload(self, actor: Actor, content: bytes = PDF, name: str = "扫描件.pdf") -> str:
        """Let `actor` bring a file; return its digest."""
        store = evidence_store(self.settings, MODULE.name)
        with self.database.begin() as uow:
            row = keep_upload(uow, self.clock, actor, store, (BytesIO(content), name))
            return row.digest

    def apply(self, event: Event) -> None:
        """Apply an event as the processor does."""
        with self.database.begin() as uow:
            HANDLERS[event.type](uow, self.clock, Actor.system(MODULE.name, REGION), event)

    def told(self, event_type: str) -> list[Event]:
        with self.database.read() as session:
            rows = session.query(OutboxRow).order_by(OutboxRow.sequence).all()
            events = [Event.from_json(row.envelope) for row in rows]
        return [event for event in events if event.type == event_type]

    def command(self, **changed: Any) -> RegisterFinding:
        facts: dict[str, Any] = {
            "fiscal_year": YEAR,
            "unit_id": self.units[DEPARTMENT],
            "source": FindingSource.FINANCE_EVALUATION,
            "source_document": "岳财绩〔2024〕3号",
            "title": "学前教育补助资金发放不及时",
            "description": "截至年底仍有十万元未发放到位。",
            "amount": Decimal("100000.00"),
            "money": dict(MONEY),
            **changed,
        }
        return RegisterFinding(**facts)

    def registered(self, role: str = "fin_perf", **changed: Any) -> FindingRow:
        result: Registered = self.do(register_finding, self.actor(role), self.command(**changed))
        return result.finding

    def key(self, finding: FindingRow) -> FindingKey:
        return FindingKey(finding.fiscal_year, finding.finding_id)

    def fresh(self, finding: FindingRow) -> FindingRow:
        with self.database.read() as session:
            row = find_finding(session, REGION, finding.fiscal_year, finding.finding_id)
        assert row is not None
        return row

    def drafted(self, *findings: FindingRow, role: str = "fin_office", **item: Any) -> NoticeRow:
        items = tuple(
            NoticeItem(self.key(each), item.get("kind", RectificationKind.IMMEDIATE),
                       due_on=item.get("due_on"))
            for each in findings
        )  # fmt: skip
        command = DraftNotice(items, "关于限期整改的通知", "王股长 0826-5550101", "李局长")
        notice: NoticeRow = self.do(draft_notice, self.actor(role), command)
        return notice

    def notice_key(self, notice: NoticeRow) -> NoticeKey:
        return NoticeKey(notice.fiscal_year, notice.notice_id, notice.version)

    def issued(self, notice: NoticeRow, role: str = "fin_office") -> NoticeRow:
        officer = self.actor(role)
        command = IssueNotice(
            self.notice_key(notice), "岳财绩〔2024〕5号", self.clock.today(), self.upload(officer)
        )
        issued: NoticeRow = self.do(issue_notice, officer, command)
        return issued

    def signed(self, notice: NoticeRow) -> NoticeRow:
        clerk = self.actor("unit_operator")
        command = SignNotice(self.notice_key(notice), "张局长", self.upload(clerk))
        signed: NoticeRow = self.do(sign_notice, clerk, command)
        return signed

    def report_command(self, finding: FindingRow, clerk: Actor, **changed: Any) -> Any:
        facts: dict[str, Any] = {
            "key": self.key(finding),
            "completion": Completion.DONE,
            "narrative": "已全部发放并建立台账。",
            "money": dict(MONEY),
            "evidence": (self.upload(clerk, PDF + b"% proof\n", "凭证.pdf"),),
            "commitment": True,
            "signer_name": "张局长",
            "scan_digest": self.upload(clerk),
            **changed,
        }
        return ReportRectification(**facts)

    def at(self, state: FindingState, *, body: str = "fin", **changed: Any) -> FindingRow:
        """Return a finding brought to `state` by the usual way; `body` raised it."""
        finding = self.registered(_RAISERS[body], **_SOURCES.get(body, {}), **changed)
        for reached, step in _WAY:
            if FindingState(finding.state) is state:
                break
            step(self, finding, body)
            finding = self.fresh(finding)
            assert finding.state == reached, (finding.state, reached)
        return self.fresh(finding)


_RAISERS = {"fin": "fin_perf", "audit": "audit_officer", "discipline": "discipline_officer"}
_OFFICES = {"fin": "fin_office", "audit": "audit_officer", "discipline": "discipline_officer"}
_SOURCES: dict[str, dict[str, Any]] = {"audit": {"source": FindingSource.AUDIT}}


def _notify(county: FindingCounty, finding: FindingRow, body: str) -> None:
    county.issued(county.drafted(finding, role=_OFFICES[body]), role=_OFFICES[body])


def _sign(county: FindingCounty, finding: FindingRow, body: str) -> None:
    with county.database.read() as session:
        notice = session.get(NoticeRow, (REGION, finding.fiscal_year, finding.notice_id))
    assert notice is not None
    county.signed(notice)


def _plan(county: FindingCounty, finding: FindingRow, body: str) -> None:
    measures = (PlannedMeasure("逐笔核对后发放", "王会计", finding.due_on),)
    command = PlanRectification(county.key(finding), measures)
    county.do(plan_rectification, county.actor("unit_operator"), command)


def _report(county: FindingCounty, finding: FindingRow, body: str) -> None:
    clerk = county.actor("unit_operator")
    county.do(report_rectification, clerk, county.report_command(finding, clerk))


def _verify(county: FindingCounty, finding: FindingRow, body: str) -> None:
    command = RecheckFinding(county.key(finding), FindingAct.VERIFY, "账证相符。", is_on_site=True)
    county.do(recheck_finding, county.actor(_OFFICES[body], name=f"{body}复核"), command)


def _recognise(county: FindingCounty, finding: FindingRow, body: str) -> None:
    command = RecogniseFinding(county.key(finding), FindingAct.RECOGNISE, "同意销号。")
    county.do(recognise_finding, county.actor(_RAISERS[body], name=f"{body}认定"), command)


def _confirm(county: FindingCounty, finding: FindingRow, body: str) -> None:
    officer = county.actor(_RAISERS[body])
    command = LookBack(
        county.key(finding),
        LookBackVerdict.CONSOLIDATED,
        "现场抽查无反弹。",
        is_on_site=True,
        evidence=(county.upload(officer),),
    )
    county.do(look_back, officer, command)


def _prove(county: FindingCounty, finding: FindingRow, body: str) -> None:
    officer = county.actor(_RAISERS[body])
    command = ReQuestion(
        county.key(finding),
        is_effective=True,
        opinion="发放及时率已达百分之百。",
        evidence=(county.upload(officer),),
    )
    county.do(re_question, officer, command)


_S = FindingState
_WAY: tuple[tuple[FindingState, Callable[[FindingCounty, FindingRow, str], None]], ...] = (
    (_S.NOTIFIED, _notify),
    (_S.ACCEPTED_BY_UNIT, _sign),
    (_S.RECTIFYING, _plan),
    (_S.REPORTED, _report),
    (_S.VERIFIED, _verify),
    (_S.CLOSED_OUT, _recognise),
    (_S.CONFIRMED, _confirm),
    (_S.EFFECTIVE, _prove),
)


def open_county(engine: Engine, data_dir: Path) -> FindingCounty:
    """Return the service under yuechi-2023 on 5 March 2024, without any finding."""
    clock = FrozenClock(MORNING)
    bring_to_head(engine, MODULE)
    database = Database(engine, MODULE.name, clock)
    settings = Settings(data_dir=data_dir)
    app = MODULE.create_app(Resources(settings, clock, database, menu=whole_menu()))
    tokens = KnownTokens()
    install_identity(app, tokens)
    county = FindingCounty(app, database, clock, tokens, settings)
    settle_units(database, county.units, head="张局长")
    with database.begin() as uow:
        uow.session.add(policy_row("yuechi-2023", clock.now()))
    return county


DUE_ON = date(2024, 4, 2)
"""Twenty working days after 5 March 2024."""
