"""Errors every layer may raise: a stable code and a Chinese sentence saying what to do next.

A domain rule raises a subclass of one of the families below; `shared.web.problems` holds the one
table from family to HTTP answer. No class here knows about HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class WenxiaoError(Exception):
    """Base of all foreseen failures; `facts` fill the sentence and travel with the answer."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "操作没有完成，请重试；仍不成功请联系系统管理员。"

    def __init__(self, **facts: object) -> None:
        """Keep the facts; raise `KeyError` early when the sentence needs one that is missing."""
        self.facts = facts
        self.message = self.sentence.format(**facts)
        super().__init__(self.message)


class NotFoundError(WenxiaoError):
    """The thing does not exist or lies outside the actor's scope: both look the same."""

    code = "not_found"
    sentence = "没有找到所要的内容，或者您无权查看；请从列表重新进入。"


class ForbiddenError(WenxiaoError):
    """The actor's role or scope does not allow the act."""

    code = "forbidden"
    sentence = "您的岗位没有「{act}」的权限；如确需办理，请联系安全管理员调整岗位。"


class NotSignedInError(WenxiaoError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    sentence = "登录已过期，请重新登录；已填写的内容不会丢失。"


class RuleBrokenError(WenxiaoError):
    """A business rule refuses the act in the present state."""

    code = "rule_broken"


class ConflictError(WenxiaoError):
    """The same thing exists already or somebody else is doing it."""

    code = "conflict"
    sentence = "相同的内容已经存在，请刷新后核对。"


class StaleVersionError(WenxiaoError):
    """Somebody changed the record since the actor read it."""

    code = "stale_version"
    sentence = "这条记录刚被他人修改过；您填写的内容已保留，请核对最新内容后再提交。"


class VersionRequiredError(WenxiaoError):
    """A change came without saying which version it is based on."""

    code = "version_required"
    sentence = "修改须带上所依据的版本（If-Match）；请先读取最新内容。"


class UnavailableError(WenxiaoError):
    """Something the act needs is not there now; nothing was changed."""

    code = "unavailable"
    sentence = "系统暂时无法完成操作，内容没有改动；请稍后再试。"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One message beside one field.

    `path` is dotted (`indicators.3.weight`); `row` is the 1-based sheet row when the input was a
    file, `column` its letter.
    """

    path: str
    code: str
    message: str
    row: int | None = None
    column: str | None = None


class InvalidInputError(WenxiaoError):
    """Input that cannot be accepted, with every problem found, none half-saved."""

    code = "invalid_input"
    sentence = "有 {count} 处需要改正，内容没有保存到正式记录；请按提示修改后重新提交。"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        """Keep all problems in the order of the input."""
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))
