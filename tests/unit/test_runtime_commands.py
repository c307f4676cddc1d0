"""The command line says what is wrong in one sentence, and what is set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from environs import EnvError

from services.cli import COMMANDS, cli, explain, main
from services.commands.clock import read_moment
from services.router import nginx_configuration
from shared.clock import RehearsalClock
from shared.runtime.settings import Settings


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "BROKER_URL", "REHEARSAL_CLOCK", "PORT"):
        monkeypatch.delenv(f"WENXIAO_{name}", raising=False)
    monkeypatch.setenv("WENXIAO_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert "Usage: wenxiao" in out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    assert all(f"  {name}" in out for name in COMMANDS)
    assert cli.name == "cli"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "nothing"], "没有服务“nothing”"),
        (["serve", "target"], "WENXIAO_DATABASE_URL"),
        (["events", "parked", "target"], "先在另一个终端运行 wenxiao up"),
        (["clock", "show"], "WENXIAO_REHEARSAL_CLOCK"),
        (["clock", "set", "soon"], "不是时间"),
        (["check-health", "ftp://x"], "http://"),
        (["router", "--upstream", "target"], "target=10.0.0.5:8080"),
        (["unknown"], "命令用法有误"),
    ],
)
def test_a_foreseen_failure_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, _, err = run(capsys, *arguments)
    assert code != 0
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert err.strip().endswith("。")


def test_a_bad_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENXIAO_PORT", "eighty")
    code, _, err = run(capsys, "config", "show")
    assert code == 1
    assert "WENXIAO_PORT" in err


def test_a_fault_of_the_program_is_not_hidden() -> None:
    assert explain(KeyError("x")) is None
    assert explain(EnvError("x"))
    assert "/etc/x" in (explain(PermissionError(13, "Permission denied", "/etc/x")) or "")


def test_config_hides_passwords_and_can_show_only_differences(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WENXIAO_BROKER_URL", "amqp://user:hunter2@broker/")
    _, out, _ = run(capsys, "config", "show", "--diff")
    assert out == f"WENXIAO_DATA_DIR={tmp_path}\nWENXIAO_BROKER_URL=amqp://user:***@broker/\n"
    _, everything, _ = run(capsys, "config", "show")
    assert "WENXIAO_PORT=8080" in everything
    assert "hunter2" not in everything


def test_the_rehearsal_clock_is_set_and_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "clock" / "offset.json"
    monkeypatch.setenv("WENXIAO_REHEARSAL_CLOCK", str(path))
    assert run(capsys, "clock", "show")[0] == 1
    assert run(capsys, "clock", "set", "2023-10-10")[0] == 0
    assert RehearsalClock(path).today().isoformat() == "2023-10-10"
    assert run(capsys, "clock", "show")[1].startswith("2023-10-10T09:00")


def test_moments_are_local_and_a_day_begins_at_nine() -> None:
    assert read_moment("2023-10-10") == datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
    assert read_moment("2023-10-10T14:30") == datetime(2023, 10, 10, 6, 30, tzinfo=UTC)
    assert read_moment("2023-10-10T14:30+00:00") == datetime(2023, 10, 10, 14, 30, tzinfo=UTC)


def blocks(configuration: str) -> dict[str, list[str]]:
    """Read nginx's grammar as far as it is used: directives of each block, by its opening line."""
    found: dict[str, list[str]] = {}
    opened: list[str] = []
    for raw in configuration.splitlines():
        line = raw.partition("#")[0].strip()
        if line.endswith("{"):
            opened.append(line[:-1].strip())
            assert opened[-1] not in found, "block given twice"
            found[opened[-1]] = []
        elif line == "}":
            opened.pop()
        elif line:
            assert line.endswith(";"), line
            found[opened[-1]].append(line[:-1])
    assert not opened
    return found


def test_the_router_makes_one_origin() -> None:
    upstreams = {"target": ["[::1]:9"], "evaluation": ["a:1", "b:2"]}
    found = blocks(nginx_configuration(Settings(upload_limit_mib=20), 80, upstreams))
    assert found["upstream wenxiao_target"][0] == "server [::1]:9"
    assert found["upstream wenxiao_oversight"][0] == "server wenxiao-oversight:8080"
    rule = "max_fails=0"
    assert found["upstream wenxiao_evaluation"][:2] == [
        f"server a:1 {rule}",
        f"server b:2 {rule}",
    ]
    assert "listen 80" in found["server"]
    assert "client_max_body_size 21m" in found["server"]
    for name in ("target", "monitoring", "evaluation"):
        assert f"proxy_pass http://wenxiao_{name}" in found[f"location /{name}/"]
        assert f"proxy_pass http://wenxiao_{name}" in found[f"location = /{name}"]
    assert "proxy_pass http://wenxiao_oversight" in found["location /"]
    assert found["location ~ ^/[a-z]+/(metrics|healthz|readyz)$"] == ["return 404"]
    # A caller cannot pretend to be somebody else: what it sends is replaced, not extended.
    assert "proxy_set_header X-Forwarded-For $remote_addr" in found["location /"]
