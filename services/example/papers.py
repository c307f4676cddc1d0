"""Tiny genuine files that stand for everybody's scans and photographs (示例)."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from services.eval_svc.usecases.keep_upload import keep_upload as keep_for_evaluation
from services.example.stage import Stage
from services.oversight_svc.usecases.keep_upload import keep_upload as keep_for_oversight
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.files.places import evidence_store
from shared.runtime.settings import Settings

_KEEPING = {"oversight_svc": keep_for_oversight, "eval_svc": keep_for_evaluation}
_PAPERS = {
    "stamped": "示例：盖章扫描件",
    "voucher": "示例：记账凭证和银行回单",
    "rules": "示例：修订后的管理制度",
    "scan": "示例：签字盖章的自评表",
    "report": "示例：绩效自评报告",
}
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)
_FONT = (
    (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        b" /DescendantFonts [6 0 R] >>"
    ),
    (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
        b" /FontDescriptor 7 0 R >>"
    ),
    (
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [0 -200 1000 900]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>"
    ),
)
"""A Chinese font every viewer brings itself: nothing is embedded."""
_SITE, _SIZE = "site", (480, 320)


class Cupboard:
    """Where the people of the story take their papers from."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        """Bring files into the evidence stores `settings` name."""
        self._stage = stage
        self._stores = {name: evidence_store(settings, name) for name in _KEEPING}

    def bring(self, uow: UnitOfWork, actor: Actor, kind: str, name: str) -> str:
        """Let `actor` bring a paper, or a photograph (`site`), as `name`; return its digest."""
        content = _photograph() if kind == _SITE else _paper(_PAPERS[kind])
        ending = ".png" if kind == _SITE else ".pdf"
        store, keep = self._stores[uow.service], _KEEPING[uow.service]
        upload = (BytesIO(content), f"{name}{ending}")
        return keep(uow, self._stage.clock, actor, store, upload).digest


@cache
def _paper(line: str) -> bytes:
    """Return a PDF of one A4 page that says `line`; viewers bring the Chinese font themselves."""
    text = line.encode("utf-16-be").hex().upper()
    stream = f"BT /F1 26 Tf 72 720 Td <{text}> Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Length %d >> stream\n" % len(stream) + stream + b"\nendstream",
        *_FONT,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start, size = len(out), len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


@cache
def _photograph() -> bytes:
    """Return a picture of a road and a house under a blue sky."""
    width, height = _SIZE
    drawn = Image.new("RGB", _SIZE, "#bcdcf2")
    brush = ImageDraw.Draw(drawn)
    brush.rectangle((0, height * 0.6, width, height), fill="#7fa65a")
    brush.polygon(
        [(width * 0.44, height * 0.6), (width * 0.56, height * 0.6), (width * 0.8, height),
         (width * 0.2, height)], fill="#8a8d91",
    )  # fmt: skip
    brush.rectangle((width * 0.08, height * 0.35, width * 0.32, height * 0.62), fill="#e8e0d0")
    brush.polygon(
        [(width * 0.05, height * 0.36), (width * 0.2, height * 0.2), (width * 0.35, height * 0.36)],
        fill="#a2463a",
    )
    out = BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
