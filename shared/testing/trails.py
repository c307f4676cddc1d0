"""Trails for tests: made in memory, sealed and signed as the real ones, and tampered with."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.crypto.port import CryptoProvider
from shared.trail.sealer import Tip, chain
from shared.trail.verifier import (
    EXPORT_FORMAT,
    HEAD_FORMAT,
    canonical,
    genesis,
    signed_content,
)

SERVICE = "target_svc"


@dataclass(frozen=True)
class Sealed:
    """An export and its heads, as lines, and the public keys that belong to them."""

    export: tuple[bytes, ...]
    heads: tuple[bytes, ...]
    public_keys: dict[str, str]


def record(number: int) -> dict[str, Any]:
    """Return a record as the sealer sees it, different for each `number`."""
    return {
        "record_id": f"01890a5d-ac96-774b-bcce-{number:012x}",
        "region_code": "511621",
        "fiscal_year": 2023,
        "at": f"2023-10-10T01:{number // 60 % 60:02d}:{number % 60:02d}.000000+00:00",
        "account_id": None if number % 7 == 0 else "01890a5d-ac96-774b-bcce-b302099a8057",
        "actor_name": "王某",
        "post_name": "绩效股经办",
        "act": "target.target.submit",
        "object_kind": "target",
        "object_id": f"01890a5d-ac96-774b-bcce-{number % 9:012x}",
        "object_title": f"农村道路养护（{number}）",
        "unit_id": None,
        "before": None if number % 3 == 0 else {"state": "draft", "amount": "173958800.00"},
        "after": {"state": "submitted", "weights": [40, 30.5, number]},
        "comment": "",
        "correlation_id": f"c-{number}",
    }


def seal(
    records: Sequence[dict[str, Any]], crypto: CryptoProvider, service: str = SERVICE
) -> tuple[bytes, ...]:
    """Return the export of `records`, renumbered and chained anew."""
    plain = [
        {name: value for name, value in each.items() if name not in {"position", "digest"}}
        for each in records
    ]
    digests = chain(Tip(0, genesis(service)), plain, crypto)
    header = canonical({"format": EXPORT_FORMAT, "service": service}) + b"\n"
    lines = (
        canonical({**content, "position": position, "digest": digest}) + b"\n"
        for position, (content, digest) in enumerate(zip(plain, digests, strict=True), start=1)
    )
    return (header, *lines)


def sign(
    export: Sequence[bytes], positions: Sequence[int], crypto: CryptoProvider
) -> tuple[bytes, ...]:
    """Return signed heads of `export` after each of `positions` records."""
    service = json.loads(export[0])["service"]
    heads = []
    for position in positions:
        head = {
            "format": HEAD_FORMAT,
            "service": service,
            "position": position,
            "digest": json.loads(export[position])["digest"],
            "signed_at": "2023-10-10T02:00:00.000000+00:00",
            "algorithm": crypto.signature_algorithm,
            "key_id": crypto.key_id,
        }
        signature = crypto.sign(signed_content(head)).value
        heads.append(canonical({**head, "signature": signature}) + b"\n")
    return tuple(heads)


class Tamperer:
    """Does to a trail, at random but repeatably, what somebody with full access might do."""

    def __init__(self, seed: int, own_crypto: CryptoProvider) -> None:
        """Draw from `seed`; `own_crypto` is the tamperer's own provider, with a key of theirs."""
        self._random = random.Random(seed)  # noqa: S311 (chooses what to spoil)
        self._crypto = own_crypto

    def tamper(self, sealed: Sealed) -> tuple[str, Sealed]:
        """Return the name of what was done, and the tampered trail, different from `sealed`."""
        ways: tuple[Callable[[Sealed], Sealed], ...] = (
            self.change_byte,
            self.change_field,
            self.respell,
            self.delete,
            self.insert,
            self.swap,
            self.renumbered,
            self.truncate,
            self.rehash,
            self.forge_head,
            self.spoil_head,
        )
        way = self._random.choice(ways)
        while (result := way(sealed)) == sealed:
            pass
        return way.__name__, result

    def change_byte(self, sealed: Sealed) -> Sealed:
        """Put another byte anywhere in the export, header included."""
        at = self._random.randrange(len(sealed.export))
        return _with_line(sealed, at, self._spoilt(sealed.export[at]))

    def change_field(self, sealed: Sealed) -> Sealed:
        """Change one field of one record, keeping the canonical form."""
        at = self._place(sealed)
        content = json.loads(sealed.export[at])
        name = self._random.choice(sorted(content))
        old = content[name]
        if isinstance(old, int):
            content[name] = old + self._random.choice((-1, 1))
        elif isinstance(old, str) and old:
            where = self._random.randrange(len(old))
            content[name] = old[:where] + self._random.choice("09afg项") + old[where + 1 :]
        else:
            content[name] = {"state": "approved"}
        return _with_line(sealed, at, canonical(content) + b"\n")

    def respell(self, sealed: Sealed) -> Sealed:
        """Write the same JSON in another spelling, or with a key doubled."""
        at = self._place(sealed)
        line = sealed.export[at]
        respelt = self._random.choice(
            (
                line.replace(b",", b", ", 1),
                b'{"comment":"x",' + line[1:],
                json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")).encode(),
            )
        )
        return _with_line(sealed, at, respelt)

    def delete(self, sealed: Sealed) -> Sealed:
        """Leave out one record."""
        at = self._place(sealed)
        return replace(sealed, export=sealed.export[:at] + sealed.export[at + 1 :])

    def insert(self, sealed: Sealed) -> Sealed:
        """Put in a record: a copy, or a new one claiming the position of its neighbour."""
        at = self._place(sealed)
        content = json.loads(sealed.export[at])
        if self._random.random() < 0.5:  # noqa: PLR2004
            content = {**content, **record(self._random.randrange(10_000))}
        line = canonical(content) + b"\n"
        return replace(sealed, export=(*sealed.export[:at], line, *sealed.export[at:]))

    def swap(self, sealed: Sealed) -> Sealed:
        """Exchange two records as they stand."""
        one, other = self._random.sample(range(1, len(sealed.export)), 2)
        lines = list(sealed.export)
        lines[one], lines[other] = lines[other], lines[one]
        return replace(sealed, export=tuple(lines))

    def renumbered(self, sealed: Sealed) -> Sealed:
        """Exchange, leave out or put in records and make the positions look right again."""
        contents = [json.loads(line) for line in sealed.export[1:]]
        self._disturb(contents)
        lines = [
            canonical({**content, "position": position}) + b"\n"
            for position, content in enumerate(contents, start=1)
        ]
        return replace(sealed, export=(sealed.export[0], *lines))

    def truncate(self, sealed: Sealed) -> Sealed:
        """Cut off the tail."""
        return replace(sealed, export=sealed.export[: self._place(sealed)])

    def rehash(self, sealed: Sealed) -> Sealed:
        """Change records and compute the whole chain anew."""
        contents = [json.loads(line) for line in sealed.export[1:]]
        self._disturb(contents)
        return replace(sealed, export=seal(contents, self._crypto))

    def forge_head(self, sealed: Sealed) -> Sealed:
        """Compute the chain anew and sign heads to fit, with a key of one's own."""
        forged = self.rehash(sealed)
        heads = sign(forged.export, [len(forged.export) - 1], self._crypto)
        if self._random.random() < 0.5:  # noqa: PLR2004
            trusted = min(sealed.public_keys).encode()
            heads = tuple(line.replace(self._crypto.key_id.encode(), trusted) for line in heads)
        kept = self._random.choice((sealed.heads, ()))
        return replace(forged, heads=(*kept, *heads))

    def spoil_head(self, sealed: Sealed) -> Sealed:
        """Put another byte anywhere in the heads."""
        at = self._random.randrange(len(sealed.heads))
        heads = list(sealed.heads)
        heads[at] = self._spoilt(heads[at])
        return replace(sealed, heads=tuple(heads))

    def _place(self, sealed: Sealed) -> int:
        return self._random.randrange(1, len(sealed.export))

    def _spoilt(self, line: bytes) -> bytes:
        where = self._random.randrange(len(line) - 1)
        other = self._random.choice([byte for byte in range(256) if byte != line[where]])
        return line[:where] + bytes([other]) + line[where + 1 :]

    def _disturb(self, contents: list[dict[str, Any]]) -> None:
        at = self._random.randrange(len(contents))
        way = self._random.randrange(4)
        if way == 0:
            contents[at]["comment"] += "改"
        elif way == 1:
            del contents[at]
        elif way == 2:  # noqa: PLR2004
            contents.insert(at, {**contents[at], **record(self._random.randrange(10_000))})
        else:
            contents.append(contents.pop(self._random.randrange(len(contents) - 1)))


def _with_line(sealed: Sealed, at: int, line: bytes) -> Sealed:
    return replace(sealed, export=(*sealed.export[:at], line, *sealed.export[at + 1 :]))
