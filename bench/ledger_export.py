"""The rectification ledger of 50,000 findings as Excel, as an officer asks for it.

Ours answers the request, works on the batch in the background, telling its progress, and hands the
file out. Bare reads the cells of that same file from memory and writes them with xlsxwriter.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from io import BytesIO
from typing import Any

import xlsxwriter
from county import REGION, person
from ledger_list import MANY, ledger_service
from measuring import Result, in_turn, seconds_of
from python_calamine import load_workbook

from services.oversight_svc.jobs.batches import work_on_batch
from shared.access.actor import Scope
from shared.testing.web import CSRF, cookie

AIM = 0.25
HEAD_ROWS = 4
"""Title, date, filters, headings."""


def measure(server: str) -> Result:
    """Export and write in turn."""
    with ledger_service(server, MANY) as (app, database, tokens):
        client = app.test_client(use_cookies=False)
        headers = cookie(tokens.token_for(person("fin_perf", Scope(REGION, whole_region=True))))

        def export() -> bytes:
            form = {"csrf_token": CSRF, "sort": "due"}
            address = client.post("/oversight/ledger/export", data=form, headers=headers).location
            if address is None or not work_on_batch(database):
                raise RuntimeError("no batch was started")
            page = client.get(f"{address.partition('?')[0]}/file", headers=headers)
            if page.status_code != HTTPStatus.OK:
                raise RuntimeError(f"no file: {page.status}")
            return page.data

        cells = _cells(export())
        if len(cells) != MANY + HEAD_ROWS:
            raise RuntimeError(f"{len(cells)} lines instead of {MANY + HEAD_ROWS}")
        taken, bare_taken = in_turn(
            lambda: seconds_of(export), lambda: seconds_of(lambda: _write(cells))
        )
    return Result(
        f"整改台账 {MANY:,} 条导出 Excel（后台批次，含进度）",
        ours=taken,
        bare=bare_taken,
        bare_title="xlsxwriter 写出同样的单元格",
        aim=AIM,
        side="≥",
    )


def _cells(content: bytes) -> list[list[Any]]:
    return load_workbook(BytesIO(content)).get_sheet_by_index(0).to_python()


def _write(cells: Sequence[Sequence[Any]]) -> None:
    with xlsxwriter.Workbook(BytesIO(), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)
