"""The forms of accountability cases, and which acts each page of a case can take."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields

from services.oversight_svc.console.finding_forms import DIGEST, SHORT, day, digests, text
from services.oversight_svc.domain.accountability import AccountabilityAct, CompetentBody
from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.accountability_proof import (
    AccountabilityMeasure,
    AccountabilityTrigger,
)
from shared.web.schemas import ApiSchema

_A = AccountabilityAct


class OtherPersonRow(ApiSchema):
    """Somebody no register knows."""

    id = fields.String(load_default="")
    unit_id = fields.UUID(required=True, metadata={"label": "所在单位"})
    name = text("姓名", SHORT)
    title = text("职务", SHORT)
    reason = text("认定理由", SHORT)


class ProposalForm(ApiSchema):
    """A proposal; units, people and findings come from the choice made before."""

    fiscal_year = fields.Integer(required=True, metadata={"label": "预算年度"})
    trigger = fields.Enum(
        AccountabilityTrigger, by_value=True, required=True, metadata={"label": "触发情形"}
    )
    title = text("问责事由", SHORT)
    facts = text("查实的事实")
    legal_basis = text("依据条款")
    acted_on = day("行为发生日期")
    receiver = fields.Enum(
        CompetentBody, by_value=True, required=True, metadata={"label": "拟提请或移送"}
    )
    units = fields.List(fields.UUID(), load_default=list, metadata={"label": "责任单位"})
    people = fields.List(fields.String(), load_default=list, metadata={"label": "责任人"})
    others = fields.List(
        fields.Nested(OtherPersonRow), load_default=list, metadata={"label": "其他责任人"}
    )
    findings = fields.List(fields.String(), load_default=list, metadata={"label": "依据的问题"})
    measures = fields.List(
        fields.Enum(AccountabilityMeasure, by_value=True),
        load_default=list,
        metadata={"label": "建议措施"},
    )
    document_number = text("依据文书文号", SHORT)
    evidence = digests("证明材料")
    is_lifetime = fields.Boolean(load_default=False, metadata={"label": "终身责任"})
    project_name = text("重大项目名称", SHORT)


class StepForm(ApiSchema):
    """One step; each page shows the fields its acts need."""

    act = fields.Enum(AccountabilityAct, by_value=True, required=True, metadata={"label": "结论"})
    document_number = text("文号", SHORT)
    dated_on = day("日期")
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "扫描件"})
    leader_name = text("签批的负责人", SHORT)
    measures = fields.List(
        fields.Enum(AccountabilityMeasure, by_value=True),
        load_default=list,
        metadata={"label": "问责方式"},
    )
    term_on = day("执行期限")
    text = text("内容")


class MemberForm(ApiSchema):
    """Another body on the case."""

    body = fields.Enum(MemberBody, by_value=True, required=True, metadata={"label": "单位"})
    rights = fields.Enum(MemberRights, by_value=True, required=True, metadata={"label": "权限"})
    basis = text("依据", SHORT)


class TaskRow(ApiSchema):
    """A task handed out in a meeting."""

    id = fields.String(load_default="")
    body = fields.Enum(MemberBody, by_value=True, required=True, metadata={"label": "承担单位"})
    person = text("责任人", SHORT)
    what = text("任务", SHORT)
    due_on = day("完成时间")


class MinutesForm(ApiSchema):
    """Minutes with tasks."""

    held_on = day("会议日期")
    attendees = text("参会单位和人员")
    scan = fields.String(load_default="", validate=DIGEST, metadata={"label": "纪要扫描件"})
    tasks = fields.List(fields.Nested(TaskRow), load_default=list, metadata={"label": "任务分解"})
    text = text("议定事项")


class DoneForm(ApiSchema):
    """A task reported as done."""

    note = text("完成情况")


@dataclass(frozen=True, slots=True)
class StepPage:
    """A page of a case: `name` ends its address, `acts` are what can be chosen on it.

    `fields` are the inputs beside the conclusion, `text` the label of the long one, `done` what is
    said afterwards.
    """

    name: str
    title: str
    permission: str
    acts: tuple[AccountabilityAct, ...]
    fields: tuple[str, ...]
    text: str
    done: str
    schema: type[Schema] = StepForm


_PAPER = ("document_number", "dated_on", "scan")
STEP_PAGES = (
    StepPage(
        "review",
        "审核问责建议",
        "oversight.accountability.review",
        (_A.REVIEW, _A.DROP),
        ("leader_name", "scan"),
        "审核意见",
        "审核意见已登记。",
    ),
    StepPage(
        "send",
        "提请或移送",
        "oversight.accountability.send",
        (_A.SUBMIT, _A.TRANSFER_TO_DISCIPLINE, _A.TRANSFER_TO_ORGANISATION),
        _PAPER,
        "说明",
        "已登记，等待对方受理。",
    ),
    StepPage(
        "answer",
        "登记受理情况",
        "oversight.accountability.enter",
        (_A.ACCEPT, _A.DECLINE),
        _PAPER,
        "说明或理由",
        "受理情况已登记。",
    ),
    StepPage(
        "decision",
        "登记处理决定",
        "oversight.accountability.enter",
        (_A.DECIDE,),
        (*_PAPER, "measures", "term_on"),
        "决定内容",
        "决定已登记，执行情况到期前请登记。",
    ),
    StepPage(
        "execution",
        "登记执行情况",
        "oversight.accountability.enter",
        (_A.EXECUTE,),
        _PAPER,
        "执行情况",
        "执行情况已登记。",
    ),
    StepPage(
        "appeal",
        "登记申诉",
        "oversight.accountability.enter",
        (_A.APPEAL,),
        _PAPER,
        "申诉人和申诉内容",
        "申诉已登记，等待复核结果。",
    ),
    StepPage(
        "appeal-result",
        "登记复核结果",
        "oversight.accountability.enter",
        (_A.UPHOLD, _A.CHANGE),
        (*_PAPER, "measures", "term_on"),
        "复核结论",
        "复核结果已登记。",
    ),
    StepPage(
        "closing",
        "办结",
        "oversight.accountability.send",
        (_A.CLOSE,),
        (),
        "办结说明",
        "问责事项已办结，材料长期保留。",
    ),
)
