"""A policy pack as people read it: each rule in Chinese, with its clause and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.oversight_svc.console.scheme_reading import scoring_lines
from shared.access.rights import role_label
from shared.money import wan_from_yuan
from shared.policy.escalation import Rung
from shared.policy.model import (
    Basis,
    Certainty,
    DeadlineKind,
    DeadlineRule,
    Pack,
    RollPolicy,
    WindowRule,
)
from shared.terms import label, label_of
from shared.terms.vocabulary import ShareAttribute
from shared.web.console.views import Badge, Tone

TONES: dict[Certainty, Tone] = {
    Certainty.STATED: "green",
    Certainty.NATIONAL: "blue",
    Certainty.ASSUMED: "orange",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is about, what it says, the clause, the requirements, and how sure."""

    name: str
    value: str
    clause: str
    requirements: str
    certainty: Badge


@dataclass(frozen=True, slots=True)
class Section:
    """Rules of one subject."""

    title: str
    rules: tuple[Rule, ...]


def read_pack(pack: Pack) -> list[Section]:
    """Return every rule of `pack` in the order of the work."""
    return [
        Section("时限", tuple(_deadlines(pack))),
        Section("工作时段", tuple(_windows(pack))),
        Section("绩效目标", tuple(_target(pack))),
        Section("目标审核", tuple(_review(pack))),
        Section("预算安排前置审核", tuple(_gate(pack))),
        Section("绩效运行监控", tuple(_monitoring(pack))),
        Section("单位自评", tuple(_self_evaluation(pack))),
        Section("评分方案", tuple(_rule(*each) for each in scoring_lines(pack.scoring))),
        Section("问题整改", tuple(_rectification(pack))),
        Section("逾期升级", tuple(_escalation(pack))),
        Section("归口与覆盖", tuple(_routing(pack))),
        Section("数据共享", tuple(_sharing(pack))),
    ]


def count_assumed(sections: Sequence[Section]) -> int:
    """Return how many rules rest on our assumption and wait for the locality to confirm them."""
    assumed = label_of(Certainty.ASSUMED)
    return sum(rule.certainty.label == assumed for section in sections for rule in section.rules)


def deadline_words(rule: DeadlineRule) -> str:
    """Say in words when something is due."""
    words: dict[DeadlineKind, Callable[[], str]] = {
        DeadlineKind.FIXED: lambda: f"{_year(rule.year_offset)}{rule.month}月{rule.day}日",
        DeadlineKind.NTH_WORKDAY_OF_MONTH: lambda: (
            f"{_year(rule.year_offset)}{rule.month}月的第{rule.n}个工作日"
        ),
        DeadlineKind.LAST_NTH_WORKDAY_OF_MONTH: lambda: (
            f"{_year(rule.year_offset)}{rule.month}月最后{rule.n}个工作日内"
        ),
        DeadlineKind.NTH_WORKDAY_AFTER_MONTH: lambda: (
            f"{_year(rule.year_offset)}{rule.month}月结束后{rule.n}个工作日内"
        ),
        DeadlineKind.WORKDAYS_AFTER: lambda: f"自起算之日后{rule.n}个工作日内",
    }
    text = words[rule.kind]()
    if rule.roll is not RollPolicy.NONE:
        text += f"，遇非工作日{label_of(rule.roll)}"
    if rule.buffer_workdays:
        text += f"，另有{rule.buffer_workdays}个工作日缓冲"
    return text


def _rule(name: str, value: str, basis: Basis) -> Rule:
    return Rule(
        name,
        value,
        basis.clause,
        "、".join(basis.requirements),
        Badge(label_of(basis.certainty), TONES[basis.certainty]),
    )


def _year(offset: int) -> str:
    return {-1: "上年", 0: "当年", 1: "次年"}.get(offset, f"预算年度{offset:+}年")


def _deadlines(pack: Pack) -> list[Rule]:
    return [_rule(each.title, deadline_words(each), each.basis) for each in pack.deadlines.values()]


def _windows(pack: Pack) -> list[Rule]:
    return [_rule(each.title, _window_words(each), each.basis) for each in pack.windows.values()]


def _window_words(rule: WindowRule) -> str:
    start = f"{_year(rule.start_year_offset)}{rule.start_month}月{rule.start_day}日"
    end = f"{_year(rule.end_year_offset)}{rule.end_month}月{rule.end_day}日"
    return f"{start}至{end}；逾期仍可报送，予以标记"


def _target(pack: Pack) -> list[Rule]:
    target = pack.target
    levels = "；".join(
        f"{level.title}{_points(level.weight)}（{'、'.join(title for _, title in level.level2)}）"
        for level in target.levels
    )
    required = "、".join(label("indicator_level2", code) for code in target.required_level2)
    weights = (
        f"预算执行 {_plain(target.execution_weight)} 分，合计 {_plain(target.total_weight)} 分"
    )
    return [
        _rule("指标体系", f"{label('taxonomy', target.taxonomy)}；必填：{required}", target.basis),
        _rule("指标与权重", f"{levels}；{weights}", target.weights_basis),
        _rule(
            "资金匹配说明",
            f"{_wan(target.money_match_from)}万元以上（含）须填写",
            target.money_match_basis,
        ),
    ]


def _review(pack: Pack) -> list[Rule]:
    review = pack.review
    stages = [
        _rule(
            f"第{number}步：{stage.title}",
            f"由{role_label(stage.role)}办理"
            + ("；单位即主管部门的合并此步" if stage.collapse_when_same_unit else ""),
            stage.basis,
        )
        for number, stage in enumerate(review.stages, 1)
    ]
    bands = "，".join(
        f"{label('grade', band.grade)}：{_plain(band.at_least)}% 起" for band in review.grade_bands
    )
    handling = (
        f"通过：{_grades(review.passing_grades)}；退回修改：{_grades(review.revise_grades)}；"
        f"不予通过：{_grades(review.reject_grades)}"
    )
    items = "；".join(f"{item.title} {_plain(item.points)} 分" for item in review.items)
    return [
        *stages,
        _rule(
            "意见反馈",
            f"经{label('review_stage_code', review.returns_through)}转达单位",
            review.returns_basis,
        ),
        _rule("评审等级", f"{bands}。{handling}", review.grades_basis),
        _rule("必审事项", _labels("mandatory_check", review.mandatory_checks), review.checks_basis),
        _rule("评分表", items, review.items_basis),
        _rule(
            "集中会审结论",
            _labels("joint_review_verdict", review.joint_review_verdicts),
            review.joint_review_basis,
        ),
    ]


def _gate(pack: Pack) -> list[Rule]:
    gate = pack.gate
    ex_ante = "新增重大政策和项目须有支持的评估结论" if gate.ex_ante_required else "不作为前置条件"
    return [
        _rule("未通过审核的项目", label_of(gate.mode), gate.basis),
        _rule("事前绩效评估", ex_ante, gate.ex_ante_basis),
    ]


def _monitoring(pack: Pack) -> list[Rule]:
    rules = pack.monitoring
    bands = {
        "指标完成": rules.indicator_bands,
        "预算执行": rules.execution_bands,
    }
    lights = "；".join(
        f"{name}："
        + "，".join(f"{label('light', each.light)} {_plain(each.at_least)}% 起" for each in steps)
        for name, steps in bands.items()
    )
    causes = "、".join(label("light", light) for light in rules.cause_required_lights)
    return [
        _rule("监控截止日", f"当年{rules.as_of_month}月{rules.as_of_day}日", rules.basis),
        _rule("纸质件", f"{_wan(rules.paper_from)}万元以上（含）须另报纸质件", rules.paper_basis),
        _rule("预警灯", f"{lights}；亮{causes}须说明原因", rules.lights_basis),
    ]


def _self_evaluation(pack: Pack) -> list[Rule]:
    rules = pack.self_evaluation
    flags = "、".join(label("project_flag", flag) for flag in rules.always_flags)
    return [
        _rule(
            "自评范围",
            f"部门整体支出；{_wan(rules.project_from)}万元以上（含）的项目",
            rules.basis,
        ),
        _rule("不论金额一律自评", flags, rules.procurement_basis),
        _rule("纸质件", f"{_wan(rules.paper_from)}万元以上（含）须另报纸质件", rules.paper_basis),
        _rule(
            "抽查复核",
            f"与自评得分相差 {_plain(rules.untrue_from)} 分以上（含）标为不实",
            rules.recheck_basis,
        ),
    ]


def _rectification(pack: Pack) -> list[Rule]:
    rules = pack.rectification
    limits = (
        f"分阶段整改最长{rules.phased_max_months}个月，"
        f"持续整改最长{rules.continuous_max_years}年；立行立改按整改报告时限"
    )
    refusal = f"须先催办{rules.urgings_before_refusal}次并留有证明，由领导签字认定"
    return [
        _rule("整改期限", limits, rules.basis),
        _rule("延期", f"凭依据文件，每个问题最多{rules.extensions_max}次", rules.extension_basis),
        _rule("拒不整改", refusal, rules.refusal_basis),
        _rule("下达、复核、认定", f"各{rules.review_workdays}个工作日", rules.review_basis),
    ]


def _escalation(pack: Pack) -> list[Rule]:
    return [
        _rule(f"{label_of(ladder.kind)}：{rung.title}", _rung_words(rung), rung.basis)
        for ladder in pack.escalation.values()
        for rung in ladder.rungs
    ]


def _rung_words(rung: Rung) -> str:
    if rung.workdays < 0:
        when = f"到期前{-rung.workdays}个工作日"
    else:
        when = f"{'缓冲期满' if rung.after_buffer else '到期'}后{rung.workdays}个工作日"
    if rung.role is None:
        return f"{when}，{label_of(rung.mode)}"
    return f"{when}，系统备好后由{role_label(rung.role)}办理：{rung.demand}"


def _routing(pack: Pack) -> list[Rule]:
    units = pack.coverage.first_level_units
    return [
        *(
            _rule(each.title, f"归口 {each.office or '单位自身的业务股室'}", each.basis)
            for each in pack.routing
        ),
        _rule(
            "一级预算单位",
            f"{units} 个" if units is not None else "原文未写数量",
            pack.coverage.basis,
        ),
    ]


def _sharing(pack: Pack) -> list[Rule]:
    rules = pack.sharing
    named = {
        attribute: [each for each in rules.attributes if rules.attributes[each] is attribute]
        for attribute in ShareAttribute
    }
    return [
        *(
            _rule(label_of(attribute), _labels("share_entry", entries), rules.basis)
            for attribute, entries in named.items()
            if entries
        ),
        _rule("共享授权期限", f"最长 {rules.longest_days} 天，到期即停", rules.basis),
    ]


def _labels(kind: str, values: Sequence[str]) -> str:
    return "、".join(label(kind, value) for value in values)


def _grades(values: Sequence[str]) -> str:
    return _labels("grade", values) or "无"


def _points(weight: Decimal | None) -> str:
    return "" if weight is None else f" {_plain(weight)} 分"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _wan(amount: Decimal) -> str:
    return _plain(wan_from_yuan(amount, 2))
