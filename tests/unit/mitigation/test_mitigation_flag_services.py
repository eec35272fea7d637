"""LaunchDarkly, kill switches and what programs are told (MIT-04, MIT-10, DF-18)."""

import copy
import json
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, build_checks, judge_check, strategy_for
from stanch.tools.operations import HttpIntent, HttpRead, SetWeight, SwitchFlag
from tests.unit.mitigation.test_mitigation_flags import FEATURE, NOW, asked, seen, switch

HOST = "app.launchdarkly.com"
PATH = "/api/v2/flags/default/new-search"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"
TURN = {"environmentKey": "production", "instructions": [{"kind": "turnFlagOff"}]}
FLAG: dict[str, Any] = {
    "key": "new-search",
    "creationDate": 1730000000000,
    "archived": False,
    "variations": [{"value": True}, {"value": {"engine": "words"}}],
    "environments": {
        "production": {"on": True, "archived": False, "version": 61, "offVariation": 1},
    },
}
SWITCHES = {
    "evaluated_by": "flagd",
    "kill_switches": {"new-search": {"loses": "Search by meaning.", "thrown": "off"}},
}


def patch(body: object = TURN, **more: Any) -> HttpIntent:
    fields = {
        "method": "PATCH",
        "host": HOST,
        "path": PATH,
        "headers": (("Content-Type", SEMANTIC),),
        "body": body if isinstance(body, str) else json.dumps(body),
        **more,
    }
    return HttpIntent.model_validate(fields)


def plan(intent: HttpIntent, look: dict[str, Any]) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    return strategy.plan(intent, look, now=NOW)


def test_the_semantic_patch_of_a_runbook_becomes_a_switch() -> None:
    intent = asked(
        f"curl -sS -X PATCH -H \"Authorization: $LD_TOKEN\" -H 'Content-Type: {SEMANTIC}'"
        f" https://{HOST}{PATH} -d '{json.dumps({**TURN, 'comment': 'INC-42'})}'"
    )
    strategy = strategy_for(intent)
    assert strategy is not None
    look = strategy.looks(intent)["target"]
    assert isinstance(look, HttpRead)
    assert (look.path, look.query, look.credential) == (PATH, (("env", "production"),), "LD_TOKEN")
    made = plan(intent, seen(FLAG))
    assert made.operation == SwitchFlag(
        endpoint=HOST, environment="production", flag="new-search", enabled=False
    )
    assert made.inverse == made.operation.model_copy(update={"enabled": True})
    assert made.observed["version"] == 61
    foretold = strategy.foretold(made.operation, made.observed)
    assert "version" not in foretold
    assert (foretold["enabled"], foretold["off_serves"]) == (False, '{"engine": "words"}')
    assert 'programs get {"engine": "words"} from now on: that is what it serves when off' in (
        made.touches
    )


def test_a_flag_that_is_called_like_an_act_is_found_in_the_list() -> None:
    path = "/api/v2/flags/default/delete-account"
    strategy = strategy_for(patch(path=path))
    assert strategy is not None
    look = strategy.looks(patch(path=path))["target"]
    assert isinstance(look, HttpRead)
    assert look.path == "/api/v2/flags/default"
    items = {"items": [FLAG, {**FLAG, "key": "delete-account"}]}
    made = plan(patch(path=path), seen(items))
    assert made.observed["flag"] == "delete-account"
    with pytest.raises(CannotPlanError, match="there is no flag delete-account"):
        plan(patch(path=path), seen({"items": [FLAG]}))


def test_a_flag_without_an_off_variation_serves_what_the_code_says() -> None:
    flag = copy.deepcopy(FLAG)
    del flag["environments"]["production"]["offVariation"]
    assert plan(patch(), seen(flag)).observed["off_serves"] == "the default in the code"
    flag["environments"]["production"]["offVariation"] = 7
    assert plan(patch(), seen(flag)).observed["off_serves"] == "the default in the code"


def test_turning_on_is_the_other_way() -> None:
    flag = copy.deepcopy(FLAG)
    flag["environments"]["production"]["on"] = False
    body = {**TURN, "instructions": [{"kind": "turnFlagOn"}]}
    made = plan(patch(body), seen(flag))
    assert isinstance(made.operation, SwitchFlag)
    assert made.operation.enabled is True
    assert any("until now" in one for one in made.touches)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({**TURN, "instructions": []}, "turnFlagOn or turnFlagOff"),
        ({**TURN, "instructions": [{"kind": "turnFlagOff"}] * 2}, "turnFlagOn or turnFlagOff"),
        ({**TURN, "instructions": [{"kind": "deleteFlag"}]}, "turnFlagOn or turnFlagOff"),
        (
            {**TURN, "instructions": [{"kind": "turnFlagOff", "value": 1}]},
            "turnFlagOn or turnFlagOff",
        ),
        ({"instructions": [{"kind": "turnFlagOff"}]}, "names no environmentKey"),
        ({**TURN, "environmentKey": "a b"}, "names no environmentKey"),
        ({**TURN, "more": 1}, "more than to switch"),
        ("[]", "no semantic patch"),
        ("{", "no semantic patch"),
    ],
)
def test_a_patch_that_does_anything_else_is_left_to_people(body: object, why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(patch(body), seen(FLAG))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"headers": (("Content-Type", "application/json"),)}, "a person can run"),
        ({"headers": ()}, "a person can run"),
        ({"query": (("ignoreConflicts", "true"),)}, "no query"),
        ({"path": "/api/v2/flags/default/a%2Fb"}, "is escaped"),
        ({"port": 8443}, r"under \[endpoints\]"),
    ],
)
def test_a_request_of_another_kind_is_left_to_people(more: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(patch(**more), seen(FLAG))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"archived": True}, "is archived"),
        ({"environments": {}}, "no environment production"),
        ({"environments": {"production": {"on": False}}}, "is off in production already"),
        ({"environments": None}, "no environment production"),
    ],
)
def test_a_flag_that_cannot_be_switched_is_told_why(change: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(patch(), seen({**FLAG, **change}))


def test_throwing_a_kill_switch_says_what_is_lost() -> None:
    look = seen(FEATURE, endpoint={"name": "flags", "kind": "unleash", **SWITCHES})
    made = plan(switch("off"), look)
    assert made.title.startswith("Throw the kill switch new-search: switch off the flag")
    assert made.touches[0] == (
        "the kill switch new-search is thrown; what is lost: Search by meaning."
    )
    assert isinstance(made.operation, SwitchFlag)
    assert made.operation.evaluated_by == "flagd"


def test_a_kill_switch_that_disables_is_thrown_by_switching_it_on() -> None:
    feature = copy.deepcopy(FEATURE)
    feature["environments"][1]["enabled"] = False
    reverse = {"new-search": {"loses": "Search.", "thrown": "on"}}
    look = seen(feature, endpoint={**SWITCHES, "kill_switches": reverse})
    made = plan(switch("on"), look)
    assert made.title.startswith("Throw the kill switch new-search: switch on the flag")
    assert made.touches[0].endswith("is thrown; what is lost: Search.")
    assert isinstance(made.operation, SwitchFlag)
    assert made.operation.enabled is True
    back = plan(switch("off"), seen(FEATURE, endpoint={"kill_switches": reverse}))
    assert back.title.startswith("Reset the kill switch new-search: switch off the flag")
    assert back.touches[0].endswith("is reset; what comes back: Search.")


def made_check(to: str = "off") -> Any:
    change = SwitchFlag(
        endpoint="flags",
        environment="production",
        flag="new-search",
        enabled=to == "on",
        evaluated_by="flagd",
    )
    [check] = build_checks(["flag-evaluates"], change, capacity=0, error_ratio=None, limit=0.0)
    return check


def test_a_switch_is_checked_where_programs_read_it() -> None:
    check = made_check()
    assert check.says == "programs are told that the flag new-search is off"
    read = check.operation
    assert isinstance(read, HttpRead)
    assert (read.method, read.endpoint) == ("POST", "flagd")
    assert read.path == "/ofrep/v1/evaluate/flags/new-search"
    assert json.loads(read.body or "") == {"context": {}}


@pytest.mark.parametrize(
    ("to", "answer", "holds"),
    [
        ("off", {"value": False, "variant": "off", "reason": "STATIC"}, True),
        ("off", {"value": True, "variant": "on", "reason": "STATIC"}, False),
        ("on", {"value": True, "variant": "on", "reason": "SPLIT"}, True),
        ("on", {"value": {"engine": "x"}, "reason": "STATIC"}, True),
        ("off", {"value": "off"}, True),
        ("off", {"value": "Disabled"}, True),
        ("on", {"value": "off"}, False),
        ("off", {"value": 0}, True),
        ("off", {"value": None}, True),
        ("off", {"value": False, "reason": "DISABLED"}, None),
        ("off", {"value": True, "reason": "ERROR"}, None),
        ("off", {"errorCode": "FLAG_NOT_FOUND"}, None),
        ("off", [], None),
    ],
)
def test_the_evaluation_decides(to: str, answer: Any, holds: bool | None) -> None:
    result = judge_check(made_check(to), {"status_code": 200, "json": answer})
    assert result.holds is holds


def test_an_evaluation_that_was_refused_is_no_proof() -> None:
    body = {"key": "new-search", "errorCode": "FLAG_NOT_FOUND"}
    result = judge_check(made_check(), {"status_code": 404, "json": body})
    assert (result.holds, result.text) == (
        None,
        "its evaluation was answered with 404 (FLAG_NOT_FOUND)",
    )
    assert judge_check(made_check(), {"status_code": 503, "json": None}).holds is None
    assert judge_check(made_check(), {}).holds is None


def test_a_flag_whose_readers_nobody_names_cannot_be_checked_so() -> None:
    change = SwitchFlag(endpoint="flags", environment="production", flag="a", enabled=False)
    with pytest.raises(ValueError, match="name the endpoint that evaluates it as `evaluated_by`"):
        build_checks(["flag-evaluates"], change, capacity=0, error_ratio=None, limit=0.0)
    weight = SetWeight(endpoint="lb", backend="a", server="b", weight=0, from_weight=1)
    with pytest.raises(ValueError, match="flag-evaluates cannot be checked of b"):
        build_checks(["flag-evaluates"], weight, capacity=0, error_ratio=None, limit=0.0)
