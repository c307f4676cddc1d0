"""The image's recipe and the composition: what they must never come to do without."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.kubernetes.names import PORT, USER
from shared.runtime.processes import STOP_SECONDS

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "deploy" / "container"
COMPOSE = CONTAINER / "compose.yaml"
MAKER = CONTAINER / "secrets.sh"
Composition = dict[str, Any]


def _recipe() -> str:
    return (CONTAINER / "Containerfile").read_text(encoding="utf-8")


def _final_stage() -> str:
    return _recipe().rpartition("\nFROM ")[2]


def test_every_stage_starts_from_the_base_that_is_given() -> None:
    # No default: whoever builds names a digest, and the first step refuses anything else.
    assert re.findall(r"^FROM (.*)$", _recipe(), re.MULTILINE) == ["${BASE} AS build", "${BASE}"]
    assert re.findall(r"^ARG BASE.*$", _recipe(), re.MULTILINE) == ["ARG BASE", "ARG BASE"]
    assert _recipe().index("pinned.sh") < _recipe().index("build.sh")


@pytest.mark.parametrize(
    ("base", "code"),
    [
        (f"docker.io/library/debian:12-slim@sha256:{'0' * 64}", 0),
        ("docker.io/library/debian:12-slim", 1),
        (f"debian@sha256:{'0' * 63}", 1),
        ("", 1),
    ],
)
def test_a_base_without_digest_is_refused(base: str, code: int) -> None:
    command = ["/bin/sh", str(CONTAINER / "steps/pinned.sh"), base]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603

    assert done.returncode == code


def test_the_image_runs_as_a_user_of_its_own() -> None:
    assert re.findall(r"^USER (.*)$", _final_stage(), re.MULTILINE) == [f"{USER}:{USER}"]
    system = (CONTAINER / "steps/system.sh").read_text(encoding="utf-8")
    assert f"useradd --uid {USER} " in system


def test_packages_are_installed_as_everybody_does_with_their_hashes() -> None:
    build = (CONTAINER / "steps/build.sh").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.findall(r"^make .*$", build, re.MULTILINE) == ["make setup"]
    assert "PIP_ONLY_BINARY=:all:" in build
    assert "--require-hashes --requirement requirements.txt" in makefile
    assert "npm_config" not in build


def test_what_the_recipe_copies_is_there_and_in_the_context() -> None:
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", _recipe(), re.MULTILINE)
        for source in line.split()
    }
    ignoring = (CONTAINER / "Containerfile.dockerignore").read_text(encoding="utf-8").split("\n")
    let_in = {line.removeprefix("!") for line in ignoring if line.startswith("!")}

    assert all((ROOT / source).exists() for source in copied)
    assert "*" in ignoring
    assert {source for source in copied if not _is_below(source, let_in)} == set()


def _is_below(source: str, folders: set[str]) -> bool:
    return any(source == folder or source.startswith(f"{folder}/") for folder in folders)


def test_the_processes_stop_within_the_time_they_are_given() -> None:
    grace = _composed()["services"]["wenxiao"]["stop_grace_period"]

    assert int(grace.removesuffix("s")) > STOP_SECONDS


@cache
def _read() -> Composition:
    made: Composition = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return made


def _composed() -> Composition:
    return deepcopy(_read())


def complaints(made: Composition) -> Iterator[str]:
    """Name what breaks a rule of the composition."""
    for name, service in made["services"].items():
        yield from _unsafe(name, service)
        yield from _out_of_place(name, service, made["services"].keys())
    for network in ("servers", "watching"):
        if made["networks"][network].get("internal") is not True:
            yield f"{network} leads outside"
    for secret in made["secrets"].values():
        if not secret["file"].startswith("./secrets/"):
            yield f"{secret} lies elsewhere"


def _out_of_place(name: str, service: Composition, others: Collection[str]) -> Iterator[str]:
    for key, value in service.get("environment", {}).items():
        is_told = re.search(r"PASSWORD|SECRET|_URL", key) and not key.endswith("_FILE")
        if is_told and _is_secret(value):
            yield f"{name} has {key} in its environment"
    for needed, how in service.get("depends_on", {}).items():
        if how != {"condition": "service_healthy"} or needed not in others:
            yield f"{name} does not wait for {needed}"
    if any(not port.startswith("127.0.0.1:") for port in service.get("ports", [])):
        yield f"{name} is open to the network"
    if name.startswith("wenxiao-") and service["networks"] != ["servers"]:
        yield f"{name} can be reached from elsewhere"


def _is_secret(value: str) -> bool:
    return not re.fullmatch(r"\$\{WENXIAO_PUBLIC_URL:-\}|http://prometheus:9090", value)


def _unsafe(name: str, service: Composition) -> Iterator[str]:
    user = service.get("user", "0").partition(":")[0]
    told = {
        "may write to its root": service.get("read_only") is not True,
        "keeps capabilities": service.get("cap_drop") != ["ALL"]
        or bool({"cap_add", "privileged"} & service.keys()),
        "may gain rights": service.get("security_opt") != ["no-new-privileges:true"],
        "runs as root": user in {"", "0", "root"},
        "is not asked how it is": not service.get("healthcheck", {}).get("test"),
        "may take everything": not {"mem_limit", "pids_limit"} <= service.keys(),
        "may fill the disk with its log": "max-size"
        not in service.get("logging", {}).get("options", {}),
        "runs whatever is published today": not re.search(
            r":v?\d+\.\d+(\.\d+)?\}?$", service["image"]
        ),
    }
    yield from (f"{name} {problem}" for problem, is_so in told.items() if is_so)
    for volume in service.get("volumes", []):
        place = volume.partition(":")[0]
        is_made = place.startswith("./secrets/")
        if place.startswith(".") and not is_made and not (CONTAINER / place).exists():
            yield f"{name} mounts {place}, which is not there"


def test_grafana_finds_what_is_provisioned() -> None:
    grafana = _composed()["services"]["grafana"]
    places = {mount.split(":")[1]: mount.split(":")[0] for mount in grafana["volumes"]}
    provisioning = CONTAINER / places["/etc/grafana/provisioning"]
    (dashboards,) = (provisioning / "dashboards").glob("*.yml")
    (source,) = (provisioning / "datasources").glob("*.yml")

    provider = yaml.safe_load(dashboards.read_text(encoding="utf-8"))["providers"][0]
    assert list((CONTAINER / places[provider["options"]["path"]]).glob("*.json"))
    asked = set(re.findall(r"\$\{(\w+)\}", source.read_text(encoding="utf-8")))
    assert asked
    assert asked <= grafana["environment"].keys()


def test_prometheus_reads_the_rules_and_names_our_process_as_they_do() -> None:
    services = _composed()["services"]
    settings = yaml.safe_load((CONTAINER / "prometheus.yml").read_text(encoding="utf-8"))
    (scraped,) = settings["scrape_configs"]
    rules = (ROOT / "deploy/prometheus/rules").glob("*.yml")
    jobs = {
        job
        for file in rules
        for job in re.findall(r'job="(\w+)"', file.read_text(encoding="utf-8"))
    }

    assert jobs == {scraped["job_name"]}
    (target,) = scraped["static_configs"][0]["targets"]
    host, _, port = target.partition(":")
    assert port == str(PORT)
    assert set(services[host]["networks"]) & set(services["prometheus"]["networks"])
    assert "../prometheus/rules:/etc/prometheus/rules:ro" in services["prometheus"]["volumes"]


def test_the_composition_keeps_its_rules() -> None:
    assert list(complaints(_composed())) == []


DEFECTS: list[Callable[[Composition], object]] = [
    lambda made: made["services"]["grafana"].update(read_only=False),
    lambda made: made["services"]["wenxiao"].pop("cap_drop"),
    lambda made: made["services"]["wenxiao"].update(cap_add=["NET_ADMIN"]),
    lambda made: made["services"]["prometheus"].pop("security_opt"),
    lambda made: made["services"]["wenxiao-postgres"].pop("user"),
    lambda made: made["services"]["wenxiao-rabbitmq"].pop("healthcheck"),
    lambda made: made["services"]["grafana"].pop("mem_limit"),
    lambda made: made["services"]["wenxiao"].pop("logging"),
    lambda made: made["services"]["grafana"].update(image="docker.io/grafana/grafana:latest"),
    lambda made: made["services"]["wenxiao"]["environment"].update(
        WENXIAO_DATABASE_URL="postgresql://wenxiao:x@wenxiao-postgres/postgres"
    ),
    lambda made: made["services"]["wenxiao-postgres"]["environment"].update(POSTGRES_PASSWORD="x"),
    lambda made: made["services"]["wenxiao"].update(ports=["8080:8080"]),
    lambda made: made["services"]["wenxiao-postgres"].update(networks=["servers", "front"]),
    lambda made: made["networks"]["servers"].pop("internal"),
    lambda made: made["services"]["wenxiao"]["depends_on"].update(other={}),
    lambda made: made["services"]["prometheus"]["volumes"].append("./gone.yml:/x:ro"),
]


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_of_the_composition_is_noticed(defect: Callable[[Composition], object]) -> None:
    made = _composed()
    defect(made)

    assert list(complaints(made)) != []


def _made(folder: Path) -> dict[str, str]:
    subprocess.run([str(MAKER), str(folder)], check=True)  # noqa: S603
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def test_the_secrets_are_made_once_fit_together_and_are_all_there(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = _made(folder)

    assert _made(folder) == made
    assert _made(tmp_path / "others") != made
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert f":{made['database/password']}@wenxiao-postgres:5432/" in made["database/uri"]
    broker = re.search(r"default_pass = (\w{48})\n", made["broker/broker.conf"])
    assert broker is not None
    assert f":{broker[1]}@wenxiao-rabbitmq:5672/" in made["broker/connection_string"]
    needed = {each["file"].removeprefix("./secrets/") for each in _composed()["secrets"].values()}
    assert made.keys() == needed | {"broker/broker.conf"}


def test_the_servers_of_both_ways_have_the_same_names_and_versions() -> None:
    overlay = yaml.safe_load(
        (ROOT / "deploy/k8s/overlays/single-machine/kustomization.yaml").read_text(encoding="utf-8")
    )
    versions = {image["newName"]: image["newTag"] for image in overlay["images"]}
    services = _composed()["services"]

    for name in ("postgres", "rabbitmq"):
        image = f"docker.io/library/{name}"
        assert services[f"wenxiao-{name}"]["image"] == f"{image}:{versions[image]}"
