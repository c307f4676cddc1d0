"""The code itself: small files, small functions, time only from the clock, no float for money."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from source import EVERYWHERE, ROOT, dotted, name_of, python_files, text_of, tree_of

LONGEST_FILE = 400
LONGEST_FUNCTION = {"services": 50, "shared": 50, "bench": 60, "tests": 60}
CLOCK = ROOT / "shared" / "clock.py"
ASKING_THE_TIME = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime))$"
)
MONEY = re.compile(r"(money|gate|payments?|execution|projects?|targets?|achievement|lights)\.py$")
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
PRINTING = (ROOT / "services" / "cli.py", ROOT / "services" / "commands", ROOT / "bench")
PINYIN = re.compile(
    r"(?:^|_)(yusuan|jixiao|mubiao|jiankong|pingjia|xiangmu|danwei|caizheng|bumen|zhibiao|shenhe"
    r"|shenpi|pifu|zijin|jine|gushi|zhongxin|niandu|wenxian|zhenggai|shenji|jiwei|bianma|mingcheng"
    r"|beizhu|leixing|zhuangtai|shijian|riqi|yonghu|mima|denglu|caozuo|rizhi|xinxi|shuju|wenjian"
    r"|ysdw|xmmc|jxmb|zgbm)(?:$|_)"
)
Finding = Iterator[str]


def long_files(path: Path) -> Finding:
    lines = text_of(path).count("\n")
    if lines > LONGEST_FILE:
        yield f"{lines} lines"


def long_functions(path: Path) -> Finding:
    most = LONGEST_FUNCTION.get(name_of(path).split("/")[0], 50)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > most:
                yield f"{node.name} has {length} lines"


def asked_times(path: Path) -> Finding:
    if path == CLOCK:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and ASKING_THE_TIME.search(dotted(node.func)):
            yield f"line {node.lineno} asks the machine for the time; take a Clock"


def floats(path: Path) -> Finding:
    if not MONEY.search(path.name) or "example" in path.parts:
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"line {node.lineno}: {node.value}"
        if isinstance(node, ast.Call) and dotted(node.func) == "float":
            yield f"line {node.lineno}: float()"


def marks(path: Path) -> Finding:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if MARKS.search(line):
            yield f"line {number}: {line.strip()}"


def prints(path: Path) -> Finding:
    if any(path == place or place in path.parents for place in PRINTING):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield f"line {node.lineno}"


def pinyin(path: Path) -> Finding:
    for node in ast.walk(tree_of(path)):
        names = {
            ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg", ast.FunctionDef: "name",
            ast.ClassDef: "name",
        }  # fmt: skip
        name = getattr(node, names.get(type(node), ""), "")
        if not name.isascii() or PINYIN.search(name.lower()):
            yield f"line {getattr(node, 'lineno', 0)}: {name}"


RULES: dict[str, tuple[Callable[[Path], Finding], tuple[str, ...]]] = {
    "no file over 400 lines": (long_files, EVERYWHERE),
    "no function over 50 lines, in tests 60": (long_functions, EVERYWHERE),
    "time comes from the clock": (asked_times, ("services", "shared")),
    "no float near money": (floats, ("services", "shared")),
    "nothing left to be done later": (marks, EVERYWHERE),
    "only commands print": (prints, ("services", "shared")),
    "names are English": (pinyin, EVERYWHERE),
}


@pytest.mark.parametrize("name", RULES)
def test_the_code_keeps(name: str) -> None:
    rule, folders = RULES[name]
    broken = [f"{name_of(path)}: {each}" for path in python_files(*folders) for each in rule(path)]
    assert not broken, f"{name}:\n" + "\n".join(broken)


PLANTED = {
    "no file over 400 lines": "x = 1\n" * 401,
    "no function over 50 lines, in tests 60": "def f():\n" + "    x = 1\n" * 61,
    "time comes from the clock": "from datetime import datetime\nx = datetime.now()\n",
    "no float near money": "RATE = 0.1\n",
    "nothing left to be done later": "x = 1  # TO" + "DO later\n",
    "only commands print": "print(1)\n",
    "names are English": "xiangmu = 1\n",
}


@pytest.mark.parametrize("name", RULES)
def test_each_rule_finds_what_it_looks_for(name: str, tmp_path: Path) -> None:
    planted = tmp_path / "payments.py"
    planted.write_text(PLANTED[name], encoding="utf-8")
    assert list(RULES[name][0](planted))


@pytest.mark.parametrize(
    "call", ["datetime.now()", "datetime.datetime.utcnow()", "date.today()", "time.time()"]
)
def test_every_way_to_ask_the_time_is_known(call: str, tmp_path: Path) -> None:
    planted = tmp_path / "any.py"
    planted.write_text(call, encoding="utf-8")
    assert list(asked_times(planted))


def shipped_texts() -> list[Path]:
    kinds = {".py", ".toml", ".yaml", ".yml", ".html", ".md", ".txt", ".cfg", ".sh", ".json", ".js"}
    folders = ("services", "shared", "docs", "deploy", "bench", ".ci", "tests")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.is_file() and path.name != "LICENSE"]
    return [
        path
        for path in sorted(found)
        if (path.suffix in kinds or path.name in {"Makefile", "run"})
        and "vendor" not in path.parts
        and path != Path(__file__)
    ]


def test_no_registry_host_and_no_machine_path_in_locks_and_settings() -> None:
    """Addresses of registries and folders of one machine have no place in what is shipped."""
    hosts = re.compile(
        r"pypi\.|pythonhosted|npmjs\.|registry\.|deb\.debian|mirror|/(?:work|root)/\w"
    )
    broken = [
        f"{name_of(path)}: {line.strip()[:100]}"
        for path in shipped_texts()
        for line in text_of(path).splitlines()
        if hosts.search(line) and ("://" in line or "/work/" in line or "/root/" in line)
    ]
    assert not broken, "\n".join(broken)
