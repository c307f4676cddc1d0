"""An indicator list imported: every value as in the file, every wrong cell named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from services.target_svc.store import metadata
from services.target_svc.store.projects import ProjectRow
from services.target_svc.store.targets import TargetIndicatorRow, TargetRow
from services.target_svc.usecases.import_targets import ImportTargets, import_targets
from shared.access.actor import Scope
from shared.db.base import FRAME_METADATA
from shared.db.bulk import refresh_statistics
from shared.db.unit_of_work import Database
from shared.errors import ForbiddenError, InvalidInputError
from shared.events.target import TASK_OPENED
from shared.ids import new_id
from shared.outbox.tables import OutboxRow
from shared.policy.active import ActivePolicyRow
from shared.policy.loader import find_pack
from shared.sheets.outcome import ImportFile, ImportOutcome
from shared.tasks.tables import TaskRow
from shared.testing.clock import FrozenClock
from shared.testing.web import REGION, actor_with
from shared.trail.tables import TrailRow

YEAR = 2024
NOW = datetime(2023, 10, 10, 1, 0, tzinfo=UTC)
HEADER = (
    "项目编码", "年度总体目标", "一级指标", "二级指标", "三级指标", "指标性质", "指标值",
    "计量单位", "权重", "历史值", "设定依据及数据来源",
)  # fmt: skip
SET: tuple[tuple[Any, ...], ...] = (
    ("产出指标", "数量指标", "补助人数", "≥", 1200, "人次", 20, "1100", "实施方案"),
    ("产出", "质量指标", "合格率", "大于等于", "95", "%", 20, "", ""),
    ("产出指标", "时效指标", "及时率", "=", "100%", "%", "10.00", "", ""),
    ("效益指标", "社会效益指标", "受益群众", ">", "8000", "人", 30, "", ""),
    ("满意度指标", "服务对象满意度指标", "满意情况", "定性", "明显提高", "", 10, "", ""),
)
STORED = [
    ("output", "quantity", "补助人数", "ge", "1200", "人次", 20, "1100", "实施方案"),
    ("output", "quality", "合格率", "ge", "95", "%", 20, "", ""),
    ("output", "timeliness", "及时率", "eq", "100%", "%", 10, "", ""),
    ("benefit", "social_benefit", "受益群众", "gt", "8000", "人", 30, "", ""),
    ("satisfaction", "service_satisfaction", "满意情况", "qualitative", "明显提高", "", 10, "", ""),
]
FAR_DOWN = 20_000
"""A row number in the third piece of a sheet."""
Row = Sequence[Any]


def rows_of(code: str, goal: str = "完成全年任务", rows: Sequence[Row] = SET) -> list[Row]:
    return [(code, goal, *row) for row in rows]


def changed(code: str, place: int, column: int, value: object) -> list[Row]:
    rows = [list(row) for row in SET]
    rows[place][column] = value
    return rows_of(code, rows=rows)


def workbook(rows: Sequence[Row], far_down: Sequence[Row] = ()) -> bytes:
    """A list; what stands `far_down` is read when the rest has long gone to the server."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("绩效指标")
        for number, row in enumerate([HEADER, *rows]):
            sheet.write_row(number, 0, row)
        for number, row in enumerate(far_down, start=FAR_DOWN):
            sheet.write_row(number - 1, 0, row)
    return out.getvalue()


@pytest.fixture
def database(postgres_url: str, new_database: Callable[[str], Engine]) -> Database:
    engine = new_database(postgres_url)
    FRAME_METADATA.create_all(engine)
    metadata.create_all(engine)
    database = Database(engine, "target_svc", FrozenClock(NOW))
    pack = find_pack("yuechi-2023")
    with database.begin() as uow:
        uow.session.add(
            ActivePolicyRow(
                region_code=REGION,
                fiscal_year=0,
                code=pack.ref.code,
                version=pack.ref.version,
                digest=pack.digest,
                content=dict(pack.content),
                answers={each.id: each.readings[0][0] for each in pack.questions},
                activated_at=NOW,
                activated_by="测试",
            )
        )
        uow.session.add_all(project(code) for code in ("P1", "P2", "P3"))
    return database


def project(code: str) -> ProjectRow:
    return ProjectRow(
        region_code=REGION,
        fiscal_year=YEAR,
        project_id=new_id(),
        version=1,
        code=code,
        name=f"项目{code}",
        pinyin=code,
        unit_id=new_id(),
        budget_book="general",
        nature="continued",
        project_class="operation",
        function_code="",
        owner_name="",
        owner_phone="",
        summary="",
        flags=[],
        initial_amount=Decimal(1),
        adjusted_amount=Decimal(1),
        ex_ante_document="",
        state="active",
        imported_at=NOW,
        search="",
    )


def run(
    database: Database,
    rows: Sequence[Row],
    *,
    dry_run: bool = False,
    far_down: Sequence[Row] = (),
) -> ImportOutcome:
    file = ImportFile(workbook(rows, far_down), "指标.xlsx", dry_run)
    with database.begin() as uow:
        return import_targets(
            uow, database.clock, actor_with("fin_perf"), ImportTargets(YEAR, file)
        )


def stored(database: Database, code: str) -> list[tuple[Any, ...]]:
    indicator = TargetIndicatorRow
    query = (
        select(
            indicator.level1, indicator.level2, indicator.name, indicator.operator,
            indicator.value, indicator.unit, indicator.weight, indicator.history_value,
            indicator.basis_source,
        )
        .join(TargetRow, TargetRow.target_id == indicator.target_id)
        .join(ProjectRow, ProjectRow.project_id == TargetRow.project_id)
        .where(ProjectRow.code == code)
        .order_by(indicator.position)
    )  # fmt: skip
    with database.read() as session:
        return [tuple(row) for row in session.execute(query)]


def target_of(database: Database, code: str) -> TargetRow:
    with database.read() as session:
        return session.scalars(
            select(TargetRow)
            .join(ProjectRow, ProjectRow.project_id == TargetRow.project_id)
            .where(ProjectRow.code == code)
        ).one()


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (TargetRow, TargetIndicatorRow, TaskRow, TrailRow, OutboxRow)
        }


def refused(database: Database, rows: Sequence[Row]) -> set[tuple[int | None, str | None, str]]:
    """Return (row, column, code) of every problem; nothing may be kept."""
    before = counts(database)
    with pytest.raises(InvalidInputError) as caught:
        run(database, rows)
    assert counts(database) == before
    return {(each.row, each.column, each.code) for each in caught.value.problems}


def test_what_is_stored_is_what_the_file_says(database: Database) -> None:
    outcome = run(database, [*rows_of("P1"), *rows_of("P2", "另一目标")])

    assert (outcome.created, outcome.changed, outcome.saved) == (2, 0, True)
    assert stored(database, "P1") == stored(database, "P2") == STORED
    assert target_of(database, "P1").annual_goal == "完成全年任务"
    assert target_of(database, "P2").annual_goal == "另一目标"
    assert target_of(database, "P1").state == "draft"


def test_rows_of_a_project_need_not_stand_together(database: Database) -> None:
    first, second = rows_of("P1"), rows_of("P2")
    run(database, [row for pair in zip(first, second, strict=True) for row in pair])

    assert stored(database, "P1") == stored(database, "P2") == STORED


def test_each_new_target_has_a_trail_record_a_task_and_its_event(database: Database) -> None:
    run(database, [*rows_of("P1"), *rows_of("P2")])

    assert counts(database) == {
        "target": 2, "target_indicator": 10, "task": 2, "trail": 2, "outbox": 2,
    }  # fmt: skip
    with database.read() as session:
        told = session.scalars(select(OutboxRow).order_by(OutboxRow.sequence)).all()
        tasks = session.scalars(select(TaskRow).order_by(TaskRow.task_id)).all()
    assert [row.event_type for row in told] == [TASK_OPENED] * 2
    assert [UUID(row.envelope["subject"]) for row in told] == [task.task_id for task in tasks]
    assert told[0].envelope["data"]["subject_id"] == str(tasks[0].subject_id)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (changed("P1", 1, 3, "约等于"), (8, "F", "unknown_choice")),
        (changed("P1", 0, 2, ""), (7, "E", "missing")),
        (changed("P1", 2, 4, "很多"), (9, "G", "not_a_number")),
        (changed("P1", 3, 5, ""), (10, "H", "missing")),
        (changed("P1", 4, 6, "五"), (11, "I", "not_positive")),
        (changed("P1", 4, 6, 9.125), (11, "I", "not_positive")),
        (changed("P1", 3, 1, "数量指标"), (10, "D", "unknown_level2")),
        (changed("P1", 0, 6, 21), (7, "I", "weights_do_not_add_up")),
        (rows_of("P1", rows=SET[:-1]), (7, "I", "missing_group")),
        (rows_of("P9"), (7, "A", "unknown")),
    ],
)
def test_every_mistake_is_named_at_its_cell_and_nothing_is_kept(
    database: Database, rows: list[Row], problem: tuple[int, str, str]
) -> None:
    assert problem in refused(database, [*rows_of("P2"), *rows])


def test_rows_far_down_belong_to_the_sets_above(database: Database) -> None:
    run(database, [*rows_of("P1"), *rows_of("P2")[:2]], far_down=rows_of("P2")[2:])

    assert stored(database, "P1") == stored(database, "P2") == STORED


def test_what_went_to_the_server_before_a_mistake_far_down_is_not_kept(database: Database) -> None:
    before = counts(database)
    with pytest.raises(InvalidInputError) as caught:
        run(database, rows_of("P1"), far_down=changed("P2", 1, 3, "约等于"))
    assert [(each.row, each.column) for each in caught.value.problems] == [(FAR_DOWN + 1, "F")]
    with pytest.raises(InvalidInputError) as caught:
        run(database, rows_of("P1"), far_down=changed("P1", 1, 2, "另一条"))
    assert {each.code for each in caught.value.problems} >= {"weights_do_not_add_up"}
    assert counts(database) == before


def test_the_same_name_twice_is_named_at_both_rows(database: Database) -> None:
    rows = [*SET[:3], ("产出指标", "数量指标", "补助人数", "≥", 5, "人", 30, "", ""), SET[4]]
    problems = refused(database, rows_of("P1", rows=rows))

    assert {(2, "E", "duplicate"), (5, "E", "duplicate")} <= problems


def test_mistakes_of_many_projects_come_together(database: Database) -> None:
    rows = [*changed("P1", 2, 4, "很多"), *changed("P2", 3, 5, ""), *rows_of("P3")]

    assert refused(database, rows) == {(4, "G", "not_a_number"), (10, "H", "missing")}


@pytest.mark.parametrize("replaced", [(), ("P1", "P3")])
def test_one_bad_set_among_good_ones_keeps_all_of_them_out(
    database: Database, replaced: Sequence[str]
) -> None:
    if replaced:
        run(database, [row for code in replaced for row in rows_of(code, "以前的目标")])
    before = counts(database), [target_of(database, code).version for code in replaced]
    bad = changed("P2", 2, 4, "很多")
    bad[3] = (*bad[3][:7], "", *bad[3][8:])
    rows = [*rows_of("P1"), *bad, *rows_of("P3"), *rows_of("P9")]

    assert refused(database, rows) == {
        (9, "G", "not_a_number"), (10, "H", "missing"), (17, "A", "unknown"),
    }  # fmt: skip
    assert refused(database, rows[:-5]) == {(9, "G", "not_a_number"), (10, "H", "missing")}
    assert before == (counts(database), [target_of(database, code).version for code in replaced])
    assert [stored(database, code) for code in replaced] == [STORED] * len(replaced)


def test_a_refusal_cannot_be_caught_and_kept(database: Database) -> None:
    file = ImportFile(
        workbook([*rows_of("P1"), *changed("P2", 2, 4, "很多")]), "指标.xlsx", dry_run=False
    )
    command = ImportTargets(YEAR, file)
    with database.begin() as uow:
        with pytest.raises(InvalidInputError):
            import_targets(uow, database.clock, actor_with("fin_perf"), command)
        with pytest.raises(DBAPIError):
            uow.session.execute(text("select 1"))
    assert set(counts(database).values()) == {0}


def test_mistakes_are_listed_in_the_order_of_the_rows(database: Database) -> None:
    rows = [*changed("P1", 2, 4, "很多"), *rows_of("P9"), *changed("P2", 3, 5, "")]
    told = run(database, rows, dry_run=True).problems
    with pytest.raises(InvalidInputError) as caught:
        run(database, rows)
    assert [each.row for each in told] == [each.row for each in caught.value.problems] == [4, 7, 15]


def test_a_draft_is_replaced_in_place(database: Database) -> None:
    run(database, rows_of("P1"))
    before = target_of(database, "P1")
    outcome = run(database, changed("P1", 0, 2, "新名称"))
    after = target_of(database, "P1")

    assert (outcome.created, outcome.changed) == (0, 1)
    assert (after.target_id, after.version) == (before.target_id, before.version + 1)
    assert [row[2] for row in stored(database, "P1")][:2] == ["新名称", "合格率"]
    assert counts(database)["task"] == 1


def test_a_target_that_has_left_its_draft_is_not_touched(database: Database) -> None:
    run(database, rows_of("P1"))
    with database.begin() as uow:
        uow.session.execute(update(TargetRow).values(state="dept_review"))

    assert refused(database, [*rows_of("P1"), *rows_of("P2")]) == {(2, "A", "submitted")}


def test_a_dry_run_tells_and_keeps_nothing(database: Database) -> None:
    fine = run(database, rows_of("P1"), dry_run=True)
    wrong = run(database, changed("P1", 2, 4, "很多"), dry_run=True)

    assert (fine.created, fine.saved, fine.errors) == (1, False, [])
    assert [problem.row for problem in wrong.errors] == [4]
    assert set(counts(database).values()) == {0}


def test_a_unit_may_not_import(database: Database) -> None:
    file = ImportFile(workbook(rows_of("P1")), "指标.xlsx", dry_run=False)
    actor = actor_with("unit_operator", scope=Scope(REGION, unit_paths=("201/",)))
    with pytest.raises(ForbiddenError), database.begin() as uow:
        import_targets(uow, database.clock, actor, ImportTargets(YEAR, file))


def test_the_planner_knows_the_new_targets_before_indicators_refer_to_them(
    database: Database,
) -> None:
    run(database, rows_of("P1"))
    known = text("select reltuples from pg_class where oid = 'target'::regclass")
    with database.read() as session:
        assert session.scalar(known) == 1


def test_statistics_do_not_wait_for_somebody_else_refreshing_them(database: Database) -> None:
    with database.begin() as first, database.begin() as second:
        first.session.execute(text("lock table target in share update exclusive mode"))
        second.session.execute(text("set local lock_timeout = '1ms'"))
        refresh_statistics(second.session, TargetRow)
