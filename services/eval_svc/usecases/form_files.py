"""The forms in a file somebody brought: .xlsx, .xls, .et, .docx or the form check's own JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from services.eval_svc.domain.form_layout.grid import Grid
from services.eval_svc.domain.form_layout.reading import (
    NO_FORM,
    TARGET_FORM,
    is_target_form,
    read_forms,
)
from services.eval_svc.domain.form_layout.result import ReadForm
from shared.errors import FieldProblem, InvalidInputError
from shared.files.media import DOCX, XLS, XLSX, media_type_of
from shared.files.opening import word_layout
from shared.files.word_text import Laid, LaidCell
from shared.sheets.errors import EmptyFileError
from shared.sheets.model import FAULT, UNCALCULATED, Sheet
from shared.sheets.reading import read_printed

MOST_LINES: Final = 20_000
_MOST_JSON: Final = 2 * 1024 * 1024
_WHY: Final = {
    UNCALCULATED: "公式没有计算结果；请用 Excel 或 WPS 打开文件，保存后重新上传。",
    FAULT: "公式出错，读不到数；请改正公式后重新上传。",
}
_TAKEN: Final = (
    "只接收 Excel 表格（.xlsx、.xls）、Word 文档（.docx）和 JSON；请另存为其中一种后重新上传。"
)


class FormUnreadableError(InvalidInputError):
    """The file holds no self-evaluation form that could be read."""

    def __init__(self, message: str) -> None:
        """Say what to do next; the whole file is the one problem."""
        super().__init__([FieldProblem("file", "form_unreadable", message)])


def forms_of(content: bytes, filename: str) -> list[ReadForm]:
    """Return every form in the file, at least one.

    Raises `InvalidInputError` (also of the kinds `shared.files` and `shared.sheets` tell apart)
    with a sentence for the uploader.
    """
    if not content.strip():
        raise EmptyFileError
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return [_from_json(content, filename)]
    grids = _grids(content, filename)
    forms = [form for grid in grids for form in read_forms(grid)]
    if not forms:
        raise FormUnreadableError(TARGET_FORM if any(map(is_target_form, grids)) else NO_FORM)
    return forms


def _from_json(content: bytes, filename: str) -> ReadForm:
    if len(content) > _MOST_JSON:
        raise FormUnreadableError("JSON 文件超过 2 MB，请分成几个文件。")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FormUnreadableError("文件不是完整的 JSON，请重新导出后再核对。") from error
    if not isinstance(document, dict):
        raise FormUnreadableError("JSON 的最外层应为一张表（对象），请按接口说明改正。")
    named = document.get("project_name") or document.get("unit_name") or filename
    return ReadForm(str(named), document, {}, ())


def _grids(content: bytes, filename: str) -> Sequence[Grid]:
    kind = media_type_of(content)
    if kind in {XLSX, XLS}:
        return [_grid(sheet) for sheet in read_printed(content, filename).sheets]
    if kind == DOCX:
        return [word_grid(word_layout(content, MOST_LINES))]
    raise FormUnreadableError(_TAKEN)


def _grid(sheet: Sheet) -> Grid:
    anchors = {
        (row - 1, column - 1): (area.first_row - 1, area.first_column - 1)
        for area in sheet.merged
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
        if (row, column) != (area.first_row, area.first_column)
    }
    illegible = {
        (row, column): _WHY[kind]
        for column, kinds in enumerate(sheet.kinds)
        for row, kind in enumerate(kinds)
        if kind in _WHY
    }
    rows = tuple(zip(*sheet.texts, strict=True))
    return Grid(sheet.name, rows, anchors, illegible)


def word_grid(blocks: Sequence[Laid]) -> Grid:
    """Lay paragraphs and tables of a Word document under each other on one grid."""
    lines: list[list[LaidCell]] = []
    names: list[str] = []
    tables = 0
    for block in blocks:
        if isinstance(block, str):
            lines.append([(block, 0, 0, False)])
            names.append("正文")
            continue
        tables += 1
        for number, line in enumerate(block, 1):
            lines.append(line)
            names.append(f"表{tables}第{number}行")
    width = max((cell[1] + cell[2] for line in lines for cell in line), default=1) or 1
    rows: list[list[str]] = []
    anchors: dict[tuple[int, int], tuple[int, int]] = {}
    for at, line in enumerate(lines):
        rows.append([""] * width)
        for cell in line:
            _put(rows, anchors, at, cell)
    return Grid("", tuple(map(tuple, rows)), anchors, {}, tuple(names))


def _put(
    rows: list[list[str]],
    anchors: dict[tuple[int, int], tuple[int, int]],
    at: int,
    cell: LaidCell,
) -> None:
    text, first, span, goes_on = cell
    width = len(rows[at])
    home = (at, first)
    if goes_on and at:
        home = anchors.get((at - 1, first), (at - 1, first))
        text = rows[home[0]][home[1]]
    covered = range(width) if span == 0 else range(first, min(first + span, width))
    for column in covered:
        rows[at][column] = text
        if (at, column) != home:
            anchors[at, column] = home
