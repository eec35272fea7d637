"""Which server an operation leads to, which credential goes with it, and where it may point."""

import base64
from typing import Any

import pytest

from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http import HttpRead
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import HELLO, Connection, answer

SECRET = "practice-secret-1"


def app(address: str, **more: Any) -> dict[str, Any]:
    endpoint = {"url": "http://app.example/base", "address": address, "credential": "app", **more}
    return {
        "endpoints": {"app": endpoint},
        "credentials": {"app": {"value": SECRET, "endpoints": ["app"]}},
    }


@pytest.mark.parametrize(
    ("operation", "line", "credential"),
    [
        ({"endpoint": "app", "path": "/x"}, "GET /base/x HTTP/1.1", True),
        ({"host": "app.example", "path": "/base/x"}, "GET /base/x HTTP/1.1", True),
        ({"host": "APP.example", "path": "/base/x"}, "GET /base/x HTTP/1.1", True),
        ({"host": "app.example", "path": "/base"}, "GET /base HTTP/1.1", True),
        ({"host": "app.example", "path": "/based"}, "GET /based HTTP/1.1", False),
        ({"host": "app.example", "path": "/other"}, "GET /other HTTP/1.1", False),
    ],
)
def test_an_endpoint_is_found_by_its_name_and_by_its_host(
    serve: Serve, connect: Connect, operation: dict[str, Any], line: str, credential: bool
) -> None:
    server = serve(lambda c: c.send(HELLO))
    client = connect(**app(server.address))
    client.observe(HttpRead.model_validate({"scheme": "http", **operation}))
    assert server.lines == [line]
    assert server.seen[0].headers["host"] == "app.example"
    assert ("authorization" in server.seen[0].headers) is credential


@pytest.mark.parametrize("other", [{"port": 8080}, {"scheme": "https"}])
def test_another_port_or_protocol_of_the_host_is_not_the_endpoint(
    serve: Serve, connect: Connect, other: dict[str, Any]
) -> None:
    server = serve(lambda c: c.send(HELLO))
    client = connect(**app(server.address), resolve=lambda *_: ("127.0.0.1",))
    operation = {"scheme": "http", "host": "app.example", "path": "/base/x", **other}
    with pytest.raises(TargetUnreachableError):
        client.observe(HttpRead.model_validate(operation))
    assert server.connections == 0


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({}, "authorization", f"Bearer {SECRET}"),
        ({"scheme": ""}, "authorization", SECRET),
        ({"header": "X-Token", "scheme": ""}, "x-token", SECRET),
        (
            {"scheme": "Basic"},
            "authorization",
            "Basic " + base64.b64encode(SECRET.encode()).decode(),
        ),
    ],
)
def test_a_credential_is_sent_as_its_table_says(
    serve: Serve, connect: Connect, settings: dict[str, str], header: str, value: str
) -> None:
    server = serve(lambda c: c.send(answer(c.request.partition(b"\r\n\r\n")[0])))
    tables = app(server.address)
    tables["credentials"]["app"] |= settings
    outcome = connect(**tables).observe(HttpRead(endpoint="app", path="/x"))
    assert server.seen[0].headers[header] == value
    assert value.rpartition(" ")[2] not in str(outcome.data)


@pytest.mark.parametrize("named", ["app", "UNLEASH_TOKEN", "default"])
def test_a_named_credential_is_the_one_configured_or_the_endpoints_own(
    serve: Serve, connect: Connect, named: str
) -> None:
    server = serve(lambda c: c.send(HELLO))
    connect(**app(server.address)).observe(HttpRead(endpoint="app", path="/x", credential=named))
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_credential_goes_to_no_server_that_its_table_does_not_list(
    serve: Serve, connect: Connect
) -> None:
    server = serve(lambda c: c.send(HELLO))
    tables = app(server.address)
    tables["credentials"]["app"]["endpoints"] = ["another"]
    with pytest.raises(OperationRefusedError, match=r"may not be sent to http://app\.example"):
        connect(**tables).observe(HttpRead(endpoint="app", path="/x"))
    operation = HttpRead(
        scheme="http", host="127.0.0.1", port=server.port, path="/x", credential="app"
    )
    with pytest.raises(OperationRefusedError, match="may not be sent"):
        connect(**tables).observe(operation)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("tables", "operation", "why"),
    [
        ({}, {"endpoint": "nope"}, r"add \[endpoints.nope\]"),
        ({}, {"host": "127.0.0.1", "credential": "TOKEN"}, "no credential is configured"),
        (
            {"endpoints": {"a": {"url": "http://a", "credential": "gone"}}},
            {"endpoint": "a"},
            r"add \[credentials.gone\]",
        ),
        (
            {"endpoints": {"a": {"url": "https://a", "ca": "/nowhere/ca.crt"}}},
            {"endpoint": "a"},
            "/nowhere/ca.crt cannot be read",
        ),
        (
            {"endpoints": {"a": {"url": "http://a", "address": "a:99999"}}},
            {"endpoint": "a"},
            "no such port",
        ),
        ({"endpoints": {"a": {"url": "http://a:99999"}}}, {"endpoint": "a"}, "is wrong"),
        (
            {
                "endpoints": {"a": {"url": "http://a", "credential": "c"}},
                "credentials": {"c": {"value": "two\nlines", "endpoints": ["a"]}},
            },
            {"endpoint": "a"},
            "cannot stand in a header",
        ),
    ],
)
def test_a_setting_that_does_not_do_is_named(
    connect: Connect, tables: dict[str, Any], operation: dict[str, str], why: str
) -> None:
    client = connect(**tables, resolve=lambda *_: ("127.0.0.1",))
    with pytest.raises(TargetUnreachableError, match=why) as raised:
        client.observe(HttpRead.model_validate({"path": "/x", **operation}))
    assert "two\nlines" not in str(raised.value)


def pointing(to: str, status: str = "302 Found") -> Any:
    def rule(connection: Connection) -> None:
        if connection.line.startswith("GET /base/first"):
            connection.send(answer(b"", status, f"Location: {to}"))
        else:
            connection.send(HELLO)

    return rule


START = {"endpoint": "app", "path": "/first"}


@pytest.mark.parametrize(
    "to", ["/base/end", "http://app.example/base/end", "end", "//app.example/base/end"]
)
def test_a_pointer_to_the_same_endpoint_is_followed_where_that_is_asked_for(
    serve: Serve, connect: Connect, to: str
) -> None:
    server = serve(pointing(to))
    client = connect(**app(server.address))
    assert client.observe(HttpRead.model_validate(START)).data["status_code"] == 302
    followed = client.observe(HttpRead.model_validate({**START, "follow": True}))
    assert followed.data["body"] == "hello"
    assert server.lines[-1] == "GET /base/end HTTP/1.1"
    assert server.seen[-1].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "to",
    [
        *("http://evil.example/base/end", "https://app.example/base/end", "//evil.example/x"),
        *("http://app.example:81/base/end", "/outside", "/based/x", "http://app.example@evil/x"),
        *("http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://[::1/x"),
        *(
            "/base/../outside",
            "/base/admin/shutdown",
            "/base/end?token=abc",
            "http://app.example:x/",
        ),
    ],
)
def test_a_pointer_to_anywhere_else_is_refused_in_words(
    serve: Serve, connect: Connect, to: str
) -> None:
    server = serve(pointing(to))
    client = connect(**app(server.address))
    with pytest.raises(OperationRefusedError, match="points to"):
        client.observe(HttpRead.model_validate({**START, "follow": True}))
    assert server.connections == 1


def test_a_circle_of_pointers_ends(serve: Serve, connect: Connect) -> None:
    server = serve(pointing("/base/first"))
    client = connect(**app(server.address))
    with pytest.raises(OperationRefusedError, match="more than 5 times"):
        client.observe(HttpRead.model_validate({**START, "follow": True}))
    assert server.connections == 6
