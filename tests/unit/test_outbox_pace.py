"""The loop of a background worker: it asks before it steps, but only when it was idle."""

from __future__ import annotations

import threading

from shared.outbox.pace import Pace, keep_going

AT_ONCE = Pace(first_idle=0, last_idle=0, first_trouble=0, last_trouble=0)


def rounds(script: str) -> str:
    """Play a script of answers and return what was called, step by step.

    In the script `w` and `n` are steps with and without work, `y` and `-` questions answered with
    yes and no, `x` a step that fails.
    """
    answers, called = iter(script), ""
    stop = threading.Event()

    def answer(name: str) -> bool:
        nonlocal called
        given = next(answers, "")
        if not given:
            stop.set()
            return False
        called += name
        if given == "x":
            raise OSError
        return given in "wy"

    keep_going(
        "pace",
        lambda: answer("s"),
        waits=lambda: answer("q"),
        stop=stop,
        wake=threading.Event(),
        pace=AT_ONCE,
    )
    return called


def test_while_there_is_work_nothing_is_asked() -> None:
    assert rounds("wwww") == "ssss"


def test_after_a_step_without_work_a_question_goes_first() -> None:
    assert rounds("n--yn-ywwn-") == "sqqqsqqsssq"


def test_trouble_ends_neither_steps_nor_questions() -> None:
    assert rounds("xwn-x-yw") == "sssqqqqs"
