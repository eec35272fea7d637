"""Certificates: an answer until when they are valid, and nothing sent past a bad one."""

import os
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stanch.sandbox.web.authority import Authority
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations.http import HttpRead
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import HELLO, Connection, tls_context
from tests.time_bounds import below

DAY = 86_400
READ = HttpRead(host="app.example", path="/healthz")


def app(address: str, ca: Path) -> dict[str, Any]:
    return {"app": {"url": "https://app.example", "address": address, "ca": str(ca)}}


def stamp(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")


def test_a_valid_certificate_says_until_when(
    serve: Serve, connect: Connect, authority: Authority, ca: Path, tmp_path: Path
) -> None:
    issued = authority.issue(("app.example", "www.app.example"), begin=time.time() - DAY)
    server = serve(lambda c: c.send(HELLO), tls_context(issued, tmp_path))
    data = connect(endpoints=app(server.address, ca)).observe(READ).data
    assert (data["status_code"], data["tls_error"]) == (200, "")
    assert data["certificate_expires"] == stamp(issued.not_after)
    first = data["chain"][0]
    assert first["names"] == ["app.example", "www.app.example"]
    assert first["issuer"] == "CN=Practice Issuing Authority"
    assert server.seen[0].headers["host"] == "app.example"


@pytest.mark.parametrize("insecure", [False, True])
def test_an_expired_certificate_is_an_answer_and_nothing_is_sent(
    serve: Serve,
    connect: Connect,
    authority: Authority,
    ca: Path,
    tmp_path: Path,
    insecure: bool,
) -> None:
    ended = time.time() - 60
    issued = authority.issue(("app.example",), begin=ended - DAY, end=ended)
    server = serve(lambda c: c.send(HELLO), tls_context(issued, tmp_path))
    client = connect(endpoints=app(server.address, ca))
    outcome = client.observe(READ.model_copy(update={"insecure": insecure}))
    assert outcome.data["tls_error"] == "certificate has expired"
    assert outcome.data["certificate_expires"] == stamp(ended)
    assert outcome.data["status_code"] == 0
    assert outcome.text == f"no answer: certificate has expired (valid until {stamp(ended)})"
    assert server.seen == []


@pytest.mark.parametrize(
    ("names", "trusted", "why"),
    [
        (("other.example",), True, "ismatch"),
        (("app.example",), False, "unable to get local issuer certificate"),
    ],
)
def test_another_name_and_another_authority_are_answers_too(
    serve: Serve,
    connect: Connect,
    authority: Authority,
    ca: Path,
    tmp_path: Path,
    names: tuple[str, ...],
    trusted: bool,
    why: str,
) -> None:
    signer = authority if trusted else Authority()
    issued = signer.issue(names, begin=time.time() - DAY)
    server = serve(lambda c: c.send(HELLO), tls_context(issued, tmp_path))
    data = connect(endpoints=app(server.address, ca)).observe(READ).data
    assert why in data["tls_error"]
    assert data["certificate_expires"] == stamp(issued.not_after)
    assert data["chain"][0]["names"] == list(names)
    assert server.seen == []


def test_a_certificate_that_signs_itself_is_refused_by_the_authorities_of_the_system(
    serve: Serve, connect: Connect, authority: Authority, tmp_path: Path
) -> None:
    issued = authority.issue(("localhost",), begin=time.time() - DAY)
    server = serve(lambda c: c.send(HELLO), tls_context(issued, tmp_path))
    operation = HttpRead(host="localhost", port=server.port, path="/x")
    data = connect(resolve=lambda *_: ("127.0.0.1",)).observe(operation).data
    assert data["tls_error"]
    assert data["chain"][0]["names"] == ["localhost"]
    assert server.seen == []


def test_a_server_that_speaks_no_tls_is_unreachable(
    serve: Serve, connect: Connect, ca: Path
) -> None:
    server = serve(lambda c: c.send(b"220 mail ESMTP\r\n"))
    client = connect(endpoints=app(server.address, ca), limits=Limits(seconds=1.0))
    with pytest.raises(TargetUnreachableError, match="cannot be reached"):
        client.observe(READ)


def test_a_handshake_that_never_comes_ends_with_the_deadline(
    serve: Serve, connect: Connect, ca: Path
) -> None:
    server = serve(Connection.wait)
    client = connect(endpoints=app(server.address, ca), limits=Limits(seconds=0.6))
    begin = time.monotonic()
    with pytest.raises(TargetUnreachableError, match=r"no connection within 0\.6 s"):
        client.observe(READ)
    below(time.monotonic() - begin, 1.2)


def test_the_authorities_are_read_again_when_their_file_has_changed(
    serve: Serve, connect: Connect, authority: Authority, ca: Path, tmp_path: Path
) -> None:
    new = Authority()
    issued = new.issue(("app.example",), begin=time.time() - DAY)
    server = serve(lambda c: c.send(HELLO), tls_context(issued, tmp_path))
    client = connect(endpoints=app(server.address, ca))
    assert client.observe(READ).data["tls_error"]
    ca.write_bytes(authority.pem + new.pem)
    os.utime(ca, (time.time() + 5, time.time() + 5))
    assert client.observe(READ).data["status_code"] == 200


def test_only_modern_tls_is_spoken(
    serve: Serve, connect: Connect, authority: Authority, ca: Path, tmp_path: Path
) -> None:
    context = tls_context(authority.issue(("app.example",), begin=time.time() - DAY), tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = serve(lambda c: c.send(HELLO), context)
    assert connect(endpoints=app(server.address, ca)).observe(READ).data["status_code"] == 200
