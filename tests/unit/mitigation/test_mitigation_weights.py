"""A request to a load balancer becomes an exact weight with its way back (MIT-09)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.tools.operations import HttpIntent, HttpRead, SetWeight

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
SERVERS = "/v3/services/haproxy/runtime/backends/storefront/servers"


def gateway(name: str, weight: Any = 100, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "address": f"10.0.0.{len(name)}",
        "port": 8443,
        "admin_state": "ready",
        "operational_state": "up",
        "weight": weight,
        **more,
    }


def drain(**more: Any) -> HttpIntent:
    fields = {"method": "PUT", "host": "lb.example", "path": f"{SERVERS}/gw-1"}
    return HttpIntent.model_validate({**fields, "body": '{"weight": 0}', **more})


def seen(*servers: Any, status: int = 200, tls: str = "") -> dict[str, Any]:
    return {"target": {"status_code": status, "json": list(servers), "tls_error": tls}}


def plan(intent: HttpIntent, look: dict[str, Any]) -> Any:
    strategy = strategy_for(intent)
    assert strategy is not None
    return strategy.plan(intent, look, now=NOW)


def test_the_line_of_a_runbook_becomes_a_weight() -> None:
    command = (
        'curl -sS -X PUT -u "stanch:$BALANCER_PASSWORD" -H "Content-Type: application/json" '
        f"-d '{{\"weight\": 0}}' https://lb.example{SERVERS}/gw-1"
    )
    template = command_template(command, {})
    intent = HttpIntent.model_validate(fill(template.fields, {}))
    strategy = strategy_for(intent)
    assert strategy is not None
    look = strategy.looks(intent)["target"]
    assert isinstance(look, HttpRead)
    assert (look.method, look.path, look.credential) == ("GET", SERVERS, "BALANCER_PASSWORD")
    made = plan(intent, seen(gateway("gw-1"), gateway("gw-2")))
    assert made.operation == SetWeight(
        endpoint="lb.example", backend="storefront", server="gw-1", weight=0, from_weight=100
    )
    assert (made.inverse.weight, made.inverse.from_weight) == (100, 0)
    assert made.touches[0] == ("gw-1 gets 0% of the new requests to storefront, where it got 50%")
    assert made.touches[1] == "the others that serve take the rest: gw-2"
    assert strategy.foretold(made.operation, made.observed) == {**made.observed, "weight": 0}


@pytest.mark.parametrize(
    "other",
    [
        gateway("gw-2", 0),
        gateway("gw-2", admin_state="maint"),
        gateway("gw-2", operational_state="down"),
        "no server",
    ],
)
def test_the_last_server_that_serves_is_not_taken_out(other: Any) -> None:
    with pytest.raises(CannotPlanError, match="gw-1 is the last server of storefront that serves"):
        plan(drain(), seen(gateway("gw-1"), other))


def test_the_last_server_may_still_get_less() -> None:
    made = plan(drain(body='{"weight": 10}'), seen(gateway("gw-1")))
    assert made.operation.weight == 10
    assert made.touches[0].startswith("gw-1 gets 100%")


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (seen(gateway("gw-2")), "has no server gw-1"),
        (seen(gateway("gw-1", 0), gateway("gw-2")), "is 0 already"),
        (seen(gateway("gw-1", None), gateway("gw-2")), "does not say the weight"),
        (seen(gateway("gw-1", 999), gateway("gw-2")), "does not say the weight"),
        (seen(status=404), "no such backend"),
        (seen(status=503), "it answered 503"),
        (seen(tls="certificate has expired"), "certificate has expired"),
        ({"target": {"status_code": 200, "json": {}}}, "it answered 200"),
    ],
)
def test_a_weight_that_cannot_be_set_is_told_why(look: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(drain(), look)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"body": None}, "names no weight"),
        ({"body": "{"}, "names no weight"),
        ({"body": "[0]"}, "names no weight"),
        ({"body": '{"weight": true}'}, "names no weight"),
        ({"body": '{"weight": 257}'}, "names no weight"),
        ({"body": '{"weight": -1}'}, "names no weight"),
        ({"body": '{"weight": 0, "admin_state": "maint"}'}, "more than the weight"),
        ({"path": f"{SERVERS}/gw%2F1"}, "does not set a weight"),
        ({"path": SERVERS}, "a person can run"),
        ({"method": "PATCH"}, "a person can run"),
        ({"port": 5555}, r"under \[endpoints\]"),
    ],
)
def test_another_request_is_left_to_people(more: dict[str, Any], why: str) -> None:
    intent = drain(**more)
    with pytest.raises(CannotPlanError, match=why):
        plan(intent, seen(gateway("gw-1"), gateway("gw-2")))


def test_a_backend_may_be_called_like_an_act() -> None:
    intent = drain(path=f"{SERVERS.replace('storefront', 'checkout')}/gw-1")
    strategy = strategy_for(intent)
    assert strategy is not None
    [look] = strategy.looks(intent).values()
    assert "checkout" in look.as_text()


@given(before=st.integers(0, 256), after=st.integers(0, 256), rest=st.integers(1, 256))
def test_the_way_back_begins_where_the_change_ends(before: int, after: int, rest: int) -> None:
    intent = drain(body=f'{{"weight": {after}}}')
    look = seen(gateway("gw-1", before), gateway("gw-2", rest))
    if before == after:
        with pytest.raises(CannotPlanError, match="already"):
            plan(intent, look)
        return
    made = plan(intent, look)
    assert (made.operation.from_weight, made.operation.weight) == (before, after)
    assert (made.inverse.from_weight, made.inverse.weight) == (after, before)
