"""`stanch runbook match`, `show` and `schema`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stanch.cli import app

OWN = """---
title: The queue does not drain
alerts:
  - matchers: ['alertname=~"Queue.+"']
---
## Diagnosis

```sh
kubectl get pods -n shop
```
"""


def runbook(home: Path, *words: str) -> Result:
    runner = CliRunner(env={"STANCH_HOME": str(home), "STANCH_RUNBOOKS": ""})
    return runner.invoke(app, ["runbook", *words])


def test_an_alert_leads_to_runbooks_that_are_ranked_with_their_reasons(tmp_path: Path) -> None:
    done = runbook(tmp_path, "match", "--label", "alertname=KubePodImagePullBackOff", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found[0]["name"] == "kubernetes/bad-image"
    assert "KubePodImagePullBackOff" in found[0]["why"]
    assert found[0]["sure"] is True
    assert [one["rank"] for one in found] == sorted(one["rank"] for one in found)


def test_runbooks_that_fit_equally_well_are_shown_as_a_tie(tmp_path: Path) -> None:
    done = runbook(tmp_path, "match", "--label", "alertname=ShopErrorRatioHigh")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("as good as its neighbour") >= 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give at least one --label"),
        (("--label", "alertname"), "NAME=VALUE"),
        (("--label", "=x"), "NAME=VALUE"),
        (("--label", "a=1", "--label", "a=2"), "given twice"),
    ],
)
def test_labels_that_cannot_be_read_are_a_usage_error(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = runbook(tmp_path, "match", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_an_alert_that_no_runbook_knows_is_said_to_be_one(tmp_path: Path) -> None:
    done = runbook(tmp_path, "match", "--label", "zzqqx=zzqqy")
    assert done.exit_code == 1
    assert "no runbook matches" in done.stderr


def test_show_says_of_every_step_what_it_is_and_the_worst_it_can_do(tmp_path: Path) -> None:
    done = runbook(tmp_path, "show", "kubernetes/bad-release", "--json")
    assert done.exit_code == 0, done.output
    steps = json.loads(done.stdout)["steps"]
    assert {step["effect"] for step in steps if step["section"] == "diagnosis"} == {"observe"}
    [undo] = [step for step in steps if step["name"] == "undo-rollout"]
    assert (undo["kind"], undo["effect"]) == ("intent.undo_rollout", "mutate")
    assert undo["operation"]["fields"]["namespace"] == "<namespace>"
    shown = runbook(tmp_path, "show", "kubernetes/bad-release").stdout
    assert "undo-rollout  (devops, mutate, intent.undo_rollout, line " in shown


def test_the_list_shows_matchers_where_an_alert_has_no_name(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text(OWN, encoding="utf-8")
    runner = CliRunner(
        env={"STANCH_HOME": str(tmp_path / "home"), "STANCH_RUNBOOKS": str(tmp_path)}
    )
    plain = runner.invoke(app, ["runbook", "list"]).stdout
    assert 'alertname=~"Queue.+"' in plain
    listed = json.loads(runner.invoke(app, ["runbook", "list", "--json"]).stdout)
    [own] = [one for one in listed if one["name"] == "own"]
    assert own["matchers"] == ['alertname=~"Queue.+"']


def test_a_runbook_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    done = runbook(tmp_path, "show", "nothing")
    assert done.exit_code == 1
    assert "there is no runbook nothing" in done.stderr


def test_the_schema_is_a_json_schema_that_knows_the_keys(tmp_path: Path) -> None:
    schema = json.loads(runbook(tmp_path, "schema").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert {"title", "alerts", "params", "hypotheses"} <= schema["properties"].keys()
