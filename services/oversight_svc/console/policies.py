"""Policy packs: which are there, which are in force, what one says, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request

from services.oversight_svc.console.policy_paths import path_words, value_words
from services.oversight_svc.console.policy_reading import count_assumed, read_pack
from services.oversight_svc.queries.policies import activations, chosen_pack, policies_in_force
from shared.policy.active import EVERY_YEAR, ActivePolicyRow
from shared.policy.compare import differences
from shared.policy.loader import available_packs, find_pack
from shared.web.api import current_resources
from shared.web.console.views import Change, Choice
from shared.web.identity import current_actor
from shared.web.permissions import permission

pages = Blueprint("policies", __name__, url_prefix="/policies", template_folder="templates")


@pages.get("")
@permission("oversight.policy.view")
def list_policies() -> str:
    """Show the packs shipped, those in force, and who put them into force when."""
    region = current_actor().scope.region
    with current_resources().database.read() as session:
        in_force = policies_in_force(session, region)
        history = activations(session, region)
        titles = {pack.ref.code: pack.title for pack in available_packs()}
        return render_template(
            "oversight/policies.html",
            packs=available_packs(),
            region=region,
            in_force=in_force,
            history=history,
            titles=titles,
            year_name=year_name,
            comparable=_comparable(in_force),
        )


@pages.get("/<code>")
@permission("oversight.policy.view")
def show_policy(code: str) -> str:
    """Show one pack rule by rule."""
    pack = find_pack(code)
    sections = read_pack(pack)
    return render_template(
        "oversight/policy.html",
        pack=pack,
        sections=sections,
        assumed=count_assumed(sections),
        is_ours=pack.region == current_actor().scope.region,
    )


@pages.get("/compare")
@permission("oversight.policy.view")
def compare_policies() -> str:
    """Show every value in which two packs differ."""
    region = current_actor().scope.region
    with current_resources().database.read() as session:
        comparable = _comparable(policies_in_force(session, region))
        old = chosen_pack(session, region, request.args.get("old", ""))
        new = chosen_pack(session, region, request.args.get("new", ""))
    changes = [
        Change(
            path_words(each.path),
            value_words(each.path, each.old),
            value_words(each.path, each.new),
        )
        for each in differences(old, new)
    ]
    return render_template(
        "oversight/policy_compare.html",
        old=old,
        new=new,
        changes=changes,
        comparable=comparable,
        chosen=(request.args.get("old", ""), request.args.get("new", "")),
    )


def year_name(fiscal_year: int) -> str:
    """Return the budget year in words; 0 stands for every year without a pack of its own."""
    return "各年度" if fiscal_year == EVERY_YEAR else f"{fiscal_year}年度"


def _comparable(in_force: Sequence[ActivePolicyRow]) -> list[Choice]:
    return [
        *(
            Choice(pack.ref.code, f"{pack.title}（版本 {pack.ref.version}）")
            for pack in available_packs()
        ),
        *(
            Choice(
                f"active:{row.fiscal_year}",
                f"在用：{year_name(row.fiscal_year)}（{row.code} 版本 {row.version}）",
            )
            for row in in_force
        ),
    ]
