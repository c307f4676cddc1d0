"""Each overlay as kubectl renders it: every rule holds, and each rule notices its defect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import platform_rules as whole
import pod_rules as pods
import pytest
from jsonschema import Draft202012Validator
from rendered import K8S, OVERLAYS, ROOT, Object, named, of_kind, render, workloads

from services.kubernetes.__main__ import files
from services.kubernetes.platform import alerting
from shared.observability.gauges import COUNTS

NEWEST, OLDEST = "1.37", "1.31"
"""Versions of Kubernetes the objects are held against."""
SCHEMAS = Path(__file__).parent / "schemas"
Rule = Callable[[list[Object]], Iterator[str]]
Defect = Callable[[list[Object]], None]

EVERYWHERE: tuple[Rule, ...] = (
    pods.restricted,
    pods.namespace_enforces,
    pods.no_token,
    pods.bounded,
    pods.probed,
    pods.drained,
    pods.complete,
    pods.evictable_one_by_one,
    pods.spread,
    pods.connected,
    whole.keys_where_needed,
    whole.whole,
    whole.pinned_images,
    whole.one_origin,
)
ON_A_CLUSTER: tuple[Rule, ...] = (
    pods.never_together,
    pods.scaled,
    whole.three_of_each,
    whole.scraped,
)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Rule, overlay: str) -> None:
    assert list(rule(render(overlay))) == []


@pytest.mark.parametrize("rule", ON_A_CLUSTER, ids=lambda rule: rule.__name__)
def test_the_rule_holds_on_a_cluster(rule: Rule) -> None:
    assert list(rule(render("production"))) == []


@pytest.mark.parametrize("overlay", ["single-machine", "production"])
def test_people_come_over_https(overlay: str) -> None:
    assert list(whole.over_tls(render(overlay))) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_named_not_written(overlay: str) -> None:
    assert list(whole.secrets_by_reference(render(overlay), overlay)) == []


def _web(objects: list[Object]) -> Any:
    return named(objects, "Deployment", "wenxiao-target-web")


def _pod(objects: list[Object]) -> Any:
    return _web(objects)["spec"]["template"]["spec"]


def _container(objects: list[Object]) -> Any:
    return _pod(objects)["containers"][0]


def _volume(objects: list[Object], name: str) -> Any:
    (volume,) = [each for each in _pod(objects)["volumes"] if each["name"] == name]
    return volume


def _ingress_paths(objects: list[Object]) -> Any:
    return named(objects, "Ingress", "wenxiao")["spec"]["rules"][0]["http"]["paths"]


def _without(objects: list[Object], kind: str, name: str) -> None:
    objects.remove(named(objects, kind, name))


def _secret_rule(objects: list[Object]) -> Iterator[str]:
    return whole.secrets_by_reference(objects, "production")


PLANTED: list[tuple[Rule, Defect]] = [
    (pods.restricted, lambda all_: _pod(all_)["securityContext"].pop("runAsNonRoot")),
    (pods.restricted, lambda all_: _pod(all_)["securityContext"].pop("seccompProfile")),
    (pods.restricted, lambda all_: _pod(all_).update(hostNetwork=True)),
    (pods.restricted, lambda all_: _pod(all_)["volumes"].append({"name": "x", "hostPath": {}})),
    (
        pods.restricted,
        lambda all_: _container(all_)["securityContext"].pop("allowPrivilegeEscalation"),
    ),
    (pods.restricted, lambda all_: _container(all_)["securityContext"].pop("capabilities")),
    (
        pods.restricted,
        lambda all_: _container(all_)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    (pods.restricted, lambda all_: _container(all_)["securityContext"].update(runAsUser=0)),
    (pods.restricted, lambda all_: _container(all_)["ports"][0].update(hostPort=80)),
    (
        pods.namespace_enforces,
        lambda all_: named(all_, "Namespace", "wenxiao")["metadata"].update(labels={}),
    ),
    (pods.namespace_enforces, lambda all_: _web(all_)["metadata"].update(namespace="default")),
    (pods.no_token, lambda all_: _pod(all_).pop("automountServiceAccountToken")),
    (
        pods.no_token,
        lambda all_: named(all_, "ServiceAccount", "default").pop("automountServiceAccountToken"),
    ),
    (pods.no_token, lambda all_: all_.append({"kind": "Role", "metadata": {"name": "r"}})),
    (pods.bounded, lambda all_: _container(all_)["resources"].pop("limits")),
    (pods.bounded, lambda all_: _container(all_)["resources"]["requests"].pop("memory")),
    (pods.bounded, lambda all_: _volume(all_, "tmp").update(emptyDir={})),
    (pods.probed, lambda all_: _container(all_).pop("livenessProbe")),
    (
        pods.probed,
        lambda all_: _container(all_)["livenessProbe"]["httpGet"].update(path="/target/readyz"),
    ),
    (
        pods.probed,
        lambda all_: _container(all_)["readinessProbe"]["httpGet"].update(path="/oversight/readyz"),
    ),
    (pods.drained, lambda all_: _container(all_).pop("lifecycle")),
    (pods.drained, lambda all_: _pod(all_).update(terminationGracePeriodSeconds=30)),
    (pods.drained, lambda all_: _web(all_)["spec"].pop("strategy")),
    (pods.complete, lambda all_: _without(all_, "Deployment", "wenxiao-monitoring-scheduler")),
    (pods.complete, lambda all_: _without(all_, "Job", "wenxiao-migrate")),
    (
        pods.evictable_one_by_one,
        lambda all_: _without(all_, "PodDisruptionBudget", "wenxiao-evaluation-worker"),
    ),
    (pods.spread, lambda all_: _pod(all_)["topologySpreadConstraints"].pop()),
    (pods.spread, lambda all_: _pod(all_)["topologySpreadConstraints"][0].pop("matchLabelKeys")),
    (
        pods.never_together,
        lambda all_: _pod(all_)["topologySpreadConstraints"][0].update(
            whenUnsatisfiable="ScheduleAnyway"
        ),
    ),
    (
        pods.scaled,
        lambda all_: _without(all_, "HorizontalPodAutoscaler", "wenxiao-oversight-worker"),
    ),
    (pods.scaled, lambda all_: _web(all_)["spec"].update(replicas=2)),
    (
        pods.scaled,
        lambda all_: named(all_, "HorizontalPodAutoscaler", "wenxiao-target-worker")["spec"][
            "metrics"
        ][0]["external"]["metric"]["selector"]["matchLabels"].update(service="target"),
    ),
    (
        pods.connected,
        lambda all_: named(all_, "HorizontalPodAutoscaler", "wenxiao-target-web")["spec"].update(
            maxReplicas=40
        ),
    ),
    (
        whole.keys_where_needed,
        lambda all_: named(all_, "Deployment", "wenxiao-monitoring-worker")["spec"]["template"][
            "spec"
        ]["volumes"].pop(),
    ),
    (whole.whole, lambda all_: _container(all_)["volumeMounts"].pop()),
    (whole.whole, lambda all_: _container(all_)["env"][0].update(value="/run/wenxiao/uri")),
    (whole.whole, lambda all_: _pod(all_).update(serviceAccountName="other")),
    (whole.whole, lambda all_: _without(all_, "PersistentVolumeClaim", "wenxiao-data")),
    (
        whole.whole,
        lambda all_: _container(all_)["envFrom"][0]["configMapRef"].update(name="other"),
    ),
    (whole.pinned_images, lambda all_: _container(all_).update(image="wenxiao")),
    (
        whole.pinned_images,
        lambda all_: _container(all_).update(image="registry.example.cn/wenxiao:latest"),
    ),
    (whole.one_origin, lambda all_: _ingress_paths(all_).pop(0)),
    (
        whole.one_origin,
        lambda all_: named(all_, "Service", "wenxiao-target")["spec"].update(
            selector={"app.kubernetes.io/name": "wenxiao"}
        ),
    ),
    (
        whole.one_origin,
        lambda all_: named(all_, "Service", "wenxiao-nowhere")["spec"].update(
            selector={"app.kubernetes.io/component": "web"}
        ),
    ),
    (whole.over_tls, lambda all_: named(all_, "Ingress", "wenxiao")["spec"].pop("tls")),
    (
        whole.over_tls,
        lambda all_: named(all_, "Ingress", "wenxiao")["spec"]["rules"][0].update(host="x.cn"),
    ),
    (_secret_rule, lambda all_: all_.append({"kind": "Secret", "metadata": {"name": "s"}})),
    (
        _secret_rule,
        lambda all_: _container(all_)["env"].append({"name": "X", "valueFrom": {}}),
    ),
    (
        _secret_rule,
        lambda all_: _volume(all_, "database")["secret"].update(secretName="wenxiao-database"),
    ),
    (
        whole.three_of_each,
        lambda all_: named(all_, "Cluster", "wenxiao-postgres")["spec"].update(instances=1),
    ),
    (
        whole.three_of_each,
        lambda all_: named(all_, "Cluster", "wenxiao-postgres")["spec"].update(plugins=[]),
    ),
    (whole.three_of_each, lambda all_: _without(all_, "Database", "wenxiao-target")),
    (whole.three_of_each, lambda all_: _without(all_, "ScheduledBackup", "wenxiao-postgres")),
    (
        whole.scraped,
        lambda all_: named(all_, "PodMonitor", "wenxiao-target")["spec"]["podMetricsEndpoints"][
            0
        ].update(path="/metrics"),
    ),
]


@pytest.mark.parametrize(
    ("rule", "defect"), PLANTED, ids=[f"{i}-{rule.__name__}" for i, (rule, _) in enumerate(PLANTED)]
)
def test_the_rule_notices_its_defect(rule: Rule, defect: Defect) -> None:
    objects = render("production")
    defect(objects)

    assert list(rule(objects)) != []


def test_every_rule_was_seen_to_fail() -> None:
    tried = {rule for rule, _ in PLANTED}

    assert {*EVERYWHERE, *ON_A_CLUSTER, whole.over_tls, _secret_rule} == tried


def test_what_follows_from_the_registry_is_up_to_date() -> None:
    written = {path: (K8S / path).read_text(encoding="utf-8") for path in files()}
    there = {path.name for path in (K8S / "base/processes").iterdir()}

    assert written == files(), "run `make k8s`"
    assert there == {Path(path).name for path in files() if path.startswith("base/processes/")}


def test_workers_scale_by_a_metric_that_exists() -> None:
    scalers = of_kind(render("production"), "HorizontalPodAutoscaler")
    names = {
        metric["external"]["metric"]["name"]
        for scaler in scalers
        for metric in scaler["spec"]["metrics"]
        if metric["type"] == "External"
    }

    assert names
    assert names <= COUNTS.keys()


@pytest.fixture(scope="module", autouse=True)
def _schemas_are_read_once() -> Iterator[None]:
    """The library reads a megabyte of definitions anew for every object."""
    library = kubernetes_validate.utils
    read, versions = library.schema_contents, library.all_versions
    library.schema_contents, library.all_versions = cache(read), cache(versions)
    yield
    library.schema_contents, library.all_versions = read, versions


def _problems(each: Object, version: str) -> list[str]:
    """Hold an object against the API of Kubernetes, or against the schema its operator brings."""
    schema = _brought().get((each["apiVersion"], each["kind"]))
    if schema is not None:
        return [error.message for error in Draft202012Validator(schema).iter_errors(each)]
    try:
        kubernetes_validate.validate(each, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [error.message]
    return []


@cache
def _brought() -> dict[tuple[str, str], Object]:
    read = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")]
    return {(each["apiVersion"], each["kind"]): _strict(each["schema"]) for each in read}


def _strict(schema: Any) -> Any:
    """Return the schema with unknown fields refused, as the API server warns of them."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    is_open = made.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(made.get("properties"), dict) and made.get("type") == "object" and not is_open:
        made.setdefault("additionalProperties", made["properties"].keys() == {"metadata"})
    if made.get("type") == "object" and made.keys() == {"type"}:
        return made  # the object's own metadata
    return made


@pytest.mark.parametrize(
    ("overlay", "version"), [*((each, NEWEST) for each in OVERLAYS), ("production", OLDEST)]
)
def test_the_cluster_takes_every_object(overlay: str, version: str) -> None:
    told = {
        f"{each['kind']} {each['metadata']['name']}": problems
        for each in render(overlay)
        if (problems := _problems(each, version))
    }

    assert told == {}


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        ("Deployment", "wenxiao-target-web", {"replicaz": 2}),
        ("NetworkPolicy", "names", {"egres": []}),
        ("Cluster", "wenxiao-postgres", {"instance": 3}),
        ("Cluster", "wenxiao-postgres", {"instances": "three"}),
        ("RabbitmqCluster", "wenxiao-rabbitmq", {"replica": 3}),
        ("ObjectStore", "wenxiao-backups", {"retention": "30d"}),
        ("PodMonitor", "wenxiao-target", {"endpoints": []}),
        ("Database", "wenxiao-target", {"template0": True}),
        ("ScheduledBackup", "wenxiao-postgres", {"schedule": 3}),
    ],
)
def test_the_cluster_refuses_a_misspelt_object(kind: str, name: str, change: Object) -> None:
    each = named(render("production"), kind, name)
    each["spec"].update(change)

    assert _problems(each, NEWEST) != []


def test_the_alerts_are_taken_by_the_operator_and_speak_of_the_scraped_processes() -> None:
    made = alerting(ROOT / "deploy" / "prometheus" / "rules")
    monitors = of_kind(render("production"), "PodMonitor")

    assert made
    assert [problem for each in made for problem in _problems(each, NEWEST)] == []
    jobs = set(re.findall(r'job="(\w+)"', json.dumps(made).replace("\\", "")))
    assert jobs == {"wenxiao"}
    for each in monitors:
        label = each["spec"]["jobLabel"]
        assert each["spec"]["selector"]["matchLabels"][label] in jobs
        assert all(end["honorLabels"] for end in each["spec"]["podMetricsEndpoints"])


def test_no_pod_hides_in_an_object_we_do_not_look_into() -> None:
    kinds = {load.kind for overlay in OVERLAYS for load in workloads(render(overlay))}

    assert kinds == {"Deployment", "StatefulSet", "Job"}
