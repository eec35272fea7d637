"""What a service's driver says of a failed statement, and what kind of failure it is.

The server's code decides; a refused connection has none in the driver here, so it is read
from the server's words.
"""

import re
from dataclasses import dataclass

import psycopg

TIMEOUT = "57014"
ENDED = "57P01"
_REFUSALS = (
    ("password authentication failed", "28P01"),
    ("is not permitted to log in", "28000"),
    ("does not exist", "28000"),
    ("too many connections for", "53300"),
    ("too many clients", "53300"),
    ("remaining connection slots", "53300"),
    ("the database system is", "57P03"),
)
_FATAL = re.compile(r"FATAL:\s+(.*)")
CODES = (
    *("28P01", "28000", "53300", "57014", "57P01", "57P03", "08006"),
    *("23505", "23514", "2200H", "22003"),
)
"""The failures that are counted from zero on, so that a rate sees the first one."""
_OF_THE_MOMENT = frozenset({"57014", "57P01", "57P03", "08006", "55P03"})
_UNCONDITIONAL = frozenset({"28P01", "28000", "53300", "2200H"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed statement or connection."""

    code: str
    message: str
    """As the service writes it into its log."""
    by_admin: bool = False
    """Whether somebody ended the session or cancelled the statement."""

    @property
    def of_the_moment(self) -> bool:
        """Whether it may be gone at the next try, so that one alone tells nothing."""
        return self.code in _OF_THE_MOMENT

    @property
    def unconditional(self) -> bool:
        """Whether every try fails like this one, whatever is asked for."""
        return self.code in _UNCONDITIONAL


def of_statement(error: psycopg.Error) -> Failure:
    """Return how a failed statement is told."""
    code = error.sqlstate or "08006"
    words = error.diag.message_primary or "unexpected EOF"
    level = "FATAL" if code == ENDED else "ERROR"
    by_admin = code == ENDED or (code == TIMEOUT and "user request" in words)
    return Failure(code, f"{level}: {_plain(words)} (SQLSTATE {code})", by_admin)


def of_connection(error: psycopg.Error, role: str, database: str) -> Failure:
    """Return how a refused connection is told."""
    text = str(error)
    found = _FATAL.search(text)
    words = found[1] if found else "connection refused"
    code = next((code for part, code in _REFUSALS if part in words), "08006")
    where = f"failed to connect to user={role} database={database}"
    ending = f"FATAL: {_plain(words)} (SQLSTATE {code})" if found else "dial error"
    return Failure(code, f"{where}: {ending}")


def _plain(words: str) -> str:
    return words.strip().replace("\\", "\\\\").replace('"', '\\"')
