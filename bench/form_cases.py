"""Writes the table of published forms in `docs/form-check.md`: found, to be found, false.

`python bench/form_cases.py` prints it, `--write` puts it into the document.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.eval_svc.domain.form_check.report import CheckReport, Severity
from services.eval_svc.usecases.check_form import check_document
from shared.terms import labels

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "tests" / "data" / "forms"
DOCUMENT = ROOT / "docs" / "form-check.md"
MARK = "<!-- 以下由 bench/form_cases.py --write 写入 -->\n"


def _codes(report: CheckReport, severity: Severity) -> list[str]:
    """Return the codes of a severity, each once, in the order found."""
    return list(dict.fromkeys(each.code for each in report.findings if each.severity is severity))


def _named(codes: list[str]) -> str:
    names = labels("form_check_code")
    return "<br>".join(f"{names[code]} `{code}`" for code in codes) or "—"


def _row(name: str, wanted: dict[str, list[str]]) -> tuple[str, int, int, int]:
    """Return a form's row, and how much was found, missed and false."""
    form: dict[str, Any] = json.loads((FORMS / f"{name}.json").read_text(encoding="utf-8"))
    report = check_document(form)
    found = {each: _codes(report, each) for each in Severity}
    allowed = wanted["errors_at_least_one_of"]
    errors = found[Severity.ERROR]
    required = [
        *([allowed[0]] if allowed and not set(allowed) & set(errors) else []),
        *(set(wanted["warnings_include"]) - set(found[Severity.WARNING])),
        *(set(wanted["notices_include"]) - set(found[Severity.NOTICE])),
    ]
    false = [code for code in errors if code not in allowed]
    to_find = [*allowed, *wanted["warnings_include"], *wanted["notices_include"]]
    title = form.get("project_name") or form["unit_name"]
    everything = [*errors, *found[Severity.WARNING], *found[Severity.NOTICE]]
    row = f"| {form['unit_name']}：{title} | {_named(to_find)} | {_named(everything)} | "
    row += f"{_named(required)} | {_named(false)} | {labels('verdict')[report.verdict]} |"
    return row, bool(to_find) - bool(required), len(required), len(false)


def table() -> Iterator[str]:
    """Yield the lines of the table and of its sums."""
    expected = json.loads((FORMS / "expected.json").read_text(encoding="utf-8"))
    rows = [_row(name, wanted) for name, wanted in sorted(expected.items())]
    yield "| 公开的表 | 应当发现（错误为至少其一） | 发现 | 漏报 | 误报的错误 | 结论 |"
    yield "|---|---|---|---|---|---|"
    yield from (row for row, *_ in rows)
    missed, false = sum(row[2] for row in rows), sum(row[3] for row in rows)
    yield ""
    yield f"共{len(rows)}张：漏报{missed}处，误报错误{false}处。"


def main() -> int:
    """Print or write the table; return 1 when something is missed or false."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/form-check.md")
    lines = list(table())
    if parser.parse_args().write:
        before = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        DOCUMENT.write_text(before + MARK + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0 if lines[-1].endswith("漏报0处，误报错误0处。") else 1


if __name__ == "__main__":
    sys.exit(main())
