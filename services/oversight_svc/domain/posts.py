"""What a post may see: the scope that follows from its roles and its place (HC7.1, HC5.6).

Unit roles see their unit and what hangs below it; department roles the whole department; lead
offices the units they answer for; the other offices and bodies the region. The three
administrators see no business data at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from shared.errors import RuleBrokenError

UNIT_ROLES = frozenset(
    {"unit_operator", "unit_head", "dept_operator", "dept_head", "project_owner"}
)
OFFICE_ROLES = frozenset({"fin_office"})
ADMINISTRATOR_ROLES = frozenset({"system_admin", "security_admin", "audit_admin"})
REGION_ROLES = frozenset(
    {
        "fin_perf",
        "fin_budget",
        "fin_treasury",
        "fin_leader_group",
        "fin_it",
        "audit_officer",
        "audit_head",
        "discipline_officer",
        "org_dept",
        "npc_viewer",
        "cppcc_viewer",
        "gov_approver",
        "dev_reform",
    }
)
MACHINE_ROLES = frozenset({"budget_platform", "audit_system", "treasury_system"})


class PostUnsoundError(RuleBrokenError):
    """The roles of a post do not fit together or lack their place."""

    code: ClassVar[str] = "post_unsound"
    sentence: ClassVar[str] = "岗位设置不成立：{why}"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a post sees: paths of units, codes of offices, or the region."""

    unit_paths: tuple[str, ...]
    offices: tuple[str, ...]
    whole_region: bool


def check_post(roles: Iterable[str], *, has_unit: bool, has_office: bool) -> None:
    """Raise `PostUnsoundError` when the roles cannot stand together (三员分立, HC5.6)."""
    held = frozenset(roles)
    known = UNIT_ROLES | OFFICE_ROLES | ADMINISTRATOR_ROLES | REGION_ROLES
    if not held or held - known:
        raise PostUnsoundError(why="请至少选择一个有效的角色。")
    check_separation(held)
    if held & UNIT_ROLES and not has_unit:
        raise PostUnsoundError(why="单位类角色须指定所在单位。")
    if held & OFFICE_ROLES and not has_office:
        raise PostUnsoundError(why="业务股室角色须指定所在股室。")


def check_separation(roles: Iterable[str]) -> None:
    """Raise `PostUnsoundError` when one person would hold two duties to be kept apart (HC5.6)."""
    held = frozenset(roles)
    administrators = held & ADMINISTRATOR_ROLES
    if len(administrators) > 1 or (administrators and held - ADMINISTRATOR_ROLES):
        raise PostUnsoundError(why="系统、安全、审计管理员须分设，也不能兼任业务角色。")


def may_substitute(
    appointer_roles: Iterable[str], post_roles: Iterable[str], *, same_unit: bool
) -> bool:
    """Tell whether somebody may name a substitute for a post.

    The security administrator may for every post, others only in their own unit or for posts that
    give no more than they have themselves; so nobody appoints himself to more rights.
    """
    own, given = frozenset(appointer_roles), frozenset(post_roles)
    if "security_admin" in own:
        return True
    return not given & ADMINISTRATOR_ROLES and (same_unit or given <= own)


def reach_of(roles: Iterable[str], *, unit_path: str | None, office: str | None) -> Reach:
    """Return how far a post with these roles sees."""
    held = frozenset(roles)
    paths = (unit_path,) if held & UNIT_ROLES and unit_path else ()
    offices = (office,) if held & OFFICE_ROLES and office else ()
    return Reach(paths, offices, bool(held & REGION_ROLES))
