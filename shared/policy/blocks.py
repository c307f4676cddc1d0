"""Blocks every part of a pack file uses: the strict block itself, the basis, a grade band."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, post_load, validate

from shared.policy import model
from shared.policy.fields import Amount, Choice, Code, Rows, Text
from shared.terms.vocabulary import Grade

REGION_PREFIX = r"^(\d{2}|\d{4}|\d{6}|\d{9})$"
REQUIREMENT = r"^(Y25|YC23|SL21|HC|JN22)-?[0-9A-Za-z]+(\.[0-9]+)?$"


class Block(Schema):
    """A block of a pack; unknown keys are refused. `makes` is what it becomes."""

    makes: ClassVar[type[Any] | None] = None
    error_messages = {  # noqa: RUF012 (marshmallow declares it so)
        "unknown": "没有这个项目，请检查拼写",
        "type": "此处应为成对的“名称: 值”",
    }

    @post_load
    def _make(self, data: dict[str, Any], **_: object) -> Any:  # noqa: ANN401
        return self.makes(**data) if self.makes else data


class BasisBlock(Block):
    """`model.Basis`."""

    makes = model.Basis
    requirements = Rows(Text(validate=validate.Regexp(REQUIREMENT, error="不是要求编号")), least=1)
    clause = Text()
    certainty = Choice(model.Certainty)


class GradeBandBlock(Block):
    """`model.GradeBand`."""

    makes = model.GradeBand
    grade = Code(Grade)
    at_least = Amount(required=True)
