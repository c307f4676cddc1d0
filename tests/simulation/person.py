"""Somebody at a browser, or a machine at the API: speaks HTTP and nothing else."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

PATIENCE = 60.0
Found = TypeVar("Found")
Files = Mapping[str, tuple[str, bytes]]
Fields = Sequence[tuple[str, str]]
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


def await_it(what: str, look: Callable[[], Found | None]) -> Found:
    """Return what `look` finds, as soon as it is there; fail when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not come: {what}"
        time.sleep(0.05)


@dataclass(slots=True)
class Person:
    """A browser with its cookies; `origins` says where each service answers."""

    origins: Mapping[str, str]
    login: str
    session: requests.Session = field(default_factory=requests.Session)
    form_token: str = ""

    def _url(self, path: str) -> str:
        prefix = path.split("/")[1].partition("?")[0]
        return self.origins.get(prefix, self.origins["oversight"]) + path

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request; where the session is only asleep, renew it as the page's script does.

        A service that has not heard of the signing key yet asks to sign in, too.
        """

        def answer() -> tuple[requests.Response] | None:  # a refusing response counts as false
            got = self.session.request(
                method, self._url(path), timeout=30, allow_redirects=False, **options
            )
            asleep = got.status_code == 401 or got.headers.get("Location", "").startswith(
                "/sign-in?"
            )
            if not asleep:
                return (got,)
            self.session.get(self._url("/session"), timeout=30)
            return None

        return await_it(f"an answer of {path} to {self.login}", answer)[0]

    def page(self, path: str) -> str:
        """Return a page's HTML."""
        got = self._ask("GET", path)
        assert got.status_code == 200, f"{path} → {got.status_code}\n{got.text[-3000:]}"
        return got.text

    def form(
        self,
        page: str,
        fields: Fields | Mapping[str, str],
        *,
        to: str = "",
        files: Files | None = None,
        expect: Sequence[int] = (302, 303),
    ) -> requests.Response:
        """Open `page`, fill in its form and send it to `to` (by default the page's address)."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        got = self._ask(
            "POST",
            to or page.partition("?")[0],
            data=[("csrf_token", self._read_token(page)), *pairs],
            files=files,
        )
        assert got.status_code in expect, f"{to or page} → {got.status_code}\n{_said(got)}"
        return got

    def _read_token(self, page: str) -> str:
        found = _TOKEN.search(self.page(page))
        assert found, f"{page} has no form token"
        return html.unescape(found[1])

    def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        upload: tuple[str, bytes] | None = None,
        expect: Sequence[int] = (200, 201),
    ) -> dict[str, Any]:
        """Call the JSON API with this person's session."""
        headers = {}
        if method != "GET":
            headers["X-CSRF-Token"] = self.form_token
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        files = {"file": upload} if upload else None
        got = self._ask(method, path, json=body, files=files, headers=headers)
        assert got.status_code in expect, f"{method} {path} → {got.status_code}\n{got.text}"
        answer: dict[str, Any] = got.json()
        return answer

    def sign_in(self, password: str) -> None:
        """Sign in at the page."""
        self.form("/sign-in", {"account": self.login, "password": password})

    def sign_in_anew(self, password: str) -> None:
        """Sign in after the last session has ended."""
        self.session.cookies.clear()
        self.sign_in(password)
        self.form_token = self._read_token("/")

    def begin(self, one_time: str, password: str) -> None:
        """Sign in for the first time and change the one-time password."""
        self.sign_in(one_time)
        answers = {"old": one_time, "password": password, "again": password}
        self.form("/password", answers)
        self.form_token = self._read_token("/")


@dataclass(slots=True)
class Machine:
    """A system that uses the API with client credentials."""

    origins: Mapping[str, str]
    client_id: str
    secret: str
    token: str = ""

    def call(
        self, method: str, path: str, body: Any = None, *, version: int | None = None
    ) -> dict[str, Any]:
        """Call the API, with a fresh token whenever the last one is refused."""
        seen = {} if version is None else {"If-Match": f'"{version}"'}

        def answer() -> tuple[requests.Response] | None:
            got = requests.request(
                method,
                self.origins[path.split("/")[1]] + path,
                json=body,
                headers={"Authorization": f"Bearer {self.token}", **seen},
                timeout=30,
            )
            if got.status_code != 401:
                return (got,)
            self._get_token()
            return None

        (got,) = await_it(f"an answer of {path}", answer)
        assert got.ok, f"{path} → {got.status_code}\n{got.text}"
        found: dict[str, Any] = got.json()
        return found

    def _get_token(self) -> None:
        got = requests.post(
            self.origins["oversight"] + "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.secret),
            timeout=30,
        )
        assert got.ok, got.text
        self.token = got.json()["access_token"]


def last_part(address: str) -> str:
    """Return the last part of a path: the identifier of what was made."""
    return urlsplit(address).path.rstrip("/").rpartition("/")[2]


def _said(got: requests.Response) -> str:
    """Return the messages of a refused form, or the end of whatever came."""
    found = re.findall(
        r'class="[^"]*(?:invalid-feedback|alert)[^"]*"[^>]*>(.*?)</div>', got.text, re.DOTALL
    )
    return "\n".join(re.sub(r"<[^>]+>|\s+", " ", each) for each in found) or got.text[-3000:]
