"""What docs/operations/kubernetes.md tells an operator to do is done here, as far as it can be."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import platform_rules as whole
import pod_rules as pods
import yaml
from rendered import K8S, KUBECTL, ROOT, Object, of_kind, rendered_from

GUIDE = ROOT / "docs" / "operations" / "kubernetes.md"
WRITTEN_BY_OPERATORS = {"wenxiao-postgres-app", "wenxiao-rabbitmq-default-user"}


def _blocks(language: str) -> list[str]:
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for spoken, block in blocks if spoken == language]


def _commands() -> list[str]:
    return [line for block in _blocks("") for line in block.splitlines()]


def _made_by(line: str, place: Path) -> Object:
    """Run a line that makes a Secret, without a cluster, and return the Secret."""
    program, *words = shlex.split(line)
    assert program == "kubectl"
    command = [str(KUBECTL), *words, "--dry-run=client", "--output=yaml"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)  # noqa: S603
    made: Object = yaml.safe_load(done.stdout)
    return made


def test_the_commands_make_every_secret_the_overlays_ask_for(tmp_path: Path) -> None:
    maker = [str(ROOT / "deploy/container/secrets.sh"), str(tmp_path / "secrets")]
    subprocess.run(maker, check=True)  # noqa: S603
    (tmp_path / "keys").mkdir()
    for name in ("session.key", "sharing.key", "trail.key", "clue.secret"):
        (tmp_path / "keys" / name).write_text("key", encoding="utf-8")
    (tmp_path / "credentials").write_text("[default]\n", encoding="utf-8")
    lines = [line for line in _commands() if "create secret generic" in line]

    made = [_made_by(line, tmp_path) for line in lines]

    keys = {each["metadata"]["name"]: set(each["data"]) for each in made}
    asked: dict[str, set[str]] = dict(whole.KEYS)
    for overlay in whole.SECRETS.values():
        asked |= overlay
    wanted = {name: each for name, each in asked.items() if name not in WRITTEN_BY_OPERATORS}
    assert {name: keys[name] for name in wanted} == wanted
    # The backups' own, which the object store names, is the only one no pod of ours mounts.
    assert keys.keys() - wanted.keys() == {"wenxiao-backups"}
    assert {each["metadata"]["namespace"] for each in made} == {"wenxiao"}


def _our_cluster(folder: Path) -> list[Object]:
    (ours,) = [each for each in _blocks("yaml") if "kind: Kustomization" in each]
    (folder / "deploy").mkdir()
    shutil.copytree(K8S, folder / "deploy" / "k8s")
    (folder / "our").mkdir()
    (folder / "our/kustomization.yaml").write_text(ours, encoding="utf-8")
    (folder / "our/trail-0000000000000000.pem").write_text("PEM\n", encoding="utf-8")
    return rendered_from(folder / "our")


def test_the_overlay_of_ones_own_keeps_the_rules_and_takes_the_changes(tmp_path: Path) -> None:
    objects = _our_cluster(tmp_path)

    for rule in (whole.over_tls, whole.whole, whole.one_origin, pods.restricted, pods.scaled):
        assert list(rule(objects)) == []
    assert list(whole.secrets_by_reference(objects, "production")) == []
    (ingress,) = of_kind(objects, "Ingress")
    assert ingress["spec"]["rules"][0]["host"] == "wenxiao.yuechi.example"
    text = yaml.safe_dump_all(objects)
    # Nothing of the overlay's placeholders is left but the bucket of the backups' own name.
    assert re.findall(r"\S*(?:example\.cn|192\.0\.2\.|198\.51\.100\.)\S*", text) == []
    assert "registry.yuechi.example/wenxiao@sha256:" in text
    (public,) = [
        each
        for each in of_kind(objects, "ConfigMap")
        if each["metadata"]["name"].startswith("wenxiao-public-keys-")
    ]
    assert public["data"] == {"trail-0000000000000000.pem": "PEM\n"}


def test_the_adapter_serves_the_metric_workers_scale_by(tmp_path: Path) -> None:
    (rules,) = [yaml.safe_load(each) for each in _blocks("yaml") if "seriesQuery" in each]
    (rule,) = rules["rules"]["external"] if "rules" in rules else rules["external"]
    scalers = of_kind(_our_cluster(tmp_path), "HorizontalPodAutoscaler")
    names = {
        metric["external"]["metric"]["name"]
        for scaler in scalers
        for metric in scaler["spec"]["metrics"]
        if "external" in metric
    }

    assert {rule["seriesQuery"].partition("{")[0]} == names
