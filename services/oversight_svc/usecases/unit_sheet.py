"""The columns of a unit list, as finance bureaus keep it."""

from __future__ import annotations

from shared.sheets.layout import Column, Layout

UNIT_KINDS = {
    "党政机关": "department",
    "事业单位": "public_institution",
    "乡镇": "township",
    "街道": "township",
    "学校": "school",
    "医院": "hospital",
    "企业": "enterprise",
    "基层单位": "basic",
}

UNIT_LAYOUT = Layout(
    title="预算单位名录",
    sheet_titles=("预算单位名录", "单位名录", "单位"),
    columns=(
        Column("code", ("单位编码", "预算单位编码", "单位代码"), kind="code", required=True),
        Column("name", ("单位名称", "预算单位名称"), required=True),
        Column(
            "department_code",
            ("主管部门编码", "一级预算单位编码", "主管部门代码"),
            kind="code",
            help="一级预算单位留空或填本单位编码",
        ),
        Column("kind", ("单位类型", "单位性质"), kind="choice", choices=UNIT_KINDS),
        Column("office", ("归口股室", "归口业务股室"), required=True),
        Column("head_name", ("单位负责人", "主要负责人")),
        Column("contact", ("经办人", "财务联系人", "联系人")),
        Column("phone", ("联系电话", "电话")),
    ),
)
