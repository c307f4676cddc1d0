"""Act: set up a post in a unit or an office."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.oversight_svc.domain.posts import check_post
from services.oversight_svc.store.people import OfficeRow, PostRow
from services.oversight_svc.usecases.recording import record
from shared.access.actor import Actor
from shared.access.rights import require
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.directory.queries import find_unit
from shared.errors import FieldProblem, InvalidInputError
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class CreatePost:
    """Name, place (a unit or an office) and roles of a post."""

    name: str
    unit_id: UUID | None
    office: str | None
    roles: tuple[str, ...]


def create_post(uow: UnitOfWork, clock: Clock, actor: Actor, command: CreatePost) -> PostRow:
    """Return the post; raise `PostUnsoundError` or `InvalidInputError`."""
    require(actor, "oversight.post.create")
    region = actor.scope.region
    problems = []
    if not command.name.strip():
        problems.append(FieldProblem("name", "missing", "请填写岗位名称。"))
    if command.unit_id and find_unit(uow.session, region, command.unit_id) is None:
        problems.append(FieldProblem("unit_id", "unknown", "没有这个单位，请重新选择。"))
    if command.office and uow.session.get(OfficeRow, (region, command.office)) is None:
        problems.append(FieldProblem("office", "unknown", "没有这个股室，请重新选择。"))
    if problems:
        raise InvalidInputError(problems)
    check_post(command.roles, has_unit=bool(command.unit_id), has_office=bool(command.office))
    post = PostRow(
        region_code=region,
        post_id=new_id(),
        version=1,
        name=command.name.strip(),
        unit_id=command.unit_id,
        office=command.office,
        roles=sorted(command.roles),
        state="active",
    )
    uow.session.add(post)
    subject = ("oversight.post", post.post_id, post.name)
    after = {"roles": post.roles, "office": post.office, "unit_id": str(post.unit_id or "")}
    record(uow, actor, "oversight.post.create", subject, after=after)
    return post
