"""Act: record where and when the self-evaluation report was published (Y25-5.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from services.eval_svc.domain.states import SelfEvaluationAct
from services.eval_svc.usecases.loading import (
    LoadedSelfEvaluation,
    SelfEvaluationKey,
    load_self_evaluation,
)
from services.eval_svc.usecases.moving import move
from shared.access.actor import Actor
from shared.clock import Clock
from shared.db.unit_of_work import UnitOfWork
from shared.errors import FieldProblem, InvalidInputError


@dataclass(frozen=True, slots=True)
class PublishSelfEvaluation:
    """The address on the government's website and the day it appeared there."""

    key: SelfEvaluationKey
    url: str
    published_on: date | None


def publish_self_evaluation(
    uow: UnitOfWork, clock: Clock, actor: Actor, command: PublishSelfEvaluation
) -> LoadedSelfEvaluation:
    """Record the publication; raise `InvalidInputError` for no address or a day to come."""
    loaded = load_self_evaluation(uow, actor, command.key, "evaluation.self_evaluation.publish")
    problems = []
    url = command.url.strip()
    if not _is_address(url):
        message = "请填写政府网站专栏的完整网址，以 http:// 或 https:// 开头。"
        problems.append(FieldProblem("url", "not_an_address", message))
    if command.published_on is None:
        problems.append(FieldProblem("published_on", "missing", "请填写公开日期。"))
    elif command.published_on > clock.today():
        problems.append(FieldProblem("published_on", "in_future", "公开日期不能晚于今天。"))
    if problems:
        raise InvalidInputError(problems)
    loaded.form.published_url = url
    loaded.form.published_on = command.published_on
    move(uow, clock, actor, loaded, SelfEvaluationAct.PUBLISH, comment=url)
    return loaded


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in parts.netloc and " " not in url
