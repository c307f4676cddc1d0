"""The Chinese names of a pack's parts, for the comparison of two packs."""

from __future__ import annotations

from shared.terms import kinds

WORDS = {
    "code": "代码", "version": "版本", "title": "名称", "region": "行政区划",
    "region_title": "地区", "currency_unit": "金额单位", "gate": "预算安排前置审核",
    "mode": "方式", "basis": "依据", "requirements": "要求编号", "clause": "条款",
    "certainty": "把握程度", "ex_ante_required": "须事前评估", "ex_ante_basis": "事前评估依据",
    "review": "目标审核", "stages": "审核环节", "role": "办理角色",
    "collapse_when_same_unit": "单位即主管部门时合并", "returns_through": "意见转达环节",
    "returns_basis": "转达依据", "grade_bands": "等级分界", "at_least": "起点",
    "passing_grades": "通过等级", "revise_grades": "退回修改等级", "reject_grades": "不予通过等级",
    "grades_basis": "等级依据", "mandatory_checks": "必审事项", "checks_basis": "必审依据",
    "items": "评分表", "aspect": "方面", "points": "分值", "question": "审核要点",
    "items_basis": "评分依据", "joint_review_verdicts": "集中会审结论",
    "joint_review_basis": "会审依据", "target": "绩效目标", "taxonomy": "指标体系",
    "execution_weight": "预算执行分值", "total_weight": "总分", "levels": "一级指标",
    "weight": "分值", "required": "必填", "level2": "二级指标", "required_level2": "必填二级指标",
    "money_match_from": "资金匹配说明起点（元）", "weights_basis": "权重依据",
    "money_match_basis": "资金匹配依据", "monitoring": "运行监控", "as_of_month": "截止月",
    "as_of_day": "截止日", "paper_from": "纸质件起点（元）", "indicator_bands": "指标预警分界",
    "execution_bands": "执行预警分界", "pacing": "进度口径", "cause_required_lights": "须说明原因",
    "ratio_places": "比率小数位", "paper_basis": "纸质件依据", "lights_basis": "预警依据",
    "self_evaluation": "单位自评", "project_from": "自评起点（元）",
    "always_flags": "一律自评的项目", "procurement_basis": "政府采购依据",
    "untrue_from": "不实分差", "recheck_basis": "复核依据", "below": "上限",
    "scoring": "评分方案", "schemes": "方案", "defaults": "适用", "scheme": "方案",
    "from_year": "起始年度", "kinds": "适用的表", "first_year": "起始年度",
    "last_year": "截止年度", "place": "适用地区", "point_sets": "分值方案", "rows": "分值",
    "moved_when_absent": "不适用时并入", "execution": "预算执行", "bands": "分档",
    "share": "得分占比（%）", "over_budget_share": "超预算时得分占比（%）", "quantity": "定量指标",
    "equal_reading": "「=」的口径", "reverse_zero_from": "反向指标不得分起点（%）",
    "satisfaction": "满意度指标", "qualitative_bands": "定性指标分档",
    "qualitative_basis": "定性指标依据", "over_fulfilment": "超额完成",
    "reason_from": "须说明原因起点（%）", "deductions": "扣减", "capping": "上限",
    "caps": "按执行率", "rate_below": "执行率低于（%）", "total_at_most": "总分不超过",
    "grade_at_most": "等级不高于", "grade_basis": "等级依据", "places": "得分小数位",
    "points_basis": "分值依据", "special_basis": "反向、相等和零值指标依据",
    "rectification": "问题整改", "phased_max_months": "分阶段整改最长（月）",
    "continuous_max_years": "持续整改最长（年）", "extensions_max": "延期次数上限",
    "urgings_before_refusal": "认定拒不整改前的催办次数", "review_workdays": "办理工作日",
    "extension_basis": "延期依据", "refusal_basis": "拒不整改依据", "review_basis": "办理时限依据",
    "sharing": "数据共享", "attributes": "共享属性", "attribute": "属性",
    "longest_days": "授权最长（天）",
    "coverage": "覆盖范围", "first_level_units": "一级预算单位", "deadlines": "时限",
    "windows": "工作时段", "kind": "算法", "year_offset": "年度偏移", "month": "月", "day": "日",
    "n": "个数", "roll": "遇非工作日", "buffer_workdays": "缓冲工作日",
    "start_year_offset": "起始年度偏移", "start_month": "起始月", "start_day": "起始日",
    "end_year_offset": "截止年度偏移", "end_month": "截止月", "end_day": "截止日",
    "routing": "归口", "office": "股室", "questions": "须选定的表述", "phrase": "原文",
    "deadline_id": "所定时限", "readings": "口径", "rule": "规则",
}  # fmt: skip
_KINDS = (
    "deadline_name", "window_name", "review_stage_code", "indicator_level1", "indicator_level2",
    "grade", "light", "qualitative_step", "share_entry", "scored_kind",
)  # fmt: skip

_VALUES = {
    "mode": "gate_mode", "certainty": "certainty", "kind": "deadline_kind", "roll": "roll_policy",
    "role": "role", "taxonomy": "taxonomy", "pacing": "pacing", "aspect": "review_aspect",
    "passing_grades": "grade", "revise_grades": "grade", "reject_grades": "grade",
    "cause_required_lights": "light", "required_level2": "indicator_level2",
    "mandatory_checks": "mandatory_check", "joint_review_verdicts": "joint_review_verdict",
    "always_flags": "project_flag", "kinds": "scored_kind", "grade_at_most": "grade",
    "equal_reading": "equal_reading", "levels": "indicator_level1",
    "returns_through": "review_stage_code", "currency_unit": "currency_unit",
    "attribute": "share_attribute",
}  # fmt: skip


def path_words(path: str) -> str:
    """Return a path of a pack such as `gate.mode` in Chinese; an unknown part stays as it is."""
    return " · ".join(_word(part) for part in path.split("."))


def value_words(path: str, value: str | None) -> str | None:
    """Return the value at `path` in Chinese where it is one of a closed list."""
    kind = _VALUES.get(path.rpartition(".")[2])
    if kind is None or value is None:
        return value
    return "、".join(kinds()[kind].get(part, part) for part in value.split("、"))


def _word(part: str) -> str:
    if part in WORDS:
        return WORDS[part]
    return next((kinds()[kind][part] for kind in _KINDS if part in kinds()[kind]), part)
