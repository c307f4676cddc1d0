"""Why an uploaded sheet cannot be read, in sentences that say what to do next.

All belong to the invalid-input family: the uploader can mend them. Each carries one problem with
path `file`, so that pages and the API show it like any other.
"""

from __future__ import annotations

from shared.errors import FieldProblem, InvalidInputError, WenxiaoError


class UnreadableSheetError(InvalidInputError):
    """The file is no readable workbook."""

    code = "sheet_unreadable"
    sentence = "文件无法作为表格读取，可能已损坏；请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传。"

    def __init__(self, **facts: object) -> None:
        """Fill the sentence with `facts`; the whole file is the one problem."""
        WenxiaoError.__init__(self, **facts)
        self.problems = (FieldProblem("file", self.code, self.message),)


class EmptyFileError(UnreadableSheetError):
    """Nothing was uploaded, or no sheet holds a value."""

    code = "sheet_empty"
    sentence = "文件中没有任何内容；请确认选对了文件，填写并保存后重新上传。"


class FileTooLargeError(UnreadableSheetError):
    """More bytes than the limit."""

    code = "sheet_too_large"
    sentence = "文件超过 {limit_mib} MB；请删除图片和无关的工作表，或分成几个文件上传。"


class WrongFileTypeError(UnreadableSheetError):
    """A file of another kind, whatever its name says."""

    code = "sheet_wrong_type"
    sentence = "这个文件实际是{actual}，不是 Excel 或 WPS 表格；请另存为 .xlsx 后重新上传。"


class EncryptedSheetError(UnreadableSheetError):
    """The workbook needs a password to open."""

    code = "sheet_encrypted"
    sentence = "文件设置了打开密码；请在 Excel 或 WPS 中取消密码，保存后重新上传。"


class MacroSheetError(UnreadableSheetError):
    """The workbook carries a program."""

    code = "sheet_has_macros"
    sentence = "文件带有宏，为安全起见不予接收；请另存为不带宏的 .xlsx 后重新上传。"


class UnsafeSheetError(UnreadableSheetError):
    """The inside of the file is not what Excel or WPS writes: bombs, path tricks, entities."""

    code = "sheet_unsafe"
    sentence = (
        "文件内部结构异常（{reason}），为安全起见没有读取；"
        "请新建一个表格，把内容复制过去，保存后重新上传。"
    )


class SheetTooBigError(UnreadableSheetError):
    """More rows, columns or work than one import may take."""

    code = "sheet_too_big"
    sentence = (
        "表格过大（每个工作表最多 {rows} 行、{columns} 列）；"
        "请删除表格下方和右侧的空白行列，或分成几个文件上传。"
    )


class HeadersNotFoundError(UnreadableSheetError):
    """No sheet has the columns asked for."""

    code = "sheet_headers_missing"
    sentence = "没有找到列：{missing}；文件中的列是：{found}。请使用本页的模板，或把列名改为一致。"


ERRORS: dict[str, type[UnreadableSheetError]] = {
    kind.code: kind
    for kind in (
        UnreadableSheetError,
        EmptyFileError,
        FileTooLargeError,
        WrongFileTypeError,
        EncryptedSheetError,
        MacroSheetError,
        UnsafeSheetError,
        SheetTooBigError,
    )
}
"""What the reading process may report, by code."""
