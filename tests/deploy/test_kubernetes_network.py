"""The flows the policies leave open are exactly the listed ones, in every overlay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reachable import Flow, flows, our_pods
from rendered import OVERLAYS, Object, named, of_kind, render

SERVING = ("web", "worker", "scheduler")
EVERYWHERE: set[Flow] = {
    ("router", "web", "TCP 8080"),
    *((("prometheus", each, "TCP 8080")) for each in SERVING),
    *(((each, "database", "TCP 5432")) for each in (*SERVING, "migrate")),
    ("worker", "broker", "TCP 5672"),
    *(
        (each, "names", port)
        for each in (*SERVING, "migrate", "database", "broker", "unforeseen")
        for port in ("UDP 53", "TCP 53")
    ),
}
PRODUCTION: set[Flow] = {
    ("web", "object storage", "TCP 443"),
    ("scheduler", "object storage", "TCP 443"),
    ("database", "database", "TCP 5432"),
    ("database", "database", "TCP 8000"),
    ("postgres operator", "database", "TCP 5432"),
    ("postgres operator", "database", "TCP 8000"),
    ("prometheus", "database", "TCP 9187"),
    ("database", "cluster API", "TCP 6443"),
    ("database", "object storage", "TCP 443"),
    ("broker", "broker", "TCP 4369"),
    ("broker", "broker", "TCP 25672"),
    ("prometheus", "broker", "TCP 15692"),
    ("broker", "cluster API", "TCP 6443"),
}
ALLOWED = dict.fromkeys(OVERLAYS, EVERYWHERE) | {"production": EVERYWHERE | PRODUCTION}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_listed_flows_are_open(overlay: str) -> None:
    assert flows(render(overlay)) == ALLOWED[overlay]


def test_every_kind_of_pod_is_asked_about() -> None:
    groups = {place.group for place in our_pods(render("production"))}

    assert groups == {*SERVING, "migrate", "database", "broker", "unforeseen"}


def _policy(objects: list[Object], name: str) -> Object:
    spec: Object = named(objects, "NetworkPolicy", name)["spec"]
    return spec


PLANTED: list[Callable[[list[Object]], object]] = [
    lambda all_: all_.remove(named(all_, "NetworkPolicy", "nothing")),
    lambda all_: _policy(all_, "nothing").update(policyTypes=["Egress"]),
    lambda all_: _policy(all_, "names")["egress"][0].pop("to"),
    lambda all_: _policy(all_, "pages")["ingress"][0].pop("ports"),
    lambda all_: _policy(all_, "pages")["ingress"][0]["from"].append({"namespaceSelector": {}}),
    lambda all_: [_policy(all_, each).update(podSelector={}) for each in ("to-broker", "pages")],
    lambda all_: _policy(all_, "to-broker").update(podSelector={"matchLabels": {"x": "y"}}),
    lambda all_: [
        _policy(all_, "to-broker").update(podSelector={}),
        _policy(all_, "broker")["ingress"][0]["from"].append({"podSelector": {}}),
    ],
    lambda all_: _policy(all_, "broker")["ingress"][0]["from"].append({"namespaceSelector": {}}),
    lambda all_: _policy(all_, "database").pop("ingress"),
    lambda all_: _policy(all_, "evidence")["egress"][0].update(
        to=[{"ipBlock": {"cidr": "0.0.0.0/0"}}]
    ),
    lambda all_: [all_.remove(each) for each in of_kind(all_, "NetworkPolicy")],
]


@pytest.mark.parametrize("defect", PLANTED)
def test_a_defect_is_noticed(defect: Callable[[list[Object]], object]) -> None:
    objects = render("production")
    defect(objects)

    assert flows(objects) != ALLOWED["production"]
