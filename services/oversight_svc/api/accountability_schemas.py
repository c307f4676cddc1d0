"""What goes in and out of the API about accountability cases, their members and tasks."""

from __future__ import annotations

from marshmallow import fields, validate

from services.oversight_svc.api.finding_act_schemas import KeySchema
from services.oversight_svc.api.finding_schemas import (
    SHORT,
    YEAR,
    choice,
    day,
    digest,
    digests,
    text,
)
from services.oversight_svc.domain.accountability import AccountabilityState, CompetentBody
from services.oversight_svc.domain.accountability_members import MemberBody, MemberRights
from services.oversight_svc.domain.accountability_proof import (
    AccountabilityMeasure,
    AccountabilityTrigger,
)
from shared.web.api import ListQuery
from shared.web.schemas import ApiSchema


class CaseSchema(ApiSchema):
    """A case as the list shows it."""

    case_id = fields.UUID(metadata={"label": "问责事项标识"})
    fiscal_year = fields.Integer(metadata={"label": "预算年度"})
    version = fields.Integer(metadata={"label": "版本"})
    number = fields.String(metadata={"label": "编号"})
    state = fields.String(metadata={"label": "状态"})
    trigger = fields.String(metadata={"label": "触发情形"})
    title = fields.String(metadata={"label": "事由"})
    unit_id = fields.UUID(metadata={"label": "牵头责任单位"})
    acted_on = fields.Date(metadata={"label": "行为发生日期"})
    proposed_by_body = fields.String(metadata={"label": "提出机关"})
    receiver = fields.String(metadata={"label": "受理机关"})
    sent_on = fields.Date(allow_none=True, metadata={"label": "提请或移送日期"})
    decided_on = fields.Date(allow_none=True, metadata={"label": "决定日期"})
    decision_number = fields.String(metadata={"label": "决定文号"})
    measures = fields.List(fields.String(), metadata={"label": "问责方式"})
    term_on = fields.Date(allow_none=True, metadata={"label": "执行期限"})
    executed_on = fields.Date(allow_none=True, metadata={"label": "执行日期"})
    closed_on = fields.Date(allow_none=True, metadata={"label": "办结日期"})
    is_lifetime = fields.Boolean(metadata={"label": "终身责任"})


class PersonSchema(ApiSchema):
    """Who answers, with the tenure as it was known when the case was proposed."""

    unit_id = fields.UUID()
    name = fields.String()
    title = fields.String()
    capacity = fields.String()
    started_on = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    basis = fields.String()


class PaperSchema(ApiSchema):
    """One step with its document."""

    act = fields.String()
    document_number = fields.String()
    dated_on = fields.Date(allow_none=True)
    text = fields.String()
    leader_name = fields.String()
    measures = fields.List(fields.String())
    term_on = fields.Date(allow_none=True)
    scan_digest = fields.String()


class MemberSchema(ApiSchema):
    """A body that takes part."""

    body = fields.String()
    rights = fields.String()
    basis = fields.String()
    joined_on = fields.Date()


class MinutesSchema(ApiSchema):
    """Minutes of a meeting."""

    minutes_id = fields.UUID()
    held_on = fields.Date()
    attendees = fields.String()
    text = fields.String()
    scan_digest = fields.String()


class CaseTaskSchema(ApiSchema):
    """A task from minutes."""

    case_task_id = fields.UUID()
    minutes_id = fields.UUID()
    body = fields.String()
    person = fields.String()
    what = fields.String()
    due_on = fields.Date()
    done_on = fields.Date(allow_none=True)
    done_note = fields.String()


class CaseDetailSchema(CaseSchema):
    """A case with all that hangs on it; findings are those in the reader's scope."""

    facts = fields.String(metadata={"label": "事实"})
    legal_basis = fields.String(metadata={"label": "依据条款"})
    document_number = fields.String(metadata={"label": "依据文书文号"})
    proposed_measures = fields.List(fields.String(), metadata={"label": "建议措施"})
    project_name = fields.String(metadata={"label": "重大项目"})
    unit_ids = fields.List(fields.UUID(), metadata={"label": "责任单位"})
    findings = fields.List(fields.Nested(KeySchema), metadata={"label": "依据的问题"})
    people = fields.List(fields.Nested(PersonSchema), metadata={"label": "责任人"})
    papers = fields.List(fields.Nested(PaperSchema), metadata={"label": "文书"})
    members = fields.List(fields.Nested(MemberSchema), metadata={"label": "协同成员"})
    minutes = fields.List(fields.Nested(MinutesSchema), metadata={"label": "会议纪要"})
    tasks = fields.List(fields.Nested(CaseTaskSchema), metadata={"label": "任务"})


class CaseQuery(ListQuery):
    """Which cases."""

    year = fields.Integer(
        load_default=None, allow_none=True, validate=YEAR, metadata={"label": "预算年度"}
    )
    state = choice(AccountabilityState, "状态", load_default=None)
    trigger = choice(AccountabilityTrigger, "触发情形", load_default=None)
    receiver = choice(CompetentBody, "受理机关", load_default=None)
    text = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"label": "关键词", "description": "编号、事由或单位名称的一部分"},
    )


class OtherPersonSchema(ApiSchema):
    """Somebody no register knows."""

    unit_id = fields.UUID(required=True, metadata={"label": "所在单位"})
    name = text("姓名", SHORT)
    title = text("职务", SHORT)
    reason = text("认定理由")


class ProposalSchema(ApiSchema):
    """A proposal; `people` are references the register of responsibility gave (`head:…`)."""

    fiscal_year = fields.Integer(required=True, validate=YEAR, metadata={"label": "预算年度"})
    trigger = choice(AccountabilityTrigger, "触发情形", required=True)
    title = text("事由", SHORT)
    facts = text("事实")
    legal_basis = text("依据条款")
    acted_on = day("行为发生日期")
    receiver = choice(CompetentBody, "提请或移送", required=True)
    units = fields.List(fields.UUID(), load_default=list, metadata={"label": "责任单位"})
    people = fields.List(
        fields.String(validate=SHORT), load_default=list, metadata={"label": "责任人"}
    )
    others = fields.List(
        fields.Nested(OtherPersonSchema), load_default=list, metadata={"label": "其他责任人"}
    )
    findings = fields.List(
        fields.Nested(KeySchema), load_default=list, metadata={"label": "依据的问题"}
    )
    measures = fields.List(
        fields.Enum(AccountabilityMeasure, by_value=True),
        load_default=list,
        metadata={"label": "建议措施"},
    )
    document_number = text("依据文书文号", SHORT)
    evidence = digests("证明材料")
    is_lifetime = fields.Boolean(load_default=False, metadata={"label": "终身责任"})
    project_name = text("重大项目", SHORT)


class StepSchema(ApiSchema):
    """What is entered with a step; what a step must have is told by the rule."""

    document_number = text("文号", SHORT)
    dated_on = day("日期")
    scan_digest = digest("扫描件")
    leader_name = text("签批的负责人", SHORT)
    text = text("内容或理由")
    measures = fields.List(
        fields.Enum(AccountabilityMeasure, by_value=True),
        load_default=list,
        metadata={"label": "问责方式"},
    )
    term_on = day("执行期限")


class InvitationSchema(ApiSchema):
    """Which body joins with which rights."""

    body = choice(MemberBody, "邀请单位", required=True)
    rights = choice(MemberRights, "权限", required=True)
    basis = text("依据", SHORT)


class TaskInSchema(ApiSchema):
    """Who of which body does what by when."""

    body = choice(MemberBody, "承担单位", required=True)
    person = text("责任人", SHORT)
    what = text("任务", SHORT)
    due_on = day("完成时间")


class MinutesInSchema(ApiSchema):
    """Minutes with the tasks they hand out."""

    held_on = day("会议日期")
    attendees = text("参会单位和人员")
    text = text("议定事项")
    scan_digest = digest("扫描件")
    tasks = fields.List(fields.Nested(TaskInSchema), load_default=list, metadata={"label": "任务"})


class DoneSchema(ApiSchema):
    """How a task was done."""

    note = text("完成情况")
