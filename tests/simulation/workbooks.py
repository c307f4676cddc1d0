"""The files people bring: units, a faulty and a good project list, payments, a signed scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import xlsxwriter
from fixtures.papers import SCAN

MADE = datetime(2023, 10, 9)
SIGNED_SCAN = ("签字盖章扫描件.pdf", SCAN)

UNITS = (
    ("单位编码", "单位名称", "主管部门编码", "单位类型", "归口股室", "联系人", "联系电话"),
    ("101", "岳池县教育体育局", "", "党政机关", "教科文股", "周会计", "0826-5220001"),
    ("101001", "岳池县第一小学", "101", "学校", "教科文股", "吴会计", "0826-5220002"),
)
PROJECTS = (
    ("项目编码", "项目名称", "单位编码", "预算账本", "项目类别", "项目属性", "财政拨款", "上年结转",
     "年初预算数", "是否政府采购"),
    ("51162123T0001", "校舍维修", "101001", "一般公共预算", "特定目标类", "延续", "250000",
     "30000", "280000", "是"),
    ("51162123T0002", "学生营养改善", "101001", "一般公共预算", "特定目标类", "延续", "180000", "0",
     "180000", ""),
)  # fmt: skip
WRONG_PROJECTS = (
    PROJECTS[0],
    (*PROJECTS[1][:8], "290000", ""),  # the sources add up to 280,000
    (*PROJECTS[2][:2], "999999", *PROJECTS[2][3:]),  # no such unit
)
PAYMENTS = (
    ("支付凭证号", "项目编码", "支付金额", "支付日期", "收款人"),
    ("Z2023-0001", "51162123T0001", "60000.00", "2023-05-12", "岳池县城建公司"),
    ("Z2023-0002", "51162123T0001", "40000.00", "2023-08-30", "岳池县城建公司"),
    ("Z2023-0003", "51162123T0002", "150000.00", "2023-09-15", "岳池县粮油公司"),
)
CORRECTED_PAYMENTS = (
    *PAYMENTS[:2],
    ("Z2023-0002", "51162123T0001", "45000.00", "2023-08-30", "岳池县城建公司"),
    PAYMENTS[3],
)


@dataclass(frozen=True, slots=True)
class Papers:
    """Every file, built once: both modes get the same bytes."""

    units: tuple[str, bytes]
    wrong_projects: tuple[str, bytes]
    projects: tuple[str, bytes]
    payments: tuple[str, bytes]
    corrected_payments: tuple[str, bytes]


def papers() -> Papers:
    """Return the files."""
    return Papers(
        units=("预算单位名录.xlsx", _workbook("预算单位名录", UNITS)),
        wrong_projects=("预算项目.xlsx", _workbook("预算项目", WRONG_PROJECTS)),
        projects=("预算项目（改正）.xlsx", _workbook("预算项目", PROJECTS)),
        payments=("国库支付明细.xlsx", _workbook("国库支付明细", PAYMENTS)),
        corrected_payments=(
            "国库支付明细（更正）.xlsx",
            _workbook("国库支付明细", CORRECTED_PAYMENTS),
        ),
    )


def _workbook(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})  # the same bytes in every run
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()
