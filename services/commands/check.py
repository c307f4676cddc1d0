"""`check`: the form check of files, without a server or a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.eval_svc.domain.form_check.places import place_words
from services.eval_svc.domain.form_check.report import Severity, Verdict
from shared.errors import InvalidInputError
from shared.files.bundles import LARGEST, Bundled, files_in, is_zip
from shared.terms import labels

if TYPE_CHECKING:
    from services.eval_svc.usecases.check_files import CheckedForm

UNREADABLE = 2
_CODES = {
    "unreadable": UNREADABLE,
    Verdict.INCONSISTENT.value: 1,
    Verdict.INCOMPLETE.value: 3,
    Verdict.CONSISTENT.value: 0,
}
_WORST = (Verdict.INCONSISTENT.value, "unreadable", Verdict.INCOMPLETE.value)
_ENDINGS = frozenset({".xlsx", ".xls", ".et", ".docx", ".wps", ".json"})


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json"]),
    default="table",
    help="table 供人阅读，json 与接口的答复相同。",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把逐条结果另存为表格：.xlsx 或 .csv。",
)
def check(files: tuple[Path, ...], shape: str, output: Path | None) -> int:
    """核对自评表的数字：Excel、Word、JSON 文件，或一个文件夹、一个 ZIP 里的全部表。

    返回 0 一致、1 不一致、2 无法读取、3 无误但不完整；多张表时取最重的。
    """
    from services.eval_svc.usecases.check_files import check_files  # noqa: PLC0415 (when called)

    if output is not None and output.suffix.lower() not in {".xlsx", ".csv"}:
        click.echo("结果只能另存为 .xlsx 或 .csv，请改文件名。", err=True)
        return UNREADABLE
    is_batch = len(files) > 1 or files[0].is_dir() or files[0].suffix.lower() == ".zip"
    forms: list[CheckedForm] = []
    for found in check_files(_told(files, is_batch=is_batch)):
        forms += found
    if not forms:
        click.echo("没有可核对的文件：只读 .xlsx、.xls、.docx 和 .json。", err=True)
        return UNREADABLE
    if output is not None:
        _save(output, forms)
    if shape == "json":
        click.echo(json.dumps(_json(forms), ensure_ascii=False, indent=2))
    elif len(forms) > 1 or is_batch:
        click.echo("\n".join(_summary(forms)))
    else:
        _print_one(forms[0])
    verdicts = {form.verdict for form in forms}
    return _CODES[next((each for each in _WORST if each in verdicts), Verdict.CONSISTENT.value)]


def _given(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for each in sorted(path.rglob("*")):
            is_wanted = each.suffix.lower() in _ENDINGS | {".zip"}
            if each.is_file() and is_wanted and not each.name.startswith(("~$", ".")):
                yield each


def _told(paths: Sequence[Path], *, is_batch: bool) -> Iterator[Bundled]:
    """Give the files of the paths, telling on the error stream how far it is."""
    files = (file for path in _given(paths) for file in _files(path))
    for number, file in enumerate(files, 1):
        if is_batch:
            click.echo(f"[{number}] {file.name}", err=True)
        yield file


def _files(path: Path) -> Iterator[Bundled]:
    try:
        with path.open("rb") as source:
            content = source.read(LARGEST + 1)
            if is_zip(content):
                for each in files_in(source):
                    yield Bundled(f"{path}/{each.name}", each.content, each.why)
                return
    except OSError as error:
        yield Bundled(str(path), why=f"读不到文件：{error.strerror}。请核对路径和权限。")
        return
    except InvalidInputError as error:
        yield Bundled(str(path), why=error.problems[0].message)
        return
    if len(content) > LARGEST:
        yield Bundled(str(path), why=f"文件超过 {LARGEST // 1024 // 1024} MB，请按表拆分后再核对。")
    else:
        yield Bundled(str(path), content)


def _save(output: Path, forms: Sequence[CheckedForm]) -> None:
    from services.eval_svc.usecases.listing_forms import as_csv, as_excel, listed  # noqa: PLC0415

    write = as_csv if output.suffix.lower() == ".csv" else as_excel
    output.write_bytes(write(map(listed, forms)))
    click.echo(f"逐条结果已存入 {output}。", err=True)


def _json(forms: Sequence[CheckedForm]) -> Any:  # noqa: ANN401 (JSON of any shape)
    """Return one report as the interface answers it; several as a list with their files."""
    if len(forms) == 1 and forms[0].report is not None:
        return forms[0].report.to_json()
    return [
        {
            "file": form.file,
            "form": form.title,
            "verdict": form.verdict,
            **({"report": form.report.to_json()} if form.report else {"problem": form.why}),
        }
        for form in forms
    ]


def _summary(forms: Sequence[CheckedForm]) -> list[str]:
    """Return one line per form, then the counts."""
    words = {**labels("verdict"), "unreadable": "无法读取"}
    lines = []
    for form in forms:
        counts = "、".join(
            f"{labels('severity')[each]}{form.count(each)}" for each in Severity if form.count(each)
        )
        told = form.why or counts or "没有发现不一致"
        lines.append(f"{words[form.verdict]}　{form.file}　{form.title}　{told}")
    lines.append(f"合计 {len(forms)} 张表：")
    for verdict, word in words.items():
        count = sum(form.verdict == verdict for form in forms)
        if count:
            lines.append(f"    {word} {count}")
    return lines


def _print_one(form: CheckedForm) -> None:
    if form.report is None:
        click.echo(f"这份文件不是可核对的表：\n  {form.why}", err=True)
    else:
        click.echo("\n".join(_table(form)))


def _table(form: CheckedForm) -> list[str]:
    """Return the report for people: the verdict, a block per finding, what was not checked."""
    report, places = form.report, form.places
    if report is None:
        return []
    names, severities = labels("form_check_code"), labels("severity")
    lines = [f"结论：{labels('verdict')[report.verdict]}"]
    for each in report.findings:
        cell = f"（{places[each.path]}）" if each.path in places else ""
        place = f"{place_words(each.path)}{cell}"
        lines.append(f"[{severities[each.severity]}] {names[each.code]}　{place}")
        if each.printed is not None or each.expected is not None:
            expected = "—" if each.expected is None else each.expected
            lines.append(f"    印的是：{each.printed or '（空白）'}　应为：{expected}")
        lines.append(f"    {each.words.chinese}")
    if not report.findings:
        lines.append("没有发现不一致。")
    lines += [f"[读取提示] {each.place}　{each.message}" for each in form.problems]
    if report.unchecked:
        lines.append(f"未核对（{len(report.unchecked)}处）：")
        lines += [
            f"    {place_words(each.path)}：{each.words.chinese}" for each in report.unchecked
        ]
    return lines


if __name__ == "__main__":
    sys.exit(check())
