"""What a probe brings back: status, headers, body, time; never more than the cap."""

import gzip
import json
import zlib

import pytest

from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.http import HttpRead
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import HELLO, Connection, answer
from tests.time_bounds import below


def read(port: int, path: str = "/healthz", **fields: object) -> HttpRead:
    return HttpRead.model_validate(
        {"scheme": "http", "host": "127.0.0.1", "port": port, "path": path, **fields}
    )


def test_an_answer_is_told_in_full(serve: Serve, connect: Connect) -> None:
    body = json.dumps({"status": "ok", "items": [1, 2.5, None]}).encode()
    server = serve(lambda c: c.send(answer(body, "200 OK", "X-Build: 7")))
    outcome = connect().observe(read(server.port, "/healthz", query=[("full", "1")]))
    data = outcome.data
    assert data["status_code"] == 200
    assert data["json"] == {"status": "ok", "items": [1, 2.5, None]}
    assert data["body"] == body.decode()
    assert data["headers"]["x-build"] == "7"
    assert 0 < data["seconds"] <= outcome.duration
    assert (data["tls_error"], data["certificate_expires"], data["chain"]) == ("", None, [])
    assert server.lines == ["GET /healthz?full=1 HTTP/1.1"]
    assert server.seen[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert outcome.text.startswith("status 200 after ")


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "404 Nope", "429 Slow down"])
def test_any_status_is_an_answer_and_is_asked_once(
    serve: Serve, connect: Connect, status: str
) -> None:
    extra = ("Retry-After: 3600", "Location: /elsewhere")
    body = b"" if status.startswith("204") else b"{}"
    raw = answer(body, status, *extra)
    server = serve(lambda c: c.send(raw))
    data = connect().observe(read(server.port)).data
    assert data["status_code"] == int(status[:3])
    assert data["headers"]["retry-after"] == "3600"
    assert server.connections == 1


def test_the_old_protocol_and_a_close_without_a_length_are_understood(
    serve: Serve, connect: Connect
) -> None:
    def old(connection: Connection) -> None:
        connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")
        connection.half_close()

    data = connect().observe(read(serve(old).port)).data
    assert (data["status_code"], data["body"], data["http_version"]) == (200, "old", "HTTP/1.0")


def test_a_body_beyond_the_cap_is_cut_and_the_connection_let_go(
    serve: Serve, connect: Connect
) -> None:
    sent = []

    def endless(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1500):
            connection.send(b"x" * 65536)
            sent.append(65536)

    limits = Limits(seconds=5.0, bytes=100_000)
    outcome = connect(limits=limits).observe(read(serve(endless).port))
    assert outcome.truncated
    assert outcome.data["json"] is None
    assert len(json.dumps(outcome.data)) <= 101_000
    below(outcome.duration, 3)


@pytest.mark.parametrize("layers", [1, 2, 5])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_bomb_is_cut_like_any_other_body(
    serve: Serve, connect: Connect, layers: int, coding: str
) -> None:
    squeeze = gzip.compress if coding == "gzip" else zlib.compress
    body = b"0" * 20_000_000
    for _ in range(layers):
        body = squeeze(body)
    raw = answer(body, "200 OK", f"Content-Encoding: {', '.join([coding] * layers)}")
    server = serve(lambda c: c.send(raw))
    outcome = connect(limits=Limits(seconds=5.0, bytes=50_000)).observe(read(server.port))
    assert outcome.truncated
    assert len(outcome.data["body"]) <= 50_000


def test_more_layers_than_anybody_needs_are_no_answer(serve: Serve, connect: Connect) -> None:
    raw = answer(b"x", "200 OK", f"Content-Encoding: {', '.join(['gzip'] * 9)}")
    server = serve(lambda c: c.send(raw))
    with pytest.raises(TargetUnreachableError, match="broke off"):
        connect().observe(read(server.port))
    assert server.connections == 1


def test_a_body_that_is_no_text_is_marked_and_kept_short(serve: Serve, connect: Connect) -> None:
    raw = answer(b"\x00\xff\xfe{}", kind="application/octet-stream")
    data = connect().observe(read(serve(lambda c: c.send(raw)).port)).data
    assert data["binary"] is True
    assert data["json"] is None


def test_text_in_another_charset_is_read_as_that(serve: Serve, connect: Connect) -> None:
    raw = answer("größer".encode("latin-1"), kind="text/plain; charset=ISO-8859-1")
    assert connect().observe(read(serve(lambda c: c.send(raw)).port)).data["body"] == "größer"


@pytest.mark.parametrize("body", [b"[" * 200_000, b"{", b"NaN", b'{"a": NaN}', b"1" * 9000])
def test_what_only_looks_like_json_has_no_value(
    serve: Serve, connect: Connect, body: bytes
) -> None:
    raw = answer(body)
    outcome = connect().observe(read(serve(lambda c: c.send(raw)).port))
    assert outcome.data["status_code"] == 200
    assert outcome.data["json"] is None


def test_credentials_in_headers_and_bodies_are_masked(serve: Serve, connect: Connect) -> None:
    secret = "s3cr3t-of-the-practice"
    body = json.dumps({"you_sent": secret, "list": [f"Bearer {secret}"]}).encode()
    raw = answer(body, "200 OK", "Set-Cookie: sid=abc", f"X-Echo: {secret}", "X-Api-Key: 123")
    server = serve(lambda c: c.send(raw))
    client = connect(
        endpoints={
            "app": {"url": "http://app.example", "address": server.address, "credential": "app"}
        },
        credentials={"app": {"value": secret, "endpoints": ["app"]}},
    )
    outcome = client.observe(HttpRead(endpoint="app", path="/info"))
    assert server.seen[0].headers["authorization"] == f"Bearer {secret}"
    assert secret not in json.dumps(outcome.data)
    assert secret not in outcome.text
    headers = outcome.data["headers"]
    assert {headers["set-cookie"], headers["x-api-key"]} == {"[redacted]"}
    assert outcome.data["json"]["you_sent"] == "[redacted]"


def test_a_query_of_a_metrics_server_goes_as_it_is_written(serve: Serve, connect: Connect) -> None:
    server = serve(lambda c: c.send(HELLO))
    operation = read(
        server.port,
        "/api/v1/query",
        method="POST",
        body="query=up",
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
    )
    connect().observe(operation)
    assert server.lines == ["POST /api/v1/query HTTP/1.1"]
    assert server.seen[0].body == b"query=up"
    assert server.seen[0].headers["content-type"] == "application/x-www-form-urlencoded"
