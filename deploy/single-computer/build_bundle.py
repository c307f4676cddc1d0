"""Makes the bundle: one archive that installs Wenxiao on a Debian 12 without any network.

`python deploy/single-computer/build_bundle.py [OUTPUT FOLDER]`, usually by `make bundle`. The same
commit and the same locked packages give the same bytes (decision record 0012).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VENDOR = Path("shared/web/static/vendor")
SUMS = "SHA256SUMS"
PYTHON = (3, 11)
NEWEST_LIBRARY = (2, 36)
"""glibc of Debian 12: a newer builder would fetch packages that do not load there."""
SCRIPTS = ("install.sh", "uninstall.sh")
GUIDES = {
    "docs/operations/install-offline.md": "安装说明.md",
    "docs/operations/backup-and-restore.md": "备份与恢复.md",
    "docs/settings.md": "设置一览.md",
    "LICENSE": "LICENSE",
}


class BundleError(Exception):
    """The bundle cannot be made here; the message says why, in Chinese."""


def check_builder() -> None:
    """Raise `BundleError` on a computer whose packages would not run on Debian 12."""
    library = platform.libc_ver()
    newest = tuple(int(part) for part in library[1].split(".")[:2]) if library[1] else ()
    fits = sys.version_info[:2] == PYTHON and platform.machine() == "x86_64"
    if not fits or library[0] != "glibc" or newest > NEWEST_LIBRARY:
        raise BundleError("安装包须在 Debian 12（x86_64，Python 3.11）上制作。")


def version() -> str:
    """Return the version the project gives itself."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: str = tomllib.load(file)["project"]["version"]
    return found


def _git(*words: str) -> str:
    return subprocess.run(  # noqa: S603 (fixed words)
        ["/usr/bin/git", "-C", str(ROOT), *words], check=True, capture_output=True, text=True
    ).stdout


def commit_time() -> int:
    """Return the time of the last commit: the only time written into the bundle."""
    return int(_git("log", "-1", "--format=%ct"))


def tracked_files() -> list[str]:
    """Return what belongs to the project, leaving out what lies about in the folder."""
    return _git("ls-files", "-z", "--cached").rstrip("\0").split("\0")


def _pip(*words: str, epoch: int) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    subprocess.run(  # noqa: S603 (our own interpreter)
        command, check=True, cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
    )


def build_wheel(target: Path, epoch: int) -> Path:
    """Build our own wheel into `target` from the tracked files and the page assets only."""
    if not (ROOT / VENDOR / ".installed").exists():
        raise BundleError("页面资源还没有准备好，请先执行 make setup。")
    with tempfile.TemporaryDirectory(prefix="wenxiao-source-") as folder:
        source = Path(folder)
        for name in tracked_files():
            if name.startswith(("services/", "shared/")) or "/" not in name:
                place = source / name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, place)
        shutil.copytree(ROOT / VENDOR, source / VENDOR)
        (source / VENDOR / ".installed").unlink()
        _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source),
             epoch=epoch)  # fmt: skip
    return next(target.glob("wenxiao-*.whl"))


def fill(folder: Path, epoch: int) -> None:
    """Fetch the locked packages, add our own wheel, and lock that too."""
    wheels = folder / "wheels"
    for lock, place in (("requirements.txt", wheels), ("requirements-bundle.txt", folder / "pip")):
        _pip("download", "--require-hashes", "--only-binary", ":all:", "--requirement", lock,
             "--dest", str(place), epoch=epoch)  # fmt: skip
    own = build_wheel(wheels, epoch)
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    line = f"wenxiao=={version()} \\\n    --hash=sha256:{digest(own)}\n"
    (folder / "requirements.txt").write_text(locked + line, encoding="utf-8")


def add_scripts(folder: Path) -> None:
    """Copy what installs, the system's files, the guides and the version."""
    for name in SCRIPTS:
        shutil.copyfile(HERE / name, folder / name)
        (folder / name).chmod(0o755)
    shutil.copytree(HERE / "system", folder / "system")
    for name, called in GUIDES.items():
        shutil.copyfile(ROOT / name, folder / called)
    (folder / "VERSION").write_text(f"{version()}\n", encoding="ascii")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> None:
    """Write the digest of every file below `folder`, in the form `sha256sum --check` reads."""
    (folder / SUMS).unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{digest(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def pack(folder: Path, archive: Path, epoch: int) -> None:
    """Pack `folder` so that equal content gives equal bytes; the name appears when it is whole."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = epoch
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    partial = archive.with_name(f".{archive.name}.partial")
    with (
        partial.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in _sorted(folder):
            name = str(Path(folder.name) / path.relative_to(folder))
            tar.add(path, name, recursive=False, filter=plain)
    partial.replace(archive)
    note = f"{digest(archive)}  {archive.name}\n"
    archive.with_name(f"{archive.name}.sha256").write_text(note, encoding="utf-8")


def _sorted(folder: Path) -> Iterable[Path]:
    return [folder, *sorted(folder.rglob("*"))]


def make_bundle(output: Path) -> Path:
    """Make the archive and its digest in `output`; return the archive.

    Raises `BundleError` where it cannot be made.
    """
    from bill_of_materials import write_bill  # noqa: PLC0415 (needs a development package)

    check_builder()
    epoch = commit_time()
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wenxiao-bundle-") as place:
        folder = Path(place) / f"wenxiao-{version()}-debian12-x86_64"
        folder.mkdir()
        fill(folder, epoch)
        add_scripts(folder)
        write_bill(folder, ROOT / "package-lock.json", epoch)
        write_sums(folder)
        archive = output / f"{folder.name}.tar.gz"
        pack(folder, archive, epoch)
    return archive


def main() -> int:
    """Make the bundle and say where it is."""
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"
    try:
        archive = make_bundle(output)
    except BundleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if _git("status", "--porcelain", "--untracked-files=no"):
        sys.stderr.write("注意：有未提交的修改，安装包与提交记录不一致。\n")
    print(f"{archive}（{archive.stat().st_size / 1_000_000:.0f} MB）")
    print(f"SHA-256 {digest(archive)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
