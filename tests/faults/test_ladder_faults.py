"""Three schedulers climb one county's ladders while they are killed, paused and cut off.

The clock jumps by days, back and forth. Each rung must be climbed exactly once, with one event, one
trail record and one task. `WENXIAO_FAULT_SECONDS` makes it longer.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text

from services.oversight_svc.domain.ladder import KIND_OF_TASK, rungs_due
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.store.escalations import EscalationRow
from shared.calendar_store import seed_calendar
from shared.clock import LOCAL_ZONE, RehearsalClock, SystemClock, move_rehearsal_clock
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Subject
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.tasks.tables import TaskRow
from shared.testing.databases import bring_to_head
from shared.testing.web import REGION
from shared.trail.tables import TrailRow

SECONDS = float(os.environ.get("WENXIAO_FAULT_SECONDS", "8"))
PATIENCE = 30.0
ROOT = Path(__file__).parents[2]
REPLICA = Path(__file__).with_name("ladder_replica.py")
YEAR = 2023
BEGIN = date(2023, 9, 20)
END = date(2024, 3, 1)
"""Every ladder of a date until December has been climbed to its top by then."""
KINDS = ("monitoring.fill", "evaluation.fill", "oversight.sign_for", "oversight.report")
PACK = find_pack("yuechi-2023")
CALENDAR = seed_calendar()


class County:
    """The replicas, the clock they share, and what is done to them."""

    def __init__(self, engine: Engine, clock_file: Path, bug: str) -> None:
        self.engine = engine
        self._clock_file = clock_file
        self.jump_to(BEGIN)
        self._clock = RehearsalClock(clock_file)
        self._bug = bug
        self._replicas: dict[str, subprocess.Popen[bytes]] = {}
        self._started = 0
        self._chance = random.Random(11)
        self.unit = self._settle()

    def _settle(self) -> UUID:
        unit = new_id()
        facts = {
            "code": "124", "name": "县教育局", "parent_id": None, "department_id": unit,
            "is_department": True, "path": "124/", "kind": "department",
            "lead_office": "education", "lead_office_name": "教科文股", "head_name": "",
            "contact": "", "phone": "", "state": "active",
        }  # fmt: skip
        with Database(self.engine, MODULE.name, SystemClock()).begin() as uow:
            save_unit(uow.session, Subject(unit, 1, REGION), facts)
            uow.session.add(
                ActivePolicyRow(
                    region_code=REGION,
                    fiscal_year=0,
                    code=PACK.ref.code,
                    version=PACK.ref.version,
                    digest=PACK.digest,
                    content=dict(PACK.content),
                    answers={each.id: each.readings[0][0] for each in PACK.questions},
                    activated_at=SystemClock().now(),
                    activated_by="测试",
                )
            )
        return unit

    def tell_tasks(self, count: int = 12) -> None:
        """Open tasks whose dates lie around the present day."""
        today = self._clock.today()
        with Database(self.engine, MODULE.name, self._clock).begin() as uow:
            for place in range(count):
                kind = KINDS[place % len(KINDS)]
                due_on = min(today + timedelta(self._chance.randint(-20, 20)), date(2023, 12, 20))
                uow.session.add(
                    DeskTaskRow(
                        region_code=REGION, fiscal_year=YEAR, task_id=new_id(), version=1,
                        source="monitor_svc", kind=kind, title=f"办理：事项{place}",
                        subject_kind="monitoring.report", subject_id=new_id(), unit_id=self.unit,
                        role="unit_operator", tab="todo", opened_at=self._clock.now(),
                        due_on=due_on, first_due_on=due_on, provisional=False,
                    )
                )  # fmt: skip

    def add_replica(self) -> None:
        self._started += 1
        name = f"ladder-{self._started}"
        url = self.engine.url.render_as_string(hide_password=False)
        self._replicas[name] = subprocess.Popen(  # noqa: S603 (our own script)
            [sys.executable, str(REPLICA), url, str(self._clock_file), name, self._bug],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def value(self, query: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(text(query), values).scalar()

    def number(self, query: str, **values: object) -> int:
        return int(str(self.value(query, **values)))

    def wait_for(self, query: str, **values: object) -> object:
        deadline = time.monotonic() + PATIENCE
        while not (found := self.value(query, **values)):
            assert time.monotonic() < deadline, f"waited in vain: {query}"
            time.sleep(0.02)
        return found

    def leader_in_the_middle(self) -> str:
        """Give the leader something to climb and catch it between reading and writing."""
        self.tell_tasks()
        self.jump_to(self._clock.today() + timedelta(1))
        return str(
            self.wait_for(
                "select application_name from pg_stat_activity, lease"
                " where datname = current_database() and application_name = holder"
                " and state = 'active' and query like '%in the middle%'"
                # A killed leader's server process goes on for a moment.
                " and application_name = any(:alive)",
                alive=list(self._replicas),
            )
        )

    def kill(self) -> None:
        process = self._replicas.pop(self.leader_in_the_middle())
        process.kill()
        process.wait()
        self.add_replica()

    def pause(self) -> None:
        name = self.leader_in_the_middle()
        self._replicas[name].send_signal(signal.SIGSTOP)
        try:
            self.wait_for("select holder from lease where holder <> :name", name=name)
            done = self.number("select count(*) from escalation")
            self.wait_for("select count(*) > :done from escalation", done=done)
        finally:
            self._replicas[name].send_signal(signal.SIGCONT)

    def cut_off(self) -> None:
        name = self.leader_in_the_middle()
        self.value(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where application_name = :name and datname = current_database()",
            name=name,
        )

    def clock_forth(self) -> None:
        self.jump_to(min(self._clock.today() + timedelta(9), date(2023, 12, 1)))

    def clock_back(self) -> None:
        self.jump_to(max(self._clock.today() - timedelta(6), BEGIN))

    def jump_to(self, day: date) -> None:
        instant = datetime.combine(day, time_of_day(9), LOCAL_ZONE)
        move_rehearsal_clock(self._clock_file, instant)

    def finish(self) -> None:
        """Let every rung become due, wait until no more are climbed, end the replicas in order."""
        self.jump_to(END)
        self.wait_for("select max(due_at) > :end from job_run", end=datetime.combine(
            END, time_of_day(), LOCAL_ZONE))  # fmt: skip
        runs = self.number("select count(*) from job_run where state = 'done'")
        self.wait_for("select count(*) > :runs from job_run where state = 'done'", runs=runs + 1)
        for process in self._replicas.values():
            process.terminate()
        for process in self._replicas.values():
            process.wait(PATIENCE)

    def end(self) -> None:
        for process in self._replicas.values():
            process.kill()
            process.wait()

    def owed(self) -> Counter[tuple[UUID, str]]:
        """Count the rungs that should be there, by the rule alone."""
        with Database(self.engine, MODULE.name, self._clock).read() as session:
            tasks = session.scalars(select(DeskTaskRow)).all()
        owed: Counter[tuple[UUID, str]] = Counter()
        for task in tasks:
            if task.kind in KIND_OF_TASK and task.due_on is not None:
                ladder = PACK.escalation[KIND_OF_TASK[task.kind]]
                buffer = PACK.deadlines[ladder.deadline].buffer_workdays
                owed.update(
                    (task.subject_id, climb.rung.code)
                    for climb in rungs_due(ladder, task.due_on, buffer, END, CALENDAR)
                )
        return owed

    def climbed(self) -> Counter[tuple[UUID, str]]:
        with Database(self.engine, MODULE.name, self._clock).read() as session:
            rows = session.execute(select(EscalationRow.subject_id, EscalationRow.rung)).all()
        return Counter((subject, rung) for subject, rung in rows)

    def doubled(self) -> int:
        return sum(count - 1 for count in self.climbed().values())

    def missed(self) -> int:
        return len(self.owed() - self.climbed())

    def early(self) -> int:
        """Count rungs written before their day, or out of the ladder's order."""
        return self.number(
            "select count(*) from escalation where reached_on >"
            " (climbed_at at time zone 'Asia/Shanghai')::date"
        )

    def told(self) -> tuple[int, int, int]:
        """Count events, trail records and tasks: one for each rung, tasks for those that ask."""
        with Database(self.engine, MODULE.name, self._clock).read() as session:
            events = session.query(OutboxRow).filter(
                OutboxRow.event_type == "oversight.escalation.changed.v1"
            )
            acts = session.query(TrailRow).filter(TrailRow.act == "oversight.escalation.climb")
            return events.count(), acts.count(), session.query(TaskRow).count()


NewCounty = Callable[..., AbstractContextManager[County]]


@pytest.fixture
def new_county(
    postgres_url: str, new_database: Callable[[str], Engine], tmp_path: Path
) -> NewCounty:
    @contextmanager
    def start(bug: str, replicas: int = 3) -> Iterator[County]:
        engine = new_database(postgres_url)
        bring_to_head(engine, MODULE)
        county = County(engine, tmp_path / "clock.json", bug)
        try:
            for _ in range(replicas):
                county.add_replica()
            yield county
        finally:
            county.end()

    return start


def test_each_rung_is_climbed_once_whatever_happens(new_county: NewCounty) -> None:
    until = time.monotonic() + SECONDS
    chance = random.Random(7)
    with new_county("none") as county:
        faults = [county.pause, county.kill, county.cut_off]
        clocks = [county.clock_forth, county.clock_back]
        for fault in faults:
            fault()
            chance.choice(clocks)()
        while time.monotonic() < until:
            chance.choice(faults)()
            chance.choice(clocks)()
        county.finish()
        rungs = sum(county.climbed().values())
        asked = county.number("select count(*) from escalation where role is not null")
        assert rungs > 100
        assert county.number("select epoch from lease") > 2
        assert (county.doubled(), county.missed(), county.early()) == (0, 0, 0)
        assert county.told() == (rungs, rungs, asked)


def test_it_notices_doubles_where_neither_fence_nor_key_forbids_them(new_county: NewCounty) -> None:
    with new_county("no-fencing", replicas=2) as county:
        with county.engine.begin() as connection:
            connection.execute(text("drop index uq_escalation_rung"))
        county.pause()
        county.finish()
        assert county.doubled() > 0


def test_the_key_alone_keeps_a_fenceless_leader_from_doubling(new_county: NewCounty) -> None:
    with new_county("no-fencing", replicas=2) as county:
        county.pause()
        county.finish()
        assert (county.doubled(), county.missed()) == (0, 0)


def test_it_notices_rungs_left_out(new_county: NewCounty) -> None:
    with new_county("latest-only", replicas=1) as county:
        county.tell_tasks()
        county.wait_for("select count(*) > 0 from lease")
        county.finish()
        assert county.missed() > 0
