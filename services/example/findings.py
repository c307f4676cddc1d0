"""Findings of the example as its data files tell them, and how each is registered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.example.people import read_data
from services.example.stage import REGION, Stage
from services.oversight_svc.store.findings import FindingRow
from services.oversight_svc.usecases.finding_moving import FindingKey
from services.oversight_svc.usecases.import_findings import ImportFindings, import_findings
from services.oversight_svc.usecases.register_finding import (
    RegisterFinding,
    find_by_source,
    register_finding,
)
from shared.access.actor import Actor
from shared.db.unit_of_work import UnitOfWork
from shared.directory.tables import UnitRow
from shared.sheets.outcome import ImportFile
from shared.sheets.writing import OutColumn, write_table
from shared.terms import label
from shared.terms.vocabulary import FindingCategory, FindingSource, MoneyKind, RectificationKind

FILES = ("findings_past", "findings_finance", "findings_audit", "findings_inspection",
         "findings_present")  # fmt: skip
STEPS = ("registered", "drafted", "notified", "signed", "disputed", "rectifying", "reported",
         "verified", "closed", "confirmed", "effective", "archived")  # fmt: skip
"""How far a finding comes, in order; `merged` and `withdrawn` end it early."""


@dataclass(frozen=True, slots=True)
class Document:
    """A report with findings: who registers it when, and the notices that follow."""

    name: str
    number: str
    source: FindingSource
    by: str
    """The account that registers and recognises."""
    second: str
    """The account that rechecks where no lead office does."""
    year: int
    on: date
    noticed: date | None
    notices: str
    """Beginning of the notices' numbers, such as 岳财监〔2023〕."""
    referred: str
    """`evaluation` or `monitoring` when its findings come by event from there."""
    is_closed: bool
    """Entered as an old list of findings closed out before the system was there."""

    @property
    def title(self) -> str:
        """The document as findings quote it."""
        return f"《{self.name}》（{self.number}，示例）"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what it says, and how far it comes. Amounts in 元."""

    document: Document
    unit: str
    title: str
    text: str
    category: FindingCategory
    basis: str
    demand: str
    until: str
    kind: RectificationKind = RectificationKind.IMMEDIATE
    others: tuple[str, ...] = ()
    project: str = ""
    amount: Decimal | None = None
    money: Mapping[MoneyKind, Decimal] = field(default_factory=dict)
    due: date | None = None
    turns: tuple[str, ...] = ()
    """What happens besides: returned, partly, urged, extended …"""
    earlier: str = ""
    """Title of the earlier year's finding that happened again."""
    into: str = ""
    """Title of the finding it is merged into."""
    late: int = 0
    """Working days after the due date at which the unit reports; negative is early."""
    progress: int = 0
    closed_on: date | None = None

    def reaches(self, step: str) -> bool:
        """Tell whether the finding comes as far as `step`."""
        return self.until in STEPS and STEPS.index(self.until) >= STEPS.index(step)


def read_problems() -> list[list[Problem]]:
    """Return the findings of every document, by the day the document was registered."""
    documents = [each for name in FILES for each in read_data(name)["document"]]
    told = [_problems(each) for each in documents]
    return sorted(told, key=lambda problems: problems[0].document.on)


def _problems(told: Mapping[str, Any]) -> list[Problem]:
    document = Document(
        name=told["name"],
        number=told["number"],
        source=FindingSource(told["source"]),
        by=told.get("by", "perf"),
        second=told.get("second", ""),
        year=told["year"],
        on=told["on"],
        noticed=told.get("noticed"),
        notices=told.get("notices", ""),
        referred=told.get("referred", ""),
        is_closed=told.get("is_closed", False),
    )
    return [_problem(document, each) for each in told["finding"]]


def _problem(document: Document, told: Mapping[str, Any]) -> Problem:
    plain = ("unit", "title", "text", "basis", "demand", "until")
    more = ("project", "due", "earlier", "into", "late", "progress", "closed_on")
    return Problem(
        document=document,
        **{name: told[name] for name in plain},
        category=FindingCategory(told["category"]),
        kind=RectificationKind(told.get("kind", RectificationKind.IMMEDIATE)),
        others=tuple(told.get("with", ())),
        amount=Decimal(told["amount"]) if "amount" in told else None,
        money={MoneyKind(kind): Decimal(sum_) for kind, sum_ in told.get("money", {}).items()},
        turns=tuple(told.get("turns", ())),
        **{name: told[name] for name in more if name in told},
    )


class Numbering:
    """Running numbers of documents, by what they begin with."""

    def __init__(self) -> None:
        """Begin every series at 1."""
        self._given: Counter[str] = Counter()

    def next(self, series: str) -> str:
        """Return the next number of a series such as 岳财整〔2023〕."""
        self._given[series] += 1
        return f"{series}{self._given[series]}号（示例）"


class Registrar:
    """Registers what documents say, one by one, or as the Excel list an office kept before."""

    def __init__(self, stage: Stage) -> None:
        """Register on `stage`."""
        self._stage = stage
        self.units = self._read_units()

    def _read_units(self) -> dict[str, UnitRow]:
        with self._stage.databases["oversight_svc"].read() as session:
            query = select(UnitRow).where(UnitRow.region_code == REGION)
            return {unit.name: unit for unit in session.scalars(query)}

    def register(self, uow: UnitOfWork, actor: Actor, problem: Problem) -> FindingKey:
        """Register one finding."""
        document = problem.document
        command = RegisterFinding(
            fiscal_year=document.year,
            unit_id=self.units[problem.unit].unit_id,
            source=document.source,
            source_document=document.title,
            title=problem.title,
            description=_marked(problem.text),
            category=problem.category,
            basis=problem.basis,
            demand=problem.demand,
            kind=problem.kind,
            assisting=tuple(self.units[name].unit_id for name in problem.others),
            project_name=problem.project,
            amount=problem.amount,
            money=problem.money,
            due_on=problem.due,
        )
        made = register_finding(uow, self._stage.clock, actor, command).finding
        return FindingKey(made.fiscal_year, made.finding_id)

    def referred(self, uow: UnitOfWork, source: FindingSource, source_key: str) -> FindingKey:
        """Return the finding an event has brought."""
        found = find_by_source(uow, REGION, source, source_key)
        if found is None:
            raise LookupError(source_key)
        return FindingKey(found.fiscal_year, found.finding_id)

    def import_closed(self, uow: UnitOfWork, actor: Actor, problems: Sequence[Problem]) -> None:
        """Import an old list of findings closed out before the system was there."""
        year = problems[0].document.year
        file = ImportFile(_sheet(problems), f"{year}年度问题清单.xlsx", dry_run=False)
        import_findings(uow, self._stage.clock, actor, ImportFindings(year, file))

    def titled(self, uow: UnitOfWork, title: str) -> FindingRow:
        """Return the finding of that title; every title of the example is its own."""
        query = select(FindingRow).where(
            FindingRow.region_code == REGION, FindingRow.title == title
        )
        return uow.session.scalars(query).one()


def _sheet(problems: Iterable[Problem]) -> bytes:
    """Return the list as Excel; amounts in 万元, as offices keep them."""
    rows = [_row(problem) for problem in problems]
    columns = [OutColumn(title) for title in rows[0]]
    return write_table(columns, [tuple(row.values()) for row in rows], "监督问题清单")


def _row(problem: Problem) -> dict[str, str]:
    closed_on = problem.closed_on or problem.document.on
    money = {
        "上缴财政": MoneyKind.TURNED_OVER,
        "归还原渠道": MoneyKind.RETURNED_CHANNEL,
        "调账处理": MoneyKind.ADJUSTED_ACCOUNTS,
        "促进拨付": MoneyKind.DISBURSED,
        "减少拨款": MoneyKind.REDUCED_ALLOCATION,
    }
    return {
        "问题来源": label("finding_source", problem.document.source.value),
        "来源文书": problem.document.title,
        "责任单位": problem.unit,
        "配合单位": "、".join(problem.others),
        "涉及项目": problem.project,
        "问题标题": problem.title,
        "问题描述": _marked(problem.text),
        "问题类别": label("finding_category", problem.category.value),
        "涉及金额": _wan(problem.amount),
        **{title: _wan(problem.money.get(kind)) for title, kind in money.items()},
        "依据": problem.basis,
        "整改要求": problem.demand,
        "状态": "已销号",
        "销号日期": closed_on.isoformat(),
        "销号文号": f"{problem.document.notices}{closed_on.month}号（示例）",
    }


def _wan(amount: Decimal | None) -> str:
    return "" if amount is None else str(amount / 10000)


def _marked(text: str) -> str:
    return f"{text}（示例）"
