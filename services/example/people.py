"""Offices, units, accounts and posts of the example county."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.example.diary import Story, Turn
from services.example.stage import REGION, Person, Stage, founder
from services.oversight_svc.store.passwords import hash_password
from services.oversight_svc.store.people import AccountRow, OfficeRow, PostRow
from services.oversight_svc.usecases.assign_post import AssignPost, assign_post
from services.oversight_svc.usecases.change_unit_head import ChangeUnitHead, change_unit_head
from services.oversight_svc.usecases.create_account import CreateAccount, create_account
from services.oversight_svc.usecases.create_post import CreatePost, create_post
from services.oversight_svc.usecases.import_units import ImportUnits, import_units
from services.oversight_svc.usecases.sessions import actor_for
from services.oversight_svc.usecases.unit_sheet import UNIT_LAYOUT
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.ids import new_id
from shared.sheets.outcome import ImportFile
from shared.sheets.writing import OutColumn, write_table

DATA = Path(__file__).with_name("data")
PASSWORD = "Wenxiao-2023"  # noqa: S105 (printed for the example's visitors)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗"
GIVEN = ("建国", "晓梅", "志强", "丽华", "文斌", "秀英", "国平", "海燕", "俊杰", "淑芬")

STAFF: tuple[tuple[str, str, str | None, tuple[str, ...], str], ...] = (
    ("perf", "预算绩效管理中心 主任", "performance", ("fin_perf",), "程立新"),
    ("perf2", "预算绩效管理中心 干部", "performance", ("fin_perf",), "孟雨桐"),
    ("budget", "预算股 股长", "budget", ("fin_budget",), "蒋明远"),
    ("treasury", "国库股 股长", "treasury", ("fin_treasury",), "沈玉兰"),
    ("leader", "财政局 分管副局长", None, ("fin_leader_group",), "邓世平"),
    ("office", "教科文股 股长", "education", ("fin_office",), "贺春燕"),
    ("office_politics", "行政政法股 股长", "politics_law", ("fin_office",), "唐建军"),
    ("office_construction", "经济建设股 股长", "construction", ("fin_office",), "冯志刚"),
    ("office_agriculture", "农业农村股 股长", "agriculture", ("fin_office",), "曾庆丰"),
    ("office_social", "社会保障股 股长", "social_security", ("fin_office",), "萧雅琴"),
    ("office_environment", "资源环境股 股长", "environment", ("fin_office",), "余文涛"),
    ("office_township", "乡镇财政股 股长", "township", ("fin_office",), "田世荣"),
    ("auditor", "审计局 财政审计股", None, ("audit_officer",), "韩静"),
    ("auditor2", "审计局 整改督查股", None, ("audit_officer",), "尹国栋"),
    ("discipline", "驻财政局纪检监察组", None, ("discipline_officer",), "彭正"),
    ("discipline2", "驻财政局纪检监察组 干部", None, ("discipline_officer",), "夏敏"),
    ("sysadmin", "系统管理员", None, ("system_admin",), "丁一凡"),
    ("secadmin", "安全管理员", None, ("security_admin",), "安若愚"),
    ("auditadmin", "审计管理员", None, ("audit_admin",), "严守正"),
)
"""Login, post, office, roles, name: the bureau's own people and the bodies beside it."""


def read_data(name: str) -> dict[str, Any]:
    """Return one of the example's data files."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def person_name(number: int) -> str:
    """Return a made-up name, the same for the same number."""
    surname = SURNAMES[number * 7 % len(SURNAMES)]
    return surname + GIVEN[number * 3 % len(GIVEN)]


def settle_people(stage: Stage) -> None:
    """Set up offices, units, the bureau's posts, and an operator for every unit."""
    with stage.databases["oversight_svc"].begin() as uow:
        for office in read_data("offices")["office"]:
            uow.session.add(OfficeRow(region_code=REGION, **office))
        uow.session.flush()
        file = ImportFile(unit_file(), "预算单位名录.xlsx", dry_run=False)
        import_units(uow, stage.clock, founder(), ImportUnits(file))
    stage.pump()
    with stage.databases["oversight_svc"].begin() as uow:
        for login, post, office, roles, name in STAFF:
            _settle(uow, stage, (login, name), CreatePost(post, None, office, roles))
        _settle_units(uow, stage)
    stage.pump()


def changed_head(stage: Stage) -> Story:
    """Tell of a unit whose head changed in summer: signatures before and after are two people's."""
    day = date(2023, 7, 24)
    uow = yield Turn(day, "oversight_svc")
    query = select(UnitRow.unit_id).where(UnitRow.region_code == REGION, UnitRow.code == "116")
    command = ChangeUnitHead(
        unit_id=uow.session.scalars(query).one(),
        name="聂远航",
        title="局长",
        started_on=day,
        document_number="岳委干〔2023〕64号（示例）",
    )
    change_unit_head(uow, stage.clock, stage.actor("sysadmin"), command)


def unit_file() -> bytes:
    """Return the unit list as the Excel file a bureau would keep."""
    titles = [column.title for column in UNIT_LAYOUT.columns]
    rows = [
        (
            unit["code"],
            unit["name"],
            unit["department"],
            unit["kind"],
            unit["office"],
            person_name(number),
            person_name(number + 100),
            f"0826-52{number:05d}",
        )
        for number, unit in enumerate(read_data("units")["unit"])
    ]
    return write_table([OutColumn(title) for title in titles], rows, "预算单位名录")


def _settle_units(uow: UnitOfWork, stage: Stage) -> None:
    query = select(UnitRow).where(UnitRow.region_code == REGION).order_by(UnitRow.code)
    units = {unit.code: unit for unit in uow.session.scalars(query)}
    for code, unit in units.items():
        roles = ("unit_operator", "dept_operator") if unit.is_department else ("unit_operator",)
        post = CreatePost(f"{unit.name} 财务经办", unit.unit_id, None, roles)
        _settle(uow, stage, (f"u{code}", unit.contact), post)
    _share_accountant(uow, stage, list(units.values()))


def _share_accountant(uow: UnitOfWork, stage: Stage, units: list[UnitRow]) -> None:
    """One accountant serves three towns: the reason for the unit switcher."""
    towns = [unit for unit in units if unit.kind == "township"][2:5]
    account = _account(uow, stage, "accountant", "罗会计")
    for town in towns:
        post = create_post(
            uow,
            stage.clock,
            founder(),
            CreatePost(f"{town.name} 代理会计", town.unit_id, None, ("unit_operator",)),
        )
        _appoint(uow, stage, account, post)


def _settle(uow: UnitOfWork, stage: Stage, who: tuple[str, str], command: CreatePost) -> None:
    login, name = who
    account = _account(uow, stage, login, name)
    post = create_post(uow, stage.clock, founder(), command)
    _appoint(uow, stage, account, post)
    stage.people[login] = Person(actor_for(uow, account, post, new_id(), ""), login)


def _account(uow: UnitOfWork, stage: Stage, login: str, name: str) -> AccountRow:
    account, _ = create_account(uow, stage.clock, founder(), CreateAccount(login, name))
    account.password_hash = _hash()
    account.must_change_password = False
    uow.session.flush()
    return account


def _appoint(uow: UnitOfWork, stage: Stage, account: AccountRow, post: PostRow) -> None:
    uow.session.flush()
    appointment = AssignPost(
        post_id=post.post_id,
        account_id=account.account_id,
        started_on=stage.clock.today(),
        ended_on=None,
        is_substitute=False,
        basis="示例任职文件",
    )
    assign_post(uow, stage.clock, founder(), appointment)


_HASHES: list[str] = []


def _hash() -> str:
    """Hash the example's password once: a hundred accounts share it."""
    if not _HASHES:
        _HASHES.append(hash_password(PASSWORD))
    return _HASHES[0]
