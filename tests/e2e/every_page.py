"""Looking at every page a role can reach, in a real browser.

Each role follows the menu and the links of the pages: every list, two records of every kind. What
a page is made of (headings, columns, fields) decides whether the browser has seen it before, so
that each page is looked at once in every shape it takes for somebody. Two files of tests share the
roles, so that two workers can share the work; what one has seen the other need not look at.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.sync_api import ConsoleMessage, Page

from shared.web.links import LINKS
from tests.e2e.running import DESK, PHONE, ROOT, Console, overflow, violations

RECORDS_OF_A_KIND = 2
VARIED = {"tab", "due"}
"""Parameters whose values show other pages; all others only choose rows."""
NO_PAGE = re.compile(r"/(scans|files|template|static|api|export|marked)\b|\.xlsx|format=xlsx|/docs")
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)"')
HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
MADE_OF = re.compile(
    r"<h2\b[^>]*>.*?</h2>|<th scope=\"col\"[^>]*>.*?</th>|<(?:select|textarea|details|dialog)\b"
    r"|wx-(?:alert|empty|steps|timeline|compare|chart|tiles|diff)\b[\w-]*|\bname=\"[\w.]+\"",
    re.DOTALL,
)
TAG = re.compile(r"<[^>]+>")
UNSHOWN = re.compile(
    r"<(script|style|code|textarea)\b.*?</\1>|<details data-verbatim>.*?</details>", re.DOTALL
)
"""Code, and what the trail recorded: evidence is shown as it was sealed."""
STORED = {
    value
    for values in tomllib.loads((ROOT / "shared/terms/labels.toml").read_text("utf-8")).values()
    for value in values
    if "_" in value
}
RAW = re.compile(
    r"\{\{|\}\}|\{%|%\}|\bNone\b|\bundefined\b|\bNaN\b|\w+_svc\b|<[a-z]+ object at|\b(?:"
    + "|".join(sorted(STORED))
    + r")\b"
)
"""What is meant for programs: templates, Python, and stored values such as `fin_office_review`."""
BARE_FIGURES = """() => [...document.querySelectorAll('th.wx-end')].filter(head => {
  const words = head.innerText
  if (/[元%笔个份次项条分天人件版处]|权重|合计/.test(words)) return false
  const place = [...head.parentElement.children].indexOf(head)
  return [...head.closest('table').querySelectorAll('tbody tr')].some(
    row => row.children[place] && /^[\\d,.-]+$/.test(row.children[place].innerText.trim()))
}).map(head => head.innerText.trim())"""
"""Headings of columns of figures that name no unit while their figures have none either."""
NO_OWN_PAGE = re.compile(r"\.(sign_out|glance)$")
"""Links that are an act, or a piece another page fetches."""
HEX = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+|\b[0-9a-f]{32,}\b")


def kind_of(address: str) -> str:
    """Return the address without what names one record, and with what changes the page."""
    parts = urlsplit(address)
    path = re.sub(r"/(?:\d{4}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64})(?=/|$)", "/*", parts.path)
    path = re.sub(r"(/policies)/(?!compare)[\w-]+", r"\1/*", path)
    varied = [f"{name}={value}" for name, value in parse_qsl(parts.query) if name in VARIED]
    return "?".join([path, *sorted(varied)])


def pages_of(page: Page, origin: str, dead: list[str]) -> Iterator[tuple[str, str]]:
    """Yield address and source of every kind of page reachable from the desk.

    Links that lead nowhere are added to `dead` with the page they stand on.
    """
    waiting, seen, times = deque([("/", "")]), {"/"}, Counter[str]()
    while waiting:
        address, stands_on = waiting.popleft()
        kind = kind_of(address)
        if times[kind] == (RECORDS_OF_A_KIND if "*" in kind else 1):
            continue
        times[kind] += 1
        answer = page.request.get(origin + address)
        if answer.status != HTTPStatus.OK:
            dead.append(f"{address} answers {answer.status}, linked from {stands_on}")
            continue
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        source = answer.text()
        yield address, source
        for found in LINK.findall(source):
            there = urljoin(origin + address, unescape(found))
            target = there.removeprefix(origin)
            if there.startswith(origin) and target not in seen and not NO_PAGE.search(target):
                seen.add(target)
                waiting.append((target, address))


def words_of(source: str) -> str:
    """Return what people read on the page."""
    body = UNSHOWN.sub(" ", source[source.index("<body") :])
    return HEX.sub(" ", unescape(TAG.sub(" ", body)))


def faults_of(source: str) -> list[str]:
    """Return what is wrong with a page as it was sent."""
    faults = []
    headings = [TAG.sub("", each).strip() for each in HEADING.findall(source)]
    title = TITLE.findall(source)[0].strip()
    if len(headings) != 1 or not title.startswith(headings[0]):
        faults.append(f"h1 {headings}, title {title!r}")
    faults += [f"raw value {each!r}" for each in sorted(set(RAW.findall(words_of(source))))]
    return faults


def shape_of(address: str, source: str) -> str:
    """Return what makes a page another page than those seen before, as a digest."""
    main = source[source.index("<main") if "<main" in source else 0 :]
    parts = {re.sub(r"\d+", "#", TAG.sub("", each)) for each in MADE_OF.findall(main)}
    shape = "\n".join([kind_of(address).partition("?")[0], *sorted(parts)])
    return hashlib.sha256(shape.encode()).hexdigest()


def look(page: Page, address: str) -> list[str]:
    """Open the page on a desk and on a phone; return what is wrong with it."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", hear)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(address)
    if page.locator(".wx-chart").count():  # the picture is drawn by a script that comes later
        page.wait_for_load_state("networkidle")
    faults = [f"axe {rule}: {html}" for rule, html in violations(page)]
    faults += [f"wide at {DESK[0]}: {each}" for each in [overflow(page)] if each]
    faults += [f"no unit: {each}" for each in page.evaluate(BARE_FIGURES)]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    faults += [f"wide at {PHONE[0]}: {each}" for each in [overflow(page)] if each]
    faults += [f"axe on a phone {rule}: {html}" for rule, html in violations(page)]
    page.remove_listener("console", hear)
    return faults + [f"console: {each}" for each in said]


class Seen:
    """What all files of tests in this run have seen, in a folder they share."""

    def __init__(self, folder: Path) -> None:
        """Keep it in `folder`."""
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def is_new(self, shape: str) -> bool:
        """Tell whether nobody has looked at this shape yet; from now on somebody has."""
        try:
            (self._folder / shape).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def finish(self, roles: tuple[str, ...], kinds: set[str]) -> None:
        """Keep which kinds of page these roles reached."""
        (self._folder / f"kinds-{roles[0]}").write_text("\n".join(kinds), encoding="utf-8")

    def finished(self) -> list[set[str]]:
        """Return the kinds of page each finished file of tests has reached."""
        found = self._folder.glob("kinds-*")
        return [set(each.read_text(encoding="utf-8").splitlines()) for each in found]


def faults_for(console: Console, roles: tuple[str, ...], seen: Seen) -> list[str]:
    """Follow every link as each of `roles`; return what is wrong with the pages."""
    faults: list[str] = []
    kinds: set[str] = set()
    for role in roles:
        with console.person(role) as page:
            dead: list[str] = []
            for address, source in pages_of(page, console.origin, dead):
                kinds.add(kind_of(address).partition("?")[0])
                wrong = faults_of(source)
                if seen.is_new(shape_of(address, source)):
                    wrong += look(page, address)
                faults += [f"{role} {address}: {each}" for each in wrong]
            faults += [f"{role}: {each}" for each in dead]
    seen.finish(roles, kinds)
    return faults


def unreached(seen: Seen, files: int) -> set[str]:
    """Return the pages no role reached, once all `files` of tests are through; before, nothing."""
    finished = seen.finished()
    if len(finished) < files:
        return set()
    listed = set().union(*finished)
    pages = {
        path for name, path in LINKS.items() if "{" not in path and not NO_OWN_PAGE.search(name)
    }
    assert len(listed) > 40
    return pages - listed
