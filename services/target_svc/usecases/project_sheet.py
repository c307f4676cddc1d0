"""The columns of a project list exported from 预算管理一体化, and what the choices mean."""

from __future__ import annotations

from shared.sheets.layout import YES_NO, Column, Layout

BOOKS = {
    "一般公共预算": "general",
    "政府性基金": "gov_fund",
    "政府性基金预算": "gov_fund",
    "国有资本经营预算": "state_capital",
    "国有资本经营": "state_capital",
    "社会保险基金": "social_insurance",
    "社会保险基金预算": "social_insurance",
    "未纳入预算管理": "outside_budget",
}
CLASSES = {"人员类": "staff", "运转类": "operation", "特定目标类": "specific_goal"}
NATURES = {"新增": "new", "延续": "continued", "新增项目": "new", "延续项目": "continued"}
CLASSIFICATIONS = {
    "公开": "none",
    "非涉密": "none",
    "无": "none",
    "工作秘密": "work_secret",
    "秘密": "secret",
    "机密": "confidential",
    "绝密": "top_secret",
}
FLAGS = {
    "major_policy": ("是否重大政策", "重大政策"),
    "major_project": ("是否重大项目", "重大项目"),
    "capital_construction": ("是否基建", "基建项目", "是否基建项目"),
    "gov_procurement": ("是否政府采购", "政府采购"),
    "gov_purchase_service": ("是否政府购买服务", "政府购买服务"),
    "special_bond": ("是否专项债", "专项债券"),
    "livelihood": ("是否民生", "民生项目"),
}

PROJECT_LAYOUT = Layout(
    title="预算项目",
    sheet_titles=("预算项目", "项目库", "项目"),
    columns=(
        Column("code", ("项目编码", "项目代码"), kind="code", required=True),
        Column("name", ("项目名称",), required=True),
        Column("unit_code", ("单位编码", "预算单位编码", "单位代码"), kind="code", required=True),
        Column("book", ("预算账本", "资金性质", "预算类型"), kind="choice", required=True,
               choices=BOOKS),
        Column("project_class", ("项目类别", "项目类型"), kind="choice", required=True,
               choices=CLASSES),
        Column("nature", ("项目属性", "新增或延续"), kind="choice", required=True, choices=NATURES),
        Column("fiscal", ("财政拨款", "本年财政拨款"), kind="money", required=True),
        Column("carry_over", ("上年结转", "上年结转资金"), kind="money"),
        Column("other", ("其他资金",), kind="money"),
        Column("initial", ("年初预算数", "年初预算", "预算金额"), kind="money", required=True,
               help="须等于财政拨款、上年结转、其他资金之和"),
        Column("adjusted", ("调整后预算数", "调整后预算", "全年预算数"), kind="money"),
        Column("period_start", ("项目开始日期", "开始日期", "开始时间"), kind="date"),
        Column("period_end", ("项目结束日期", "结束日期", "结束时间"), kind="date"),
        Column("function_code", ("功能分类科目", "支出功能分类"), kind="code"),
        Column("owner_name", ("项目责任人", "项目负责人")),
        Column("owner_phone", ("联系电话", "责任人电话")),
        Column("summary", ("项目概况", "立项依据")),
        Column("classification", ("密级",), kind="choice", choices=CLASSIFICATIONS),
        *(Column(flag, titles, kind="choice", choices=YES_NO) for flag, titles in FLAGS.items()),
    ),
)  # fmt: skip
