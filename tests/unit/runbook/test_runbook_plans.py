"""Plans of several changes, as a runbook writes them (MIT-19)."""

import re
from pathlib import Path

import pytest

from stanch.runbook.findings import RunbookError
from stanch.runbook.model import Runbook
from stanch.runbook.read import read
from stanch.runbook.schema import schema

TEXT = """\
---
title: A unit hangs
owner: platform
alerts:
  - {alertname: UnitHangs}
params:
  host: {type: hostname}
  weight: {type: integer, least: 0, most: 256}
hypotheses:
  hangs:
    claim: The unit hangs.
    for: [recent-rollout]
    mitigations: [rolling]
plans:
  rolling: {step: restart, over: host, values: [web-1, web-2]}
---
# A unit hangs

## Diagnosis

```sh {name=status}
ssh <host> systemctl status nginx
```

## Mitigation

```sh {name=restart verify=change-holds undo=none}
ssh <host> systemctl restart nginx
```

```sh {name=again verify=change-holds undo=none}
ssh <host> systemctl restart haproxy
```
"""
PLAN = "  rolling: {step: restart, over: host, values: [web-1, web-2]}\n"
BOTH = "  rolling: {steps: [restart, again]}\n"


def runbook(tmp_path: Path, text: str) -> Runbook:
    path = tmp_path / "unit.md"
    text = text.replace("  weight: {type: integer, least: 0, most: 256}\n", "")
    path.write_text(text, encoding="utf-8")
    return read(path, root=tmp_path)


def codes(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(RunbookError) as caught:
        runbook(tmp_path, text)
    return [(one.code, one.message) for one in caught.value.findings]


def test_a_plan_is_read_with_its_steps_or_with_its_places(tmp_path: Path) -> None:
    text = TEXT.replace(PLAN, BOTH)
    both = runbook(tmp_path, text).plans["rolling"]
    assert (both.steps, both.stop) == (("restart", "again"), "all")
    text = TEXT.replace("mitigations: [rolling]", "mitigations: [rolling, again]")
    rolling = runbook(tmp_path, text).plans["rolling"]
    assert (rolling.step, rolling.over, rolling.values) == ("restart", "host", ("web-1", "web-2"))
    hosts = runbook(tmp_path, text.replace("values: [web-1, web-2]", "from: hosts"))
    assert hosts.plans["rolling"].source == "hosts"


def test_a_step_may_say_what_comes_then(tmp_path: Path) -> None:
    text = re.sub(r"plans:\n.*\n", "", TEXT).replace("[rolling]", "[restart]")
    book = runbook(tmp_path, text.replace("name=restart", "name=restart then=again"))
    assert book.step("restart").then == "again"


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("{steps: [restart, agian]}", "there is no mitigation 'agian'"),
        ("{steps: [restart, restart]}", "a step stands twice"),
        ("{steps: [restart], step: again}", "it needs either steps or a step"),
        ("{stop: all}", "it needs either steps or a step"),
        ("{steps: [restart, again], over: host}", "belong to one step"),
        ("{step: restart, over: pod, values: [a]}", "'over' names no parameter of its step"),
        ("{step: restart, values: [a]}", "'over' names no parameter of its step"),
        ("{step: restart, over: host}", "it needs either values or from"),
        ("{step: restart, over: host, values: [a], from: hosts}", "either values or from"),
        ("{step: restart, over: host, values: [a, a]}", "a value stands twice"),
        ("{step: restart, over: host, values: ['a b']}", "'a b' is not of the type hostname"),
        ("{steps: [restart, again], stop: never}", "stop: "),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_found_before_it_is_needed(
    tmp_path: Path, plan: str, says: str
) -> None:
    found = codes(tmp_path, TEXT.replace(PLAN, f"  rolling: {plan}\n"))
    assert any(code == "RB070" and says in message for code, message in found), found


def test_what_follows_must_not_lead_back(tmp_path: Path) -> None:
    text = re.sub(r"plans:\n.*\n", "", TEXT).replace("[rolling]", "[restart, again]")
    text = text.replace("name=restart", "name=restart then=again")
    text = text.replace("name=again", "name=again then=restart")
    assert ("RB070", "What follows 'restart' leads back to it.") in codes(tmp_path, text)


def test_a_read_has_nothing_that_comes_then(tmp_path: Path) -> None:
    found = codes(tmp_path, TEXT.replace("name=status", "name=status then=restart"))
    assert ("RB057", "A read has no 'then'.") in found


def test_a_latency_that_nothing_measures_cannot_recover(tmp_path: Path) -> None:
    text = TEXT.replace(
        "verify=change-holds undo=none}\nssh <host> systemctl restart nginx",
        "verify=latency-recovered undo=none}\nssh <host> systemctl restart nginx",
    )
    assert ("RB053", "The latency is to recover, and no sli measures it.") in codes(tmp_path, text)
    sli = 'sli: {error_ratio: "up", latency: "p99{host=\'<host>\'}", latency_limit: 0.5}\nplans:'
    text = text.replace("plans:", sli).replace("[rolling]", "[rolling, again]")
    measured = runbook(tmp_path, text).sli
    assert measured is not None
    assert (measured.latency, measured.latency_limit) == ("p99{host='<host>'}", 0.5)


def test_editors_are_told_of_plans() -> None:
    found = schema()
    assert "plans" in found["properties"]
    assert found["$defs"]["PlanSpec"]["properties"]["over"]["description"]
