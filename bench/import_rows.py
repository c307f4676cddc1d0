r"""An indicator list of 100,000 rows: from the bytes received to the commit, against bare COPY.

Ours reads the .xlsx, applies every check of cell, row and set, and writes targets, indicators,
trail, tasks and events. Bare is psql's `\copy` of the same indicator rows into the same table
with its keys, the targets being there already.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import xlsxwriter
from county import FISCAL_YEAR, NOW, REGION, add_projects, person, project_code, settle
from measuring import Result, in_turn, seconds_of
from places import clone, program_url, service_database
from sqlalchemy import Engine, text

from services.target_svc.usecases.import_targets import ImportTargets, import_targets
from shared.access.actor import Scope
from shared.db.unit_of_work import Database
from shared.sheets.outcome import ImportFile
from shared.testing.clock import FrozenClock

PROJECTS = 10_000
AIM = 0.3
_HEADER = (
    "项目编码", "年度总体目标", "一级指标", "二级指标", "三级指标", "指标性质", "指标值",
    "计量单位", "权重", "历史值", "指标解释", "设定依据及数据来源",
)  # fmt: skip
_SET = (
    ("产出指标", "数量指标", "补助人数", "≥", 1200, "人次", 10),
    ("产出指标", "数量指标", "建设里程", "≥", 35, "公里", 10),
    ("产出指标", "质量指标", "验收合格率", "≥", 95, "%", 10),
    ("产出指标", "时效指标", "资金拨付及时率", "=", 100, "%", 10),
    ("产出指标", "成本指标", "单位成本", "≤", 3000, "元/人", 10),
    ("效益指标", "经济效益指标", "带动增收", "≥", 50, "万元", 8),
    ("效益指标", "社会效益指标", "受益群众", "≥", 8000, "人", 8),
    ("效益指标", "生态效益指标", "环境改善情况", "定性", "明显改善", "", 7),
    ("效益指标", "可持续影响指标", "长效管护机制", "定性", "健全", "", 7),
    ("满意度指标", "服务对象满意度指标", "群众满意度", "≥", 90, "%", 10),
)
_OPERATORS = {"≥": "ge", "=": "eq", "≤": "le", "定性": "qualitative"}
_WRITTEN = (
    "region_code, fiscal_year, target_id, position, level1, level2, name, operator, value, unit,"
    " weight, history_value, definition, basis_source, library_code"
)
Row = tuple[str | int, ...]


def measure(server: str) -> Result:
    """Import and copy in turn, each into a fresh copy of the same database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = list(_rows())
        file = ImportFile(_workbook(rows), "指标.xlsx", dry_run=False)
        without = stack.enter_context(service_database(server))
        with _database(without).begin() as uow:
            add_projects(uow.session, settle(uow.session), PROJECTS)
        _psql(without, "analyze")
        with clone(server, without) as first:
            _import(first, file)
            _psql(first, "analyze")
            _verify(first, rows)
            _copy_out(first, folder)
        with_targets = stack.enter_context(clone(server, without))
        _copy_in(with_targets, folder, "target", "*")
        _psql(with_targets, "analyze")

        def ours() -> float:
            with clone(server, without) as engine:
                return seconds_of(lambda: _import(engine, file))

        def bare() -> float:
            with clone(server, with_targets) as engine:
                return seconds_of(lambda: _copy_in(engine, folder, "target_indicator", _WRITTEN))

        taken, bare_taken = in_turn(ours, bare)
    return Result(
        f"导入 {len(rows):,} 行指标（.xlsx，{PROJECTS:,} 个目标）",
        ours=taken,
        bare=bare_taken,
        bare_title="psql \\copy 同样的行",
        aim=AIM,
        side="≥",
    )


def _rows() -> Iterator[Row]:
    for project in range(PROJECTS):
        for level1, level2, name, operator, value, unit, weight in _SET:
            amount = value + project if isinstance(value, int) and value != 100 else value  # noqa: PLR2004 (a full 100 %)
            yield (
                project_code(project), f"完成第{project}号项目年度任务，群众满意", level1, level2,
                f"{name}（{project}号）", operator, amount, unit, weight, f"上年{project}", "",
                "项目实施方案",
            )  # fmt: skip


def _workbook(rows: list[Row]) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("绩效指标")
        for number, row in enumerate([_HEADER, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def _database(engine: Engine) -> Database:
    return Database(engine, "target_svc", FrozenClock(NOW))


def _import(engine: Engine, file: ImportFile) -> None:
    database = _database(engine)
    actor = person("fin_budget", Scope(REGION, whole_region=True))
    with database.begin() as uow:
        import_targets(uow, database.clock, actor, ImportTargets(FISCAL_YEAR, file))


def _verify(engine: Engine, rows: list[Row]) -> None:
    """Raise `RuntimeError` unless exactly the rows of the file are there, in their order."""
    query = text(
        "select p.code, t.annual_goal, i.name, i.operator, i.value, i.unit, i.weight::int,"
        " i.history_value, i.definition, i.basis_source from target_indicator i"
        " join target t using (region_code, fiscal_year, target_id)"
        " join project p using (region_code, fiscal_year, project_id) order by p.code, i.position"
    )
    counts = text("select (select count(*) from outbox), (select count(*) from trail)")
    with engine.connect() as connection:
        found = connection.execute(query).all()
        told = connection.execute(counts).one()
    expected = [(*row[:2], row[4], _OPERATORS[str(row[5])], str(row[6]), *row[7:]) for row in rows]
    if [tuple(row) for row in found] != expected or min(told) < PROJECTS:
        raise RuntimeError("what was imported differs from the file")


def _psql(engine: Engine, command: str) -> None:
    words = ["psql", program_url(engine.url), "--quiet", "--no-psqlrc", "--command", command]
    subprocess.run([*words, "--set=ON_ERROR_STOP=1"], check=True)  # noqa: S603 (our own words)


def _copy_out(engine: Engine, folder: Path) -> None:
    _psql(engine, f"\\copy target to '{folder}/target.csv' csv")
    query = f"select {_WRITTEN} from target_indicator order by target_id, position"  # noqa: S608
    _psql(engine, f"\\copy ({query}) to '{folder}/target_indicator.csv' csv")


def _copy_in(engine: Engine, folder: Path, table: str, columns: str) -> None:
    named = "" if columns == "*" else f"({columns})"
    _psql(engine, f"\\copy {table} {named} from '{folder}/{table}.csv' csv")
