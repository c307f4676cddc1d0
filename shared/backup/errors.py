"""What a backup or a restore refuses, in Chinese, with what to do next."""

from __future__ import annotations

from shared.errors import UnavailableError


class BackupFailedError(UnavailableError):
    """The archive was not written; nothing of it is left under a name that looks whole."""

    code = "backup_failed"
    sentence = "备份没有完成：{reason}。没有留下不完整的备份；请处理后重试。"


class ArchiveRefusedError(UnavailableError):
    """The archive is damaged, foreign or from a newer program; nothing was changed."""

    code = "archive_refused"
    sentence = "不能使用备份 {archive}：{reason}。现有数据没有改动。"


class TargetNotEmptyError(UnavailableError):
    """There is data where the backup would go."""

    code = "restore_target_not_empty"
    sentence = (
        "这里已有数据（{what}），没有恢复。确要用备份代替现有数据时，"
        "先另做一份备份，再加 --replace 执行。"
    )


class StillRunningError(UnavailableError):
    """Somebody works on the databases: they cannot be exchanged."""

    code = "restore_still_running"
    sentence = "问效还在运行（{sessions} 个数据库连接）；请先停止全部进程再恢复。"


class RestoreFailedError(UnavailableError):
    """What was loaded is not what was saved, or could not be loaded; the old data stays."""

    code = "restore_failed"
    sentence = "恢复没有完成：{reason}。现有数据没有改动；请换一份备份，或处理后重试。"
