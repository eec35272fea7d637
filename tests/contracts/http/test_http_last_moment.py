"""A change is not sent when its time is up, and no answer gives a credential away."""

import socket
import threading
from typing import Any

import pytest

from stanch.tools.clients.http.sending import Message, NotSentError, Sockets, exchange
from stanch.tools.clients.http.servers import Server as Place
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import OperationRefusedError
from stanch.tools.operations import HttpRead, SwitchFlag
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import Connection, Server, answer

TOKEN = "practice-token-of-the-flags"


def send(server: Server, deadline: Deadline, sockets: Sockets) -> Any:
    place = Place(
        endpoint="flags",
        scheme="http",
        host="flags.example",
        port=80,
        connect_host="127.0.0.1",
        connect_port=server.port,
    )
    message = Message(method="POST", target="/off")
    return exchange(
        message,
        place,
        "127.0.0.1",
        trust=None,
        deadline=deadline,
        sockets=sockets,
        most=1024,
    )


def good(connection: Connection) -> None:
    connection.send(answer(b"{}"))


def test_what_has_no_time_left_when_it_is_connected_is_not_sent(serve: Serve) -> None:
    class Late(Deadline):
        """A deadline that ends while the connection is made."""

        @property
        def left(self) -> float:
            return 5.0

    server = serve(good)
    with Late(0.005) as deadline, pytest.raises(NotSentError, match="no connection within"):
        send(server, deadline, Sockets())
    assert server.lines == []


def test_what_is_connected_after_the_client_was_closed_is_not_sent(serve: Serve) -> None:
    server, sockets = serve(good), Sockets()
    sockets.cut()
    with Deadline(5) as deadline, pytest.raises(NotSentError, match="was closed"):
        send(server, deadline, sockets)
    assert server.lines == []


def test_a_connection_that_comes_after_the_end_is_ended() -> None:
    ours, theirs = socket.socketpair()
    sockets = Sockets()
    sockets.cut()
    with ours, theirs:
        thread = threading.Thread(target=sockets.add, args=(ours,))
        thread.start()
        thread.join()
        theirs.settimeout(2)
        assert theirs.recv(1) == b""


def flags(server: Server) -> dict[str, Any]:
    url = "http://flags.example"
    return {
        "endpoints": {
            "flags": {
                "url": url,
                "address": server.address,
                "kind": "unleash",
                "credential": "flags",
            }
        },
        "credentials": {"flags": {"value": TOKEN, "scheme": "", "endpoints": ["flags"]}},
    }


def test_a_refusal_that_repeats_the_credential_is_told_without_it(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda one: one.send(answer(one.request, status="400 Bad Request")))
    change = SwitchFlag(endpoint="flags", environment="production", flag="search", enabled=False)
    with pytest.raises(OperationRefusedError) as caught:
        connect(**flags(server)).look(change)
    assert "[redacted]" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert server.seen[0].headers["authorization"] == TOKEN


def test_a_credential_goes_to_no_other_name_on_the_same_server(
    serve: Serve, connect: Connect
) -> None:
    server = serve(good)
    read = HttpRead(endpoint="flags", headers=(("Host", "other.example"),))
    with pytest.raises(OperationRefusedError, match=r"under the name other\.example"):
        connect(**flags(server)).observe(read)
    assert server.lines == []


def test_a_name_in_the_header_takes_the_place_of_the_servers_own(
    serve: Serve, connect: Connect
) -> None:
    server = serve(good)
    tables = {"endpoints": {"edge": {"url": "http://edge.example", "address": server.address}}}
    read = HttpRead(endpoint="edge", headers=(("Host", "shop.example"),))
    assert connect(**tables).observe(read).data["status_code"] == 200
    assert server.seen[0].headers["host"] == "shop.example"
