"""One trace from a request to what it causes in another service; and what a trace never holds."""

from __future__ import annotations

import io
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from fixtures.small_county import DEPARTMENT
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link
from sqlalchemy import Engine, delete
from target_county import TargetCounty, line, open_county, project_file

from services.monitor_svc.consumers import HANDLERS
from services.monitor_svc.module import MODULE as MONITORING
from shared.access.actor import Actor, Scope
from shared.clock import Clock
from shared.db.unit_of_work import Database, UnitOfWork
from shared.events.envelope import Event
from shared.events.target import PROJECT_REGISTERED
from shared.observability.exporting import recorded, start_tracing
from shared.observability.logs import configure_logging
from shared.observability.tracing import current_traceparent, is_recording, span, use_tracer
from shared.outbox.processor import Processor
from shared.outbox.relay import Relay
from shared.outbox.replay import Selection, replay
from shared.outbox.tables import InboxRow, OutboxRow
from shared.testing.broker import own_topology
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.events import told
from shared.testing.web import REGION, bearer
from shared.transport.local import LocalTransport
from shared.transport.port import Transport
from shared.transport.rabbitmq.consumer import Receiver
from shared.transport.rabbitmq.publisher import RabbitTransport

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"
BAD = (
    "00-ab-cd-01",
    f"00-{'0' * 32}-b7ad6b7169203331-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-b7ad6b7169203331-01",
    f"00-{TRACE.upper()}-b7ad6b7169203331-01",
    "x" * 5000,
)
NAME, PERSON = "县城第三小学校舍维修", "赵主任"
MONITOR = "monitor_svc"
OPERATOR = Actor.system(MONITOR, REGION)


@pytest.fixture
def county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> TargetCounty:
    return open_county(new_database(postgres_url), tmp_path, datetime(2023, 10, 10, 1, tzinfo=UTC))


@pytest.fixture
def monitoring(
    postgres_url: str, new_database: Callable[[str], Engine], frozen_clock: FrozenClock
) -> Database:
    engine = new_database(postgres_url)
    bring_to_head(engine, MONITORING)
    return Database(engine, MONITOR, frozen_clock)


class Spans:
    """What was recorded so far."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def last(self, name: str, event: Event | None = None) -> ReadableSpan:
        """Return the last span of this name, about `event` if one is given."""
        return [
            each
            for each in self.exporter.get_finished_spans()
            if each.name == name
            and (event is None or (each.attributes or {})["messaging.message.id"] == str(event.id))
        ][-1]

    def written(self) -> str:
        """Return all that would leave the process."""
        return "".join(each.to_json() for each in self.exporter.get_finished_spans())


@pytest.fixture
def spans() -> Iterator[Spans]:
    kept = Spans()
    with recorded(SimpleSpanProcessor(kept.exporter)):
        yield kept


def import_project(county: TargetCounty, traceparent: str) -> Event:
    """Let a person import one project by HTTP; return the event it told."""
    row = line("P009", NAME, unit=DEPARTMENT, amount="90000.00", 项目负责人=PERSON)
    before = told(county.database)
    answer = county.app.test_client(use_cookies=False).post(
        "/target/api/v1/projects/2023/imports",
        data={"file": (io.BytesIO(project_file([row])), "项目.xlsx")},
        headers=bearer(county.person("fin_budget", scope=Scope(REGION, whole_region=True)).token)
        | {"traceparent": traceparent},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (event,) = told(county.database)[len(before) :]
    return event


def drain(relay: Relay) -> None:
    while relay.run_once():
        pass


def through_rabbitmq(source: Database, target: Database, url: str) -> None:
    """Carry everything told so far over a real broker."""
    arrived, stop = threading.Event(), threading.Event()
    with own_topology(url, {MONITOR: frozenset(HANDLERS)}) as topology:
        transport = RabbitTransport(url, topology)
        receiver = Receiver(url, topology, MONITOR, target, arrived.set)
        thread = threading.Thread(target=receiver.run, args=(stop,))
        thread.start()
        try:
            drain(Relay(source, transport, lambda: True))
            wanted = sum(event.type in HANDLERS for event in told(source))
            while heard(target) < wanted:
                assert arrived.wait(30)
                arrived.clear()
        finally:
            stop.set()
            thread.join(20)
            transport.close()


def heard(database: Database) -> int:
    with database.read() as session:
        return session.query(InboxRow).count()


def through_processes(source: Database, target: Database) -> None:
    transport: Transport = LocalTransport({MONITOR: (target, frozenset(HANDLERS))})
    drain(Relay(source, transport, lambda: True))


@pytest.mark.parametrize("way", ["rabbitmq", "local"])
def test_a_request_its_event_and_what_it_causes_are_one_trace(
    way: str,
    county: TargetCounty,
    monitoring: Database,
    broker_url: str,
    spans: Spans,
) -> None:
    inside: dict[UUID, str] = {}  # the county's own projects arrive as well, in any order

    def copy(uow: UnitOfWork, clock: Clock, actor: Actor, event: Event) -> None:
        inside[event.id] = current_traceparent()
        HANDLERS[PROJECT_REGISTERED](uow, clock, actor, event)

    event = import_project(county, CALLER)
    if way == "rabbitmq":
        through_rabbitmq(county.database, monitoring, broker_url)
    else:
        through_processes(county.database, monitoring)
    Processor(monitoring, MONITOR, {**HANDLERS, PROJECT_REGISTERED: copy}).run_once()

    request = spans.last("POST /target/api/v1/projects/<int:year>/imports")
    sent, applied = (
        spans.last(f"{act} {PROJECT_REGISTERED}", event) for act in ("send", "process")
    )
    assert [trace_of(each) for each in (request, sent, applied)] == [TRACE] * 3
    assert event.traceparent == f"00-{TRACE}-{span_of(request)}-01"
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER.split("-")[2]
    assert [f"{each.parent.span_id:016x}" for each in (sent, applied) if each.parent] == [
        span_of(request)
    ] * 2
    assert inside[event.id] == f"00-{TRACE}-{span_of(applied)}-01"
    assert current_traceparent() == ""
    written = spans.written()
    for private in (NAME, PERSON, "90000", "测试人员", "项目.xlsx"):
        assert private not in written
        assert json.dumps(private)[1:-1] not in written


def test_a_replay_and_a_second_attempt_are_linked_and_not_continued(
    county: TargetCounty, monitoring: Database, spans: Spans
) -> None:
    event = import_project(county, CALLER)
    through_processes(county.database, monitoring)

    def refuse(_uow: UnitOfWork, _clock: Clock, _actor: Actor, event: Event) -> None:
        raise ValueError(PERSON + event.source)

    refusing = dict.fromkeys(HANDLERS, refuse)
    Processor(monitoring, MONITOR, refusing).run_once()
    first = spans.last(f"process {PROJECT_REGISTERED}", event)
    assert trace_of(first) == TRACE
    assert PERSON not in first.to_json()
    assert (first.attributes or {})["error.type"] == "ValueError"
    assert isinstance(monitoring.clock, FrozenClock)
    monitoring.clock.move_to(datetime(2023, 10, 11, tzinfo=UTC))
    Processor(monitoring, MONITOR, HANDLERS).run_once()
    assert_only_linked(spans.last(f"process {PROJECT_REGISTERED}", event), event)

    with monitoring.begin() as uow:
        uow.session.execute(delete(InboxRow))
    selection = Selection(aggregate_id=event.subject.id)
    with span("replay", "SERVER", {}), county.database.begin() as uow:
        assert replay(uow, Actor.system("target_svc", REGION), selection, "恢复") == 1
        replay(uow, Actor.system("target_svc", REGION), selection, "再按一次")
    through_processes(county.database, monitoring)
    Processor(monitoring, MONITOR, HANDLERS).run_once()
    for act in ("send", "process"):
        again = spans.last(f"{act} {PROJECT_REGISTERED}", event)
        assert_only_linked(again, event)
        assert spans.last("replay").context.span_id in {
            each.context.span_id for each in again.links
        }


def assert_only_linked(found: ReadableSpan, event: Event) -> None:
    assert trace_of(found) != TRACE
    assert found.parent is None
    assert event.traceparent.split("-")[2] in {span_of(each) for each in found.links}


def trace_of(found: ReadableSpan) -> str:
    return f"{found.context.trace_id:032x}"


def span_of(found: ReadableSpan | Link) -> str:
    return f"{found.context.span_id:016x}"


@pytest.mark.parametrize("traceparent", BAD)
def test_a_bad_traceparent_begins_a_trace_of_its_own(
    county: TargetCounty, spans: Spans, traceparent: str
) -> None:
    assert county.app.test_client().get("/target/healthz", headers={"traceparent": traceparent})
    request = spans.last("GET /target/healthz")
    assert request.parent is None
    assert trace_of(request) != TRACE


def test_without_an_exporter_nothing_is_recorded_and_the_callers_trace_is_kept(
    county: TargetCounty,
) -> None:
    start_tracing("", "wenxiao")
    assert not is_recording()
    assert import_project(county, CALLER).traceparent == CALLER
    with county.database.read() as session:
        first = session.query(OutboxRow).order_by(OutboxRow.sequence).first()
    assert first is not None
    assert not {"traceparent", "tracelink"} & set(first.envelope)


def test_spans_reach_the_collector_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    came: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            start_tracing(f"http://127.0.0.1:{server.server_port}/v1/traces", "wenxiao-target-web")
            with span("GET /x", "SERVER", {}, parent=CALLER):
                pass
            path, body = came.get(timeout=30)
        finally:
            use_tracer(None)
            server.shutdown()
    assert path == "/v1/traces"
    (sent,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert sent.scope_spans[0].spans[0].trace_id.hex() == TRACE
    names = {each.key: each.value.string_value for each in sent.resource.attributes}
    assert names["service.name"] == "wenxiao-target-web"
    assert not {"host.name", "process.command_line", "process.owner"} & names.keys()


def test_log_lines_name_the_trace_beside_the_correlation_id() -> None:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    try:
        configure_logging("info", stream)
        with span("GET /x", "SERVER", {}, parent=CALLER):
            structlog.get_logger("a").info("within", correlation_id="c")
        structlog.get_logger("a").info("after")
    finally:
        structlog.configure(**config)
        root.handlers, root.level = handlers, level
    within, after = map(json.loads, stream.getvalue().splitlines())
    assert (within["trace_id"], within["correlation_id"]) == (TRACE, "c")
    assert "trace_id" not in after
