"""One Deployment for each service and role, and the Job that brings the databases up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.commands.keys import sealing_purposes
from services.kubernetes.names import (
    GRACE_SECONDS,
    LEAVE_SECONDS,
    PORT,
    USER,
    Object,
    described,
    labels_of,
    name_of,
)
from services.oversight_svc.usecases import issue_token
from services.registry import ROOT_SERVICE
from shared.runtime.sealing import KEY_PURPOSE
from shared.sharing import verify_share

if TYPE_CHECKING:
    from services.registry import Role
    from shared.runtime.module import Module

DATA, SECRETS = "/var/lib/wenxiao", "/run/wenxiao"
REPLICAS: dict[Role, int] = {"web": 2, "worker": 2, "scheduler": 2}
"""Two of each: a lease elects one relay and one scheduler, the other takes over within seconds."""
RESOURCES: dict[str, tuple[str, str, str, str]] = {
    "web": ("100m", "384Mi", "1", "1Gi"),
    "worker": ("100m", "320Mi", "1", "1Gi"),
    "scheduler": ("50m", "256Mi", "500m", "512Mi"),
    "migrate": ("50m", "256Mi", "1", "512Mi"),
}
"""CPU and memory asked for, then at most."""
COMMANDS: dict[Role, str] = {"web": "serve", "worker": "worker", "scheduler": "scheduler"}


def deployment(module: Module, role: Role) -> Object:
    """Return the Deployment of one process. A new pod is ready before an old one leaves."""
    labels = labels_of(module, role)
    made = described("apps/v1", "Deployment", name_of(module, role), labels)
    made["spec"] = {
        "replicas": REPLICAS[role],
        "revisionHistoryLimit": 5,
        "minReadySeconds": 5,
        "progressDeadlineSeconds": 600,
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": _pod(module, role)},
    }
    return made


def disruption_budget(module: Module, role: Role) -> Object:
    """Return the bound for voluntary evictions: one at a time, so that a node can be emptied."""
    labels = labels_of(module, role)
    made = described("policy/v1", "PodDisruptionBudget", name_of(module, role), labels)
    made["spec"] = {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
    return made


def service(module: Module) -> Object:
    """Return the Service in front of a service's pages, by the name the router knows."""
    labels = labels_of(module, "web")
    made = described("v1", "Service", name_of(module), labels)
    made["spec"] = {
        "selector": labels,
        "ports": [{"name": "http", "port": PORT, "targetPort": "http"}],
    }
    return made


def migrate_job() -> Object:
    """Return the Job to run before the processes of a new version are ready; safe to run again."""
    labels = {"app.kubernetes.io/name": "wenxiao", "app.kubernetes.io/component": "migrate"}
    made = described("batch/v1", "Job", "wenxiao-migrate", labels)
    container = _container(["migrate"], "migrate")
    container["env"] = [_from_file("DATABASE_URL", "database", "uri")]
    container["volumeMounts"] = _mounts(["tmp", "database"])
    volumes = [_scratch("tmp"), _secret("database", "wenxiao-database", "uri")]
    made["spec"] = {
        "backoffLimit": 20,
        "activeDeadlineSeconds": 3600,
        "ttlSecondsAfterFinished": 86400,
        "template": {
            "metadata": {"labels": labels},
            "spec": {**_safe_pod(), "restartPolicy": "Never", "containers": [container]}
            | {"volumes": volumes},
        },
    }
    return made


def _pod(module: Module, role: Role) -> Object:
    container = _container([COMMANDS[role], module.business], role)
    container["env"] = [_from_file("DATABASE_URL", "database", "uri")]
    if role == "worker":
        container["env"].append(_from_file("BROKER_URL", "broker", "connection_string"))
    container["ports"] = [{"name": "http", "containerPort": PORT}]
    container |= _probes(module)
    # Routers go on sending for some seconds after a pod is to end: it answers them first.
    container["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", str(LEAVE_SECONDS)]}}}
    volumes = [
        _scratch("tmp"),
        {"name": "data", "persistentVolumeClaim": {"claimName": "wenxiao-data"}},
        _secret("database", "wenxiao-database", "uri"),
    ]
    if role == "worker":
        volumes.append(_secret("broker", "wenxiao-broker", "connection_string"))
    if sources := _keys(module, role):
        container["env"].append({"name": "WENXIAO_KEYS_DIR", "value": f"{SECRETS}/keys"})
        projected = {"defaultMode": 0o440, "sources": sources}
        volumes.append({"name": "keys", "projected": projected})
    container["volumeMounts"] = _mounts([volume["name"] for volume in volumes])
    return {
        **_safe_pod(),
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "topologySpreadConstraints": _spread(labels_of(module, role)),
        "containers": [container],
        "volumes": volumes,
    }


def _keys(module: Module, role: Role) -> list[Object]:
    """Return the keys a process may see: a worker seals, the root's pages sign, pages verify."""
    if role == "worker":
        return [_projected("wenxiao-trail-key", [f"{KEY_PURPOSE}.key"])]
    if role != "web":
        return []
    public: Object = {"configMap": {"name": "wenxiao-public-keys"}}
    if module.name != ROOT_SERVICE:
        return [public]
    names = [f"{each}.key" for each in (issue_token.PURPOSE, verify_share.PURPOSE)]
    names += [f"{each}.secret" for each in sealing_purposes()]
    return [_projected("wenxiao-session-keys", names), public]


def _projected(secret: str, names: list[str]) -> Object:
    return {"secret": {"name": secret, "items": [{"key": name, "path": name} for name in names]}}


def _container(arguments: list[str], size: str) -> Object:
    cpu, memory, most_cpu, most_memory = RESOURCES[size]
    return {
        "name": "wenxiao",
        "image": "wenxiao",
        "args": arguments,
        "envFrom": [{"configMapRef": {"name": "wenxiao-settings"}}],
        "resources": {
            "requests": {"cpu": cpu, "memory": memory},
            "limits": {"cpu": most_cpu, "memory": most_memory},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _safe_pod() -> Object:
    return {
        "serviceAccountName": "wenxiao",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _probes(module: Module) -> Object:
    """Return the probes: liveness asks the process only, readiness its database and schema too.

    A dead broker makes nobody unready, and a dead database restarts nobody.
    """

    def ask(what: str) -> Object:
        return {"httpGet": {"path": f"/{module.business}/{what}", "port": "http"}}

    return {
        "startupProbe": {**ask("healthz"), "periodSeconds": 2, "failureThreshold": 60},
        "readinessProbe": {
            **ask("readyz"),
            "periodSeconds": 5,
            "timeoutSeconds": 3,
            "failureThreshold": 2,
        },
        "livenessProbe": {
            **ask("healthz"),
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
    }


def _spread(labels: dict[str, str]) -> list[Object]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def _from_file(setting: str, volume: str, key: str) -> Object:
    return {"name": f"WENXIAO_{setting}_FILE", "value": f"{SECRETS}/{volume}/{key}"}


def _secret(volume: str, secret: str, key: str) -> Object:
    items = [{"key": key, "path": key}]
    return {"name": volume, "secret": {"secretName": secret, "defaultMode": 0o440, "items": items}}


def _scratch(name: str) -> Object:
    return {"name": name, "emptyDir": {"sizeLimit": "2Gi"}}


def _mounts(volumes: list[str]) -> list[Object]:
    places = {"tmp": "/tmp", "data": DATA}  # noqa: S108 (the pod's own)
    return [
        {"name": name, "mountPath": places[name]}
        if name in places
        else {"name": name, "mountPath": f"{SECRETS}/{name}", "readOnly": True}
        for name in volumes
    ]
