# ruff: noqa: E501 (contents, one thing a line)
"""Realistic contents for the gallery; names and figures are made up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from shared.runtime.module import MenuEntry, MenuGroup
from shared.web.console.forms import TypedNumber, TypedWan
from shared.web.console.lists import Column, Filter
from shared.web.console.views import (
    Badge,
    BatchState,
    Change,
    Chart,
    Choice,
    Due,
    EditorColumn,
    Light,
    Link,
    Panel,
    Progress,
    Step,
    Tab,
    Tile,
    TimelineEntry,
)
from shared.web.schemas import ApiSchema

ACT = "target.project.view"
MENU = (
    MenuGroup(
        "工作",
        (
            MenuEntry("工作台", "/", ACT, "home"),
            MenuEntry("驾驶舱", "/cockpit", ACT, "layout-dashboard"),
        ),
    ),
    MenuGroup(
        "绩效目标",
        (
            MenuEntry("项目库", "/target/projects", ACT, "folder"),
            MenuEntry("绩效目标", "/target/targets", ACT, "target"),
            MenuEntry("股室审核台", "/target/review", ACT, "clipboard-check"),
            MenuEntry("预算会审清单", "/target/gate", ACT, "gavel"),
        ),
    ),
    MenuGroup(
        "运行监控与评价",
        (
            MenuEntry("报送进度表", "/monitoring/progress", ACT, "list-check"),
            MenuEntry("运行监控", "/monitoring/reports", ACT, "activity"),
            MenuEntry("绩效评价", "/evaluation/objects", ACT, "chart-bar"),
        ),
    ),
    MenuGroup(
        "监督整改",
        (
            MenuEntry("今日督办", "/oversight/today", ACT, "urgent"),
            MenuEntry("整改台账", "/oversight/findings", ACT, "checklist"),
            MenuEntry("财审联动", "/oversight/sharing", ACT, "share"),
            MenuEntry("操作轨迹", "/oversight/trail", ACT, "history"),
        ),
    ),
    MenuGroup("系统", (MenuEntry("不该看见", "/system", "system.event.view", "settings"),)),
)

STATES = (
    Choice("open", "待整改"),
    Choice("doing", "整改中"),
    Choice("review", "待认定"),
    Choice("closed", "已销号"),
)
OFFICES = (
    Choice("edu", "教科文股"),
    Choice("agri", "农业农村股"),
    Choice("soc", "社会保障股"),
    Choice("eco", "经济建设股"),
)
COLUMNS = (
    Column("title", "问题", "link", sortable=True, frozen=True, width="wide"),
    Column("unit", "责任单位", width="medium"),
    Column("office", "归口股室"),
    Column("state", "状态", "badge"),
    Column("light", "预警", "light"),
    Column("due", "整改期限", "due", sortable=True),
    Column("amount", "涉及金额", "money", sortable=True),
    Column("fixed", "已整改金额", "money"),
    Column("progress", "进度", "progress"),
    Column("measures", "措施", "custom"),
)
FILTERS = (
    Filter("q", "关键词", "text", placeholder="问题、单位或文号"),
    Filter("state", "状态", choices=STATES),
    Filter("office", "归口股室", choices=OFFICES),
    Filter("before", "期限不晚于", "date"),
)


def _finding(
    number: int,
    title: str,
    unit: str,
    office: str,
    state: Badge,
    light: Light,
    due: Due,
    amount: str,
    fixed: str,
) -> dict[str, Any]:
    share = Decimal(fixed) / Decimal(amount) * 100 if Decimal(amount) else Decimal(100)
    return {
        "id": number,
        "title": Link(title, f"/oversight/findings/{number}", note=f"岳池财监〔2023〕{number}号"),
        "unit": unit,
        "office": office,
        "state": state,
        "light": light,
        "due": due,
        "amount": Decimal(amount),
        "fixed": Decimal(fixed),
        "progress": Progress(
            share, "green" if share == 100 else "orange" if share < 50 else "blue"
        ),
        "measures": number % 4 + 1,
        "selectable": state.label != "已销号",
    }


DOING, OPEN, REVIEW, CLOSED = (
    Badge("整改中", "blue"),
    Badge("待整改", "orange"),
    Badge("待认定", "yellow"),
    Badge("已销号", "green"),
)
FINDINGS = (
    _finding(12, "农村公路养护资金滞留镇级财政，未及时拨付施工单位", "县交通运输局", "经济建设股", DOING, Light("red"), Due(date(2023, 9, 28), -4), "4863500.00", "1200000.00"),
    _finding(13, "学生营养改善计划绩效自评扣分无依据", "县第一中学", "教科文股", OPEN, Light("yellow"), Due(date(2023, 10, 12), 2), "326000.00", "0.00"),
    _finding(17, "高标准农田建设项目产出数量与验收单不一致", "九龙镇人民政府", "农业农村股", REVIEW, Light("green"), Due(date(2023, 10, 24), 10, was_on=date(2023, 10, 10)), "12875000.00", "12875000.00"),
    _finding(21, "城乡居民医保补助资金结余两年未清理", "县医疗保障局", "社会保障股", DOING, Light("blue"), Due(date(2024, 1, 15), 66, provisional=True), "2190466.37", "1500000.00"),
    _finding(26, "政府购买服务未设定可衡量的绩效指标", "县民政局", "社会保障股", CLOSED, Light("green"), Due(date(2023, 9, 15), -9, done=True), "480000.00", "480000.00"),
    _finding(31, "会议费超预算支出，自评报告未披露", "县农业农村局", "农业农村股", OPEN, Light("grey"), Due(date(2023, 10, 10), 0), "58600.00", "0.00"),
)  # fmt: skip

TILES = (
    Tile(
        "已逾期",
        "4",
        "/oversight/findings?state=open",
        tone="red",
        note="最长逾期 9 个工作日",
        icon="alert-triangle",
    ),
    Tile(
        "三个工作日内到期",
        "7",
        "/oversight/findings?before=2023-10-13",
        tone="orange",
        icon="clock",
    ),
    Tile("待我认定", "3", "/oversight/findings?state=review", tone="blue", icon="eye-check"),
    Tile(
        "本月已销号",
        "18",
        "/oversight/findings?state=closed",
        tone="green",
        note="涉及 1,284.60 万元",
        icon="circle-check",
    ),
    Tile("目标覆盖率", "98.6", "/target/targets", unit="%", note="85 个单位，412 个项目"),
)
TABS = (
    Tab("待办", "/?tab=todo", 12, active=True, tone="red"),
    Tab("被退回", "/?tab=returned", 2, tone="orange"),
    Tab("待审核", "/?tab=review", 31),
    Tab("已办", "/?tab=done"),
)
STEPS = (
    Step("单位填报", "done", "县交通运输局 李晓梅", datetime(2023, 9, 11, 1, 30, tzinfo=UTC)),
    Step("主管部门审核", "done", "县交通运输局 周建国", datetime(2023, 9, 13, 6, 5, tzinfo=UTC)),
    Step("业务股室审核", "current", "经济建设股", note="剩2个工作日"),
    Step("绩效中心复核", "waiting"),
    Step("批复下达", "waiting"),
)
TIMELINE = (
    TimelineEntry("提交整改报告", "李晓梅", "县交通运输局经办人", datetime(2023, 10, 9, 8, 12, tzinfo=UTC), "已拨付首批养护资金120万元，附国库支付凭证三份。", "blue", files=(Link("国库集中支付凭证.pdf", "/files/1"), Link("整改报告（盖章扫描）.pdf", "/files/2"))),
    TimelineEntry("批准延期", "王志强", "县财政局分管领导", datetime(2023, 9, 27, 2, 40, tzinfo=UTC), "依据岳池财函〔2023〕45号。", "orange", (Change("整改期限", "2023年9月28日", "2023年10月24日"), Change("整改责任人", "周建国", "陈立"))),
    TimelineEntry("退回补充", "赵敏", "监督评价股", datetime(2023, 9, 20, 7, 0, tzinfo=UTC), "措施未写明完成时间和责任人。", "red"),
    TimelineEntry("下达整改通知", "赵敏", "监督评价股", datetime(2023, 8, 30, 1, 5, tzinfo=UTC), "岳池财监〔2023〕12号。", "green"),
)  # fmt: skip
PANELS = (
    Panel("自动疑点", doubts=("权重合计98，应为90", "「养护里程」目标值低于上年实际 12%", "成本指标未引用预算标准"), note="疑点供参考，由审核人判断。"),
    Panel("本年目标", (("项目", Link("农村公路日常养护", "/target/projects/8")), ("预算", Decimal("4863500.00")), ("养护里程", "≥ 620 公里"), ("状态", Badge("待审核", "yellow")))),
    Panel("预算安排", (("年初预算", Decimal("4863500.00")), ("年中追减", Decimal("-300000.00")), ("已支付", Decimal("2918100.00")), ("执行率", "60.00%"))),
    Panel("上年情况", (("养护里程", "704 公里"), ("自评得分", "91.5 分（优）"), ("财政评价", "82.0 分（良）"), ("预警", Light("yellow")))),
)  # fmt: skip
BATCH = BatchState(
    "批量审核绩效目标",
    31,
    24,
    2,
    "/batches/1",
    failures=(
        ("县第二小学 校园安防", "权重合计为 98，应为 90"),
        ("石垭镇 农村厕所改造", "缺少成本指标"),
    ),
)
DONE_BATCH = BatchState(
    "批量催办", 7, 7, 0, "/batches/2", finished=True, result_url="/oversight/reminders"
)
UNITS = ("县教育局", "县交通运输局", "县农业农村局", "县卫生健康局", "县民政局", "九龙镇")
CHART = Chart(
    "各单位预算执行率与目标完成率（%）",
    {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": ["预算执行率", "目标完成率"], "top": 4},
        "xAxis": {"type": "category", "data": list(UNITS)},
        "yAxis": {"type": "value", "max": 100, "name": "%"},
        "series": [
            {
                "name": "预算执行率",
                "type": "bar",
                "barMaxWidth": 22,
                "data": [82, 60, 74, 91, 55, 43],
            },
            {
                "name": "目标完成率",
                "type": "bar",
                "barMaxWidth": 22,
                "data": [78, 71, 69, 88, 60, 30],
            },
        ],
    },
    ("单位", "预算执行率", "目标完成率"),
    tuple(
        zip(
            UNITS,
            ("82%", "60%", "74%", "91%", "55%", "43%"),
            ("78%", "71%", "69%", "88%", "60%", "30%"),
            strict=True,
        )
    ),
    links={name: f"/monitoring/reports?unit={place}" for place, name in enumerate(UNITS)},
)
FUNNEL = Chart(
    "监督闭环（项）",
    {
        "tooltip": {"trigger": "item"},
        "series": [{"type": "funnel", "left": 20, "right": 20, "top": 10, "bottom": 10, "label": {"position": "inside", "formatter": "{b} {c}"}, "data": [{"name": "项目", "value": 412}, {"name": "目标", "value": 406}, {"name": "监控", "value": 351}, {"name": "评价", "value": 120}, {"name": "问题", "value": 64}, {"name": "销号", "value": 41}]}],
    },
    ("环节", "数量"),
    (("项目", "412"), ("目标", "406"), ("监控", "351"), ("评价", "120"), ("问题", "64"), ("销号", "41")),
)  # fmt: skip
LEVELS = tuple(
    Choice(each, each)
    for each in (
        "数量指标",
        "质量指标",
        "时效指标",
        "成本指标",
        "经济效益指标",
        "社会效益指标",
        "满意度指标",
    )
)
SIGNS = tuple(Choice(each, each) for each in ("≥", "≤", "=", "定性"))
INDICATOR_COLUMNS = (
    EditorColumn("level", "二级指标", "select", LEVELS, required=True),
    EditorColumn("name", "三级指标", width="wide", required=True),
    EditorColumn("sign", "方向", "select", SIGNS, width="narrow"),
    EditorColumn("value", "目标值", width="narrow"),
    EditorColumn("unit", "计量单位", width="narrow"),
    EditorColumn("weight", "权重", "number", width="narrow", hint="合计 90", required=True),
)


class IndicatorRow(ApiSchema):
    """One row of the editor."""

    id = fields.String(load_default="")
    level = fields.String(required=True, metadata={"label": "二级指标"})
    name = fields.String(required=True, metadata={"label": "三级指标"})
    sign = fields.String(load_default="")
    value = fields.String(load_default="")
    unit = fields.String(load_default="")
    weight = TypedNumber(
        required=True, validate=validate.Range(min=0, max=90), metadata={"label": "权重"}
    )


class TargetForm(ApiSchema):
    """The gallery's form."""

    title = fields.String(required=True, metadata={"label": "项目名称"})
    office = fields.String(required=True, metadata={"label": "归口股室"})
    budget = TypedWan(required=True, metadata={"label": "年度预算"})
    mileage = TypedNumber(load_default=None, metadata={"label": "养护里程"})
    begins_on = fields.Date(load_default=None, metadata={"label": "开始日期"})
    kind = fields.String(required=True, metadata={"label": "项目类别"})
    books = fields.List(fields.String(), load_default=list, metadata={"label": "预算类别"})
    published = fields.Boolean(load_default=False, metadata={"label": "同意公开"})
    goal = fields.String(required=True, metadata={"label": "总体目标"})
    basis = fields.Raw(load_default=None, metadata={"label": "依据文件"})
    indicators = fields.List(
        fields.Nested(IndicatorRow), load_default=list, metadata={"label": "绩效指标"}
    )


INITIAL = {
    "title": "农村公路日常养护",
    "office": "eco",
    "budget": Decimal("4863500.00"),
    "begins_on": date(2023, 1, 1),
    "kind": "recurrent",
    "books": ["general"],
    "goal": "完成全县620公里农村公路日常养护，路况优良率达到85%以上。",
    "indicators": [
        {
            "level": "数量指标",
            "name": "养护里程",
            "sign": "≥",
            "value": "620",
            "unit": "公里",
            "weight": Decimal(30),
        },
        {
            "level": "质量指标",
            "name": "路况优良率",
            "sign": "≥",
            "value": "85",
            "unit": "%",
            "weight": Decimal(28),
        },
        {
            "level": "满意度指标",
            "name": "沿线群众满意度",
            "sign": "≥",
            "value": "90",
            "unit": "%",
            "weight": Decimal(40),
        },
    ],
}
POSTS = (
    {"id": 1, "unit_name": "岳池县财政局", "post_name": "监督评价股经办", "active": True},
    {"id": 2, "unit_name": "岳池县财政局", "post_name": "绩效评价中心替补", "active": False},
)
