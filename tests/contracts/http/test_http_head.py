"""HEAD is not known everywhere; then status and time come from a GET (DF-17)."""

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.tools.operations.http import HttpRead
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import Connection, answer


def head(port: int, path: str = "/health") -> HttpRead:
    template = command_template(f"curl -sI http://127.0.0.1:{port}{path}", {})
    return HttpRead.model_validate(fill(template.fields, {}))


@pytest.mark.parametrize("status", ["405 Method Not Allowed", "501 Not Implemented"])
def test_a_server_without_head_is_asked_by_get_and_its_body_left_out(
    serve: Serve, connect: Connect, status: str
) -> None:
    def rule(connection: Connection) -> None:
        known = connection.line.startswith("GET")
        connection.send(answer(b"x" * 500_000 if known else b"", "200 OK" if known else status))

    server = serve(rule)
    outcome = connect(limits=Limits(seconds=2.0, bytes=1000)).observe(head(server.port))
    assert [line.split()[0] for line in server.lines] == ["HEAD", "GET"]
    assert (outcome.data["status_code"], outcome.data["body"]) == (200, "")
    assert outcome.data["seconds"] >= 0
    assert not outcome.truncated
    assert outcome.text.endswith("(asked by GET: HEAD is not known there)")


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "503 Away", "403 Forbidden"])
def test_any_other_answer_to_head_is_the_answer(
    serve: Serve, connect: Connect, status: str
) -> None:
    server = serve(lambda connection: connection.send(answer(b"", status)))
    outcome = connect().observe(head(server.port))
    assert outcome.data["status_code"] == int(status[:3])
    assert [line.split()[0] for line in server.lines] == ["HEAD"]
    assert "GET" not in outcome.text


def test_a_get_that_is_refused_too_is_told_as_it_is(serve: Serve, connect: Connect) -> None:
    server = serve(lambda c: c.send(answer(b"", "405 Method Not Allowed")))
    outcome = connect().observe(head(server.port))
    assert outcome.data["status_code"] == 405
    assert len(server.lines) == 2
