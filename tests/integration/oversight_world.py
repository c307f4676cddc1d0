"""The oversight service on a database of its own, with offices, units, people and posts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from services.oversight_svc.consumers import HANDLERS
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.desk import DeskTaskRow
from services.oversight_svc.usecases.assign_post import AssignPost, assign_post
from services.oversight_svc.usecases.change_password import ChangePassword, change_password
from services.oversight_svc.usecases.create_account import CreateAccount, create_account
from services.oversight_svc.usecases.create_post import CreatePost, create_post
from services.oversight_svc.usecases.save_office import SaveOffice, save_office
from services.registry import whole_menu
from shared.access.actor import Actor
from shared.db.unit_of_work import Database
from shared.directory.learn import save_unit
from shared.events.envelope import Event, Subject
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.testing.clock import FrozenClock
from shared.testing.databases import bring_to_head
from shared.testing.web import REGION, actor_with

PASSWORD = "Spring-2023!"
SYSTEM = actor_with("system_admin")
SECURITY = actor_with("security_admin")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class World:
    """A running service and the means to fill it."""

    app: Flask
    database: Database
    clock: FrozenClock
    people: dict[str, UUID] = field(default_factory=dict)
    posts: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)

    def office(self, code: str, name: str) -> None:
        with self.database.begin() as uow:
            save_office(uow, self.clock, SYSTEM, SaveOffice(code, name))

    def unit(self, code: str, name: str, *, office: str = "", department: str = "") -> UUID:
        unit_id = new_id()
        self.units[code] = unit_id
        facts = {
            "code": code,
            "name": name,
            "parent_id": self.units[department] if department else None,
            "department_id": self.units[department or code],
            "is_department": not department,
            "path": f"{department}/{code}/" if department else f"{code}/",
            "kind": "department",
            "lead_office": office or None,
            "lead_office_name": office,
            "head_name": "",
            "contact": "",
            "phone": "",
            "state": "active",
        }
        with self.database.begin() as uow:
            save_unit(uow.session, Subject(unit_id, 1, REGION), facts)
        return unit_id

    def account(self, login: str, name: str = "张三", *, fresh: bool = False) -> str:
        """Open an account; unless `fresh`, its one-time password was changed already."""
        with self.database.begin() as uow:
            account, password = create_account(uow, self.clock, SYSTEM, CreateAccount(login, name))
            self.people[login] = account.account_id
            if fresh:
                return password
            own = actor_as(account.account_id)
            change_password(uow, self.clock, own, ChangePassword(password, PASSWORD))
        return PASSWORD

    def post(self, name: str, *roles: str, unit: str = "", office: str = "") -> UUID:
        place = self.units[unit] if unit else None
        with self.database.begin() as uow:
            post = create_post(
                uow, self.clock, SECURITY, CreatePost(name, place, office or None, roles)
            )
        self.posts[name] = post.post_id
        return post.post_id

    def appoint(
        self,
        login: str,
        post: str,
        *,
        start: date = date(2023, 1, 1),
        end: date | None = None,
        substitute: bool = False,
        by: Actor = SECURITY,
    ) -> None:
        command = AssignPost(
            self.posts[post], self.people[login], start, end, substitute, "任字〔2023〕1号"
        )
        with self.database.begin() as uow:
            assign_post(uow, self.clock, by, command)

    def person(self, login: str, *roles: str, unit: str = "", office: str = "") -> None:
        """Open an account with a post of its own."""
        self.account(login, f"人员{login}")
        self.post(f"{login}岗", *roles, unit=unit, office=office)
        self.appoint(login, f"{login}岗")

    def browser(self, login: str = "", password: str = PASSWORD) -> Browser:
        browser = Browser(self.app.test_client())
        if login:
            answer = browser.sign_in(login, password)
            assert answer.status_code == 303, answer.text
        return browser

    def task(self, title: str, unit: str, role: str, **facts: Any) -> UUID:
        """Put a task on the desk."""
        values: dict[str, Any] = {
            "region_code": REGION,
            "fiscal_year": 2024,
            "task_id": new_id(),
            "version": 1,
            "source": "target_svc",
            "kind": "target.declare",
            "title": title,
            "subject_kind": "target.target",
            "subject_id": new_id(),
            "unit_id": self.units[unit],
            "role": role,
            "tab": "todo",
            "opened_at": self.clock.now(),
            "due_on": None,
            "first_due_on": facts.get("due_on"),
            "provisional": False,
            **facts,
        }
        with self.database.begin() as uow:
            uow.session.add(DeskTaskRow(**values))
        task_id: UUID = values["task_id"]
        return task_id


@dataclass
class Browser:
    """A browser that repeats the token of the page it read last."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        answer = self.client.get(path, **options)
        found = CSRF.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **options)

    def sign_in(self, login: str, password: str = PASSWORD, next_path: str = "/") -> TestResponse:
        self.get("/sign-in")
        answer = self.post("/sign-in", {"account": login, "password": password, "next": next_path})
        if answer.status_code == 303:
            self.get("/password")
        return answer


def actor_as(account_id: UUID) -> Actor:
    """Return the actor of an account, without a post."""
    return Actor(
        account_id=account_id,
        name="",
        post_id=None,
        post_name="",
        roles=frozenset(),
        scope=SYSTEM.scope,
    )


def hear(world: World) -> None:
    """Apply the service's own events about rules and calendar, as the processor would."""
    with world.database.begin() as uow:
        for row in uow.session.scalars(select(OutboxRow).order_by(OutboxRow.sequence)):
            told = Event.from_json(row.envelope)
            if told.type in HANDLERS:
                HANDLERS[told.type](uow, world.clock, SYSTEM, told)


def build_world(engine: Engine, clock: FrozenClock, data_dir: Path) -> World:
    """Return the service on an empty database with every table."""
    bring_to_head(engine, MODULE)
    database = Database(engine, MODULE.name, clock)
    resources = Resources(
        settings=Settings(data_dir=data_dir, region_name="岳池县"),
        clock=clock,
        database=database,
        menu=whole_menu(),
        is_migrated=lambda: True,
    )
    return World(MODULE.create_app(resources), database, clock)
