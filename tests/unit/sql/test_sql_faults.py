"""Errors say what went wrong and what to do, never a password, and what may be tried again."""

import psycopg
import pytest
from pydantic import SecretStr

from stanch.settings.targets import DatabaseSettings
from stanch.tools.clients.patience import NoAnswerError, PassingError
from stanch.tools.clients.sql.faults import Faults, lost
from stanch.tools.clients.sql.link import (
    CutOffError,
    OutOfTimeError,
    StoppedError,
    TooLargeError,
)
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError

SETTINGS = DatabaseSettings(
    host="db.example",
    dbname="shop",
    user="looker",
    password=SecretStr("pl4in-s3cret"),
    act_password=SecretStr("other-s3cret"),
)
FAULTS = Faults("shop", SETTINGS, "looker")
PREFIX = 'connection to server at "10.0.0.9", port 5432 failed: '


def refused(text: str) -> Exception:
    return FAULTS.on_the_way_in(psycopg.OperationalError(text), 5.0)


@pytest.mark.parametrize(
    ("text", "said", "passing"),
    [
        (f'{PREFIX}FATAL:  password authentication failed for user "looker"', "28P01", False),
        (f'{PREFIX}FATAL:  database "shop" does not exist', "3D000", False),
        (f"{PREFIX}FATAL:  sorry, too many clients already", "53300", True),
        (f'{PREFIX}FATAL:  too many connections for role "looker"', "rolconnlimit", False),
        (f'{PREFIX}FATAL:  too many connections for database "shop"', "datconnlimit", True),
        (
            (
                f"{PREFIX}FATAL:  remaining connection slots are reserved for roles with the "
                "SUPERUSER attribute"
            ),
            "pg_use_reserved_connections",
            True,
        ),
        (f"{PREFIX}FATAL:  the database system is starting up", "starting up", True),
        (
            (
                f"{PREFIX}Connection refused\n\tIs the server running on that host and accepting "
                "TCP/IP connections?"
            ),
            "Connection refused.",
            True,
        ),
        (f'{PREFIX}FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "pg_hba.conf admit", False),
        (
            f"{PREFIX}FATAL:  unsupported startup parameter in options: timezone",
            "connection pooler",
            False,
        ),
        (
            (
                f"{PREFIX}server closed the connection unexpectedly\n\tThis probably means the "
                "server terminated abnormally\n\tbefore or while processing the request."
            ),
            "closed the connection unexpectedly.",
            True,
        ),
        ("", "no reason given", False),
    ],
)
def test_a_failed_login_says_what_to_do_and_whether_to_try_again(
    text: str, said: str, passing: bool
) -> None:
    error = refused(text)

    assert isinstance(error, PassingError) is passing
    shown = error.error if isinstance(error, PassingError) else error
    assert isinstance(shown, TargetUnreachableError)
    assert said in str(shown)
    assert str(shown).startswith("The database shop at db.example:5432 cannot be reached as looker")


def test_no_password_is_in_any_message() -> None:
    for text in ("pl4in-s3cret", "before other-s3cret after"):
        assert "s3cret" not in str(refused(f"{PREFIX}{text}"))
        assert "s3cret" not in str(FAULTS.of_read(psycopg.OperationalError(text), 1.0))
        assert "***" in FAULTS.clean(text)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (OutOfTimeError(), NoAnswerError, "no whole answer within 3 s"),
        (StoppedError(), NoAnswerError, "not awaited"),
        (TooLargeError(), OperationRefusedError, "left(column, 200)"),
        (psycopg.OperationalError("gone"), NoAnswerError, "broke off"),
        (psycopg.errors.AdminShutdown("bye"), NoAnswerError, "broke off"),
        (psycopg.errors.QueryCanceled("timeout"), OperationRefusedError, "statement_seconds"),
        (psycopg.errors.LockNotAvailable("lock"), OperationRefusedError, "who holds it"),
        (psycopg.errors.InsufficientPrivilege("no"), OperationRefusedError, "pg_monitor"),
        (psycopg.errors.ReadOnlySqlTransaction("no"), OperationRefusedError, "no reading"),
        (psycopg.errors.UndefinedTable("no"), OperationRefusedError, "Check the name"),
        (psycopg.errors.DivisionByZero("zero"), OperationRefusedError, "22012"),
    ],
)
def test_a_failed_read_says_what_it_was(error: Exception, kind: type, said: str) -> None:
    found = FAULTS.of_read(error, 3.0)

    assert type(found) is kind
    assert said in str(found)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CutOffError(), True),
        (psycopg.OperationalError("x"), True),
        (psycopg.errors.ConnectionFailure("x"), True),
        (psycopg.errors.IdleInTransactionSessionTimeout("x"), True),
        (psycopg.errors.QueryCanceled("x"), False),
        (psycopg.ProgrammingError("x"), False),
        (ValueError("x"), False),
    ],
)
def test_a_lost_session_is_told_from_a_refused_statement(error: Exception, expected: bool) -> None:
    assert lost(error) is expected


def test_a_login_that_was_stopped_or_not_answered_was_never_sent() -> None:
    for error in (StoppedError(), OutOfTimeError()):
        found = FAULTS.on_the_way_in(error, 5.0)
        assert isinstance(found, TargetUnreachableError)
        assert found.may_have_run is False
