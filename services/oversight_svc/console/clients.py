"""Machine clients: the systems that use the API, registered and revoked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from services.oversight_svc.domain.posts import MACHINE_ROLES
from services.oversight_svc.queries.people import all_clients
from services.oversight_svc.usecases.client_keys import AddClientKey, add_client_key
from services.oversight_svc.usecases.clients import RegisterClient, register_client, revoke_client
from shared.access.rights import load_rights, role_label
from shared.errors import InvalidInputError
from shared.web.api import current_resources
from shared.web.console.forms import Form, bind, blank, shown_in
from shared.web.console.lists import Column, list_view
from shared.web.console.notices import redirect_with_notice
from shared.web.console.views import Badge, Choice, Link
from shared.web.identity import current_actor
from shared.web.links import link
from shared.web.permissions import permission
from shared.web.schemas import ApiSchema

pages = Blueprint("clients", __name__, url_prefix="/clients", template_folder="templates")

ROLES = [Choice(code, name) for code, name in load_rights().roles.items() if code in MACHINE_ROLES]
COLUMNS = (
    Column("name", "接入系统"),
    Column("role", "角色"),
    Column("client_id", "客户端标识"),
    Column("state", "状态", "badge"),
    Column("created_at", "登记时间", "datetime"),
    Column("acts", "操作", "custom"),
)


class ClientSchema(ApiSchema):
    """A new client."""

    name = fields.String(required=True, metadata={"label": "系统名称"})
    role = fields.String(required=True, metadata={"label": "角色"})


class KeyForm(ApiSchema):
    """The public key of a client."""

    public_pem = fields.String(required=True, metadata={"label": "公钥"})


@pages.get("")
@permission("oversight.client.view")
def list_clients() -> str:
    """Show all registered systems."""
    return _list_page(blank(KeyForm()))


def _list_page(form: Form) -> str:
    with current_resources().database.read() as session:
        rows = [
            {
                "id": row.client_id,
                "name": row.name,
                "role": role_label(row.role),
                "client_id": str(row.client_id),
                "state": Badge("在用", "green") if row.state == "active" else Badge("已停用"),
                "is_active": row.state == "active",
                "created_at": row.created_at,
            }
            for row in all_clients(session, current_actor().scope.region)
        ]
    view = list_view(request.path, request.args, columns=COLUMNS)
    return render_template("oversight/clients.html", view=view, rows=rows, form=form)


@pages.get("/new")
@permission("oversight.client.register")
def new_client() -> str:
    """Show the form of a new client."""
    return render_template("oversight/client_form.html", form=blank(ClientSchema()), roles=ROLES)


@pages.post("/new")
@permission("oversight.client.register")
def add_client() -> str | tuple[str, int]:
    """Register a system and tell its secret, this once."""
    form = bind(ClientSchema(), request.form)
    if form.is_valid:
        resources = current_resources()
        try:
            with resources.database.begin() as uow:
                client, secret = register_client(
                    uow, resources.clock, current_actor(), RegisterClient(**form.data)
                )
        except InvalidInputError as error:
            form.refuse(error)
        else:
            return render_template(
                "oversight/secret.html",
                heading="接入系统密钥",
                back=Link("接入系统", link("oversight.clients")),
                facts=(
                    ("系统名称", client.name),
                    ("客户端标识", str(client.client_id)),
                    ("取得令牌的地址", "/oauth/token"),
                ),
                secret=secret,
                hint="请交给对方系统管理员妥善保管；本页关闭后不再显示，遗失须停用后重新登记。",
            )
    return render_template("oversight/client_form.html", form=form, roles=ROLES), 422


@pages.post("/<uuid:client_id>/keys")
@permission("oversight.client.register")
def add_key(client_id: UUID) -> BaseResponse | tuple[str, int]:
    """Register the key the system signs with; from then on it must."""
    resources, form = current_resources(), bind(KeyForm(), request.form)
    key_id = ""
    if form.is_valid:
        with shown_in(form), resources.database.begin() as uow:
            command = AddClientKey(client_id, form.data["public_pem"])
            key_id = add_client_key(uow, resources.clock, current_actor(), command)
    if not form.is_valid:
        return _list_page(form), 422
    text = f"公钥已登记，编号 {key_id}；对方今后的请求须用它签名，最近两把公钥有效。"
    return redirect_with_notice(link("oversight.clients"), text)


@pages.post("/<uuid:client_id>/revoke")
@permission("oversight.client.revoke")
def stop_client(client_id: UUID) -> BaseResponse:
    """Give the system no more tokens."""
    resources = current_resources()
    with resources.database.begin() as uow:
        client = revoke_client(uow, resources.clock, current_actor(), client_id)
    text = f"已停用「{client.name}」，已发出的令牌十分钟内失效。"
    return redirect_with_notice(link("oversight.clients"), text)
