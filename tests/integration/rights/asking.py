"""Asks every route as every role from every place, and says which answer was owed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from fixtures.county import CSRF, OTHER_REGION, REGION, SCHOOL, YEAR, County, actor_in, whole_region
from flask import Flask
from marshmallow import Schema, fields, validate
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared.access.actor import Actor, Scope
from shared.access.tokens import issue
from shared.crypto.keys import KeyStore
from shared.web.api import operation_of
from shared.web.identity import SESSION_COOKIE

MATRIX = Path(__file__).with_name("matrix.toml")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PLACES = ("here", "other_unit", "other_region")
STRANGERS = ("nobody", "forged", "expired")
UNIT_ROLES = frozenset({"unit_operator", "unit_head", "project_owner"})
DEPARTMENT_ROLES = frozenset({"dept_operator", "dept_head"})
MACHINES = frozenset({"budget_platform", "audit_system", "treasury_system", "system"})
ROLES = (
    "unit_operator", "unit_head", "dept_operator", "dept_head", "project_owner", "fin_office",
    "fin_perf", "fin_budget", "fin_treasury", "fin_leader_group", "fin_it", "audit_officer",
    "audit_head", "discipline_officer", "org_dept", "npc_viewer", "cppcc_viewer", "gov_approver",
    "upper_finance", "third_party", "lead_evaluator", "expert", "dev_reform", "public",
    "system_admin", "security_admin", "audit_admin",
    "budget_platform", "audit_system", "treasury_system", "system",
)  # fmt: skip
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


@dataclass(frozen=True)
class Expected:
    """One line of the twin table."""

    route: str
    roles: frozenset[str]
    marks: frozenset[str]

    @property
    def method(self) -> str:
        return self.route.split()[0]

    @property
    def is_open(self) -> bool:
        return "anybody" in self.roles

    @property
    def is_api(self) -> bool:
        return "/api/v1" in self.route or "/oauth/" in self.route

    def allows(self, role: str) -> bool:
        return not {"anybody", "signed_in", role}.isdisjoint(self.roles)

    def hides(self, place: str) -> bool:
        """Tell whether what the route is about does not exist when seen from `place`."""
        if place == "other_region":
            return bool(self.marks & {"scoped", "regional"})
        return place == "other_unit" and "scoped" in self.marks


@cache
def matrix() -> Mapping[str, Mapping[str, Expected]]:
    """Return the twin table: service → route → expectation."""
    content = tomllib.loads(MATRIX.read_text(encoding="utf-8"))
    groups: dict[str, list[str]] = content.pop("groups")
    marks = frozenset({"scoped", "regional", "region_wide", "own_file"})

    def spread(names: list[str]) -> frozenset[str]:
        found: set[str] = set()
        for name in names:
            found |= spread(groups[name[1:]]) if name.startswith("@") else {name}
        return frozenset(found)

    return {
        service: {
            route: Expected(route, spread(who) - marks, marks.intersection(who))
            for route, who in lines.items()
        }
        for service, lines in content.items()
    }


def routes(app: Flask) -> dict[str, Rule]:
    """Return the routes of `app` as the twin table writes them."""
    return {
        f"{method} {rule}": rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def address(county: County, service: str, rule: Rule) -> str:
    """Return an address of `rule` that leads to something that exists."""
    values = {
        name: county.ids[name][service] if name == "sequence" else county.ids[name]
        for name in rule.arguments
    }
    if "/scans/<digest>" in rule.rule:
        values |= {"target_id": county.ids["submitted_id"], "digest": county.ids["scan_digest"]}
    built = rule.build(values, append_unknown=False)
    if built is None:
        raise AssertionError(f"no address for {rule}")
    return built[1] + QUERIES.get(rule.rule, "")


def scope_of(role: str, place: str) -> Scope:
    """Return how far `role` sees: its department's things, another one's, another region's."""
    region = OTHER_REGION if place == "other_region" else REGION
    near = place != "other_unit"
    if role in UNIT_ROLES | DEPARTMENT_ROLES:
        return Scope(region=region, unit_paths=("124/" if near else "101/",))
    if role == "fin_office":
        return Scope(region=region, offices=("education" if near else "politics_law",))
    if place == "other_unit":
        return Scope(region=region, unit_paths=("101/",))
    return whole_region(region)


class Asker:
    """Sends requests as somebody, with everything a genuine client sends."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._tokens: dict[tuple[str, str], str] = {}

    def token(self, role: str, place: str) -> str:
        """Return the token of a role in a place; of a stranger, one that is worth nothing."""
        if (role, place) not in self._tokens:
            self._tokens[role, place] = self._issue(role, place)
        return self._tokens[role, place]

    def _issue(self, role: str, place: str) -> str:
        county = self._county
        if role == "nobody":
            return ""
        if role in STRANGERS:
            actor = actor_in(whole_region(), "fin_perf", "system_admin")
            forged = KeyStore(county.data_dir / "forger").signing_key("session")
            return issue(
                actor,
                signing_key=forged if role == "forged" else county.key,
                lifetime=timedelta(minutes=5),
                now=county.clock.now() - timedelta(minutes=0 if role == "forged" else 30),
                csrf=CSRF,
            )
        return county.token(self.actor(role, place))

    def actor(self, role: str, place: str = "here") -> Actor:
        """Return the actor behind a role's token."""
        machine = role in MACHINES
        return actor_in(scope_of(role, place), role, county=self._county, machine=machine)

    def ask(
        self,
        service: str,
        route: str,
        rule: Rule,
        token: str,
        body: Mapping[str, Any] | None = None,
    ) -> TestResponse:
        """Send one request: machines by bearer token, people by cookie with the form's token."""
        method = route.split(maxsplit=1)[0]
        path = address(self._county, service, rule)
        client = self._county.apps[service].test_client(use_cookies=False)
        if "/api/v1" in path or "/oauth/" in path:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if method not in UNSAFE:
                return client.open(path, method=method, headers=headers)
            headers |= {"If-Match": '"1"', "Idempotency-Key": f"{id(headers)}-{path}"[:60]}
            operation = operation_of(self._county.apps[service].view_functions[rule.endpoint])
            if operation is not None and operation.upload:
                return client.open(path, method=method, headers=headers, data={"file": ""})
            return client.open(path, method=method, headers=headers, json=dict(body or {}))
        headers = {"Cookie": f"{SESSION_COOKIE}={token}"} if token else {}
        if method in UNSAFE:
            headers |= {"X-CSRF-Token": CSRF}
        return client.open(path, method=method, headers=headers, data=dict(body or {}))


def body_for(county: County, service: str, rule: Rule) -> dict[str, Any]:
    """Return a body that passes the route's schema, made from the schema itself."""
    operation = operation_of(county.apps[service].view_functions[rule.endpoint])
    if operation is None or operation.body is None:
        return {}
    return _filled(operation.body, county.ids)


def _filled(schema: Schema, ids: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value(name, field, ids)
        for name, field in schema.load_fields.items()
        if field.required
    }


def _value(name: str, field: fields.Field[Any], ids: Mapping[str, Any]) -> object:  # noqa: PLR0911 (one for each kind)
    choices = [each for each in field.validators if isinstance(each, validate.OneOf)]
    if choices:
        return next(choice for choice in choices[0].choices if choice)
    if isinstance(field, fields.Enum):
        return next(iter(field.enum)).value
    if isinstance(field, fields.UUID):
        return str(ids.get(name, UUID(int=1)))
    if isinstance(field, fields.List):
        return []
    if isinstance(field, fields.Nested):
        return _filled(field.schema, ids)
    if isinstance(field, fields.Boolean):
        return True
    if isinstance(field, fields.Integer):
        return YEAR if "year" in name else 1
    if isinstance(field, fields.Date):
        return f"{YEAR}-10-01"
    if isinstance(field, fields.Decimal):
        return "1.00"
    known = ids.get(name)
    return known if isinstance(known, str) else "说明"


@contextmanager
def writes(county: County, service: str) -> Iterator[list[str]]:
    """Collect the statements that change something in the service's database."""
    found: list[str] = []

    def note(*arguments: Any) -> None:
        statement = str(arguments[2]).lstrip()
        if statement[:6].upper() in {"INSERT", "UPDATE", "DELETE"}:
            found.append(statement[:80])

    engine = county.engine(service)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def commits(county: County, service: str) -> Iterator[list[str]]:
    """Collect what transactions changed and then meant to keep."""
    kept: list[str] = []
    engine = county.engine(service)
    with writes(county, service) as pending:

        def keep(_connection: Any) -> None:
            kept.extend(pending)
            pending.clear()

        def forget(_connection: Any) -> None:
            pending.clear()

        event.listen(engine, "commit", keep)
        event.listen(engine, "rollback", forget)
        try:
            yield kept
        finally:
            event.remove(engine, "commit", keep)
            event.remove(engine, "rollback", forget)


QUERIES = {
    "/oversight/api/v1/sharing/deliveries/<uuid:delivery_id>/records": "?entry=target",
    "/monitoring/api/v1/execution/imports": "?year=2023",
    "/oversight/api/v1/findings/imports": "?year=2023",
    "/oversight/policies/compare": "?old=yuechi-2023&new=yuechi-2023",
}
"""What an address needs beside its path."""

MARKERS = (SCHOOL, "学前教育普惠补助", "家庭经济困难学生生活补助")
"""Names that only those may read in whose scope the department lies."""
