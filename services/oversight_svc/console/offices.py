"""The offices of the finance bureau: a short list, with a form to add or rename."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.queries.people import all_offices, units_by_office
from services.oversight_svc.usecases.save_office import SaveOffice, save_office
from shared.errors import InvalidInputError
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank
from shared.web.console.lists import Column, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("offices", __name__, url_prefix="/offices", template_folder="templates")

COLUMNS = (
    Column("name", "股室", "link"),
    Column("code", "代码"),
    Column("phone", "电话"),
    Column("units", "归口单位", "link"),
)


class OfficeSchema(ApiSchema):
    """One office."""

    code = fields.String(required=True, metadata={"label": "股室代码"})
    name = fields.String(required=True, metadata={"label": "股室名称"})
    phone = fields.String(load_default="", metadata={"label": "电话"})


@pages.get("")
@permission("oversight.office.view")
def list_offices() -> str:
    """Show all offices; `code` in the address opens that one in the form."""
    return _page(None)


@pages.post("")
@permission("oversight.office.save")
def keep_office() -> BaseResponse | tuple[str, int]:
    """Add an office, or rename the one with this code."""
    form = bind(OfficeSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        try:
            with resources.database.begin() as uow:
                office = save_office(uow, resources.clock, current_actor(), SaveOffice(**form.data))
        except InvalidInputError as error:
            form.refuse(error)
        else:
            return redirect_with_notice(link("oversight.offices"), f"已保存「{office.name}」。")
    return _page(form), 422


def _page(form: Form | None) -> str:
    region = current_actor().scope.region
    with current_resources().database.read() as session:
        offices = all_offices(session, region)
        counts = units_by_office(session, region)
    chosen = next((each for each in offices if each.code == request.args.get("code")), None)
    if form is None:
        known = {"code": chosen.code, "name": chosen.name, "phone": chosen.phone} if chosen else {}
        form = blank(OfficeSchema(), known)
    rows = [
        {
            "name": Link(each.name, link("oversight.offices", {"code": each.code})),
            "code": each.code,
            "phone": each.phone,
            "units": Link(
                f"{counts.get(each.code, 0)} 个",
                link("oversight.units", {"office": each.code}),
            ),
        }
        for each in offices
    ]
    view = list_view(request.path, request.args, columns=COLUMNS)
    return render_template("oversight/offices.html", view=view, rows=rows, form=form, chosen=chosen)
