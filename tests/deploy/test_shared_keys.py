"""Several machines, one set of keys: made once, handed over as read-only files."""

from __future__ import annotations

import ast
import importlib
import os
import shutil
from pathlib import Path

import pytest
from environs import Env

from services.cli import main
from services.commands.keys import sealing_purposes, signing_purposes
from shared.crypto.keys import KeyStore
from shared.runtime.sealing import key_folder
from shared.runtime.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]


def _created(folder: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", "create", str(folder)])
    assert ended.value.code == 0


def test_the_command_makes_every_key_the_services_ask_for(tmp_path: Path) -> None:
    _created(tmp_path / "keys")

    made = {path.name for path in (tmp_path / "keys").iterdir()} - {"public"}
    assert made == {f"{each}.key" for each in signing_purposes()} | {
        f"{each}.secret" for each in sealing_purposes()
    }


def test_the_command_leaves_existing_keys_and_prints_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _created(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    _created(tmp_path)

    assert {path: path.read_bytes() for path in before} == before
    said = capsys.readouterr().out
    assert "PRIVATE" not in said
    assert KeyStore(tmp_path).signing_key("trail").key_id in said


def _purposes_asked_for(path: Path) -> set[str]:
    """Return the values of the constants with which the file asks for keys."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return {
        getattr(importlib.import_module(module), ast.unparse(node.args[-1]))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith((").signing_key", "secret_box", "open_crypto"))
    }


def test_no_service_asks_for_a_key_the_command_does_not_make() -> None:
    frame = {ROOT / "shared/crypto", ROOT / "services/commands"}
    asking = [
        path
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent not in frame
    ]

    asked = {purpose for path in asking for purpose in _purposes_asked_for(path)}

    assert asked == {*signing_purposes(), *sealing_purposes()}


def test_a_folder_that_cannot_be_written_is_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = KeyStore(tmp_path / "made")
    old = made.signing_key("trail")
    new = made.rotate("trail")
    # As a Secret is mounted: private keys and former public keys side by side, nothing below.
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    shutil.copy(tmp_path / "made/trail.key", mounted)
    shutil.copy(tmp_path / f"made/public/{old.key_id}.pem", mounted)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    assert KeyStore(mounted).signing_key("trail").key_id == new.key_id
    assert KeyStore(mounted).public_keys() == {
        old.key_id: old.public_pem,
        new.key_id: new.public_pem,
    }
    assert {path.name for path in mounted.iterdir()} == {"trail.key", f"{old.key_id}.pem"}


def test_the_folder_of_keys_is_a_setting(tmp_path: Path) -> None:
    assert key_folder(Settings(data_dir=tmp_path)) == tmp_path / "keys"
    assert key_folder(Settings(data_dir=tmp_path, keys_dir=tmp_path / "k")) == tmp_path / "k"


def test_a_secret_setting_may_stand_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:p@h/postgres\n", encoding="utf-8")
    monkeypatch.setenv("WENXIAO_DATABASE_URL_FILE", str(file))
    monkeypatch.setenv("WENXIAO_KEYS_DIR", str(tmp_path))

    assert read_settings().database_url == "postgresql://u:p@h/postgres"
    assert read_settings().keys_dir == tmp_path
    # The plain reader, as it was before, would have come back with the default.
    assert read_settings(Env()).database_url == ""
