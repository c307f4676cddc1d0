"""Clues: transferred, signed for, answered; their content is nowhere but sealed, each read told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zipfile import ZipFile

import pytest
import structlog
from finding_county import YEAR, FindingCounty, Visitor, open_county
from sqlalchemy import Engine, MetaData, select, text

from services.oversight_svc.domain.finding_states import FindingState
from services.oversight_svc.module import MODULE
from services.oversight_svc.store.clues import ClueContentRow, ClueRow
from shared.crypto.secrecy import Secret, UnreadableError, secret_box
from shared.db.base import FRAME_METADATA
from shared.observability.logs import configure_logging
from shared.tasks.tables import TaskRow
from shared.testing.queries import count_queries
from shared.trail.tables import TrailRow

SECRET = "某某在采购中收受供应商贵重物品疑似串通"
LETTER = "岳审移〔2024〕2号"
LIST_QUERIES, CLUE_QUERIES = 4, 5


@pytest.fixture
def county(
    new_database: Callable[[str], Engine], postgres_url: str, tmp_path: Path
) -> FindingCounty:
    return open_county(new_database(postgres_url), tmp_path)


def registered(county: FindingCounty, visitor: Visitor, **changed: Any) -> ClueRow:
    form = {
        "fiscal_year": str(YEAR),
        "receiver": "discipline",
        "found_on": "2024-03-01",
        "document_number": LETTER,
        "transferred_on": "2024-03-04",
        **changed,
    }
    answer = visitor.post("/clues/new", form)
    assert answer.status_code == 303, answer.text
    return fresh(county, UUID(answer.location.split("?")[0].rsplit("/", 1)[-1]))


def fresh(county: FindingCounty, clue_id: UUID) -> ClueRow:
    with county.database.read() as session:
        return session.scalars(select(ClueRow).where(ClueRow.clue_id == clue_id)).one()


def here(clue: ClueRow) -> str:
    return f"/clues/{clue.fiscal_year}/{clue.clue_id}"


def answered(
    county: FindingCounty, visitor: Visitor, clue: ClueRow, step: str, **typed: Any
) -> Any:
    form = {"version": fresh(county, clue.clue_id).version, "dated_on": "2024-03-05", **typed}
    return visitor.post(f"{here(clue)}/{step}", form)


def open_tasks(county: FindingCounty, clue: ClueRow) -> dict[str, date | None]:
    with county.database.read() as session:
        rows = session.scalars(
            select(TaskRow).where(TaskRow.subject_id == clue.clue_id, TaskRow.closed_at.is_(None))
        )
        return {row.kind.rpartition(".")[2]: row.due_on for row in rows}


def test_a_clue_goes_its_way_and_silence_has_a_date(county: FindingCounty) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    discipline = county.browse(county.actor("discipline_officer"))
    clue = registered(county, auditor, document_number="", transferred_on="")
    assert (clue.state, open_tasks(county, clue)) == ("found", {"clue_send": None})
    assert answered(county, auditor, clue, "transfer").status_code == 422
    sent = answered(county, auditor, clue, "transfer", document_number=LETTER)
    assert sent.status_code == 303
    five_days = date(2024, 3, 12)
    assert open_tasks(county, clue) == {
        "clue_receipt": five_days,
        "clue_ask_receipt": five_days,
    }
    assert (
        "须由纪检监察机关办理"
        in answered(county, auditor, clue, "receipt", document_number="回执1号").text
    )
    assert (
        answered(
            county, discipline, clue, "receipt", document_number="岳纪收〔2024〕1号", person="彭正"
        ).status_code
        == 303
    )
    clue = fresh(county, clue.clue_id)
    assert (clue.state, clue.receiver_name) == ("receipted", "彭正")
    assert clue.receiver_post == county.actor("discipline_officer").post_id
    sixty_days = clue.feedback_due_on
    assert sixty_days == date(2024, 5, 7)
    assert open_tasks(county, clue) == {
        "clue_feedback": sixty_days,
        "clue_ask_feedback": sixty_days,
    }
    assert answered(county, discipline, clue, "handling").status_code == 303
    assert answered(county, discipline, clue, "feedback").status_code == 422
    done = answered(county, discipline, clue, "feedback", document_number="岳纪函〔2024〕3号")
    assert done.status_code == 303
    assert (fresh(county, clue.clue_id).state, open_tasks(county, clue)) == ("fed_back", {})
    assert "已反馈" in auditor.get(here(clue)).text


def test_a_body_without_posts_here_answers_on_paper_through_the_sender(
    county: FindingCounty,
) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    clue = registered(county, auditor, receiver="procuratorate")
    assert set(open_tasks(county, clue)) == {"clue_ask_receipt"}
    discipline = county.browse(county.actor("discipline_officer"))
    assert (
        "须由审计机关办理"
        in answered(county, discipline, clue, "receipt", document_number="1").text
    )
    assert answered(county, auditor, clue, "receipt", document_number="检收1号").status_code == 303
    assert fresh(county, clue.clue_id).receiver_post is None


def everything_stored(county: FindingCounty) -> str:
    """Return every column of every table as text: events, tasks, trail, replies, all of it."""
    found = []
    with county.database.read() as session:
        for metadata in (FRAME_METADATA, MODULE.metadata):
            found += _rows(session, metadata)
    return "\n".join(found)


def _rows(session: Any, metadata: MetaData) -> list[str]:
    return [
        str(row)
        for name in metadata.tables
        for row in session.execute(text(f'select t::text from "{name}" t'))  # noqa: S608
    ]


def readers(county: FindingCounty) -> list[Visitor]:
    roles = ("fin_perf", "audit_officer", "discipline_officer", "audit_admin")
    return [county.browse(county.actor(role, name=f"别的{role}")) for role in roles]


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Give everything the program logs from here on, as it is set up to log."""
    stream, root = StringIO(), logging.getLogger()
    handlers, level, config = root.handlers, root.level, structlog.get_config()
    configure_logging("debug", stream)
    try:
        yield stream
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.configure(**config)


def unzipped(content: bytes) -> str:
    """Return what is in an Excel file."""
    with ZipFile(BytesIO(content)) as archive:
        return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def test_content_is_nowhere_but_sealed(county: FindingCounty, logged: StringIO) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    clue = registered(county, auditor, summary=SECRET)
    county.at(FindingState.RECTIFYING)
    read = auditor.post(f"{here(clue)}/summary", {"version": clue.version})
    assert SECRET in read.text
    assert read.headers["Cache-Control"] == "no-store"
    stored = everything_stored(county)
    assert LETTER in stored
    pages = ("/clues", here(clue), "/trail", "/trail?act=oversight.clue.read", "/today",
             "/accountability", "/findings")  # fmt: skip
    shown = [visitor.get(page).text for visitor in readers(county) for page in pages]
    shown += [
        visitor.call("GET", path).text
        for visitor in readers(county)
        for path in ("/clues", here(clue), "/me/tasks")
    ]
    shown += [
        visitor.post(f"{here(clue)}/summary", {"version": clue.version}).text
        for visitor in readers(county)
        if visitor.token != auditor.token
    ]
    shown.append(auditor.post(f"{here(clue)}/receipt", {"version": 9, "dated_on": "x"}).text)
    export = county.browse(county.actor("fin_perf")).post("/ledger/export")
    assert_unsaid(stored, unzipped(export.data), *shown)
    assert SECRET.encode().hex() not in stored
    assert_unsaid(logged.getvalue())
    searched = [
        visitor.get(f"{page}?q={quote(SECRET[:4])}").text
        for visitor in readers(county)
        for page in ("/findings", "/accountability", "/units")
    ]
    assert not [page for page in searched if clue.number in page]


def assert_unsaid(*told: str) -> None:
    for each in told:
        for part in (SECRET, SECRET[:6], quote(SECRET), json.dumps(SECRET)[1:-1]):
            assert part not in each


def test_even_a_failure_tells_nothing(
    county: FindingCounty, logged: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("services.oversight_svc.usecases.transfer_clue.record_clue", broken)
    auditor = county.browse(county.actor("audit_officer"))
    county.app.config["PROPAGATE_EXCEPTIONS"] = False
    form = {
        "fiscal_year": str(YEAR),
        "receiver": "discipline",
        "found_on": "2024-03-01",
        "document_number": LETTER,
        "transferred_on": "2024-03-04",
        "summary": SECRET,
    }
    answer = auditor.post("/clues/new", form)
    assert answer.status_code == 500
    assert "disk full" in logged.getvalue()
    assert_unsaid(answer.text, logged.getvalue(), everything_stored(county))


def test_only_sender_receiver_and_the_senders_head_read_and_each_time_is_told(
    county: FindingCounty,
) -> None:
    officer, receiver = county.actor("audit_officer"), county.actor("discipline_officer")
    clue = registered(county, county.browse(officer), summary=SECRET)

    def reads(actor: Any) -> bool:
        form = {"version": fresh(county, clue.clue_id).version}
        answer = county.browse(actor).post(f"{here(clue)}/summary", form)
        offered = "阅看摘要" in county.browse(actor).get(here(clue)).text
        assert (answer.status_code == 200) == offered == (SECRET in answer.text)
        return answer.status_code == 200

    others = [
        county.actor("audit_officer", name="别的审计干部"),
        county.actor("discipline_officer", name="别的纪检干部"),
        county.actor("fin_perf"),
        county.actor("fin_leader_group"),
    ]
    assert not reads(receiver)  # not before signing for it
    answered(county, county.browse(receiver), clue, "receipt", document_number="岳纪收〔2024〕1号")
    assert reads(officer)
    assert reads(receiver)
    assert reads(county.actor("audit_head"))
    assert [actor.name for actor in others if reads(actor)] == []
    with county.database.read() as session:
        told = session.scalars(select(TrailRow).where(TrailRow.act == "oversight.clue.read")).all()
    assert [row.actor_name for row in told] == [
        "audit_officer",
        "discipline_officer",
        "audit_head",
    ]
    successor = replace(officer, account_id=UUID(int=1), name="接任")
    county.people["接任"] = successor
    assert reads(successor)  # the post reads, whoever holds it


def test_a_sealed_text_is_bound_to_its_clue_and_key(county: FindingCounty, tmp_path: Path) -> None:
    clue = registered(county, county.browse(county.actor("audit_officer")), summary=SECRET)
    with county.database.read() as session:
        row = session.scalars(select(ClueContentRow)).one()
    folder = county.settings.data_dir
    assert folder is not None
    box = secret_box(folder / "keys", "clue")
    secret = Secret(row.algorithm, row.key_id, row.nonce, row.ciphertext)
    about = f"clue:{clue.region_code}:{clue.clue_id}"
    assert box.unlock(secret, about) == SECRET
    assert (folder / "keys" / "clue.secret").stat().st_mode & 0o777 == 0o600
    assert SECRET not in repr(box) + repr(secret)
    assert str(box.key) not in repr(box)
    for wrong in (
        lambda: box.unlock(secret, "clue:another"),
        lambda: box.unlock(replace(secret, ciphertext=secret.ciphertext[:-1] + b"\0"), about),
        lambda: secret_box(tmp_path / "other", "clue").unlock(secret, about),
    ):
        with pytest.raises(UnreadableError):
            wrong()


def test_the_audit_system_sends_once_however_often_it_calls(county: FindingCounty) -> None:
    audit = county.browse(county.actor("audit_system"))
    body = {"fiscal_year": YEAR, "receiver": "discipline", "found_on": "2024-03-01",
            "document_number": LETTER, "transferred_on": "2024-03-04"}  # fmt: skip
    first, second = audit.call("POST", "/clues", body), audit.call("POST", "/clues", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["clue_id"] == second.get_json()["clue_id"]
    other = audit.call("POST", "/clues", body | {"transferred_on": "2024-03-05"})
    assert other.status_code == 409
    assert audit.call("POST", "/clues", body | {"summary": SECRET}).status_code == 422
    path = f"/clues/{YEAR}/{first.get_json()['clue_id']}"
    discipline = county.browse(county.actor("discipline_officer"))
    receipt = {"document_number": "岳纪收〔2024〕1号", "dated_on": "2024-03-05", "person": "彭正"}
    version = first.get_json()["version"]
    signed = discipline.call("POST", f"{path}/receipt", receipt, version=version)
    assert signed.status_code == 200, signed.text
    again = discipline.call("POST", f"{path}/receipt", receipt, version=version)
    assert again.get_json() == signed.get_json()
    changed = receipt | {"document_number": "另一回执"}
    stale = discipline.call("POST", f"{path}/receipt", changed, version=version)
    assert stale.status_code == 412
    version = signed.get_json()["version"]
    fed = discipline.call(
        "POST", f"{path}/feedback", receipt | {"document_number": "函1号"}, version=version
    )
    assert fed.get_json()["state"] == "fed_back"
    listed = audit.call("GET", "/clues?state=fed_back").get_json()
    assert [item["document_number"] for item in listed["items"]] == [LETTER]


def test_pages_cost_a_fixed_number_of_queries(county: FindingCounty) -> None:
    auditor = county.browse(county.actor("audit_officer"))
    clue = registered(county, auditor, summary=SECRET)

    def costs() -> tuple[int, int]:
        with count_queries(county.database.engine) as listed:
            auditor.get("/clues?due=overdue&state=transferred")
        with count_queries(county.database.engine) as shown:
            auditor.get(here(clue))
        return len(listed), len(shown)

    few = costs()
    for number in range(5):
        registered(county, auditor, document_number=f"{LETTER}之{number}")
    assert costs() == few
    assert few[0] <= LIST_QUERIES
    assert few[1] <= CLUE_QUERIES
