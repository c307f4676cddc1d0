"""PostgreSQL's own dump and restore programs, those that come with the embedded server.

One version of them is used for every server: a newer `pg_dump` reads every older server, and what
is installed on the computer is never asked, so nothing depends on it by accident.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from typing import IO

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from sqlalchemy.engine import make_url

from shared.db.embedded import client_program

_END_OF_DATA = b"\\.\n"
_LATER_SETTINGS = {"transaction_timeout": 170000}
"""Settings `pg_restore` asks for that servers before this version do not know."""
_INTERNAL_OPTION = re.compile(rb"^ALTER TABLE .* SET \(pg_attver=\d+\);$")
"""A note servers of late security releases keep with each column. Their own `pg_dump` leaves it
out; a `pg_dump` released before does not, and other servers refuse it."""


class ProgramFailedError(Exception):
    """A program ended with a failure; the text is its own last words."""


def _environment(url: str, database: str) -> Mapping[str, str]:
    """Return the address as environment variables: a command line is open to everybody."""
    plain = make_url(url).set(drivername="postgresql", database=database)
    given = conninfo_to_dict(plain.render_as_string(hide_password=False))
    variables = {
        each.keyword.decode(): each.envvar.decode()
        for each in Conninfo.get_defaults()
        if each.envvar
    }
    settings = {variables[name]: str(value) for name, value in given.items() if name in variables}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": os.environ.get("HOME", "/")} | settings


def dump(url: str, database: str, snapshot: str, target: IO[bytes]) -> None:
    """Write `database` as it stood at `snapshot` into `target`; raise `ProgramFailedError`."""
    command = [
        str(client_program("pg_dump")), "--format=custom", f"--snapshot={snapshot}", "--no-owner",
        "--no-privileges", "--lock-wait-timeout=60s", "--no-password",
    ]  # fmt: skip
    outcome = subprocess.run(  # noqa: S603 (our own program)
        command, env=_environment(url, database), stdin=subprocess.DEVNULL, stdout=target,
        stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    if outcome.returncode:
        raise ProgramFailedError(_last_words(outcome.stderr))


def load(source: IO[bytes], url: str, database: str, server_version: int) -> None:
    """Load a dump into the empty `database`, all of it or nothing; raise `ProgramFailedError`."""
    writing = [str(client_program("pg_restore")), "--no-owner", "--no-privileges", "--file=-"]
    running = [
        str(client_program("psql")), "--no-psqlrc", "--quiet", "--no-password",
        "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null",
    ]  # fmt: skip
    with (
        subprocess.Popen(  # noqa: S603 (our own program)
            writing, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as script,
        subprocess.Popen(  # noqa: S603 (our own program)
            running, env=_environment(url, database), stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as server,
    ):  # fmt: skip
        if script.stdout is None or server.stdin is None or server.stderr is None:
            raise ProgramFailedError("no pipe")
        try:
            _pass_on(script.stdout, server.stdin, server_version)
            if script.wait():  # `psql` would commit what came so far
                server.kill()
                raise ProgramFailedError("pg_restore could not read the dump")
            server.stdin.close()
        except BrokenPipeError:
            script.kill()
        said = server.stderr.read()
        if server.wait():
            raise ProgramFailedError(_last_words(said))


def _pass_on(script: IO[bytes], server: IO[bytes], server_version: int) -> None:
    """Pass the script on without the statements this server would not take; data stays as it is."""
    in_data = False
    for line in script:
        if in_data:
            in_data = line != _END_OF_DATA
        elif _is_refused(line, server_version):
            continue
        else:
            in_data = line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")
        server.write(line)


def _is_refused(line: bytes, server_version: int) -> bool:
    return bool(_INTERNAL_OPTION.search(line)) or any(
        line.startswith(f"SET {name} = ".encode()) and server_version < since
        for name, since in _LATER_SETTINGS.items()
    )


def _last_words(said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "no reason told"
