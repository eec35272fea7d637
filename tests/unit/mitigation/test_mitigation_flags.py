"""A request to Unleash becomes an exact switch with its way back (MIT-04, MIT-10, DF-18)."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.mitigation import CannotPlanError, strategy_for
from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.tools.operations import HttpIntent, HttpRead, SwitchFlag

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
BASE = "/api/admin/projects/default/features/new-search"
PLACE = f"{BASE}/environments/production"
FEATURE: dict[str, Any] = {
    "name": "new-search",
    "createdAt": "2026-11-12T02:10:50.723Z",
    "archived": False,
    "environments": [
        {"name": "development", "enabled": False},
        {"name": "production", "enabled": True},
    ],
}


def asked(command: str) -> HttpIntent:
    template = command_template(command, {})
    assert template.kind == "intent.http"
    return HttpIntent.model_validate(fill(template.fields, {}))


def switch(to: str = "off", **more: Any) -> HttpIntent:
    fields = {"method": "POST", "host": "flags.shop.example", "path": f"{PLACE}/{to}", **more}
    return HttpIntent.model_validate(fields)


def seen(body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    return {"target": {"status_code": status, "json": body, "tls_error": "", **more}}


def plan(intent: HttpIntent, look: dict[str, Any]) -> Any:
    strategy = strategy_for(intent)
    assert strategy is not None
    return strategy.plan(intent, look, now=NOW)


def test_the_line_of_a_runbook_becomes_a_switch() -> None:
    intent = asked(
        f'curl -sS -X POST -H "Authorization: $UNLEASH_TOKEN" https://flags.shop.example{PLACE}/off'
    )
    strategy = strategy_for(intent)
    assert strategy is not None
    [(name, look)] = strategy.looks(intent).items()
    assert name == "target"
    assert isinstance(look, HttpRead)
    assert (look.host, look.path) == ("flags.shop.example", BASE)
    assert look.credential == "UNLEASH_TOKEN"
    made = plan(intent, seen(FEATURE))
    assert made.operation == SwitchFlag(
        endpoint="flags.shop.example", environment="production", flag="new-search", enabled=False
    )
    assert made.inverse == made.operation.model_copy(update={"enabled": True})
    assert made.title == "Switch off the flag new-search in production"
    assert made.inverse_note == "switches the flag on again"
    assert made.observed["enabled"] is True
    assert strategy.foretold(made.operation, made.observed) == {**made.observed, "enabled": False}


def test_switching_on_is_the_other_way() -> None:
    feature = copy.deepcopy(FEATURE)
    feature["environments"][1]["enabled"] = False
    made = plan(switch("on"), seen(feature))
    assert (made.operation.enabled, made.inverse.enabled) == (True, False)


def test_an_endpoint_is_named_where_the_intent_names_one() -> None:
    made = plan(switch(host="", endpoint="flags"), seen(FEATURE))
    assert made.operation.endpoint == "flags"


def test_a_flag_that_is_called_like_an_act_is_found_in_the_list() -> None:
    path = "/api/admin/projects/default/features/delete-account/environments/production/off"
    intent = switch(path=path)
    strategy = strategy_for(intent)
    assert strategy is not None
    look = strategy.looks(intent)["target"]
    assert isinstance(look, HttpRead)
    assert look.path == "/api/admin/projects/default/features"
    feature = {**FEATURE, "name": "delete-account"}
    made = plan(intent, seen({"version": 2, "features": [FEATURE, feature]}))
    assert made.operation.flag == "delete-account"
    assert made.observed["flag"] == "delete-account"
    with pytest.raises(CannotPlanError, match="there is no flag delete-account"):
        plan(intent, seen({"version": 2, "features": [FEATURE]}))


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (seen({}, 404), "there is no flag new-search"),
        (seen({}, 401), "the server answered 401"),
        (seen(None), "the server answered 200"),
        (seen(None, 0, tls_error="certificate has expired"), "certificate has expired"),
        (seen({**FEATURE, "environments": []}), "has no environment production"),
        (seen({**FEATURE, "archived": True}), "is archived"),
        (seen({**FEATURE, "environments": [{"name": "production"}]}), "is off in production"),
        (seen({**FEATURE, "environments": "production"}), "has no environment"),
    ],
)
def test_a_flag_that_cannot_be_switched_is_told_why(look: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(switch(), look)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"path": f"{PLACE}/sideways"}, "a person can run"),
        ({"path": f"/unleash{PLACE}/off"}, "a person can run"),
        ({"method": "PUT"}, "a person can run"),
        ({"path": "/restart"}, "a person can run"),
        ({"query": (("force", "1"),)}, "no query and no body"),
        ({"body": '{"enabled": false}'}, "no query and no body"),
        ({"port": 8443}, r"under \[endpoints\]"),
        ({"path": PLACE.replace("new-search", "new%2Fsearch") + "/off"}, "is escaped"),
    ],
)
def test_another_request_is_left_to_people(more: dict[str, Any], why: str) -> None:
    intent = switch(**more)
    with pytest.raises(CannotPlanError, match=why):
        plan(intent, seen(FEATURE))


@given(
    flag=st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}", fullmatch=True),
    to=st.sampled_from(["on", "off"]),
)
def test_an_exact_switch_never_names_another_flag(flag: str, to: str) -> None:
    path = f"/api/admin/projects/default/features/{flag}/environments/production/{to}"
    feature = {
        **FEATURE,
        "name": flag,
        "environments": [{"name": "production", "enabled": to == "off"}],
    }
    made = plan(switch(path=path), seen({"features": [FEATURE, feature]}))
    assert (made.operation.flag, made.operation.enabled) == (flag, to == "on")
    assert made.inverse.enabled is made.observed["enabled"]
