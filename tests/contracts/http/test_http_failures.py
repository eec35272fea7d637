"""Servers that fail the client: total deadlines, no second sending, cancellation, addresses."""

import threading
import time
from collections.abc import Sequence

import pytest

from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http import HttpRead
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import HELLO, Connection, answer
from tests.time_bounds import below

SHORT = Limits(seconds=0.6)


def read(port: int, path: str = "/healthz", **fields: object) -> HttpRead:
    return HttpRead.model_validate(
        {"scheme": "http", "host": "127.0.0.1", "port": port, "path": path, **fields}
    )


def query(port: int) -> HttpRead:
    return read(port, "/api/v1/query", method="POST", body="query=up")


@pytest.mark.parametrize("part", [0, 30, len(HELLO) - 5])
def test_the_deadline_is_total_however_slowly_the_bytes_come(
    serve: Serve, connect: Connect, part: int
) -> None:
    def slow(connection: Connection) -> None:
        connection.send(HELLO[:part])
        connection.trickle(HELLO[part:], 0.25)

    server = serve(slow)
    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError, match=r"no whole answer within 0\.6 s"):
        connect(limits=SHORT).observe(read(server.port))
    below(time.monotonic() - begin, 1.2)
    assert server.connections == 1


def test_a_server_that_accepts_and_says_nothing_is_given_up(serve: Serve, connect: Connect) -> None:
    server = serve(Connection.wait)
    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError, match="no whole answer"):
        connect(limits=SHORT).observe(read(server.port))
    below(time.monotonic() - begin, 1.2)


def test_a_port_that_nobody_listens_on_is_named(serve: Serve, connect: Connect) -> None:
    server = serve(Connection.wait)
    port = server.port
    server.close()
    with pytest.raises(TargetUnreachableError, match=rf"127\.0\.0\.1:{port} cannot be reached"):
        connect(limits=SHORT).observe(read(port))


def test_a_look_that_met_a_closed_connection_is_made_again(serve: Serve, connect: Connect) -> None:
    server = serve(Connection.wait)

    def rule(connection: Connection) -> None:
        if len(server.seen) < 3:
            connection.reset()
        else:
            connection.send(HELLO)

    server.rule = rule
    assert connect().observe(read(server.port)).data["body"] == "hello"
    assert len(server.seen) == 3


def test_what_was_sent_and_is_no_look_is_not_sent_again(serve: Serve, connect: Connect) -> None:
    server = serve(Connection.reset)
    with pytest.raises(TargetUnreachableError, match="broke off"):
        connect().observe(query(server.port))
    assert len(server.seen) == 1


def test_an_answer_that_breaks_off_in_its_body_is_not_asked_for_again(
    serve: Serve, connect: Connect
) -> None:
    def broken(connection: Connection) -> None:
        connection.send(HELLO[:-2])
        connection.half_close()

    server = serve(broken)
    with pytest.raises(TargetUnreachableError, match="broke off"):
        connect().observe(read(server.port))
    assert len(server.seen) == 1


def test_what_is_no_http_is_told_as_such(serve: Serve, connect: Connect) -> None:
    server = serve(lambda c: c.send(b"SSH-2.0-OpenSSH_9.2\r\n"))
    with pytest.raises(TargetUnreachableError, match="broke off"):
        connect(limits=SHORT).observe(read(server.port))


def test_closing_the_client_ends_what_is_under_way(serve: Serve, connect: Connect) -> None:
    server = serve(Connection.wait)
    client = connect(limits=Limits(seconds=30))
    failures: list[Exception] = []

    def ask() -> None:
        try:
            client.observe(read(server.port))
        except TargetUnreachableError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 30
    while len(server.seen) < 3 and time.monotonic() < until:
        threading.Event().wait(0.01)
    begin = time.monotonic()
    client.close()
    for thread in threads:
        thread.join(25)
    assert len(failures) == 3
    below(time.monotonic() - begin, 2)
    with pytest.raises(TargetUnreachableError, match="was closed"):
        client.observe(read(server.port))


def test_many_threads_share_one_client(serve: Serve, connect: Connect) -> None:
    server = serve(lambda c: c.send(answer(c.line.encode(), kind="text/plain")))
    client = connect()
    bodies: dict[int, str] = {}

    def ask(number: int) -> None:
        bodies[number] = client.observe(read(server.port, f"/items/{number}")).data["body"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert bodies == {number: f"GET /items/{number} HTTP/1.1" for number in range(24)}


METADATA = [
    *("169.254.169.254", "169.254.0.7", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254"),
    *("100.100.100.200", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "168.63.129.16", "224.0.0.1"),
]


@pytest.mark.parametrize("address", METADATA)
def test_a_name_that_stands_for_a_metadata_address_is_never_asked(
    serve: Serve, connect: Connect, address: str
) -> None:
    server = serve(lambda c: c.send(HELLO))
    client = connect(resolve=lambda *_: ("127.0.0.1", address), limits=SHORT)
    operation = HttpRead(scheme="http", host="innocent.example", port=server.port, path="/x")
    with pytest.raises(OperationRefusedError, match="No request is sent to innocent"):
        client.observe(operation)
    assert server.connections == 0


@pytest.mark.parametrize("address", ["169.254.169.254:80", "metadata.google.internal:80"])
def test_an_endpoint_cannot_lead_to_a_metadata_address_either(
    connect: Connect, address: str
) -> None:
    client = connect(endpoints={"app": {"url": "http://app.example", "address": address}})
    with pytest.raises(OperationRefusedError, match="credentials of the machine"):
        client.observe(HttpRead(endpoint="app", path="/x"))


def test_the_connection_goes_to_the_address_that_was_looked_at(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda c: c.send(HELLO))
    asked: list[str] = []

    def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("169.254.169.254",)

    operation = HttpRead(scheme="http", host="once.example", port=server.port, path="/x")
    assert connect(resolve=resolve).observe(operation).data["status_code"] == 200
    assert asked == ["once.example"]
    assert server.seen[0].headers["host"] == f"once.example:{server.port}"


def test_the_next_address_is_tried_when_one_does_not_take_connections(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda c: c.send(HELLO))
    client = connect(resolve=lambda *_: ("::1", "127.0.0.1"))
    operation = HttpRead(scheme="http", host="both.example", port=server.port, path="/x")
    assert client.observe(operation).data["body"] == "hello"


def test_a_name_that_is_not_found_is_told_in_the_resolvers_words(connect: Connect) -> None:
    def nowhere(*_: object) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(TargetUnreachableError, match="gone is not found: Name or service"):
        connect(resolve=nowhere, limits=SHORT).observe(
            HttpRead(scheme="http", host="gone", path="/x")
        )


def test_a_resolver_that_hangs_does_not_outlast_the_deadline(connect: Connect) -> None:
    release = threading.Event()

    def hang(*_: object) -> Sequence[str]:
        release.wait(10)
        return ()

    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError, match=r"no answer within 0\.6 s"):
        connect(resolve=hang, limits=SHORT).observe(HttpRead(scheme="http", host="slow", path="/x"))
    below(time.monotonic() - begin, 1.2)
    release.set()
