"""What a look at a configured call becomes: one exact call, with its way back (MIT-14, MIT-15)."""

from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.settings.calls import CallSettings
from stanch.tools.operations import Effect, HttpIntent, LookAtCall, MakeCall
from tests.unit.http.test_http_call_settings import BLOCK, LIMIT, UNBLOCK, changed
from tests.unit.mitigation.test_mitigation_flags import NOW

PUT = HttpIntent(method="PUT", host="edge.example", path="/limits/acme", body='{"rate": 3}')


def look(
    table: dict[str, Any], arguments: dict[str, Any], facts: dict[str, Any], **more: Any
) -> dict[str, Any]:
    data = {
        "endpoint": "edge",
        "call": "mine",
        "why": "",
        "definition": CallSettings.model_validate(table).model_dump(mode="json"),
        "inverses": {},
        "arguments": arguments,
        "facts": facts,
        **more,
    }
    return {"target": data}


def plan(seen: dict[str, Any]) -> tuple[Plan, MakeCall]:
    strategy = strategy_for(PUT)
    assert strategy is not None
    made = strategy.plan(PUT, seen, now=NOW)
    assert isinstance(made.operation, MakeCall)
    return made, made.operation


ACME = {"tenant": "acme", "rate": 3}
FIVE = {"present": True, "rate": 5}
ADDRESS = {"network": "198.51.100.7/32"}


def test_the_look_carries_the_request_and_sends_none_of_it() -> None:
    strategy = strategy_for(PUT)
    assert strategy is not None
    [(name, asked)] = strategy.looks(PUT).items()
    assert name == "target"
    assert isinstance(asked, LookAtCall)
    assert (asked.method, asked.effect) == ("GET", Effect.OBSERVE)
    assert (asked.asked_method, asked.asked_body) == ("PUT", '{"rate": 3}')
    assert (asked.host, asked.path, asked.body) == ("edge.example", "/limits/acme", None)
    assert asked.as_text().startswith("look at what this would change: curl -sS -X PUT")


def test_a_path_that_is_called_like_an_act_can_be_looked_at() -> None:
    intent = PUT.model_copy(update={"path": "/v1/delete/acme"})
    strategy = strategy_for(intent)
    assert strategy is not None
    assert isinstance(strategy.looks(intent)["target"], LookAtCall)


@pytest.mark.parametrize(
    "more",
    [
        {"query": (("force", "1"),)},
        {"form": (("rate", "3"),), "body": None},
        {"method": "PURGE"},
        {"method": "GET", "body": None},
    ],
)
def test_what_can_be_no_call_is_not_even_looked_at(more: dict[str, Any]) -> None:
    intent = PUT.model_copy(update=more)
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match="a person can run"):
        strategy.looks(intent)


def test_a_value_is_restored_to_what_it_was() -> None:
    made, call = plan(look(LIMIT, ACME, FIVE))
    assert (call.path, call.body) == ("/limits/acme", '{"rate": 3}')
    assert (call.before, call.after) == (FIVE, {"present": True, "rate": 3})
    assert made.observed == FIVE
    back = made.inverse
    assert isinstance(back, MakeCall)
    assert (back.call, back.body, back.undone_by) == ("mine", '{"rate": 5}', "mine")
    assert (back.before, back.after) == ({"present": True, "rate": 3}, FIVE)
    assert back.target == call.target


def test_the_version_that_was_seen_is_bound_and_not_foretold() -> None:
    made, call = plan(look(LIMIT, ACME, {**FIVE, "version": '"7"'}))
    assert made.observed["version"] == '"7"'
    assert "version" not in {**call.before, **call.after}
    strategy = strategy_for(PUT)
    assert strategy is not None
    assert strategy.foretold(call, made.observed) == {"present": True, "rate": 3}


@pytest.mark.parametrize("old", [None, 0, 10, "5x", True, [5]])
def test_what_the_call_could_not_set_is_not_promised_back(old: Any) -> None:
    made, call = plan(look(LIMIT, ACME, {"present": True, "rate": old}))
    assert made.inverse is None
    assert made.inverse_note.startswith("what was there before is nothing that mine can set")
    assert call.effect is Effect.DESTRUCTIVE


def test_what_was_not_there_is_removed_again_by_the_named_call() -> None:
    table = changed(BLOCK, inverse_when_absent="unblock")
    inverses = {"unblock": CallSettings.model_validate(UNBLOCK).model_dump(mode="json")}
    made, call = plan(look(table, ADDRESS, {"present": False}, inverses=inverses))
    back = made.inverse
    assert isinstance(back, MakeCall)
    assert (back.call, back.method, back.after) == ("unblock", "DELETE", {"present": False})
    assert (call.undone_by, back.undone_by) == ("unblock", "mine")
    assert back.path == call.path == "/blocks/198.51.100.7%2F32"
    assert made.inverse_note == "lets 198.51.100.7/32 in"


def test_an_inverse_that_would_lead_elsewhere_is_none() -> None:
    read = {"path": "/s", "facts": {"mode": "/mode"}}
    shut = {
        "does": "shuts <zone>",
        "method": "POST",
        "path": "/shut/<zone>",
        "arguments": {"zone": {"type": "name"}},
        "read": read,
        "sets": {"mode": "shut"},
        "inverse": "open",
    }
    opened = {**shut, "does": "opens <zone>", "sets": {"mode": "open"}, "inverse": "mine"}
    inverses = {"open": CallSettings.model_validate(opened).model_dump(mode="json")}

    def made(mode: str) -> Plan:
        facts = {"present": True, "mode": mode}
        return plan(look(shut, {"zone": "eu"}, facts, inverses=inverses))[0]

    assert made("open").inverse is not None
    half = made("half-open")
    assert half.inverse is None
    assert half.inverse_note == "open would not bring back what was there before"


def test_a_call_that_nothing_takes_back_says_so() -> None:
    made, call = plan(look(changed(LIMIT, inverse=None), ACME, FIVE))
    assert (made.inverse, call.effect) == (None, Effect.DESTRUCTIVE)
    assert made.inverse_note == (
        "the settings name no call that takes mine back where the thing was there"
    )


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (look(LIMIT, ACME, {"present": True, "rate": 3}), "it is so already"),
        (look(LIMIT, {"tenant": "acme", "rate": 99}, FIVE), "99 is not between 1 and 9"),
        (look(LIMIT, {"tenant": "acme"}, FIVE), "<rate> is not given"),
        ({"target": {"call": None, "why": "it is none"}}, r"\(it is none\); a person can run"),
        ({"target": {}}, "this request; a person can run"),
        (
            look(changed(LIMIT, body='{"rate": "<rate>", "token": "abc"}'), ACME, FIVE),
            "cannot be shown: its text holds a credential",
        ),
    ],
)
def test_what_cannot_be_planned_is_told_why(seen: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(seen)
