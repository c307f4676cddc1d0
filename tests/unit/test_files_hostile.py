"""Files that lie, break or bite: refused in a sentence, nothing kept, never shown as they are."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fixtures import papers
from fixtures.sheets.books import members, zipped
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from shared.errors import InvalidInputError
from shared.files.errors import FileRefusedError
from shared.files.media import (
    DOC,
    DOCX,
    JPEG,
    NAMES,
    OFD,
    PDF,
    PNG,
    TXT,
    XLS,
    XLSX,
    check_name,
    media_type_of,
    offered_name,
)
from shared.files.opening import draw, inspect
from shared.files.preview import MOST_LINES, preview_of
from shared.files.store import FolderStore

SCRIPT_PDF = papers.pdf(
    catalog=b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert(1)) >>] >> >>"
)
WORD = papers.docx()
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><w:document>&b;</w:document>'
BOMB = papers.docx(word__media__a=b"\0" * 60_000_000)
PACKAGED = papers.docx(word__embeddings__o="Ole10Native".encode("utf-16-le") + b"MZ")


def compound(stream: str) -> bytes:
    """Return an .xls whose stream has another name of at most eight signs."""
    new = stream.ljust(8, "\0").encode("utf-16-le")
    return papers.OLD_BOOK.replace("Workbook".encode("utf-16-le"), new)


REFUSED = {
    "html as pdf": (HTML, "a.pdf", "file_type_refused"),
    "html as txt": (HTML, "a.txt", "file_type_refused"),
    "html after a blank": (b" \r\n<HTML>", "a.txt", "file_type_refused"),
    "svg": (SVG, "a.svg", "file_type_refused"),
    "svg as png": (SVG, "a.png", "file_type_refused"),
    "pdf as jpg": (papers.SCAN, "a.jpg", "file_name_mismatch"),
    "picture as docx": (papers.picture(), "a.docx", "file_name_mismatch"),
    "document as program": (WORD, "通知.docx.exe", "file_name_mismatch"),
    "text as batch file": (b"del *.*\r\n", "a.bat", "file_name_mismatch"),
    "program": (b"MZ" + bytes(600), "a.pdf", "file_is_program"),
    "linux program": (b"\x7fELF" + bytes(600), "a.doc", "file_is_program"),
    "script": (b"#!/bin/sh\nrm -rf /\n", "a.txt", "file_is_program"),
    "virus test": (b"X5O!$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "a.txt", "file_is_program"),
    "zip": (zipped({"a.txt": b"a"}), "a.zip", "file_is_archive"),
    "empty zip": (zipped({}), "a.docx", "file_is_archive"),
    "rar": (b"Rar!\x1a\x07\x00", "a.rar", "file_is_archive"),
    "macros": (
        zipped(members(papers.BOOK) | {"xl/vbaProject.bin": b"x"}), "a.xlsx", "file_has_macros"),
    "old macros": (compound("VBA"), "a.xls", "file_has_macros"),
    "other compound file": (compound("Message"), "a.xls", "file_type_refused"),
    "torn compound file": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "a.xls", "file_broken"),
    "control signs": (b"abc\x00\x01", "a.txt", "file_type_refused"),
    "pdf with script": (SCRIPT_PDF, "a.pdf", "file_has_script"),
    "torn pdf": (papers.SCAN[:40], "a.pdf", "file_broken"),
    "pdf in name only": (b"%PDF-1.7\n" + bytes(500), "a.pdf", "file_broken"),
    "torn png": (papers.picture()[:60], "a.png", "file_broken"),
    "torn jpg": (papers.picture("JPEG", (800, 600))[:900], "a.jpg", "file_broken"),
    "torn docx": (WORD[:-30], "a.docx", "file_broken"),
    "zip bomb": (BOMB, "a.docx", "file_unsafe"),
    "entities": (
        zipped(members(WORD) | {"word/document.xml": ENTITIES}), "a.docx", "file_unsafe"),
    "path out of the archive": (
        zipped(members(WORD) | {"../../x.xml": b"<a/>"}), "a.docx", "file_unsafe"),
    "program inside": (papers.docx(word__media__a=b"MZ" + bytes(99)), "a.docx", "file_is_program"),
    "program packaged": (PACKAGED, "a.docx", "file_is_program"),
    "program in ofd": (
        zipped(members(papers.OFD) | {"Doc_0/x.dat": b"\x7fELF"}), "a.ofd", "file_is_program"),
}  # fmt: skip


def said_of(act: Callable[[], object]) -> str:
    """Return the sentence `act` is refused with, or that it went well; nothing else may happen."""
    try:
        act()
    except FileRefusedError as error:
        return error.message
    return "可以接收。"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    content, filename, code = REFUSED[name]
    with pytest.raises(InvalidInputError) as caught:
        FolderStore(tmp_path).put(BytesIO(content), filename)
    assert caught.value.code == code
    assert caught.value.message.endswith("。")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_picture_too_large_to_draw_is_refused_before_it_is_unpacked() -> None:
    out = BytesIO()
    Image.new("1", (11_000, 10_000)).save(out, "PNG")
    with pytest.raises(FileRefusedError) as caught:
        inspect(out.getvalue(), PNG)
    assert caught.value.code == "file_too_complex"


def test_wps_names_fit_the_formats_wps_writes() -> None:
    for kind, name in ((DOC, "a.wps"), (DOCX, "a.WPS"), (XLS, "a.et"), (XLSX, "a.et")):
        check_name(kind, name)


@given(st.sampled_from(sorted(NAMES)), st.text(max_size=40))
def test_a_name_offered_is_a_plain_name_with_a_fitting_ending(kind: str, name: str) -> None:
    offered = offered_name(name, kind)
    assert offered.lower().endswith(NAMES[kind])
    assert "/" not in offered
    assert "\\" not in offered
    assert offered.isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_kind_or_a_sentence(content: bytes) -> None:
    assert said_of(lambda: media_type_of(content)).endswith("。")


@given(st.sampled_from([papers.OLD_BOOK, papers.BOOK, papers.SCAN]), st.data())
def test_spoilt_files_are_a_kind_or_a_sentence(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + 4 :]
    assert said_of(lambda: media_type_of(spoilt)).endswith("。")


@settings(max_examples=12)
@given(st.data())
def test_torn_files_never_break_the_program(data: st.DataObject) -> None:
    kind, whole = data.draw(
        st.sampled_from(
            [
                (PDF, papers.pdf(2, text="hello")),
                (PNG, papers.picture()),
                (DOCX, WORD),
                (OFD, papers.OFD),
            ]
        )
    )
    torn = whole[: data.draw(st.integers(8, len(whole)))]
    assert said_of(lambda: inspect(torn, kind)).endswith("。")


def test_a_picture_shown_is_only_its_pixels() -> None:
    secret = b"GPS of the photographer"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    exif[0x0112] = 6  # turned by a quarter
    photo = papers.picture("JPEG", (60, 40), exif=exif) + b"<script>alert(1)</script>PK\x03\x04"
    assert secret in photo
    drawn, kind = draw(photo, JPEG, 1)
    assert kind == JPEG
    assert secret not in drawn
    assert b"script" not in drawn
    with Image.open(BytesIO(drawn)) as shown:
        assert shown.size == (40, 60)
        assert not shown.getexif()


def test_a_pdf_is_shown_as_pictures_of_its_pages_with_the_polyglot_left_out() -> None:
    archive = zipped({"a.html": b"<script>alert(1)</script>"})
    content = papers.pdf(3, text="page", extra=archive)
    assert zipfile.is_zipfile(BytesIO(content))
    assert preview_of(content, PDF).pages == 3
    drawn, kind = draw(content, PDF, 2)
    assert kind == JPEG
    assert b"a.html" not in drawn
    with Image.open(BytesIO(drawn)) as page:
        assert page.height > page.width > 900
    with pytest.raises(FileRefusedError):
        draw(content, PDF, 4)


def test_a_huge_page_is_drawn_small() -> None:
    content = papers.pdf().replace(b"595 842", b"14400 14400")
    with Image.open(BytesIO(draw(content, PDF, 1)[0])) as page:
        assert max(page.size) <= 1801


def test_word_is_shown_as_paragraphs_and_tables() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    table = f"<w:tbl><w:tr>{cell.format('问题')}{cell.format('金额')}</w:tr></w:tbl>"
    content = papers.docx(f"<w:p><w:r><w:t>整改&lt;b&gt;报告</w:t></w:r></w:p>{table}<w:p/>")
    shown = preview_of(content, DOCX)
    assert shown.blocks == ("整改<b>报告", [["问题", "金额"]])
    assert shown.complete


def test_a_long_document_is_shown_in_part() -> None:
    line = "<w:p><w:r><w:t>行</w:t></w:r></w:p>"
    shown = preview_of(papers.docx(line * (MOST_LINES + 1)), DOCX)
    assert len(shown.blocks) == MOST_LINES
    assert not shown.complete


@pytest.mark.parametrize("content", [papers.BOOK, papers.OLD_BOOK])
def test_sheets_are_shown_as_tables(content: bytes) -> None:
    title, rows = preview_of(content, media_type_of(content)).blocks
    assert str(title).startswith("工作表：")
    assert rows == [["项目", "金额"], ["校舍维修", "12.5"]]


def test_texts_are_shown_whatever_their_encoding_and_the_rest_gives_a_note() -> None:
    assert preview_of("第一行\n第二行".encode("gb18030"), TXT).blocks == ("第一行", "第二行")
    assert "下载" in preview_of(papers.OFD, OFD).note
    assert "下载" in preview_of(b"", DOC).note
    assert "下载" in preview_of(b"%PDF-1.7", PDF).note
