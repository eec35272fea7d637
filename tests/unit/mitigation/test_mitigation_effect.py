"""The effect of a change: user impact, error rate and service, before and after (MIT-25)."""

from typing import Any

from stanch.mitigation import CheckResult, Measures
from stanch.mitigation.effect import ERRORS, LATENCY, SERVICE, reads, sentence, side
from stanch.tools.operations import SwitchFlag
from tests.unit.incident_samples import NOW, roll_back

HOW = Measures(error_ratio="errors", limit=0.01, latency="p99", latency_limit=0.5)
FLAG = SwitchFlag(endpoint="flags", environment="prod", flag="search", enabled=False)


def one(value: str) -> dict[str, Any]:
    return {"result": [{"metric": {}, "value": [1.0, value]}]}


def workload(ready: int) -> dict[str, Any]:
    return {"deployment": {"spec": {"replicas": 4}, "status": {"readyReplicas": ready}}}


def test_the_harm_and_the_service_are_read_whatever_the_runbook_checks() -> None:
    assert set(reads(roll_back(), HOW)) == {ERRORS, LATENCY, SERVICE}
    assert set(reads(FLAG, Measures())) == set()


def test_both_sides_say_what_users_felt_and_how_the_service_stood() -> None:
    result = CheckResult(name="capacity-kept", holds=False, text="1 of 4 pods ready", value=1.0)
    seen = {ERRORS: one("0.35"), LATENCY: one("2.5"), SERVICE: workload(1)}
    before = side(seen, [result], HOW, facts={}, at=NOW)
    assert before == {
        "at": NOW.isoformat(),
        "user_impact": (
            "35.00% of requests fail, not below the limit of 1.0%, they wait 2.5 s, limit 0.5 s"
        ),
        "error_ratio": 0.35,
        "latency": 2.5,
        "service": "1 of 4 pods ready",
        "checks": [result.told()],
    }
    seen = {ERRORS: one("0"), SERVICE: workload(4)}
    after = side(seen, [], HOW, facts={}, at=NOW)
    assert sentence(before, after) == (
        f"users before: {before['user_impact']}; "
        "after: 0.00% of requests fail, below the limit of 1.0%; "
        "service before: 1 of 4 pods ready; after: 4 of 4 pods ready"
    )


def test_what_is_no_workload_is_told_by_its_facts() -> None:
    facts = {"flag": "search", "enabled": True, "environment": "prod", "nested": {"a": 1}}
    found = side({}, [], Measures(), facts=facts, at=NOW)
    assert found["service"] == "flag search, enabled True, environment prod"
    assert found["user_impact"] == "not measured"
    assert side({}, [], Measures(), facts={"missing": True}, at=NOW)["service"] == (
        "its target is gone"
    )
    assert side({}, [], Measures(), facts={}, at=NOW)["service"] == "not measured"


def test_what_did_not_change_is_said_once() -> None:
    same = side({}, [], Measures(), facts={"a": "b"}, at=NOW)
    assert sentence(same, same) == "users, as before: not measured; service, as before: a b"
