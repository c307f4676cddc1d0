"""The readings chosen when a pack is activated (Y25-4.3: one phrase, three dates)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shared.errors import FieldProblem, InvalidInputError
from shared.policy.model import DeadlineRule, Pack, Question


class InvalidAnswersError(InvalidInputError):
    """A question of the pack is unanswered, or an answer is none of its readings."""

    code = "invalid_answers"
    sentence = "有 {count} 处表述尚未选定口径；请逐一选定后再启用政策包。"


def apply_answers(pack: Pack, answers: Mapping[str, str]) -> Pack:
    """Return `pack` with each question's deadline replaced by the chosen reading's rule.

    `answers` maps question id → reading code. Content and digest stay those of the pack. Raises
    `InvalidAnswersError` unless every question has exactly one known reading and nothing else is
    answered.
    """
    known = {question.id for question in pack.questions}
    problems = [
        FieldProblem(name, "unknown_question", "政策包没有提出这个问题")
        for name in answers
        if name not in known
    ]
    chosen: dict[str, DeadlineRule] = {}
    for question in pack.questions:
        rule = _reading(question, answers.get(question.id))
        if rule is None:
            message = f"「{question.phrase}」须从所列口径中选定一种"
            problems.append(FieldProblem(question.id, "unanswered", message))
        else:
            chosen[question.deadline_id] = rule
    if problems:
        raise InvalidAnswersError(problems)
    return replace(pack, deadlines={**pack.deadlines, **chosen})


def _reading(question: Question, answer: str | None) -> DeadlineRule | None:
    return next((rule for code, _, rule in question.readings if code == answer), None)
