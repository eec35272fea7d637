"""Alerts come in by hand and from Alertmanager; one firing is one incident (TRI-01, 3.1)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.clock import Clock
from stanch.service.intake import IntakeError, alertmanager, by_hand, fingerprint
from stanch.service.opening import open_incident
from stanch.store import Store
from tests.unit.incident_samples import NOW, alert


def body(**changes: Any) -> dict[str, Any]:
    one = {
        "status": "firing",
        "labels": {"alertname": "ShopErrorRatioHigh", "namespace": "shop", "service": "checkout"},
        "annotations": {"summary": "5xx ratio 12%"},
        "startsAt": "2026-03-06T15:30:12.345+01:00",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "C6EADFFA33FCDF37",
    }
    whole = {"version": "4", "status": "firing", "receiver": "x", "groupKey": "{}", "alerts": [one]}
    return whole | {"newField": {"a": 1}} | changes


def test_a_webhook_becomes_alerts_in_utc() -> None:
    delivery = alertmanager(json.dumps(body(truncatedAlerts=3)), "file")
    (one,) = delivery.alerts
    assert (one.name, one.summary, one.fingerprint) == (
        "ShopErrorRatioHigh",
        "5xx ratio 12%",
        "c6eadffa33fcdf37",
    )
    assert one.starts_at == datetime(2026, 3, 6, 14, 30, 12, 345000, tzinfo=UTC)
    assert one.ends_at is None, "the zero time of Go means: it still fires"
    assert delivery.truncated == 3


def test_resolved_alerts_open_nothing() -> None:
    resolved = body()
    resolved["alerts"][0]["status"] = "resolved"
    assert alertmanager(json.dumps(resolved), "file").alerts == ()


def test_an_alert_without_a_fingerprint_gets_one_from_its_labels() -> None:
    bare = body()
    del bare["alerts"][0]["fingerprint"]
    (one,) = alertmanager(json.dumps(bare), "file").alerts
    assert one.fingerprint == fingerprint(one.labels)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "the body"),
        ("{}", "version"),
        (json.dumps(body(version="3")), "version '3' is not known"),
        (json.dumps(body(alerts=[{"status": "firing"}])), "alerts.0.labels"),
        (json.dumps(body(alerts="x")), "alerts"),
        ("[" * 100_000, "cannot be read"),
        ('{"version": "4", "x": "' + "a" * 2_000_001 + '"}', "larger than"),
        ('{"version": "4", "alerts": [], "x": "\\ud800"}', "cannot be read"),
        (
            json.dumps(body()).replace(
                "2026-03-06T15:30:12.345+01:00", "0001-01-01T00:00:00+14:00"
            ),
            "years",
        ),
    ],
)
def test_a_body_that_is_none_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(IntakeError, match="file") as raised:
        alertmanager(text, "file")
    assert says in str(raised.value)


def test_the_same_firing_opens_one_incident_however_often_it_comes(store: Store) -> None:
    first = open_incident(store, Clock(), alert(), by="ann")
    second = open_incident(store, Clock(), alert(annotations={"summary": "new text"}), by="ann")
    later = open_incident(store, Clock(), alert(starts_at=NOW.replace(hour=13)), by="ann")
    assert (first.incident.id, first.new) == ("INC-1", True)
    assert (second.incident.id, second.new) == ("INC-1", False)
    assert (later.incident.id, later.new) == ("INC-2", True)
    kinds = [event.type for event in store.journal.events("INC-1")]
    assert kinds == ["incident.opened", "incident.repeated"]


def test_secrets_in_an_alert_are_masked_before_anything_is_kept(store: Store) -> None:
    loud = alert(annotations={"summary": "login with password=hunter2 fails at known-secret"})
    opened = open_incident(store, Clock(), loud, by="ann", secrets=["known-secret"])
    (event,) = store.journal.events("INC-1")
    for text in (opened.incident.title, event.model_dump_json()):
        assert "hunter2" not in text
        assert "known-secret" not in text


def test_a_fingerprint_that_is_used_again_for_other_labels_is_another_alert(store: Store) -> None:
    first = open_incident(store, Clock(), alert(), by="ann")
    other = alert(labels={"alertname": "Other", "namespace": "shop"})
    second = open_incident(store, Clock(), other, by="ann")
    assert (first.incident.id, second.incident.id) == ("INC-1", "INC-2")


def test_a_report_by_hand_needs_a_title() -> None:
    with pytest.raises(IntakeError, match="title"):
        by_hand("  ", {}, now=NOW)
    one = by_hand("Checkout is down", {"service": "checkout"}, now=NOW)
    assert (one.name, one.source, one.summary) == ("Reported", "manual", "Checkout is down")
    assert one.labels == {"alertname": "Reported", "service": "checkout"}
