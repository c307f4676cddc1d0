"""`python -m services.kubernetes` writes the files; committed, so that a change can be read.

With the word `rules` it prints the alerts of deploy/prometheus for Prometheus' operator instead.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from services.kubernetes.names import ROLES, Object
from services.kubernetes.platform import (
    alerting,
    databases,
    ingress,
    scaling,
    scraping,
    unfixed_replicas,
)
from services.kubernetes.pods import deployment, disruption_budget, migrate_job, service
from services.registry import all_modules

PLACE = Path(__file__).parents[2] / "deploy" / "k8s"
HEAD = "# Follows from services/registry.py: `make k8s` writes it; do not edit.\n"


class _Plain(yaml.SafeDumper):
    """No anchors: equal parts are written out, as people read them."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (the library's signature)
        return True


def files() -> dict[str, str]:
    """Return every generated file: place below deploy/k8s → text."""
    modules = all_modules()
    objects: dict[str, list[Object]] = {}
    for module in modules:
        for role in ROLES:
            front = [service(module)] if role == "web" else []
            objects[f"base/processes/{module.business}-{role}.yaml"] = [
                deployment(module, role),
                disruption_budget(module, role),
                *front,
            ]
    objects["base/processes/migrate.yaml"] = [migrate_job()]
    objects["base/processes/ingress.yaml"] = ingress(modules)
    written = {path: _text(each) for path, each in objects.items()}
    names = sorted(Path(path).name for path in objects)
    written["base/processes/kustomization.yaml"] = _text([_kustomization(names)])
    component = _kustomization(["scalers.yaml"], "Component")
    component["patches"] = unfixed_replicas(modules)
    written["components/autoscaling/kustomization.yaml"] = _text([component])
    written["components/autoscaling/scalers.yaml"] = _text(scaling(modules))
    written["components/scraping/kustomization.yaml"] = _text(
        [_kustomization(["monitors.yaml"], "Component")]
    )
    written["components/scraping/monitors.yaml"] = _text(scraping(modules))
    written["components/operators/databases.yaml"] = _text(databases(modules))
    return written


def _kustomization(resources: list[str], kind: str = "Kustomization") -> Object:
    version = "v1alpha1" if kind == "Component" else "v1beta1"
    return {
        "apiVersion": f"kustomize.config.k8s.io/{version}",
        "kind": kind,
        "resources": resources,
    }


def _text(objects: list[Object]) -> str:
    return HEAD + _dumped(objects)


def _dumped(objects: list[Object]) -> str:
    return yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def main() -> None:
    """Write all files and delete those of processes that are no more."""
    if sys.argv[1:] == ["rules"]:
        sys.stdout.write(_dumped(alerting(PLACE.parent / "prometheus" / "rules")))
        return
    written = files()
    for path, text in written.items():
        (PLACE / path).parent.mkdir(parents=True, exist_ok=True)
        (PLACE / path).write_text(text, encoding="utf-8")
    for file in (PLACE / "base" / "processes").glob("*.yaml"):
        if str(file.relative_to(PLACE)) not in written:
            file.unlink()


if __name__ == "__main__":
    main()
