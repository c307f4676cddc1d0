"""What the parts of an overlay must fulfil together. Each rule names what breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rendered import Object, Workload, matches, named, of_kind, workloads

from services.registry import all_modules

Complaints = Iterator[str]
REGISTRY = re.compile(r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)/")

SECRETS = {
    "dev": {"wenxiao-database": {"uri", "password", "admin-password"}}
    | {"wenxiao-broker": {"connection_string", "broker.conf"}},
    "production": {
        "wenxiao-postgres-app": {"uri"},  # CloudNativePG writes it
        "wenxiao-rabbitmq-default-user": {"connection_string"},  # RabbitMQ's operator writes it
        "wenxiao-object-storage": {"credentials"},
    },
}
SECRETS["single-machine"] = SECRETS["dev"]
KEYS = {
    "wenxiao-session-keys": {"session.key", "sharing.key", "clue.secret"},
    "wenxiao-trail-key": {"trail.key"},
}
"""Secrets a person or an operator makes, as docs/operations says: name → keys."""


def secrets_by_reference(objects: list[Object], overlay: str) -> Complaints:
    """No secret stands in a file of ours or in an environment, and only the listed are named."""
    for secret in of_kind(objects, "Secret"):
        yield f"{secret['metadata']['name']} is written down"
    asked: dict[str, set[str]] = {}
    for load in workloads(objects):
        for name, keys in _secrets_of(load):
            asked.setdefault(name, set()).update(keys)
        for container in load.containers:
            for each in container.get("env", []):
                if "valueFrom" in each:
                    yield f"{load.name} has {each['name']} in its environment"
    if asked != SECRETS[overlay] | KEYS:
        yield f"asks for {asked}"


def _secrets_of(load: Workload) -> Iterator[tuple[str, set[str]]]:
    for volume in load.pod.get("volumes", []):
        sources = volume.get("projected", {}).get("sources", [])
        if "secret" in volume:
            sources = [{"secret": {"name": volume["secret"]["secretName"], **volume["secret"]}}]
        for source in sources:
            if "secret" in source:
                secret = source["secret"]
                yield secret["name"], {item["key"] for item in secret["items"]}


def keys_where_needed(objects: list[Object]) -> Complaints:
    """Only the root's pages sign sessions and packages, only workers seal trails."""
    for load in workloads(objects):
        seen = {name for name, _ in _secrets_of(load)} & KEYS.keys()
        role = load.labels.get("app.kubernetes.io/component")
        wanted = {"wenxiao-trail-key"} if role == "worker" else set()
        if load.name == "wenxiao-oversight-web":
            wanted = {"wenxiao-session-keys"}
        if seen != wanted:
            yield f"{load.name} sees {sorted(seen)}"


def whole(objects: list[Object]) -> Complaints:
    """Whatever a pod mounts or reads exists in the overlay, and is mounted where it is named."""
    maps = {each["metadata"]["name"] for each in of_kind(objects, "ConfigMap")}
    claims = {each["metadata"]["name"] for each in of_kind(objects, "PersistentVolumeClaim")}
    accounts = {each["metadata"]["name"] for each in of_kind(objects, "ServiceAccount")}
    for load in workloads(objects):
        if load.pod.get("serviceAccountName") not in accounts:
            yield f"{load.name} has an account that is not there"
        volumes = {volume["name"]: volume for volume in load.pod.get("volumes", [])}
        volumes |= {
            each["metadata"]["name"]: {} for each in load.spec.get("volumeClaimTemplates", [])
        }
        mounted = {each["name"] for each in load.containers[0].get("volumeMounts", [])}
        if mounted != volumes.keys():
            yield f"{load.name} mounts {sorted(mounted)} of {sorted(volumes)}"
        for container in load.containers:
            for source in container.get("envFrom", []):
                if source["configMapRef"]["name"] not in maps:
                    yield f"{load.name} reads settings that are not there"
            yield from _files_there(load, container)
        yield from _sources_there(load, list(volumes.values()), maps, claims)


def _sources_there(
    load: Workload, volumes: list[Object], maps: set[str], claims: set[str]
) -> Complaints:
    for volume in volumes:
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        if claim is not None and claim not in claims:
            yield f"{load.name} has no disk {claim}"
        sources = [volume, *volume.get("projected", {}).get("sources", [])]
        for source in sources:
            if "configMap" in source and source["configMap"]["name"] not in maps:
                yield f"{load.name} has no {source['configMap']['name']}"


def _files_there(load: Workload, container: Object) -> Complaints:
    """Every setting that names a file names one that a volume brings."""
    places = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", [])}
    files = {
        f"{places[volume['name']]}/{item['path']}"
        for volume in load.pod.get("volumes", [])
        for item in volume.get("secret", {}).get("items", [])
        if volume["name"] in places
    }
    for each in container.get("env", []):
        if each["name"].endswith("_FILE") and each["value"] not in files:
            yield f"{load.name}: {each['name']} names {each['value']}, which is not there"


def pinned_images(objects: list[Object]) -> Complaints:
    """No image floats: each names a version, and ours comes from one place."""
    for load in workloads(objects):
        for container in load.containers:
            image = container["image"]
            tag = image.rpartition("/")[2].replace("@sha256", "").partition(":")[2]
            if not REGISTRY.match(image) or not tag or tag == "latest":
                yield f"{load.name} runs {image}"


def one_origin(objects: list[Object]) -> Complaints:
    """All services under one address, as the generated router has it; operations' pages are not."""
    (ingress,) = of_kind(objects, "Ingress")
    (rule,) = ingress["spec"]["rules"]
    paths = {
        (each["path"], each["pathType"]): each["backend"]["service"]
        for each in rule["http"]["paths"]
    }
    wanted = {("/", "Prefix"): "wenxiao-oversight"}
    for module in all_modules():
        if module.business != "oversight":
            wanted[f"/{module.business}", "Prefix"] = f"wenxiao-{module.business}"
        for what in ("healthz", "readyz", "metrics"):
            wanted[f"/{module.business}/{what}", "Exact"] = "wenxiao-nowhere"
    if {path: backend["name"] for path, backend in paths.items()} != wanted:
        yield "the paths are others"
    loads = [each for each in workloads(objects) if each.kind == "Deployment"]
    for backend in paths.values():
        service = named(objects, "Service", backend["name"])["spec"]
        if backend["port"]["name"] not in {port["name"] for port in service["ports"]}:
            yield f"{backend['name']} has no such port"
        labels = {"matchLabels": service.get("selector", {})}
        behind = [each.name for each in loads if service.get("selector")]
        behind = [
            each.name for each in loads if each.name in behind and matches(labels, each.labels)
        ]
        expected = [] if backend["name"] == "wenxiao-nowhere" else [f"{backend['name']}-web"]
        if behind != expected:
            yield f"behind {backend['name']} stand {behind}"


def over_tls(objects: list[Object]) -> Complaints:
    """The address people see, the router's, the certificate's are one; cookies need HTTPS."""
    (ingress,) = of_kind(objects, "Ingress")
    (settings,) = [
        each["data"]
        for each in of_kind(objects, "ConfigMap")
        if each["metadata"]["name"].startswith("wenxiao-settings-")
    ]
    host = ingress["spec"]["rules"][0].get("host")
    if ingress["spec"].get("tls") != [{"hosts": [host], "secretName": "wenxiao-tls"}]:
        yield "no certificate for the address"
    if settings.get("WENXIAO_PUBLIC_URL") != f"https://{host}":
        yield "people are sent elsewhere"
    if settings.get("WENXIAO_SECURE_COOKIES") != "true":
        yield "cookies travel in the open"


def three_of_each(objects: list[Object]) -> Complaints:
    """PostgreSQL and RabbitMQ outlive a node; what is written is backed up."""
    (cluster,) = of_kind(objects, "Cluster")
    (broker,) = of_kind(objects, "RabbitmqCluster")
    spec = cluster["spec"]
    if (spec["instances"], broker["spec"]["replicas"]) != (3, 3):
        yield "fewer than three"
    if spec["postgresql"]["synchronous"]["number"] < 1:
        yield "a lost node loses commits"
    if spec["affinity"]["podAntiAffinityType"] != "required":
        yield "two databases on one node"
    apart = broker["spec"]["affinity"]["podAntiAffinity"]
    if "requiredDuringSchedulingIgnoredDuringExecution" not in apart:
        yield "two brokers on one node"
    stores = {each["metadata"]["name"] for each in of_kind(objects, "ObjectStore")}
    archiving = [each for each in spec["plugins"] if each.get("isWALArchiver")]
    if {each["parameters"]["barmanObjectName"] for each in archiving} != stores or not stores:
        yield "nothing is archived"
    backups = of_kind(objects, "ScheduledBackup")
    if [each["spec"]["cluster"]["name"] for each in backups] != [cluster["metadata"]["name"]]:
        yield "no base backup"
    made = {each["spec"]["name"] for each in of_kind(objects, "Database")}
    if made != {module.database_name for module in all_modules()}:
        yield f"databases {sorted(made)}"


def scraped(objects: list[Object]) -> Complaints:
    """Prometheus finds every process of ours, each under its own prefix."""
    monitors = of_kind(objects, "PodMonitor")
    for load in workloads(objects):
        if load.kind != "Deployment":
            continue
        paths = [
            end["path"]
            for each in monitors
            if matches(each["spec"]["selector"], load.labels)
            for end in each["spec"]["podMetricsEndpoints"]
        ]
        if paths != [f"/{load.labels['wenxiao.dev/service']}/metrics"]:
            yield f"{load.name} is scraped at {paths}"
