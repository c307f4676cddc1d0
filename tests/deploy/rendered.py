"""The overlays of deploy/k8s as kubectl renders them, and ways to look at them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy" / "k8s"
OVERLAYS = ("dev", "single-machine", "production")
KUBECTL = Path(sys.executable).parent / "kubectl"
Object = dict[str, Any]


def render(overlay: str) -> list[Object]:
    """Return all objects of an overlay, each call its own copy, to plant defects in."""
    return deepcopy(_rendered(overlay))


@cache
def _rendered(overlay: str) -> list[Object]:
    return rendered_from(K8S / "overlays" / overlay)


def rendered_from(folder: Path) -> list[Object]:
    """Return all objects of a folder with a kustomization."""
    assert KUBECTL.exists(), "kubectl is missing: run `make .venv/bin/kubectl`"
    command = [str(KUBECTL), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    # A warning is a feature of kustomize that will go away.
    assert not done.stderr, done.stderr
    return [each for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if each]


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    return [each for each in objects if each["kind"] in kinds]


def named(objects: list[Object], kind: str, name: str) -> Object:
    (found,) = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


@dataclass(frozen=True)
class Workload:
    """Something that starts pods, with the pods' own description."""

    kind: str
    name: str
    spec: Object
    labels: dict[str, str]
    pod: Object

    @property
    def containers(self) -> list[Object]:
        containers: list[Object] = self.pod["containers"] + self.pod.get("initContainers", [])
        return containers


def workloads(objects: list[Object]) -> Iterator[Workload]:
    """Yield everything with a pod template, whatever its kind: none can hide behind a new one."""
    for each in objects:
        template = each.get("spec", {}).get("template", {})
        if isinstance(template, dict) and "containers" in template.get("spec", {}):
            yield Workload(
                each["kind"],
                each["metadata"]["name"],
                each["spec"],
                template["metadata"]["labels"],
                template["spec"],
            )


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Tell whether a label selector takes these labels; an operator we do not use is an error."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In", rule
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True
