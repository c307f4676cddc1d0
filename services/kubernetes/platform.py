"""What the cluster does for the processes: entrance, scaling, scraping, databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from services.kubernetes.names import PORT, Object, described, labels_of, name_of
from services.registry import ROOT_SERVICE, subscriptions
from services.router import FORM_MIB
from shared.runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shared.runtime.module import Module

NOWHERE = "wenxiao-nowhere"
"""A Service without pods: what only operations may see ends there."""
PRIVATE = ("healthz", "readyz", "metrics")
WEB_REPLICAS = (2, 4)
WAITING_PER_WORKER = 500
"""Events one worker clears in about ten seconds; beyond that another one is started."""


def ingress(modules: Sequence[Module]) -> list[Object]:
    """Return the one origin over all services, and the place for what it must not show."""
    limit = f"{Settings().upload_limit_mib + FORM_MIB}m"
    made = described("networking.k8s.io/v1", "Ingress", "wenxiao")
    made["metadata"]["annotations"] = {
        # Two controllers stop uploads above 1 MiB unless told; the others do not limit them.
        "nginx.ingress.kubernetes.io/proxy-body-size": limit,
        "nginx.org/client-max-body-size": limit,
    }
    paths = [
        _path(f"/{module.business}/{what}", "Exact", NOWHERE)
        for module in modules
        for what in PRIVATE
    ]
    for module in modules:
        path = "/" if module.name == ROOT_SERVICE else f"/{module.business}"
        paths.append(_path(path, "Prefix", name_of(module)))
    made["spec"] = {"rules": [{"http": {"paths": paths}}]}
    nowhere = described("v1", "Service", NOWHERE)
    nowhere["spec"] = {"ports": [{"name": "http", "port": PORT}]}
    return [made, nowhere]


def _path(path: str, kind: str, service: str) -> Object:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {"path": path, "pathType": kind, "backend": backend}


def scaling(modules: Sequence[Module]) -> list[Object]:
    """Return the autoscalers: pages by CPU, whoever hears events by how many wait for it."""
    made = []
    for module in modules:
        cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
        made.append(
            _scaler(module, "web", *WEB_REPLICAS, {"type": "Resource", "resource": cpu}),
        )
        if module.name in subscriptions():
            waiting = {
                "metric": {
                    "name": "inbox_pending_events",
                    "selector": {"matchLabels": {"service": module.name}},
                },
                "target": {"type": "AverageValue", "averageValue": str(WAITING_PER_WORKER)},
            }
            metric = {"type": "External", "external": waiting}
            # Every partition queue has one consumer: more workers than queues receive nothing.
            made.append(_scaler(module, "worker", 2, Settings().partitions, metric))
    return made


def _scaler(module: Module, role: str, least: int, most: int, metric: Object) -> Object:
    made = described(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        name_of(module, role),
        labels_of(module, role),
    )
    made["spec"] = {
        "scaleTargetRef": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": name_of(module, role),
        },
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [metric],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 600}},
    }
    return made


def unfixed_replicas(modules: Sequence[Module]) -> list[Object]:
    """Return patches that leave the number of pods to the autoscalers when applied again."""
    return [
        {
            "target": {"kind": "Deployment", "name": scaler["metadata"]["name"]},
            "patch": "- op: remove\n  path: /spec/replicas\n",
        }
        for scaler in scaling(modules)
    ]


def scraping(modules: Sequence[Module]) -> list[Object]:
    """Return what Prometheus' operator needs to find every process: one PodMonitor a service."""
    made = []
    for module in modules:
        each = described("monitoring.coreos.com/v1", "PodMonitor", name_of(module))
        selected = {"app.kubernetes.io/name": "wenxiao", "wenxiao.dev/service": module.business}
        endpoint = {"port": "http", "path": f"/{module.business}/metrics", "interval": "15s"}
        each["spec"] = {
            # The alerts know our processes by this name, `wenxiao`, wherever they run.
            "jobLabel": "app.kubernetes.io/name",
            "selector": {"matchLabels": selected},
            # `endpoint` is a label of ours, and of the operator's own making too.
            "podMetricsEndpoints": [endpoint | {"honorLabels": True}],
        }
        made.append(each)
    return made


def alerting(rules: Path) -> list[Object]:
    """Return the rules of deploy/prometheus as Prometheus' operator takes them, one a file."""
    made = []
    for file in sorted(rules.glob("*.yml")):
        each = described("monitoring.coreos.com/v1", "PrometheusRule", f"wenxiao-{file.stem}")
        each["spec"] = yaml.safe_load(file.read_text(encoding="utf-8"))
        made.append(each)
    return made


def databases(modules: Sequence[Module]) -> list[Object]:
    """Return one database a service for CloudNativePG; encoding and order are the cluster's."""
    made = []
    for module in modules:
        each = described("postgresql.cnpg.io/v1", "Database", f"wenxiao-{module.business}")
        each["spec"] = {
            "cluster": {"name": "wenxiao-postgres"},
            "name": module.database_name,
            "owner": "wenxiao",
            "databaseReclaimPolicy": "retain",
        }
        made.append(each)
    return made
