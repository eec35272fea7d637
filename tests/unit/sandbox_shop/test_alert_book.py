"""Alert rules over time: pending, firing, gone; and the webhook that tells of them."""

from typing import Any

import pytest

from stanch.sandbox.shop.alerts import AlertBook, webhook
from stanch.sandbox.shop.promql import Engine, QueryError
from stanch.sandbox.shop.rules import Rule, standard
from stanch.sandbox.shop.series import SeriesStore

RULE = Rule(
    "TooHigh",
    "g > 0.5",
    30,
    {"severity": "page", "deployment": "{{ $labels.app }}"},
    "{{ $labels.app }} is at {{ $value | humanizePercentage }}",
    "exactly {{ $value }} or {{$value|humanize}} in {{ $labels.nowhere }}",
)


class Watched:
    """A series, a rule on it, and time that passes in steps of 15 seconds."""

    def __init__(self, *rules: Rule) -> None:
        self.store = SeriesStore()
        self.book = AlertBook(Engine(self.store), rules or (RULE,))
        self.at = 1_000_000.0

    def step(self, **values: float) -> list[dict[str, Any]]:
        self.at += 15
        rows = [(self.store.series("g", {"app": app}), value) for app, value in values.items()]
        self.store.scrape(self.at, rows)
        self.book.tick(self.at)
        return self.book.alerts()

    def body(self) -> dict[str, Any]:
        return webhook(self.book.firing(), prometheus_url="http://p")


def test_an_alert_fires_when_it_has_held_for_as_long_as_its_rule_asks() -> None:
    watched = Watched()
    assert watched.step(a=0.1) == []
    [alert] = watched.step(a=0.9)
    assert alert["state"] == "pending"
    active = alert["activeAt"]
    assert [one["state"] for one in watched.step(a=0.8)] == ["pending"]
    [alert] = watched.step(a=0.7)
    assert alert["state"] == "firing"
    assert alert["activeAt"] == active
    assert watched.step(a=0.1) == []
    assert [one["state"] for one in watched.step(a=0.9)] == ["pending"]


def test_rules_are_evaluated_every_fifteen_seconds_and_not_more_often() -> None:
    watched = Watched()
    watched.step(a=0.9)
    watched.store.scrape(watched.at + 5, [(watched.store.series("g", {"app": "a"}), 0.0)])
    watched.book.tick(watched.at + 5)
    assert len(watched.book.alerts()) == 1


def test_the_texts_are_filled_from_labels_and_value() -> None:
    watched = Watched()
    for _ in range(3):
        watched.step(a=0.625)
    [alert] = watched.body()["alerts"]
    assert alert["annotations"] == {
        "summary": "a is at 62.5%",
        "description": "exactly 0.625 or 0.625 in ",
    }
    assert alert["labels"] == {
        "alertname": "TooHigh",
        "app": "a",
        "deployment": "a",
        "severity": "page",
    }


def test_the_webhook_groups_what_fires_and_keeps_its_fingerprints() -> None:
    watched = Watched()
    for _ in range(3):
        watched.step(a=0.9, b=0.8)
    body = watched.body()
    assert body["commonLabels"] == {"alertname": "TooHigh", "severity": "page"}
    assert body["status"] == "firing"
    first = [alert["fingerprint"] for alert in body["alerts"]]
    starts = [alert["startsAt"] for alert in body["alerts"]]
    assert len(set(first)) == 2
    watched.step(a=0.7, b=0.6)
    again = watched.body()["alerts"]
    assert [alert["fingerprint"] for alert in again] == first
    assert [alert["startsAt"] for alert in again] == starts


def test_without_alerts_the_webhook_is_resolved_and_empty() -> None:
    body = Watched().body()
    assert (body["status"], body["alerts"], body["commonLabels"]) == ("resolved", [], {})


def test_a_new_rule_takes_the_place_of_the_old_one() -> None:
    watched = Watched()
    watched.step(a=0.9)
    watched.book.put(Rule("TooHigh", "g > 0.95", 0, {}, "", ""))
    assert watched.step(a=0.9) == []


def test_a_rule_that_is_no_promql_is_refused_at_once() -> None:
    with pytest.raises(QueryError, match="parse error"):
        Watched(Rule("Odd", "sum(", 0, {}, "", ""))


def test_every_standard_rule_can_be_evaluated_on_nothing() -> None:
    watched = Watched(*standard())
    assert watched.step() == []
    assert {rule["health"] for rule in watched.book.groups()[0]["rules"]} == {"ok"}
