"""Who can speak to whom under the NetworkPolicies of an overlay: every pair, every port.

A small evaluator of the published semantics: a pod no policy selects is open in that direction; a
selected one allows what at least one of its policies allows; a flow needs both ends to allow it.
What we do not use is refused, never guessed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from rendered import Object, matches, of_kind, workloads

NAMESPACE = "wenxiao"
Port = tuple[str, int]
Flow = tuple[str, str, str]
"""From, to, protocol and port."""


@dataclass(frozen=True)
class Place:
    """A pod of ours, a pod of others (with its namespace's labels), or an address outside."""

    group: str
    labels: dict[str, str] = field(default_factory=dict)
    space: dict[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def is_ours(self) -> bool:
        return self.space.get("kubernetes.io/metadata.name") == NAMESPACE


def our_pods(objects: list[Object]) -> Iterator[Place]:
    """Yield every kind of pod an overlay starts, those of the operators too, and one unforeseen."""
    space = {"kubernetes.io/metadata.name": NAMESPACE}
    for load in workloads(objects):
        labels = load.labels
        group = labels.get("wenxiao.dev/server") or labels["app.kubernetes.io/component"]
        yield Place(group, labels, space)
    for cluster in of_kind(objects, "Cluster"):
        # The labels CloudNativePG gives its pods, besides those we ask it for.
        own = {
            "cnpg.io/cluster": cluster["metadata"]["name"],
            "app.kubernetes.io/name": "postgresql",
            "app.kubernetes.io/component": "database",
        }
        yield Place("database", own | cluster["spec"]["inheritedMetadata"]["labels"], space)
    for broker in of_kind(objects, "RabbitmqCluster"):
        own = {
            "app.kubernetes.io/name": broker["metadata"]["name"],
            "app.kubernetes.io/component": "rabbitmq",
            "app.kubernetes.io/part-of": "rabbitmq",
        }
        template = broker["spec"]["override"]["statefulSet"]["spec"]["template"]
        yield Place("broker", own | template["metadata"]["labels"], space)
    yield Place("unforeseen", {}, space)


def others() -> Iterator[Place]:
    """Yield who else is there, friend and stranger."""
    router = {"kubernetes.io/metadata.name": "routers", "wenxiao.dev/ingress": "true"}
    watchers = {"kubernetes.io/metadata.name": "watchers", "wenxiao.dev/monitoring": "true"}
    system = {"kubernetes.io/metadata.name": "kube-system"}
    operator = {"kubernetes.io/metadata.name": "cnpg-system"}
    yield Place("router", {"app": "router"}, router)
    yield Place("prometheus", {"app": "prometheus"}, watchers)
    yield Place("names", {"k8s-app": "kube-dns"}, system)
    yield Place("system pod", {"k8s-app": "other"}, system)
    yield Place("postgres operator", {"app.kubernetes.io/name": "cloudnative-pg"}, operator)
    yield Place("beside the operator", {"app": "other"}, operator)
    yield Place(
        "stranger", {"app.kubernetes.io/name": "wenxiao"}, {"kubernetes.io/metadata.name": "x"}
    )
    yield Place("cluster API", address="192.0.2.1")
    yield Place("object storage", address="198.51.100.7")
    yield Place("internet", address="203.0.113.9")


def flows(objects: list[Object]) -> set[Flow]:
    """Return every open flow with one of our pods at one end at least."""
    policies = of_kind(objects, "NetworkPolicy")
    ours, theirs = list(our_pods(objects)), list(others())
    ports = _ports(policies)
    pairs = [(one, two) for one in ours for two in (*ours, *theirs)]
    pairs += [(two, one) for one in ours for two in theirs]
    return {
        (source.group, target.group, f"{protocol} {number}")
        for source, target in pairs
        for protocol, number in ports
        if _open(policies, source, target, (protocol, number))
    }


def _ports(policies: list[Object]) -> list[Port]:
    """Return every port a policy names, and some that none should."""
    named = {
        (port["protocol"], port["port"])
        for policy in policies
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
        for port in rule.get("ports", [])
    }
    return sorted(named | {("TCP", 22), ("TCP", 80), ("TCP", 443), ("TCP", 15672), ("UDP", 5432)})


def _open(policies: list[Object], source: Place, target: Place, port: Port) -> bool:
    leaves = not source.is_ours or _allows(policies, "Egress", source, target, port)
    enters = not target.is_ours or _allows(policies, "Ingress", target, source, port)
    return leaves and enters


def _allows(policies: list[Object], way: str, pod: Place, other: Place, port: Port) -> bool:
    """Tell whether `pod` lets `other` in (Ingress), or is let out to it (Egress), at `port`."""
    selecting = [
        policy["spec"]
        for policy in policies
        if way in policy["spec"]["policyTypes"]
        and matches(policy["spec"]["podSelector"], pod.labels)
    ]
    if not selecting:
        return True
    rules = [rule for spec in selecting for rule in spec.get(way.lower(), [])]
    return any(_rule_takes(rule, way, other, port) for rule in rules)


def _rule_takes(rule: Object, way: str, other: Place, port: Port) -> bool:
    peers = rule.get("from" if way == "Ingress" else "to")
    ports = rule.get("ports")
    assert rule.keys() <= {"from", "to", "ports"}, rule
    if ports is not None and port not in {(each["protocol"], each["port"]) for each in ports}:
        return False
    return peers is None or any(_is_peer(peer, other) for peer in peers)


def _is_peer(peer: Object, other: Place) -> bool:
    assert peer.keys() <= {"podSelector", "namespaceSelector", "ipBlock"}, peer
    if "ipBlock" in peer:
        assert peer.keys() == {"ipBlock"}, peer
        assert peer["ipBlock"].keys() == {"cidr"}, peer
        network = ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return bool(other.address) and ipaddress.ip_address(other.address) in network
    if other.address:
        return False
    if "namespaceSelector" in peer:
        if not matches(peer["namespaceSelector"], other.space):
            return False
    elif not other.is_ours:
        return False
    return matches(peer.get("podSelector", {}), other.labels)
