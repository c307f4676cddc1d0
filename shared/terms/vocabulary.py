"""Enums shared by several services: lowercase English is stored, the Chinese label is shown.

The label of every value stands in `labels.toml` under the class name in snake case. States of a
single service's objects live in that service's domain; their labels stand in the same file.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a post or a machine may be appointed to do."""

    UNIT_OPERATOR = "unit_operator"
    UNIT_HEAD = "unit_head"
    DEPT_OPERATOR = "dept_operator"
    DEPT_HEAD = "dept_head"
    PROJECT_OWNER = "project_owner"
    FIN_OFFICE = "fin_office"
    FIN_PERF = "fin_perf"
    FIN_BUDGET = "fin_budget"
    FIN_TREASURY = "fin_treasury"
    FIN_LEADER_GROUP = "fin_leader_group"
    FIN_IT = "fin_it"
    AUDIT_OFFICER = "audit_officer"
    AUDIT_HEAD = "audit_head"
    DISCIPLINE_OFFICER = "discipline_officer"
    ORG_DEPT = "org_dept"
    NPC_VIEWER = "npc_viewer"
    CPPCC_VIEWER = "cppcc_viewer"
    GOV_APPROVER = "gov_approver"
    UPPER_FINANCE = "upper_finance"
    THIRD_PARTY = "third_party"
    LEAD_EVALUATOR = "lead_evaluator"
    EXPERT = "expert"
    DEV_REFORM = "dev_reform"
    PUBLIC = "public"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    BUDGET_PLATFORM = "budget_platform"
    AUDIT_SYSTEM = "audit_system"
    TREASURY_SYSTEM = "treasury_system"
    SYSTEM = "system"


class BudgetBook(StrEnum):
    """The four budget books, and money outside them that follows the same rules (SL21-S2)."""

    GENERAL = "general"
    GOV_FUND = "gov_fund"
    STATE_CAPITAL = "state_capital"
    SOCIAL_INSURANCE = "social_insurance"
    OUTSIDE_BUDGET = "outside_budget"


class Light(StrEnum):
    """Warning lights of monitoring; `none` where nothing can be computed."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    NONE = "none"


class Grade(StrEnum):
    """Grades of reviews and evaluations."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Operator(StrEnum):
    """How an indicator's actual value is compared with its target value."""

    AT_LEAST = "ge"
    MORE_THAN = "gt"
    EQUAL = "eq"
    AT_MOST = "le"
    LESS_THAN = "lt"
    QUALITATIVE = "qualitative"


class Classification(StrEnum):
    """Secrecy of an object; anything but `none` is not entered here, only counted."""

    NONE = "none"
    WORK_SECRET = "work_secret"  # noqa: S105 (a level of secrecy, no password)
    SECRET = "secret"  # noqa: S105 (a level of secrecy, no password)
    CONFIDENTIAL = "confidential"
    TOP_SECRET = "top_secret"  # noqa: S105 (a level of secrecy, no password)


class IndicatorLevel1(StrEnum):
    """First level of the indicator tree; `cost` stands here since the 2021 taxonomy."""

    COST = "cost"
    OUTPUT = "output"
    BENEFIT = "benefit"
    SATISFACTION = "satisfaction"


class IndicatorLevel2(StrEnum):
    """Second level of the indicator tree, both taxonomies."""

    QUANTITY = "quantity"
    QUALITY = "quality"
    TIMELINESS = "timeliness"
    COST = "cost"
    ECONOMIC_COST = "economic_cost"
    SOCIAL_COST = "social_cost"
    ECOLOGICAL_COST = "ecological_cost"
    ECONOMIC_BENEFIT = "economic_benefit"
    SOCIAL_BENEFIT = "social_benefit"
    ECOLOGICAL_BENEFIT = "ecological_benefit"
    SUSTAINABLE_IMPACT = "sustainable_impact"
    SERVICE_SATISFACTION = "service_satisfaction"


class Taxonomy(StrEnum):
    """Which indicator tree a target form follows."""

    Y2015 = "2015"
    Y2021 = "2021"


class ProjectNature(StrEnum):
    """New in this year, or carried on."""

    NEW = "new"
    CONTINUED = "continued"


class ProjectClass(StrEnum):
    """Class letter of the project code: R, Y, T."""

    STAFF = "staff"
    OPERATION = "operation"
    SPECIFIC_GOAL = "specific_goal"


class ProjectFlag(StrEnum):
    """Marks on a project that change what is required of it."""

    MAJOR_POLICY = "major_policy"
    MAJOR_PROJECT = "major_project"
    CAPITAL_CONSTRUCTION = "capital_construction"
    GOV_PROCUREMENT = "gov_procurement"
    GOV_PURCHASE_SERVICE = "gov_purchase_service"
    PPP = "ppp"
    SPECIAL_BOND = "special_bond"
    GRAIN = "grain"
    LIVELIHOOD = "livelihood"
    FISCAL_AWARD_SUBSIDY = "fiscal_award_subsidy"
    GOV_DEBT = "gov_debt"
    PUBLIC_CONCERN = "public_concern"


class ReviewStageCode(StrEnum):
    """Stages of a review chain."""

    DEPT_REVIEW = "dept_review"
    FIN_OFFICE_REVIEW = "fin_office_review"
    FIN_PERF_REVIEW = "fin_perf_review"


class ReviewAspect(StrEnum):
    """Aspects under which a target is reviewed (HC13.1)."""

    COMPLETENESS = "completeness"
    RELEVANCE = "relevance"
    APPROPRIATENESS = "appropriateness"
    FEASIBILITY = "feasibility"


class MandatoryCheck(StrEnum):
    """Checks the first finance review must answer (JN22-1.1)."""

    AUTHENTIC = "authentic"
    OBJECTIVE = "objective"


class JointReviewVerdict(StrEnum):
    """What a joint review session decides about a target (YC23-2.4)."""

    PASS = "pass"  # noqa: S105 (a verdict, no password)
    REDO = "redo"
    CUT = "cut"


class GateVerdict(StrEnum):
    """The budget gate's answer for one project."""

    ALLOW = "allow"
    REDUCE = "reduce"
    REDO = "redo"
    BLOCK = "block"
    ADVISE = "advise"


class Likelihood(StrEnum):
    """How likely the year's target will be reached."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"


class PayAdvice(StrEnum):
    """Finance's advice to the treasury after monitoring."""

    NORMAL = "normal"
    SLOW = "slow"
    SUSPEND = "suspend"
    STOP = "stop"


class CauseCode(StrEnum):
    """Causes of a deviation, as the monitoring form lists them."""

    FUNDING = "funding"
    SYSTEM = "system"
    STAFF = "staff"
    HARDWARE = "hardware"
    OTHER = "other"


class Pacing(StrEnum):
    """What planned progress is compared with."""

    LINEAR = "linear"


class QualitativeStep(StrEnum):
    """How far a qualitative indicator was reached, as the self-evaluation form has it."""

    REACHED = "reached"
    PARTLY = "partly"
    MISSED = "missed"


class SelfEvaluationKind(StrEnum):
    """What a self-evaluation is about."""

    PROJECT = "project"
    DEPT_OVERALL = "dept_overall"


class QualityMark(StrEnum):
    """What a recheck found about the truth of a self-evaluation; `unchecked` before any."""

    UNCHECKED = "unchecked"
    TRUE = "true"
    UNTRUE = "untrue"


class CurrencyUnit(StrEnum):
    """The unit in which amounts are shown; they are stored in 元."""

    YUAN = "yuan"
    TEN_THOUSAND_YUAN = "ten_thousand_yuan"


class DayKind(StrEnum):
    """Why a day is a working day or a day off."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"


class UnitKind(StrEnum):
    """What a budget unit is."""

    DEPARTMENT = "department"
    BASIC = "basic"
    TOWNSHIP = "township"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    PUBLIC_INSTITUTION = "public_institution"
    ENTERPRISE = "enterprise"


class UnitState(StrEnum):
    """Whether a budget unit still stands for itself."""

    ACTIVE = "active"
    MERGED = "merged"
    CLOSED = "closed"


class FindingSource(StrEnum):
    """Where a finding comes from."""

    SELF_EVALUATION = "self_evaluation"
    MONITORING = "monitoring"
    DEPT_EVALUATION = "dept_evaluation"
    FINANCE_EVALUATION = "finance_evaluation"
    RE_EVALUATION = "re_evaluation"
    AUDIT = "audit"
    INSPECTION = "inspection"
    CONGRESS = "congress"
    FIVE_PARTY = "five_party"


class RaisingBody(StrEnum):
    """Who raised a finding, and so who alone recognises it as put right."""

    FINANCE = "finance"
    AUDIT = "audit"
    DISCIPLINE = "discipline"


class FindingCategory(StrEnum):
    """What a finding is about."""

    TARGET = "target"
    EXECUTION = "execution"
    PERFORMANCE = "performance"
    FUND_USE = "fund_use"
    IDLE_FUNDS = "idle_funds"
    MANAGEMENT = "management"
    PROCUREMENT = "procurement"
    AUTHENTICITY = "authenticity"
    DISCLOSURE = "disclosure"
    OTHER = "other"


class RectificationKind(StrEnum):
    """How soon a finding can be put right."""

    IMMEDIATE = "immediate"
    PHASED = "phased"
    CONTINUOUS = "continuous"


class MoneyKind(StrEnum):
    """How money of a finding is put right."""

    TURNED_OVER = "turned_over"
    RETURNED_CHANNEL = "returned_channel"
    ADJUSTED_ACCOUNTS = "adjusted_accounts"
    DISBURSED = "disbursed"
    REDUCED_ALLOCATION = "reduced_allocation"


class UnitDuty(StrEnum):
    """What a unit does in a finding shared by several."""

    LEAD = "lead"
    ASSISTING = "assisting"


class Completion(StrEnum):
    """How far a unit says it has put a finding right."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"


class LookBackVerdict(StrEnum):
    """What a look-back found after close-out."""

    CONSOLIDATED = "consolidated"
    RELAPSED = "relapsed"
    FALSIFIED = "falsified"


class ShareEntry(StrEnum):
    """What can be shared between finance and audit."""

    TARGET = "target"
    MONITORING = "monitoring"
    EVALUATION = "evaluation"
    PAYMENT_SUMMARY = "payment_summary"
    RECTIFICATION = "rectification"
    AUDIT_FINDING = "audit_finding"
    AUDIT_PLAN = "audit_plan"


class ShareAttribute(StrEnum):
    """How a catalogue entry is shared (共享属性)."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"
