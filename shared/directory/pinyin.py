"""Sort keys for Chinese names: the database sorts by code point, people by pinyin."""

from __future__ import annotations


def sort_key(name: str) -> str:
    """Return the initials and the full pinyin of `name`, in lower case: `jyj jiaoyuju` for 教育局.

    What is no Chinese character stays as it is.
    """
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 (loads its dictionaries: 0.5 s)

    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    full = "".join(lazy_pinyin(name))
    return f"{initials} {full}".lower()
