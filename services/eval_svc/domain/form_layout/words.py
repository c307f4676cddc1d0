"""The words of the official forms and their provincial variants (domain: 财预〔2020〕10号 annex).

A heading is recognised by its words without spaces, line breaks and what stands in brackets:
`全年执行数（B）`, `预算执行率(B/A)`, `调整后预算数`, `偏差原因分析及改进措施`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_BRACKETS: Final = re.compile(r"\([^()]*\)|【[^】]*】|\[[^\]]*\]")
_BREAK: Final = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_DASH: Final = re.compile(r"[-—\u2010-\u2015\u2212─/\\]+")
_FIGURE: Final = re.compile(r"[-+]?[\d.,，]*\d[\d.,，]*(%|万?亿?元?|分)?")
_POINTS: Final = re.compile(r"\(?(\d+(?:\.\d+)?)分?\)?$")
_BRACKETED_POINTS: Final = re.compile(r"\((\d+(?:\.\d+)?)分?[)*]")

Heading = tuple[str, re.Pattern[str]]


def _headings(*pairs: tuple[str, str]) -> tuple[Heading, ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in pairs)


FUND_HEADINGS: Final = _headings(
    ("rate", r"(预算|资金|全年|年度)*(执行|完成|支出)率"),
    ("score", r"(自评|实际)?得分"),
    ("weight", r"分值|权重|标准分值?|满分|指标分值"),
    ("executed", r"(全年|本年|当年|年度|预算|实际|资金|累计)*(执行|支出|使用)(数|额|金额)"),
    ("budget_initial", r"(年初预算|年初批复|年初安排|初始预算|年初)(批复|安排|下达)?(数|金额|额)?"),
    (
        "budget_adjusted",
        r"((全年|调整后?|年度|本年|当年|实际)*预算(批复|安排|下达|调整)?(数|金额|额)|调整后预算|全年预算)",
    ),
)
INDICATOR_HEADINGS: Final = _headings(
    ("level1", r"一级(指标)?(名称)?"),
    ("level2", r"二级(指标)?(名称)?"),
    ("level3", r"三级(指标)?(名称)?|(绩效)?指标名称|指标内容"),
    ("operator", r"指标(性质|符号|值类型)|比较方式|计算符号|符号"),
    (
        "actual",
        r"(全年|年度|本年|当年|实际|指标|年末)*(完成|实现|达到)(指标)?(值|情况|数)?|(全年)?实际值",
    ),
    (
        "target",
        (
            r"(全年|年度|本年|当年|年初|预期|计划|设定|绩效|预算)*(指标|目标|预期|计划)(设定|完成)?值|"
            r"预期目标|年度指标|计划完成(值|情况|数)"
        ),
    ),
    ("unit", r"(度量|计量)?单位"),
    ("weight", r"(指标)?(分值|权重)(权重)?|标准分值?|满分"),
    ("score", r"(自评|实际|指标)?得分|自评分值?"),
    ("reason", r".*(原因|偏差|改进措施|未完成).*|备注|说明"),
)
TOTAL_FUND: Final = re.compile(
    r"(年度|全年|本年|当年|项目|预算|财政|支出|部门|整体)*(资金|预算|支出)?(总额|合计|总计|总数):?"
)
TOTAL_SCORE: Final = re.compile(
    r"(自评|评价|绩效)?(总分值?|总得分|合计|总计|得分合计|合计得分|总评分?):?(\d+(\.\d+)?)?分?"
)
SUBTOTAL: Final = re.compile(r"小计:?")
BREAKDOWN: Final = re.compile(r"[★☆*]*其中")
GRADE_LABEL: Final = re.compile(r"(自评|评价|绩效|评定|综合|结果|得分)*(等级|级别|等次)")
AFTER_FUNDS: Final = re.compile(
    r"(年度|项目|总体|部门|整体)*(总体|绩效)?目标.*|预期目标.*|绩效指标.*|一级指标|年度主要任务.*|任务名称"
)
AFTER_INDICATORS: Final = re.compile(
    r"(评价|自评)?结论.*|存在.*问题.*|改进措施.*|下一步.*|填(报|表)人.*|审核人.*|项目负责人.*|"
    r"单位负责人.*|联系(人|电话).*|备注.*|注[:.].*|说明[:.].*|其他需要说明.*|偏差大.*|经验.*|"
    r"制表.*|(自评|评价|绩效|评定|综合)*(等级|等次).*|部门负责人.*|财务负责人.*|有关问题.*|.*结果应用.*"
)
PLACEHOLDER: Final = re.compile(r"[….·]+|指标\d*:?|[x×]+|\.*", re.IGNORECASE)
FORM_TITLE: Final = re.compile(r".*(自评|评价).{0,6}表(\d{4}年度?|\(.*\))?")
_RATE_RULE: Final = re.compile(
    r"执行率\)?[*×X·]\(?(该项?指标|该项|本项)?(的)?(分值|权重|满分|\d+分?)"
    r"|(分值|权重|满分|\d+分?)\)?[*×X·]\(?(预算)?(资金)?执行率"
)
_RATIO: Final = r"(B/A|A/B|(实际|全年)*完成值/(年度|年初|全年)?(指标|目标)值)"
_INDICATOR_RULE: Final = re.compile(
    rf"{_RATIO}\)?%?[*×X·]\(?(该项?指标|该项)?(的)?(分值|权重)"
    rf"|(分值|权重)\)?[*×X·]\(?{_RATIO}"
)


def key(text: str) -> str:
    """Return `text` for comparing: half-width, upper case, without any space."""
    return re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", text)).upper()


def heading_of(text: str) -> str:
    """Return a heading's bare words: no spaces, brackets or colon."""
    bare = key(text)
    while (shorter := _BRACKETS.sub("", bare)) != bare:
        bare = shorter
    return bare.rstrip(":*")


def field_of(text: str, headings: Sequence[Heading]) -> str | None:
    """Return the field a heading names; `None` when it is none of `headings`."""
    bare = heading_of(text)
    return next((name for name, pattern in headings if pattern.fullmatch(bare)), None)


def clean(text: str) -> str:
    """Return what is printed: outer blanks and line breaks of the layout taken away."""
    return _BREAK.sub("", text.replace("\u3000", " ").replace("\xa0", " ")).strip()


def is_dash(text: str) -> bool:
    """Tell whether a cell says `—` or `/`: nothing is to stand here."""
    return bool(_DASH.fullmatch(key(text)))


def is_figure(text: str) -> bool:
    """Tell whether a text is a number, perhaps with its unit."""
    return bool(_FIGURE.fullmatch(key(text)))


def without_points(text: str) -> tuple[str, str | None]:
    """Return a level's name and the points printed with it: `产出指标（50分）` → 产出指标, 50."""
    bare = key(text)
    found = _POINTS.search(bare)
    if found is None:
        return bare, None
    name = bare[: found.start()].rstrip("(:")
    return (name, found[1]) if name else (bare, None)


def bracketed_points(text: str) -> str | None:
    """Return the points a heading has in brackets: `预算执行情况(10分)`, `得分（20分*执行率）`."""
    found = _BRACKETED_POINTS.search(key(text))
    return found[1] if found else None


def rules_printed(text: str) -> tuple[bool, bool]:
    """Tell whether `text` prints the proportional rule for the execution, and for indicators."""
    bare = key(text)
    return bool(_RATE_RULE.search(bare)), bool(_INDICATOR_RULE.search(bare))
