"""A configured call is sent once, bound to a version and marked; a doubt stays a doubt."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from stanch.mitigation.requests import Requests
from stanch.tools.clients.http import HttpClient
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import HttpIntent, LookAtCall, MakeCall
from stanch.tools.outcome import Limits
from tests.contracts.http.conftest import Connect, Serve
from tests.contracts.http.http_servers import Connection, Server, answer
from tests.unit.mitigation.test_mitigation_flags import NOW

CALL = {
    "does": "lets <tenant> ask <rate> times a second",
    "method": "PUT",
    "path": "/limits/<tenant>",
    "body": '{"limit": {"rate": "<rate>"}}',
    "arguments": {
        "tenant": {"type": "name"},
        "rate": {"type": "integer", "least": 1, "most": 100},
    },
    "read": {"path": "/limits/<tenant>", "facts": {"rate": "/limit/rate"}},
    "sets": {"rate": "<rate>"},
    "inverse": "restore",
    "precondition": "etag",
}


@dataclass(slots=True)
class Limiter:
    """One limit with an ETag; `trouble` may answer in place of a change."""

    rate: int = 50
    etag: str = '"v1"'
    gone: bool = False
    trouble: Callable[[Connection], None] | None = None
    changes: list[Connection] = field(default_factory=list)

    def __call__(self, connection: Connection) -> None:
        if connection.line.startswith("GET"):
            if self.gone:
                connection.send(answer(b"{}", "404 Not Found"))
                return
            body = json.dumps({"limit": {"rate": self.rate}}).encode()
            connection.send(answer(body, "200 OK", f"ETag: {self.etag}"))
            return
        self.changes.append(connection)
        (self.trouble or self.change)(connection)

    def change(self, connection: Connection) -> None:
        self.rate = json.loads(connection.body)["limit"]["rate"]
        self.etag = '"v2"'
        connection.send(answer(b"{}"))

    def change_and_break(self, connection: Connection) -> None:
        self.rate = json.loads(connection.body)["limit"]["rate"]
        connection.reset()


Scene = tuple[Limiter, Server, HttpClient]


@pytest.fixture
def scene(serve: Serve, connect: Connect) -> Scene:
    limiter = Limiter()
    server = serve(limiter)
    client = connect(
        limits=Limits(seconds=1.0),
        endpoints={
            "gate": {
                "url": "http://gate.example/api",
                "address": server.address,
                "calls": {"limit": CALL},
                "credential": "gate",
            }
        },
        credentials={"gate": {"value": "practice-token", "endpoints": ["gate"]}},
    )
    return limiter, server, client


def planned(client: HttpClient, **more: Any) -> tuple[MakeCall, dict[str, Any]]:
    fields = {
        "method": "PUT",
        "scheme": "http",
        "host": "gate.example",
        "path": "/api/limits/acme",
        "body": '{"limit": {"rate": 9}}',
        **more,
    }
    intent = HttpIntent.model_validate(fields)
    requests = Requests()
    look = requests.looks(intent)["target"]
    assert isinstance(look, LookAtCall)
    seen = {"target": client.observe(look).data}
    plan = requests.plan(intent, seen, now=NOW)
    assert isinstance(plan.operation, MakeCall)
    return plan.operation, plan.observed


def test_the_request_is_bound_to_a_version_and_carries_the_mark(scene: Scene) -> None:
    limiter, _, client = scene
    change, observed = planned(client)
    assert observed == {"present": True, "rate": 50, "version": '"v1"'}
    client.apply(change, key="INC-7:P-2:abc", observed=observed)
    [sent] = limiter.changes
    assert sent.line == "PUT /api/limits/acme HTTP/1.1"
    assert json.loads(sent.body) == {"limit": {"rate": 9}}
    assert sent.headers["if-match"] == '"v1"'
    assert sent.headers["idempotency-key"] == "INC-7:P-2:abc"
    assert sent.headers["x-request-id"] == "INC-7:P-2:abc"
    assert sent.headers["authorization"] == "Bearer practice-token"
    assert client.probe(change, key="k") is True


def test_an_endpoint_may_be_named_in_place_of_its_host(scene: Scene) -> None:
    _, _, client = scene
    change, _ = planned(client, host="", endpoint="gate", path="/limits/acme", scheme="https")
    assert (change.endpoint, change.path) == ("gate", "/limits/acme")


def test_a_value_stays_in_its_place_whatever_it_holds(scene: Scene) -> None:
    limiter, server, client = scene
    with pytest.raises(Exception, match=r"does not fit \[A-Za-z0-9\]"):
        planned(client, path="/api/limits/a%2Fb")
    with pytest.raises(Exception, match="the settings have no such call"):
        planned(client, path="/api/limits/acme/more")
    with pytest.raises(Exception, match="the settings have no such call"):
        planned(client, path="/other/limits/acme")
    assert server.connections == 0
    assert limiter.changes == []


@pytest.mark.parametrize("way", [Connection.reset, Connection.half_close, Connection.wait])
def test_a_lost_answer_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    scene: Scene, way: Callable[[Connection], None]
) -> None:
    limiter, _, client = scene
    change, observed = planned(client)
    limiter.trouble = way
    with pytest.raises(OutcomeUnknownError, match="was sent"):
        client.apply(change, key="k", observed=observed)
    assert len(limiter.changes) == 1
    assert client.probe(change, key="k") is False


def test_a_call_whose_answer_is_lost_is_found_by_what_it_did(scene: Scene) -> None:
    limiter, _, client = scene
    change, observed = planned(client)
    limiter.trouble = limiter.change_and_break
    with pytest.raises(OutcomeUnknownError):
        client.apply(change, key="k", observed=observed)
    assert len(limiter.changes) == 1
    assert client.probe(change, key="k") is True


@pytest.mark.parametrize(
    ("status", "error", "why"),
    [
        ("403 Forbidden", OperationRefusedError, "lacks the right"),
        ("409 Conflict", PreconditionFailedError, "Somebody else"),
        ("412 Precondition Failed", PreconditionFailedError, "Somebody else"),
        ("422 Unprocessable", OperationRefusedError, "422"),
        ("429 Too Many", OperationRefusedError, "429"),
        ("502 Bad Gateway", OutcomeUnknownError, "is not known"),
    ],
)
def test_a_no_is_a_no_and_a_doubt_is_a_doubt(
    scene: Scene, status: str, error: type[ToolError], why: str
) -> None:
    limiter, _, client = scene
    change, observed = planned(client)
    limiter.trouble = lambda connection: connection.send(answer(b"{}", status))
    with pytest.raises(error, match=why):
        client.apply(change, key="k", observed=observed)
    assert (len(limiter.changes), limiter.rate) == (1, 50)


@pytest.mark.parametrize(
    ("field_name", "value", "why"),
    [
        ("rate", 51, "rate was 50 and is 51"),
        ("etag", '"v9"', "version was"),
        ("gone", True, "it is gone"),
    ],
)
def test_what_is_not_as_it_was_seen_is_left_alone(
    scene: Scene, field_name: str, value: Any, why: str
) -> None:
    limiter, _, client = scene
    change, observed = planned(client)
    setattr(limiter, field_name, value)
    with pytest.raises(PreconditionFailedError, match=why):
        client.apply(change, key="k", observed=observed)
    assert limiter.changes == []


@pytest.mark.parametrize("etag", ['W/"v1"', '""', "v1", ""])
def test_a_version_that_binds_nothing_is_no_version(scene: Scene, etag: str) -> None:
    limiter, _, client = scene
    limiter.etag = etag
    change, observed = planned(client)
    assert "no strong ETag" in client.preview(change, key="k").note
    with pytest.raises(PreconditionFailedError, match="no strong ETag"):
        client.apply(change, key="k", observed=observed)
    assert limiter.changes == []


def test_a_server_that_cannot_be_reached_was_sent_nothing(scene: Scene) -> None:
    limiter, server, client = scene
    change, observed = planned(client)
    server.close()
    with pytest.raises(TargetUnreachableError) as raised:
        client.apply(change, key="k", observed=observed)
    assert not raised.value.may_have_run
    assert limiter.changes == []


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"[]", "200 OK", TargetUnreachableError),
        (b"{", "200 OK", TargetUnreachableError),
        (b"{}", "500 Oops", TargetUnreachableError),
        (b"{}", "404 Not Found", TargetUnreachableError),
        (b"{}", "401 Unauthorized", OperationRefusedError),
    ],
)
def test_what_cannot_be_read_is_not_planned(
    scene: Scene, body: bytes, status: str, error: type[ToolError]
) -> None:
    _, server, client = scene
    server.rule = lambda connection: connection.send(answer(body, status))
    with pytest.raises(error):
        planned(client)
