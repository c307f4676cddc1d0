"""Projects of the example's three budget years, through the import people use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.example.people import person_name, read_data
from services.example.stage import REGION, Stage
from services.target_svc.store.projects import ProjectRow
from services.target_svc.usecases.import_projects import ImportProjects, import_projects
from services.target_svc.usecases.project_sheet import PROJECT_LAYOUT
from services.target_svc.usecases.record_ex_ante import RecordExAnte, record_ex_ante
from shared.directory.tables import UnitRow
from shared.money import to_yuan
from shared.sheets.outcome import ImportFile
from shared.sheets.writing import OutColumn, write_table

SOURCE_YEAR = 2023
"""The budget year the public report is about."""

SHARE_LEFT_OUT = 0.55
"""Share of the projects another year does without."""

EX_ANTE = {
    "岳池酉溪镇政府专职消防队营房建设项目": "partial",
    "岳池县2023年市政基础设施维修工程": "support",
    "岳池县城市社区综合服务提升项目": "support",
    "岳池县环城西路（大西街至北外街）道路及管网改造工程项目": "partial",
    "岳池蔬菜科技服务体系建设项目": "support",
}
YES = {
    "major_policy": "是否重大政策",
    "major_project": "是否重大项目",
    "capital_construction": "是否基建",
    "gov_procurement": "是否政府采购",
    "gov_purchase_service": "是否政府购买服务",
    "special_bond": "是否专项债",
    "livelihood": "是否民生",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One project of one year, as written into the Excel file. `amount` in 元."""

    unit_code: str
    name: str
    facts: dict[str, Any]
    amount: Decimal
    adjusted: Decimal


def lines_of_year(year: int, units: dict[str, str]) -> list[Line]:
    """Return the year's projects: all of 2023, the continuing ones of 2022, what 2024 asks for."""
    is_source_year = year == SOURCE_YEAR
    dice = random.Random(year)  # noqa: S311 (the same example everywhere)
    lines = []
    for facts in read_data("projects")["project"]:
        amount = Decimal(facts["amount"])
        if not is_source_year and (facts["nature"] == "新增" or dice.random() < SHARE_LEFT_OUT):
            continue
        if not is_source_year:
            change = Decimal(dice.randint(70, 145)) / 100
            amount = to_yuan((amount * change / 100).quantize(Decimal(1)) * 100)
        adjusted = amount
        if is_source_year and facts["name"] in EX_ANTE and EX_ANTE[facts["name"]] == "partial":
            adjusted = to_yuan(amount * Decimal("0.85"))  # 年中追减 (YC23-6.1)
        name = facts["name"].replace("2023年", f"{year}年")
        lines.append(Line(units[facts["unit"]], name, facts, amount, adjusted))
    return lines


def project_file(year: int, lines: Sequence[Line]) -> bytes:
    """Return the Excel file the budget platform would export."""
    titles = [column.title for column in PROJECT_LAYOUT.columns]
    rows = [_row(year, number, line, titles) for number, line in enumerate(lines, start=1)]
    return write_table([OutColumn(title) for title in titles], rows, f"{year}年预算项目")


def _row(year: int, number: int, line: Line, titles: Sequence[str]) -> list[str]:
    letter = {"运转类": "Y", "特定目标类": "T", "人员类": "R"}[line.facts["class"]]
    cells = {
        "项目编码": f"{REGION}{year % 100:02d}{letter}{number:012d}",
        "项目名称": line.name,
        "单位编码": line.unit_code,
        "预算账本": line.facts["book"],
        "项目类别": line.facts["class"],
        "项目属性": line.facts["nature"],
        "财政拨款": str(line.amount),
        "年初预算数": str(line.amount),
        "调整后预算数": str(line.adjusted),
        "项目开始日期": f"{year}-01-01",
        "项目结束日期": f"{year}-12-31",
        "功能分类科目": "2010601",
        "项目责任人": person_name(number + 40),
        "联系电话": f"0826-53{number:05d}",
        "项目概况": f"{line.name}（示例）",
        "密级": "非涉密",
        **{YES[flag]: "是" for flag in line.facts["flags"] if flag in YES},
    }
    return [cells.get(title, "") for title in titles]


def import_year(stage: Stage, year: int) -> dict[str, Line]:
    """Import a year's projects; return its lines by project name."""
    units = _units(stage)
    lines = lines_of_year(year, units)
    file = ImportFile(project_file(year, lines), f"{year}年预算项目.xlsx", dry_run=False)
    with stage.databases["target_svc"].begin() as uow:
        import_projects(uow, stage.clock, stage.actor("budget"), ImportProjects(year, file))
    stage.pump()
    return {line.name: line for line in lines}


def _units(stage: Stage) -> dict[str, str]:
    with stage.databases["target_svc"].read() as session:
        rows = session.execute(
            select(UnitRow.name, UnitRow.code).where(UnitRow.region_code == REGION)
        )
        return dict(rows.all())


def conclude_ex_ante(stage: Stage) -> None:
    """Record the five ex-ante conclusions of 2023 (YC23-3.2)."""
    stage.clock.move_to(date(2022, 12, 20))
    with stage.databases["target_svc"].begin() as uow:
        query = select(ProjectRow).where(
            ProjectRow.fiscal_year == SOURCE_YEAR,
            ProjectRow.name.in_(EX_ANTE),
        )
        for project in uow.session.scalars(query).all():
            command = RecordExAnte(
                SOURCE_YEAR,
                project.project_id,
                project.version,
                EX_ANTE[project.name],
                f"{project.name}事前绩效评估报告（示例）",
            )
            record_ex_ante(uow, stage.clock, stage.actor("perf"), command)
