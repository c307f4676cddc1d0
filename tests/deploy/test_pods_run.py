"""The pods of an overlay as processes: their own words, settings and files, over real servers.

What Kubernetes would do is done by hand: files of Secrets are laid where the pods mount them,
probes are asked, pods are told to end. The overlay's own scripts and settings set the servers up.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from rendered import K8S, ROOT, Object, Workload, of_kind, render, workloads
from sqlalchemy import create_engine, text

from shared.db.engine import database_url
from shared.testing.servers import PrivateBroker, PrivatePostgres, free_port, postgres_programs

SERVERS = K8S / "components" / "servers"
PATIENCE = 240.0
RUNNING = (
    "oversight-web",
    "oversight-worker",
    "oversight-scheduler",
    "target-web",
    "target-worker",
)


class OverlayBroker(PrivateBroker):
    """RabbitMQ with the overlay's settings and the user of its Secret."""

    def __init__(self, secrets: Path) -> None:
        """Take the user from the files `secrets.sh` made."""
        super().__init__()
        self._secrets = secrets
        made = (secrets / "broker/connection_string").read_text(encoding="utf-8")
        self.url = made.replace("wenxiao-rabbitmq:5672", f"127.0.0.1:{self._port}")

    def prepare(self) -> None:
        """Add what the overlay mounts into the folder of settings."""
        super().prepare()
        with (self.folder / "rabbitmq.conf").open("a", encoding="utf-8") as file:
            file.write((SERVERS / "10-wenxiao.conf").read_text(encoding="utf-8"))
            file.write((self._secrets / "broker/broker.conf").read_text(encoding="utf-8"))


@dataclass
class Cluster:
    """The files and servers that pods find."""

    folder: Path
    settings: dict[str, str]
    secrets: dict[str, str]

    def environment(self, load: Workload, port: int) -> dict[str, str]:
        """Lay the files of a pod and return what its container sees."""
        root = self.folder / load.name
        for path, source in _files(load):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes((self.folder / "secrets" / self.secrets[source]).read_bytes())
        kept = {name: value for name, value in os.environ.items() if "WENXIAO" not in name}
        told = {each["name"]: each["value"] for each in load.containers[0]["env"]}
        laid = {
            name: value.replace("/run/wenxiao/", f"{root}/run/wenxiao/")
            for name, value in told.items()
        }
        image = {"WENXIAO_DATA_DIR": str(self.folder / "data"), "WENXIAO_PORT": str(port)}
        return kept | {"PYTHONPATH": str(ROOT)} | image | self.settings | laid


def _files(load: Workload) -> Iterator[tuple[str, str]]:
    """Yield every file a pod's Secrets bring: its place, and the Secret's name and key."""
    places = {each["name"]: each["mountPath"] for each in load.containers[0]["volumeMounts"]}
    for volume in load.pod["volumes"]:
        sources = volume.get("projected", {}).get("sources", [])
        if "secret" in volume:
            sources = [{"secret": {"name": volume["secret"]["secretName"], **volume["secret"]}}]
        for source in sources:
            for item in source.get("secret", {}).get("items", []):
                place = places[volume["name"]].lstrip("/")
                yield f"{place}/{item['path']}", f"{source['secret']['name']}/{item['key']}"


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return render("single-machine")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, objects: list[Object]) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    secrets = folder / "secrets"
    subprocess.run([str(ROOT / "deploy/container/secrets.sh"), str(secrets)], check=True)  # noqa: S603
    _program("keys", "create", str(secrets / "keys"), env=dict(os.environ))
    programs = postgres_programs()
    assert programs is not None
    with ExitStack() as stack:
        broker = stack.enter_context(OverlayBroker(secrets))
        server = stack.enter_context(PrivatePostgres(programs))
        _create_role(server, programs, secrets)
        uri = (secrets / "database/uri").read_text(encoding="utf-8")
        address = server.url.rpartition("@")[2].partition("/")[0]
        (secrets / "database/uri").write_text(uri.replace("wenxiao-postgres:5432", address))
        (secrets / "broker/connection_string").write_text(broker.url + "\n", encoding="utf-8")
        (settings,) = [
            each["data"]
            for each in of_kind(objects, "ConfigMap")
            if each["metadata"]["name"].startswith("wenxiao-settings-")
        ]
        yield Cluster(folder, settings, _secrets(objects))


def _secrets(objects: list[Object]) -> dict[str, str]:
    """Return where the guide's commands take each key of a Secret from, below `secrets`."""
    folders = {"wenxiao-database": "database", "wenxiao-broker": "broker"}
    named = {source for load in workloads(objects) for _, source in _files_of_ours(load)}
    return {
        source: f"{folders.get(source.partition('/')[0], 'keys')}/{source.partition('/')[2]}"
        for source in named
    }


def _files_of_ours(load: Workload) -> Iterator[tuple[str, str]]:
    if load.labels.get("app.kubernetes.io/name") == "wenxiao":
        yield from _files(load)


def _create_role(server: PrivatePostgres, programs: Path, secrets: Path) -> None:
    password = re.search(r"postgres:([^@]+)@127.0.0.1:(\d+)", server.url)
    assert password is not None
    subprocess.run(  # noqa: S603
        ["/bin/sh", str(SERVERS / "create-role.sh")],
        env={
            "PATH": f"{programs}:/usr/bin:/bin",
            "PGHOST": "127.0.0.1",
            "PGPORT": password[2],
            "PGPASSWORD": password[1],
            "WENXIAO_PASSWORD_FILE": str(secrets / "database/password"),
        },
        check=True,
    )


def _program(*words: str, env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "services", *words]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def _asked(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _await(is_so: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def test_the_pods_work_together_as_they_are_described(
    cluster: Cluster, objects: list[Object]
) -> None:
    loads = {load.name.removeprefix("wenxiao-"): load for load in workloads(objects)}
    job = loads["migrate"]
    _program(*job.containers[0]["args"], env=cluster.environment(job, 0))
    running: dict[str, subprocess.Popen[bytes]] = {}
    ports = {name: free_port() for name in RUNNING}
    logs = {name: cluster.folder / f"{name}.log" for name in RUNNING}
    try:
        for name in RUNNING:
            command = [sys.executable, "-m", "services", *loads[name].containers[0]["args"]]
            env = cluster.environment(loads[name], ports[name])
            with logs[name].open("wb") as log:
                running[name] = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)  # noqa: S603
        for name, process in running.items():
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                path = loads[name].containers[0][probe]["httpGet"]["path"]
                _await(lambda n=name, p=path: _asked(ports[n], p) == 200, process, logs[name])  # type: ignore[misc]
        assert _asked(ports["oversight-web"], "/sign-in") == 200
        # The pages of oversight told of their key; it travelled through the broker to target.
        server = cluster.environment(loads["target-worker"], 0)["WENXIAO_DATABASE_URL_FILE"]
        url = Path(server).read_text(encoding="utf-8").strip()
        engine = create_engine(database_url(url, "wenxiao_target"))

        def has_arrived() -> bool:
            with engine.connect() as connection:
                return bool(connection.scalar(text("select count(*) from verification_key")))

        _await(has_arrived, running["target-worker"], logs["target-worker"])
        engine.dispose()
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        ended = {name: process.wait(PATIENCE) for name, process in running.items()}
        assert ended == dict.fromkeys(RUNNING, 0)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
