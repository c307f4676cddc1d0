"""Every query of every dashboard and rule, put to a Prometheus that scrapes the running program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import requests
import yaml
from sqlalchemy import select

from deploy.grafana.generate import dashboards
from deploy.prometheus.generate import rule_files
from services.commands.run import CLOCK_FILE
from services.example import EXAMPLE_NOW
from services.example.stage import REGION
from services.oversight_svc.store.sharing_deliveries import DeliveryRow
from services.oversight_svc.usecases.change_calendar import (
    ChangeCalendar,
    ChangedDay,
    change_calendar,
)
from services.oversight_svc.usecases.client_keys import AddClientKey, add_client_key
from services.oversight_svc.usecases.clients import RegisterClient, register_client
from services.oversight_svc.usecases.sharing_delivery import deliver_page
from services.registry import module_named, open_resources
from shared.access.actor import Actor
from shared.clock import move_rehearsal_clock
from shared.crypto.keys import KeyStore
from shared.db.embedded import EmbeddedPostgres
from shared.runtime.module import Resources
from shared.runtime.settings import Settings
from shared.terms.vocabulary import DayKind, ShareEntry
from tests.deploy.watching import Prometheus, prometheus
from tests.e2e.running import program

WITHOUT_DATA = {
    "broker_connected": "events go through the process; bench/alerts.py runs with a broker",
}
"""Metrics that are rightly absent here, and why."""
METRIC = re.compile(r"(?<![\w\"$:.])[a-z][a-z0-9_]*_[a-z0-9_]+(?![\w(:])")
WORDS = {"group_left", "group_right"}


@dataclass(frozen=True, slots=True)
class Watched:
    """The program on the example county, and who watches it."""

    origin: str
    prometheus: Prometheus
    resources: Resources
    folder: Path


@pytest.fixture(scope="module")
def watched(
    open_folder: Path, example: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    folder = open_folder / "watched"
    # Of the shell's own tools: files of the database belong to its user, and have to stay so.
    subprocess.run(["cp", "-a", str(example), str(folder)], check=True)  # noqa: S603, S607
    move_rehearsal_clock(folder / CLOCK_FILE, EXAMPLE_NOW)
    with program(folder) as origin:
        settings = Settings(data_dir=folder, rehearsal_clock=folder / CLOCK_FILE)
        server = EmbeddedPostgres(folder).url
        resources = open_resources(settings, server, module_named("oversight_svc"))
        give_a_page(resources)
        target = origin.removeprefix("http://")
        with prometheus(tmp_path_factory.mktemp("watch"), target, scale=1) as asked:
            watched = Watched(origin, asked, resources, folder)
            assert asked.wait_for(lambda: bool(asked.ask("max(findings)")))
            stir(watched)
            yield watched
        resources.database.engine.dispose()
    shutil.rmtree(folder)


def give_a_page(resources: Resources) -> None:
    """Let the audit office read the first page of its open pull."""
    actor = replace(
        Actor.system("oversight_svc", REGION), roles=frozenset({"audit_officer"}), is_machine=False
    )
    with resources.database.begin() as uow:
        delivery = uow.session.scalars(select(DeliveryRow)).one()
        deliver_page(uow, resources.clock, actor, delivery.delivery_id, ShareEntry.TARGET, 1)


def stir(watched: Watched) -> None:
    """Do what makes rare series move: pages, a missing one, an event, a refused signature."""
    asked = watched.prometheus
    actor = Actor.system("oversight_svc", REGION)
    security = replace(actor, roles=frozenset({"security_admin"}))
    system = replace(actor, roles=frozenset({"system_admin"}))
    clock = watched.resources.clock
    key = KeyStore(watched.folder / "other" / "keys").signing_key("client")
    with watched.resources.database.begin() as uow:
        client, secret = register_client(
            uow, clock, security, RegisterClient("审计系统", "audit_system")
        )
        uow.session.flush()
        add_client_key(uow, clock, security, AddClientKey(client.client_id, key.public_pem))
    with watched.resources.database.begin() as uow:
        day = ChangedDay(date(2027, 1, 1), is_workday=False, kind=DayKind.HOLIDAY)
        change_calendar(uow, clock, system, ChangeCalendar((day,), "国办发明电〔2026〕1号（示例）"))
    granted = requests.post(
        f"{watched.origin}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(str(client.client_id), secret),
        timeout=20,
    ).json()
    unsigned = {"Authorization": f"Bearer {granted['access_token']}"}

    def moved() -> bool:
        for path, headers in (
            ("/sign-in", {}),
            ("/nowhere", {}),
            ("/oversight/api/v1/sharing/requests", unsigned),
        ):
            requests.get(watched.origin + path, headers=headers, timeout=20)
        return bool(
            asked.ask("sum(increase(exchange_refused_total[1m])) > 3")
            and asked.ask("service:http_slow:ratio_rate5m")
            and asked.ask("service:events_late:ratio_rate5m")
        )

    assert asked.wait_for(moved)


def absent(expression: str) -> bool:
    return any(name in expression for name in WITHOUT_DATA)


def test_every_query_of_every_dashboard_returns_data(watched: Watched) -> None:
    asked, empty, count = watched.prometheus, [], 0
    for name, text in dashboards().items():
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", ()):
                count += 1
                expression = target["expr"].replace("$__rate_interval", "30s")
                found = asked.ask(expression.replace("$service", ".*"))
                numbers = [each["value"][1] for each in found]
                # A quiet route has no quantile: a panel is empty when none of them has one.
                if not set(numbers) - {"NaN"} and not absent(expression):
                    empty.append((name, panel["title"], expression, numbers))
    assert not empty, empty
    assert count > 40


def test_every_variable_of_a_dashboard_has_values(watched: Watched) -> None:
    services = {each["metric"]["service"] for each in watched.prometheus.ask("database_up")}
    assert services == {"oversight_svc", "target_svc", "monitor_svc", "eval_svc"}


def test_every_rule_rests_on_series_that_are_there(watched: Watched) -> None:
    known = watched.prometheus.names() | set(WITHOUT_DATA)
    rules = [
        rule
        for text in rule_files().values()
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]
    for rule in rules:
        plain = re.sub(r"\{[^}]*\}|\(([a-z_]+, )*[a-z_]+\) \(", " ", rule["expr"])
        plain = re.sub(r"(by|on) \([a-z_, ]*\)", " ", plain)
        named = {name for name in METRIC.findall(plain) if name not in WORDS}
        assert named <= known, (rule, named - known)
        if "record" in rule:
            assert watched.prometheus.ask(rule["record"]), rule["record"]


def test_nothing_fires_while_all_is_well_but_what_was_done(watched: Watched) -> None:
    firing = {each["labels"]["alertname"] for each in watched.prometheus.alerts()}
    assert firing <= {"ExchangeRefused"}
    assert watched.prometheus.wait_for(lambda: bool(watched.prometheus.alerts()))
    [alert] = watched.prometheus.alerts()
    assert alert["labels"]["reason"] == "signature_refused"
    assert "signature_refused" in alert["annotations"]["summary"]
