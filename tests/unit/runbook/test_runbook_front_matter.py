from datetime import date
from pathlib import Path

import pytest

from stanch.runbook.front_matter import KEYS, FrontMatter, read_front_matter
from stanch.runbook.model import Head, LabelMatcher, Runbook
from stanch.runbook.stale import stale

WHOLE = """title: The pool is exhausted
owner: platform
service: checkout
repo: https://git.example/shop/checkout
team: shop
channel: "#team-shop"
on_call: https://rota.example/shop
escalate: [platform on call, database on call]
dashboards: [https://grafana.example/d/1]
runbook_url: https://wiki.example/pool
runbook_urls: [https://wiki.example/old/pool]
detection:
  tool: Prometheus
  symptoms: [Requests wait for a connection.]
  false_alarm: A restart drops all connections at once.
alerts:
  - {alertname: PoolExhausted, matchers: ['severity!="info"', 'cluster=~"eu-.+"']}
params:
  count: {type: integer, least: 1, most: 9, default: 3}
  folder: {type: path, under: /var/log, from: annotations.folder}
  colour: {type: enum, values: [blue, green], default: blue}
  pod: {type: dns-label, from: output.POD}
hypotheses:
  leak:
    claim: Connections leak.
    for: [idle-many, connections-critical]
signs:
  idle-many:
    about: Many sessions idle in a transaction
    needs: [sessions]
    cel: steps.sessions.rows.exists(r, r.state == 'idle in transaction')
    weight: 2
thresholds:
  connections:
    step: sessions
    value: double(steps.sessions.rows.size()) / 100.0
    warn: 0.8
    critical: 0.95
    unit: ratio
risks: [A restart ends what still works.]
last_drill: 2026-11-01
last_tested: 2026-10-01
"""


def faults(text: str) -> tuple[FrontMatter, list[tuple[str, int, str]]]:
    """Return the front matter that `text` is, and its findings with their lines from 1."""
    found: list[tuple[str, int, str]] = []

    def report(code: str, line: int, message: str, remedy: str) -> None:
        found.append((code, line + 1, f"{message} {remedy}"))

    return read_front_matter(text, report), found


def test_every_key_is_read_into_the_runbook() -> None:
    front, found = faults(WHOLE)
    assert found == []
    runbook = Runbook.model_validate(
        {**front.head(), "name": "a", "path": Path("a.md"), "sha256": "", "steps": ()}
    )
    assert (runbook.service, runbook.channel, runbook.repo, runbook.on_call) == (
        "checkout",
        "#team-shop",
        "https://git.example/shop/checkout",
        "https://rota.example/shop",
    )
    assert runbook.runbook_urls == ("https://wiki.example/pool", "https://wiki.example/old/pool")
    assert runbook.escalate == ("platform on call", "database on call")
    assert runbook.detection is not None
    assert runbook.detection.symptoms == ("Requests wait for a connection.",)
    [alert] = runbook.alerts
    assert alert.labels == {"alertname": "PoolExhausted"}
    assert alert.matchers == (
        LabelMatcher(name="severity", op="!=", value="info"),
        LabelMatcher(name="cluster", op="=~", value="eu-.+"),
    )
    assert runbook.params["count"].most == 9
    assert runbook.params["colour"].values == ("blue", "green")
    assert runbook.signs["idle-many"].weight == 2
    assert runbook.thresholds["connections"].critical == 0.95
    assert (runbook.last_drill, runbook.last_tested) == ("2026-11-01", "2026-10-01")


def test_the_keys_are_those_of_the_model_and_the_short_form_of_one() -> None:
    assert set(KEYS) == {*Head.model_fields, "runbook_url"}
    assert set(FrontMatter.__slots__) == {*Head.model_fields, "tree"}


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("owner: platform", "owners: platform", "RB003", "'owners' is not a key"),
        ("  tool: Prom", "  tools: Prom", "RB003", "'tools' is not a key of detection"),
        ("unit: ratio", "units: ratio", "RB003", "'units' is not a key of thresholds.connec"),
        ("risks: [A", "risks: [' ', A", "RB004", "risks holds an empty text"),
        ("[https://grafana.example/d/1]", "[grafana]", "RB004", "'grafana' is not a URL"),
        ("runbook_url: https://wiki", "runbook_url: https://me:pw@wiki", "RB004", "not a URL"),
        ("last_tested: 2026-10-01", "last_tested: soon", "RB004", "last_tested is not a date"),
        ("least: 1, most: 9", "least: 9, most: 1", "RB043", "least 9 is more than most 1"),
        ("least: 1, most: 9", "most: -1", "RB043", "most -1 is less than 0"),
        ("least: 1, most: 9", "most: 12345678901", "RB043", "out of reach"),
        ("default: 3", "default: 10", "RB042", "the default '10' is not of the type integer"),
        (", under: /var/log", "", "RB043", "a path lies under no folder"),
        ("under: /var/log", "under: /", "RB043", "'/' cannot be the folder"),
        ("under: /var/log", "under: /var/../log", "RB043", "cannot be the folder"),
        ("under: /var/log", "under: /var/log, least: 1", "RB043", "'least' says nothing of a path"),
        ("values: [blue, green], ", "", "RB043", "an enum has no values"),
        ("values: [blue, green]", "values: [blue, blue]", "RB043", "a value stands twice"),
        ("values: [blue, green]", "values: [blue, 'a b']", "RB043", "'a b' cannot be a value"),
        ("default: blue", "default: red", "RB042", "(one of blue, green)"),
        ("from: output.POD", "from: outputs.POD", "RB042", "'outputs.POD' is not a source"),
        ("from: output.POD", "from: output.", "RB042", "'output.' is not a source"),
        ('severity!="info"', "severity!info", "RB068", "'severity!info' is not a matcher"),
        ('cluster=~"eu-.+"', 'cluster=~"eu-("', "RB068", "'eu-(' is not a pattern: missing )"),
        ('=~"eu-.+"', '=~"(?=a)"', "RB068", "is not a pattern"),
        (
            "alertname: PoolExhausted, matchers: ['sev",
            "matchers: ['cluster=~\".*\"']} # '",
            "RB068",
            "so does every other",
        ),
        ("alertname: PoolExhausted,", "alert-name: x,", "RB004", "'alert-name' is not a label"),
        ("alertname: PoolExhausted,", "alertname: [x],", "RB004", "'alertname' is not a label"),
        ("cel: steps.sessions", "cel: steps.other", "RB066", "reads the step 'other', which it"),
        ("cel: steps.sessions", "cel: os.sessions", "RB066", "'os' is not a name"),
        (" == 'idle in transaction'", " ==", "RB066", "The expression cannot be read"),
        ("needs: [sessions]", "needs: []", "RB066", "signs.idle-many.needs"),
        ("weight: 2", "weight: 3", "RB066", "signs.idle-many.weight"),
        ("    cel: steps", "    expr: steps", "RB003", "'expr' is not a key of signs.idle-many"),
        ("/ 100.0", "/ nothing", "RB067", "'nothing' is not a name"),
        ("    warn: 0.8\n    critical: 0.95\n", "", "RB067", "It has no limit"),
        ("warn: 0.8", "warn: 0.99", "RB067", "reached before the warning at 0.99"),
        ("critical: 0.95", "critical: high", "RB067", "thresholds.connections.critical"),
        ("critical: 0.95", "critical: inf", "RB067", "thresholds.connections.critical"),
        ("  idle-many:\n", "  connections-warn:\n", "RB066", "connections gives a sign of this"),
    ],
)
def test_each_fault_is_found_where_it_stands(old: str, new: str, code: str, says: str) -> None:
    assert WHOLE.count(old) >= 1
    at = WHOLE.index(old)
    text = WHOLE[:at] + new + WHOLE[at + len(old) :]
    _, found = faults(text)
    assert [one[0] for one in found] == [code], found
    assert says in found[0][2]
    # A key that is no longer there is missed where its part begins.
    first = text.count("\n", 0, at) + 1
    assert first - 3 <= found[0][1] <= first + 3


def test_little_of_it_can_be_the_trouble_too() -> None:
    limits = "warn: 20\n    critical: 5\n    when: below"
    text = WHOLE.replace("warn: 0.8\n    critical: 0.95", limits)
    front, found = faults(text)
    assert found == []
    assert front.thresholds["connections"].when == "below"


@pytest.mark.parametrize(
    ("drill", "tested", "limit", "says"),
    [
        ("2026-11-01", None, 30, None),
        ("2026-11-01", None, 19, "20 days ago; the limit is 19"),
        ("2025-01-01", "2026-11-20", 5, None),
        (None, None, 9999, "never drilled"),
    ],
)
def test_a_runbook_that_was_not_tried_for_long_is_told(
    drill: str | None, tested: str | None, limit: int, says: str | None
) -> None:
    runbook = Runbook(
        title="t",
        name="a",
        path=Path("a.md"),
        sha256="",
        steps=(),
        alerts=(),
        last_drill=drill,
        last_tested=tested,
    )
    found = stale(runbook, date(2026, 11, 21), limit)
    if says is None:
        assert found is None
    else:
        assert found is not None
        assert (found.code, found.note, says in found.message) == ("RB069", True, True)
