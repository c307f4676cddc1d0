"""What every pod must fulfil. Each rule names those that break it."""

from __future__ import annotations

from collections.abc import Iterator

from rendered import Object, Workload, matches, named, of_kind, workloads

from services.kubernetes.names import LEAVE_SECONDS
from services.registry import EVERY_ROLE, all_modules
from shared.db.engine import PoolSize
from shared.runtime.processes import STOP_SECONDS

OURS = {"app.kubernetes.io/name": "wenxiao"}
Complaints = Iterator[str]


def restricted(objects: list[Object]) -> Complaints:
    """The restricted profile of Pod Security Standards, and a root nobody writes to."""
    for load in workloads(objects):
        pod = load.pod
        security = pod.get("securityContext", {})
        if not security.get("runAsNonRoot") or not security.get("runAsUser"):
            yield f"{load.name} may run as root"
        if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{load.name} has no seccomp profile"
        if {"hostNetwork", "hostPID", "hostIPC"} & pod.keys():
            yield f"{load.name} shares something with its node"
        for container in load.containers:
            yield from _confined(load, container)
        allowed = {"emptyDir", "secret", "projected", "configMap", "persistentVolumeClaim"}
        for volume in pod.get("volumes", []):
            if not (volume.keys() - {"name"}) <= allowed:
                yield f"{load.name} mounts {sorted(volume)}"


def _confined(load: Workload, container: Object) -> Complaints:
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield f"{load.name} may gain rights"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield f"{load.name} keeps capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield f"{load.name} may write to its root"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield f"{load.name} takes a port of its node"
    if {"runAsUser", "runAsNonRoot", "seccompProfile"} & security.keys():
        yield f"{load.name} overrides what its pod says"


def namespace_enforces(objects: list[Object]) -> Complaints:
    """The cluster refuses other pods; everything lives in the one namespace it watches."""
    (space,) = of_kind(objects, "Namespace")
    if space["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
        yield "the namespace enforces nothing"
    for each in objects:
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") != "wenxiao":
            yield f"{each['metadata']['name']} lies elsewhere"


def no_token(objects: list[Object]) -> Complaints:
    """No pod and no account carries a token for the cluster, and nothing grants rights there."""
    for load in workloads(objects):
        if load.pod.get("automountServiceAccountToken") is not False:
            yield f"{load.name} carries a token"
    for account in of_kind(objects, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"account {account['metadata']['name']} hands out tokens"
    for grant in of_kind(objects, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{grant['metadata']['name']} grants rights"


def bounded(objects: list[Object]) -> Complaints:
    """Every container says what it needs and what it may take at most, scratch space included."""
    for load in workloads(objects):
        for container in load.containers:
            resources = container.get("resources", {})
            for part in ("requests", "limits"):
                if resources.get(part, {}).keys() != {"cpu", "memory"}:
                    yield f"{load.name} has no {part}"
        for volume in load.pod.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{load.name} may fill its node"


def probed(objects: list[Object]) -> Complaints:
    """Liveness asks only the process itself; readiness its database; both under its own prefix."""
    prefixes = {module.business: f"/{module.business}" for module in all_modules()}
    for load in workloads(objects):
        if load.kind == "Job":
            continue
        for container in load.containers:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe not in container:
                    yield f"{load.name} has no {probe}"
        if not matches({"matchLabels": OURS}, load.labels):
            continue
        prefix = prefixes[load.labels["wenxiao.dev/service"]]
        paths = {
            probe: load.containers[0].get(probe, {}).get("httpGet", {}).get("path")
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        }
        wanted = {
            "startupProbe": f"{prefix}/healthz",
            "readinessProbe": f"{prefix}/readyz",
            "livenessProbe": f"{prefix}/healthz",
        }
        if paths != wanted:
            yield f"{load.name} is asked {paths}"


def drained(objects: list[Object]) -> Complaints:
    """A pod that ends answers until routers know, and then has its whole stopping time."""
    for load in workloads(objects):
        if load.kind == "Job":
            continue
        container = load.containers[0]
        command = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
        if command is None:
            yield f"{load.name} ends without a word"
        elif matches({"matchLabels": OURS}, load.labels):
            if command != ["sleep", str(LEAVE_SECONDS)]:
                yield f"{load.name} does not wait for the routers"
            if load.pod.get("terminationGracePeriodSeconds", 30) <= LEAVE_SECONDS + STOP_SECONDS:
                yield f"{load.name} is killed while it finishes"
        if load.kind == "Deployment":
            rolling = load.spec.get("strategy", {}).get("rollingUpdate")
            if rolling != {"maxSurge": 1, "maxUnavailable": 0}:
                yield f"{load.name} leaves before another has come"


def complete(objects: list[Object]) -> Complaints:
    """One Deployment for each registered service and role, and one Job that migrates."""
    wanted = {(module.business, role) for module in all_modules() for role in EVERY_ROLE}
    found = [
        (load.labels["wenxiao.dev/service"], load.labels["app.kubernetes.io/component"])
        for load in workloads(objects)
        if load.kind == "Deployment"
    ]
    if sorted(found) != sorted(wanted):
        yield f"differs: {sorted(set(found) ^ wanted)}"
    if [job["metadata"]["name"] for job in of_kind(objects, "Job")] != ["wenxiao-migrate"]:
        yield "nobody migrates"


def evictable_one_by_one(objects: list[Object]) -> Complaints:
    """Every Deployment has a budget for evictions that selects its pods, and one never to zero."""
    budgets = of_kind(objects, "PodDisruptionBudget")
    for load in workloads(objects):
        if load.kind != "Deployment":
            continue
        mine = [each for each in budgets if matches(each["spec"]["selector"], load.labels)]
        if [each["spec"].get("maxUnavailable") for each in mine] != [1]:
            yield f"{load.name} has no budget"


def spread(objects: list[Object]) -> Complaints:
    """Pods of one process stand on different nodes and zones, counted by version."""
    for load in workloads(objects):
        if load.kind != "Deployment":
            continue
        rules = {each["topologyKey"]: each for each in load.pod["topologySpreadConstraints"]}
        if rules.keys() != {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}:
            yield f"{load.name} is not spread"
        for rule in rules.values():
            if not matches(rule["labelSelector"], load.labels) or rule["maxSkew"] != 1:
                yield f"{load.name} spreads others"
            if rule.get("matchLabelKeys") != ["pod-template-hash"]:
                yield f"{load.name} counts the pods it replaces"


def never_together(objects: list[Object]) -> Complaints:
    """On a cluster two pods of one process never share a node."""
    for load in workloads(objects):
        if load.kind == "Deployment":
            first = load.pod["topologySpreadConstraints"][0]
            if first["whenUnsatisfiable"] != "DoNotSchedule":
                yield f"{load.name} may stand on one node"


def scaled(objects: list[Object]) -> Complaints:
    """Pages and workers scale; what an autoscaler decides is not decided by a number as well."""
    scalers = {
        each["spec"]["scaleTargetRef"]["name"]: each
        for each in of_kind(objects, "HorizontalPodAutoscaler")
    }
    for module in all_modules():
        for role in EVERY_ROLE - {"scheduler"}:
            name = f"wenxiao-{module.business}-{role}"
            scaler = scalers.get(name)
            if scaler is None:
                yield f"{name} does not scale"
                continue
            if "replicas" in named(objects, "Deployment", name)["spec"]:
                yield f"{name} is set back at every update"
            (metric,) = scaler["spec"]["metrics"]
            about = metric.get("external", {}).get("metric")
            backlog = {
                "name": "inbox_pending_events",
                "selector": {"matchLabels": {"service": module.name}},
            }
            if role == "worker" and about != backlog:
                yield f"{name} scales by {about}, not by its backlog"


def connected(objects: list[Object]) -> Complaints:
    """PostgreSQL takes every connection all pods may open at their most, one update included."""
    size = PoolSize()
    most = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]["maxReplicas"]
        for each in of_kind(objects, "HorizontalPodAutoscaler")
    }
    pods = sum(
        most.get(load.name) or load.spec["replicas"]
        for load in workloads(objects)
        if load.kind == "Deployment"
    )
    needed = (pods + len(all_modules())) * (size.kept + size.above)
    if (given := _connections(objects)) < needed:
        yield f"{given} connections for {needed}"


def _connections(objects: list[Object]) -> int:
    for cluster in of_kind(objects, "Cluster"):
        return int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    server = named(objects, "StatefulSet", "wenxiao-postgres")
    arguments: list[str] = server["spec"]["template"]["spec"]["containers"][0]["args"]
    (given,) = [each for each in arguments if each.startswith("max_connections=")]
    return int(given.partition("=")[2])
