"""The published API description: well-formed, complete, and borne out by the running services."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from fixtures.county import County, actor_in, whole_region
from hypothesis import HealthCheck, Phase, given, settings

from services.registry import all_modules
from shared.access.rights import load_rights

SERVICES = [module.name for module in all_modules()]
BUSINESS = {module.name: module.business for module in all_modules()}
EXAMPLES = 4
METHODS = ("get", "post", "put", "patch", "delete")


def document(county: County, service: str) -> dict[str, Any]:
    answer = county.apps[service].test_client().get(f"/{BUSINESS[service]}/api/v1/openapi.json")
    content: dict[str, Any] = answer.get_json()
    return content


def served(county: County, service: str) -> set[tuple[str, str]]:
    """Return (method, path) of every API route, as OpenAPI writes paths."""
    prefix = f"/{BUSINESS[service]}/api/v1/"
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in county.apps[service].url_map.iter_rules()
        if rule.rule.startswith(prefix) and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def described(content: dict[str, Any], business: str) -> set[tuple[str, str]]:
    servers = content.get("servers", [{"url": ""}])
    base = servers[0]["url"].rstrip("/")
    return {
        (method, path if path.startswith(f"/{business}") else base + path)
        for path, item in content["paths"].items()
        for method in item
        if method in METHODS
    }


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(each) for each in node.values()))
    if isinstance(node, list):
        return set().union(*(references(each) for each in node))
    return set()


@pytest.mark.parametrize("service", SERVICES)
def test_the_description_is_open_api_3_1(county: County, service: str) -> None:
    content = document(county, service)
    assert content["openapi"].startswith("3.1")
    assert content["info"]["title"]
    assert content["info"]["version"]
    for reference in references(content):
        found: Any = content
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found
    for schema in content.get("components", {}).get("schemas", {}).values():
        assert jsonschema_rs.meta.is_valid(schema)


@pytest.mark.parametrize("service", SERVICES)
def test_every_api_route_is_described_and_no_other(county: County, service: str) -> None:
    content = document(county, service)
    assert described(content, BUSINESS[service]) == served(county, service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_answers(county: County, service: str) -> None:
    for path, item in document(county, service)["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            names = set(re.findall(r"{(\w+)}", path))
            given_names = {
                each["name"]
                for each in (*item.get("parameters", ()), *operation.get("parameters", ()))
                if each.get("in") == "path"
            }
            assert names == given_names, (method, path)
            assert operation["summary"], (method, path)
            assert {"401", "403"} <= operation["responses"].keys() or "default" in operation[
                "responses"
            ]


@pytest.mark.parametrize("service", SERVICES)
def test_generated_requests_meet_no_fault(county: County, service: str) -> None:
    """Requests made from the description, the same ones each time: none ends in a 5xx."""
    roles = [role for role in load_rights().roles if not role.endswith("_admin")]
    token = county.token(actor_in(whole_region(), *roles, county=county))
    address = f"/{BUSINESS[service]}/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(address, county.apps[service])
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
        )
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code < 500, case.as_curl_command()
            assert answer.status_code not in {401, 403} or "/reviews" in case.path

        send()
    assert asked >= len(served(county, service))
