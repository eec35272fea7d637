"""What requests meet, as it follows from what came of the last statements."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.database.session import Recent
from stanch.sandbox.database.wording import Failure, of_connection

TIMEOUT = Failure("57014", "ERROR: canceling statement due to statement timeout (SQLSTATE 57014)")
REFUSED = Failure("53300", "FATAL: sorry, too many clients already (SQLSTATE 53300)")
ROW = Failure("23505", "ERROR: duplicate key value (SQLSTATE 23505)")
results = st.lists(st.sampled_from([None, TIMEOUT, REFUSED, ROW]), max_size=30)


def after(*failures: Failure | None) -> Recent:
    recent = Recent()
    for one in failures:
        recent.note(one, 0.01)
    return recent


@given(before=results)
def test_one_timeout_between_good_answers_is_nobodys_failure(before: list[Failure | None]) -> None:
    with_it, without = after(*before, None, TIMEOUT), after(*before, None)
    assert with_it.share <= without.share


@given(before=results)
def test_two_timeouts_in_a_row_fail_everything_and_one_success_ends_that(
    before: list[Failure | None],
) -> None:
    recent = after(*before, TIMEOUT, TIMEOUT)
    assert recent.share == 1.0
    recent.note(None, 0.01)
    assert recent.share == 0.0


@given(before=results)
def test_a_refused_login_fails_everything_until_one_is_let_in(
    before: list[Failure | None],
) -> None:
    recent = after(*before, REFUSED)
    assert recent.share == 1.0
    recent.note(None, 0.01)
    assert recent.share == 0.0


@given(failures=results)
def test_a_share_is_a_part_and_never_of_more_than_the_last_few(
    failures: list[Failure | None],
) -> None:
    recent = after(*failures)
    assert 0.0 <= recent.share <= 1.0
    assert len(recent.results) <= 6
    if all(one is None for one in failures[-6:]):
        assert recent.share == 0.0


def test_refused_rows_fail_the_part_that_they_are() -> None:
    assert after(None, ROW, None, ROW).share == 0.5


def test_what_succeeds_is_as_fast_as_the_faster_half_of_it() -> None:
    recent = Recent()
    for seconds in (0.01, 0.01, 5.0, 0.01):
        recent.note(None, seconds)
    assert recent.seconds == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('password authentication failed for user "payments"', "28P01"),
        ('role "payments" is not permitted to log in', "28000"),
        ('too many connections for role "payments"', "53300"),
        ("sorry, too many clients already", "53300"),
        ("the database system is starting up", "57P03"),
    ],
)
def test_a_refused_connection_is_told_with_the_code_that_the_server_gave(
    words: str, code: str
) -> None:
    error = psycopg.OperationalError(f"connection failed: port 1 failed: FATAL:  {words}")
    told = of_connection(error, "payments", "shop")
    assert told.code == code
    assert told.message.endswith(f"(SQLSTATE {code})")
    assert '"' not in told.message.replace('\\"', "")


def test_a_server_that_is_not_there_is_told_without_a_code_of_its_own() -> None:
    error = psycopg.OperationalError("connection to server failed: Connection refused")
    told = of_connection(error, "payments", "shop")
    assert told.code == "08006"
    assert told.of_the_moment
