"""Saved views of the ledger: save, rename, prefer, delete; each account its own."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.console.ledger import (
    ledger_view,
    question_of,
    read_places,
    view_href,
)
from services.oversight_svc.queries.ledger_views import views_of
from services.oversight_svc.usecases.keep_ledger_view import (
    SaveLedgerView,
    delete_ledger_view,
    prefer_ledger_view,
    rename_ledger_view,
    save_ledger_view,
)
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.notices import redirect_with_notice
from shared.web.console.request import clock, database
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("ledger_view_pages", __name__, template_folder="templates")
LONGEST = validate.Length(max=200)


class ViewForm(ApiSchema):
    """What is done to one saved view."""

    act = fields.String(
        load_default="",
        validate=validate.OneOf(("", "rename", "prefer", "delete"), error="请用页面上的按钮操作。"),
        metadata={"label": "操作"},
    )
    view_name = fields.String(load_default="", validate=LONGEST, metadata={"label": "视图名称"})
    new_name = fields.String(load_default="", validate=LONGEST, metadata={"label": "新名称"})
    view_default = fields.Boolean(load_default=False, metadata={"label": "默认"})


@pages.get("/ledger/views")
@permission("oversight.ledger.view")
def show_views() -> str:
    """Show the account's own views with what each asks."""
    return _page(blank(ViewForm()))


@pages.post("/ledger/views")
@permission("oversight.ledger.view")
def keep_view() -> BaseResponse | tuple[str, int]:
    """Save the question posted along as a view, or change one that is there."""
    form = bind(ViewForm(), request.form)
    said = ""
    if form.is_valid:
        with shown_in(form):
            said = _save(form) if not form.data["act"] else _change(form)
    if not form.is_valid:
        return _page(form), 422
    if form.data["act"]:
        return redirect_with_notice(link("oversight.ledger_views"), said)
    return redirect_with_notice(said, f"已保存视图「{form.data['view_name']}」。")


def _save(form: Form) -> str:
    """Save the view; return its address."""
    actor = current_actor()
    with database().begin() as uow:
        question = question_of(ledger_view(request.form, read_places(uow.session, actor)))
        command = SaveLedgerView(form.data["view_name"], question, form.data["view_default"])
        row = save_ledger_view(uow, clock(), actor, command)
    return view_href(row.name, row.query)


def _change(form: Form) -> str:
    actor, name = current_actor(), form.data["view_name"]
    with database().begin() as uow:
        if form.data["act"] == "rename":
            rename_ledger_view(uow, actor, name, form.data["new_name"])
            return "已改名。"
        if form.data["act"] == "prefer":
            prefer_ledger_view(uow, actor, name)
            return f"打开台账时将先显示「{name}」。" if name else "打开台账时将先显示全部问题。"
        delete_ledger_view(uow, actor, name)
    return f"已删除视图「{name}」。"


def _page(form: Form) -> str:
    actor = current_actor()
    with database().read() as session:
        places = read_places(session, actor)
        shown = [
            (
                each,
                view_href(each.name, each.query),
                "；".join(
                    chip.label for chip in ledger_view(MultiDict(each.query), places).chips()
                ),
            )
            for each in views_of(session, actor)
        ]
    return render_template("oversight/ledger_views.html", views=shown, form=form)
