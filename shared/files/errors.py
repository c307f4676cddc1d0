"""Why a file is not taken, in sentences that say what to do next."""

from __future__ import annotations

from shared.errors import FieldProblem, InvalidInputError, UnavailableError, WenxiaoError


class FileRefusedError(InvalidInputError):
    """An evidence file that is not taken; the uploader can choose another."""

    code = "file_refused"
    sentence = "文件不能接收，请换一个文件。"

    def __init__(self, **facts: object) -> None:
        """Fill the sentence; the whole file is the one problem."""
        WenxiaoError.__init__(self, **facts)
        self.problems = (FieldProblem("file", self.code, self.message),)


class FileEmptyError(FileRefusedError):
    """Nothing was uploaded."""

    code = "file_empty"
    sentence = "文件是空的；请确认选对了文件后重新上传。"


class FileOverLimitError(FileRefusedError):
    """More bytes than the store takes."""

    code = "file_too_large"
    sentence = "文件超过 {limit_mib} MB；请压缩扫描件，或分成几个文件上传。"


class FileTypeRefusedError(FileRefusedError):
    """None of the kinds that are taken, judged by the content."""

    code = "file_type_refused"
    sentence = "只接收 {kinds} 文件（按内容识别）；请转换后重新上传。"


class ArchiveRefusedError(FileRefusedError):
    """A zip, rar or 7z: what is in it could neither be checked nor viewed in place."""

    code = "file_is_archive"
    sentence = "不接收压缩包；请解压后把其中的文件逐个上传。"


class ProgramRefusedError(FileRefusedError):
    """A program or script, or a document that carries one."""

    code = "file_is_program"
    sentence = "文件是程序或含有程序，为安全起见不予接收；请另存为 PDF 后重新上传。"


class FileNameMismatchError(FileRefusedError):
    """The name says one kind, the content another."""

    code = "file_name_mismatch"
    sentence = (
        "文件名以“{declared}”结尾，内容却是{actual}；"
        "请用原来的软件打开，另存为正确的格式后重新上传。"
    )


class FileWithMacrosError(FileRefusedError):
    """An office document carrying a program."""

    code = "file_has_macros"
    sentence = "文件带有宏，为安全起见不予接收；请另存为不带宏的文件或 PDF 后重新上传。"


class FileWithScriptError(FileRefusedError):
    """A PDF carrying a program."""

    code = "file_has_script"
    sentence = "PDF 中带有脚本，为安全起见不予接收；请用“打印”功能另存为 PDF 后重新上传。"


class FileEncryptedError(FileRefusedError):
    """A password is needed to open it."""

    code = "file_encrypted"
    sentence = "文件设置了打开密码，他人无法查看；请取消密码，保存后重新上传。"


class FileUnsafeError(FileRefusedError):
    """The inside is not what an office program writes: bombs, path tricks, entities."""

    code = "file_unsafe"
    sentence = "文件内部结构异常（{reason}），为安全起见不予接收；请另存为 PDF 后重新上传。"


class FileBrokenError(FileRefusedError):
    """Cut off or damaged before it came here."""

    code = "file_broken"
    sentence = "文件打不开，可能没有传完或已损坏；请在电脑上确认能正常打开，再重新上传。"


class FileTooComplexError(FileRefusedError):
    """Opening it takes more memory or time than one file may."""

    code = "file_too_complex"
    sentence = "文件过于复杂，无法检查；请降低扫描分辨率或另存为 PDF 后重新上传。"


class FileDamagedError(UnavailableError):
    """The kept bytes no longer have the hash they were stored under."""

    code = "file_damaged"
    sentence = "文件内容与登记的校验值不一致，可能已损坏；请联系系统管理员从备份恢复。"


class StoreUnreachableError(UnavailableError):
    """The object storage does not answer."""

    code = "file_store_unreachable"
    sentence = "附件存储暂时无法访问，内容没有改动；请稍后再试，仍不成功请联系系统管理员。"


REPORTED = {
    kind.code: kind
    for kind in (
        ProgramRefusedError,
        FileWithMacrosError,
        FileWithScriptError,
        FileEncryptedError,
        FileUnsafeError,
        FileBrokenError,
        FileTooComplexError,
    )
}
"""What the confined process may report, by code."""
