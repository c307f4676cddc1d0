"""Walks the pages of README's walk, with the standard library only: they answer and have data.

`python3 walk.py [ADDRESS]`, on a running `wenxiao up --demo`. Prints a line for each person and
ends with 1 when a page does not answer or is empty.
"""

from __future__ import annotations

import http.cookiejar
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "Wenxiao-2023"  # noqa: S105 (printed for everybody: the example's)
PATIENCE = 900.0
WALK: dict[str, tuple[str, ...]] = {
    "u124": ("/", "/target/targets", "/monitoring/reports", "/evaluation/self-evaluations"),
    "office": ("/", "/target/targets", "/evaluation/self-evaluations"),
    "perf": (
        "/", "/oversight/today", "/oversight/findings", "/oversight/rectification-report",
        "/oversight/escalations", "/oversight/accountability",
    ),
    "budget": ("/", "/target/joint-review", "/target/gate"),
    "treasury": ("/", "/monitoring/execution"),
    "auditor": ("/", "/oversight/findings", "/oversight/sharing"),
    "leader": ("/", "/oversight/cockpit"),
    "secadmin": ("/", "/oversight/posts"),
    "sysadmin": ("/", "/oversight/events"),
    "auditadmin": ("/", "/oversight/trail"),
}  # fmt: skip
"""Account → pages, as in README."""
MAY_BE_EMPTY = {("secadmin", "/"), ("sysadmin", "/"), ("auditadmin", "/"), ("leader", "/"),
                ("budget", "/"), ("treasury", "/"), ("sysadmin", "/oversight/events"),
                ("budget", "/target/gate")}  # fmt: skip
"""Desks nothing waits on, the list of failed events, and the form that asks about one project."""
TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TAG = re.compile(r"<[^>]+>")
RECORD = re.compile(r'href="(/[a-z/-]+/\d{4}/[0-9a-f-]{36})"')


class Person:
    """A browser's worth of cookies and the pages one account sees."""

    def __init__(self, address: str, account: str) -> None:
        """Sign in."""
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        token = TOKEN.search(self.get("/sign-in"))
        fields = {"account": account, "password": PASSWORD, "next": "/"}
        fields |= {"csrf_token": token[1] if token else ""}
        page, where = self._ask("/sign-in", urllib.parse.urlencode(fields).encode())
        if where.endswith("/sign-in") or 'name="password"' in page:
            raise ValueError(f"{account} is not let in")

    def get(self, path: str) -> str:
        """Return a page; raise `urllib.error.HTTPError` for any other answer than 200."""
        return self._ask(path, None)[0]

    def _ask(self, path: str, body: bytes | None) -> tuple[str, str]:
        headers = {"Origin": self._address, "Accept-Language": "zh-CN"}
        request = urllib.request.Request(self._address + path, body, headers)  # noqa: S310 (http)
        with self._opener.open(request, timeout=60) as answer:
            return answer.read().decode(), str(answer.geturl())


def walk(address: str, account: str) -> list[str]:
    """Open the pages of one account and the first record each leads to; return what is wrong."""
    person, wrong, seen, rows = Person(address, account), [], [], 0
    records: dict[str, str] = {}
    for path in WALK[account]:
        page = person.get(path)
        heading = TITLE.search(page)
        seen.append(TAG.sub("", heading[1]).strip() if heading else path)
        found = page.count("<tr") - page.count("<thead")
        if (account, path) not in MAY_BE_EMPTY and found <= 0 and not RECORD.search(page):
            wrong.append(f"{account} {path}: no row")
        rows += max(found, 0)
        for record in RECORD.findall(page):
            records.setdefault(record.split("/")[2], record)
    wrong += [
        f"{account} {record}: no heading"
        for record in records.values()
        if not TITLE.search(person.get(record))
    ]
    print(f"{account:12} {len(seen)} 页、{len(records)} 个详情、{rows} 行：{'、'.join(seen)}")
    return wrong


def wait_until_ready(address: str) -> float:
    """Wait for the program; return for how many seconds."""
    began = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(f"{address}/target/readyz", timeout=5):  # noqa: S310 (http)
                return time.monotonic() - began
        except OSError:
            if time.monotonic() - began > PATIENCE:
                raise
            time.sleep(0.5)


def main() -> int:
    """Walk as everybody."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    print(f"等候就绪 {wait_until_ready(address):.0f} 秒")
    wrong = []
    for account in WALK:
        try:
            wrong += walk(address, account)
        except (urllib.error.HTTPError, ValueError) as error:
            wrong.append(f"{account}: {error}")
    for line in wrong:
        print(f"不对：{line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
