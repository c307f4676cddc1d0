"""`python -m shared.web.assets` copies what pages need from `node_modules` to `static/vendor/`.

Tabler keeps small pictures inside its style sheet as `data:` addresses, which the content security
policy `default-src 'self'` refuses. They are written out as files, so the policy stays strict.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

VENDOR = Path(__file__).parent / "static" / "vendor"
NODE_MODULES = Path(__file__).parents[2] / "node_modules"

COPIED = (
    "@tabler/core/dist/js/tabler.min.js",
    "htmx.org/dist/htmx.min.js",
    "echarts/dist/echarts.min.js",
)
STYLE_SHEET = "@tabler/core/dist/css/tabler.min.css"
_EMBEDDED = re.compile(r"""url\((["'])data:image/svg\+xml[^,]*,(.*?)\1\)""")


class MissingPackageError(Exception):
    """A file of a locked npm package is not there; run `npm ci` first."""


def install(node_modules: Path, vendor: Path) -> tuple[Path, ...]:
    """Copy scripts and style sheet from `node_modules` to `vendor` and return the new files.

    Raises `MissingPackageError` before anything is written when a source file is absent.
    """
    for name in (*COPIED, STYLE_SHEET):
        if not (node_modules / name).is_file():
            raise MissingPackageError(f"{name} is not in {node_modules}; run npm ci first")
    pictures = vendor / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    written = [_copy(node_modules / name, vendor) for name in COPIED]
    style = (node_modules / STYLE_SHEET).read_text(encoding="utf-8")
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", style)
    style_sheet = vendor / Path(STYLE_SHEET).name
    style_sheet.write_text(_without_data_addresses(style, pictures), encoding="utf-8")
    return (*written, style_sheet)


def _copy(source: Path, vendor: Path) -> Path:
    return Path(shutil.copyfile(source, vendor / source.name))


def _without_data_addresses(style: str, pictures: Path) -> str:
    def write(match: re.Match[str]) -> str:
        content = unquote_to_bytes(match.group(2).replace('\\"', '"'))
        name = f"{hashlib.sha256(content).hexdigest()[:12]}.svg"
        (pictures / name).write_bytes(content)
        return f'url("pictures/{name}")'

    return _EMBEDDED.sub(write, style)


def main() -> int:
    """Install from the checkout's `node_modules`, or from the folder named as first argument."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else NODE_MODULES
    try:
        written = install(source, VENDOR)
    except MissingPackageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(written)} files in {VENDOR}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
