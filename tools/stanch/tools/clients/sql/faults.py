"""Faults: what a server, or the way to it, says no with, as the errors of the tools.

Messages are those of the server, without the values of the settings that are secret.
"""

from collections.abc import Iterable
from typing import Final

import psycopg

from stanch.settings.targets import DatabaseSettings
from stanch.tools.clients.patience import NoAnswerError, PassingError
from stanch.tools.clients.sql.link import CutOffError, OutOfTimeError, StoppedError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError, ToolError

_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
"""The server ended the session, for reasons of its own."""
_FULL: Final = ("too many connections", "too many clients", "connection slots are reserved")
_PASSING: Final = (
    "connection refused",
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "not yet accepting connections",
    "server closed the connection unexpectedly",
    "connection reset by peer",
    *_FULL,
)
_RESERVE: Final = (
    "All slots that ordinary logins may have are taken (53300). Set reserved_connections and "
    "grant pg_use_reserved_connections to this login (PostgreSQL 16 and later)."
)
_POOLER: Final = (
    "That is a connection pooler: name the address of PostgreSQL itself, since what is set "
    "for one session would reach the sessions of others."
)
_CLEAR_TEXT: Final = (
    "The server asks for the password in clear text; set sslmode to verify-full, so that it "
    "goes to no other."
)
_ON_THE_WAY_IN: Final = (
    (
        "password authentication failed",
        "Check the password of this login in the settings, and that it has not expired (28P01).",
    ),
    ("no password supplied", "Name its password in the settings: password_env or password_file."),
    (
        "no pg_hba.conf entry",
        "Let pg_hba.conf admit this login from here, or set sslmode (28000).",
    ),
    ("is not permitted to log in", "Give the role LOGIN (28000)."),
    ("does not exist", "Check user and dbname in the settings (3D000, 28000)."),
    (
        'for role "',
        "The role's own connection limit is used up; see rolconnlimit (53300).",
    ),
    (
        'for database "',
        "The database's own connection limit is used up; see datconnlimit (53300).",
    ),
    (_FULL[2], _RESERVE),
    (_FULL[1], "All slots are taken (53300)."),
    (_FULL[0], "All slots are taken (53300)."),
    ("unsupported startup parameter", _POOLER),
    ("cleartext password", _CLEAR_TEXT),
    ("certificate verify failed", "Check sslrootcert in the settings."),
    ("does not support SSL", "Set sslmode to prefer or disable, if the network is trusted."),
)
_REMEDIES: Final = {
    "42501": "Grant the login what it lacks: pg_monitor for the views of the server.",
    "25006": "It is no reading statement, whatever it looked like.",
    "42P01": "Check the name, its schema, and in which database it is.",
    "42883": "Check the name, and the version of the server.",
    "42601": "It is not one query that this server understands.",
    "53200": "The server is short of memory; ask for less.",
    "53100": "The server's disk is full.",
}


class Faults:
    """Tells what went wrong at one database, for one login."""

    def __init__(self, name: str, settings: DatabaseSettings, login: str) -> None:
        self._where = f"database {name} at {settings.host}:{settings.port}"
        self._login = login
        self._secrets = tuple(
            secret.get_secret_value()
            for secret in (settings.password, settings.act_password)
            if secret is not None and secret.get_secret_value()
        )

    def on_the_way_in(self, error: Exception, deadline_seconds: float) -> Exception:
        """Return the error for a login that failed; a passing one where another try may help."""
        if isinstance(error, StoppedError):
            return TargetUnreachableError(f"The {self._where} was not asked: stanch is stopping.")
        if isinstance(error, CutOffError):
            return TargetUnreachableError(
                f"The {self._where} cannot be reached: no answer to the login of {self._login} "
                f"within {deadline_seconds:g} s."
            )
        said = self.clean(_last_line(str(error)))
        remedy = next((text for mark, text in _ON_THE_WAY_IN if mark in said), "")
        unreachable = TargetUnreachableError(
            f"The {self._where} cannot be reached as {self._login}: {said}.{_then(remedy)}"
        )
        passing = any(mark in said.lower() for mark in _PASSING) and 'for role "' not in said
        return PassingError(unreachable) if passing else unreachable

    def of_read(self, error: Exception, seconds: float) -> ToolError:
        """Return the error for a statement that only reads; `seconds` is what it was given."""
        if isinstance(error, OutOfTimeError):
            return NoAnswerError(f"The {self._where} gave no whole answer within {seconds:g} s.")
        if isinstance(error, StoppedError):
            return NoAnswerError(f"The answer of the {self._where} was not awaited.")
        if isinstance(error, CutOffError):
            return OperationRefusedError(
                f"The rows of the {self._where} are too large to be taken. "
                "Pick fewer columns, or left(column, 200)."
            )
        return self.of_server(error)

    def of_server(self, error: Exception) -> ToolError:
        """Return the error for what the server, or the loss of it, says."""
        state = getattr(error, "sqlstate", None)
        said = self.said(error)
        if state is None or state.startswith("08") or state in _LOST:
            return NoAnswerError(f"The {self._where} broke off: {said}.")
        if state == "57014":
            return OperationRefusedError(
                f"The {self._where} ended the statement: {said}. Ask for less, or give the "
                "database a longer statement_seconds."
            )
        if state == "55P03":
            return OperationRefusedError(
                f"The {self._where} ended the wait for a lock: {said}. See who holds it first."
            )
        return OperationRefusedError(
            f"The {self._where} refused the statement ({state}): {said}."
            f"{_then(_REMEDIES.get(state, ''))}"
        )

    def said(self, error: Exception) -> str:
        """Return the server's own words in one line, with its hint, without any secret."""
        words = [str(error)]
        if isinstance(error, psycopg.Error) and error.diag.message_primary:
            words = [error.diag.message_primary, error.diag.message_hint or ""]
        return self.clean("; ".join(" ".join(word.split()).rstrip(".") for word in words if word))

    def clean(self, text: str) -> str:
        """Return `text` without the passwords of the settings."""
        return _without(text, self._secrets)


def lost(error: Exception) -> bool:
    """Whether the session ended, or nobody knows what became of it."""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, CutOffError):
        return True
    return isinstance(error, psycopg.Error) and (
        (state is None and isinstance(error, psycopg.OperationalError))
        or state in _LOST
        or (state is not None and state.startswith("08"))
    )


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _last_line(text: str) -> str:
    """Return what libpq says of its last attempt, without the address and the advice."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # It tries again without TLS and tells of both; the last one decides.
    telling = [line for line in lines if " failed: " in line or "FATAL:" in line] or lines[-1:]
    last = telling[-1] if telling else ""
    said = last.rpartition("FATAL:")[2].rpartition(" failed: ")[2]
    return said.strip().rstrip(".") or "no reason given"


def _then(remedy: str) -> str:
    return f" {remedy}" if remedy else ""
