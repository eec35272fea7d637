"""The alerts: which rules hold, since when, and what Prometheus and Alertmanager say of it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

import promql_parser as parser

from stanch.sandbox.shop import formats
from stanch.sandbox.shop.promql import Engine, QueryError
from stanch.sandbox.shop.promql.engine import parse
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import NAME, Labels, labels_of

INTERVAL = 15.0
"""Simulated seconds between two evaluations."""
_SLOT = re.compile(
    r"\{\{\s*\$(?:labels\.(?P<label>\w+)|(?P<value>value)(?:\s*\|\s*(?P<form>\w+))?)\s*\}\}"
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one rule and one label set."""

    labels: Labels
    annotations: Mapping[str, str]
    active_at: float
    value: float
    fired_at: float | None = None

    @property
    def state(self) -> Literal["pending", "firing"]:
        """Whether it has held for as long as its rule asks."""
        return "pending" if self.fired_at is None else "firing"

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stand for the labels."""
        text = "\x00".join(f"{name}\x01{value}" for name, value in self.labels)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True)
class _Watched:
    rule: Rule
    expression: parser.Expr
    alerts: dict[Labels, Alert] = field(default_factory=dict)
    seconds: float = 0.0


class AlertBook:
    """Evaluates the rules and keeps the state of their alerts."""

    def __init__(self, engine: Engine, rules: tuple[Rule, ...]) -> None:
        self._engine = engine
        self._watched = [_Watched(rule, parse(rule.expression)) for rule in rules]
        self._evaluated: float | None = None
        self.since = 0.0
        """The Unix time before which no rule is evaluated: in the past of a shop that is well."""

    def put(self, rule: Rule) -> None:
        """Put `rule` in the place of the one of its name, with no alerts yet."""
        self._watched = [
            _Watched(rule, parse(rule.expression)) if one.rule.name == rule.name else one
            for one in self._watched
        ]

    def add(self, rule: Rule) -> None:
        """Watch one more rule."""
        self._watched.append(_Watched(rule, parse(rule.expression)))

    def tick(self, at: float) -> None:
        """Evaluate all rules at the Unix time `at`, if it is time."""
        soon = self._evaluated is not None and at < self._evaluated + INTERVAL
        if soon or at < self.since:
            return
        self._evaluated = at
        for watched in self._watched:
            watched.alerts = self._next(watched, at)

    def _next(self, watched: _Watched, at: float) -> dict[Labels, Alert]:
        vector = self._engine.instant(watched.expression, at)
        if not isinstance(vector, list):
            raise QueryError(f"the rule {watched.rule.name} is not an instant vector")
        result: dict[Labels, Alert] = {}
        for sample in vector:
            value = getattr(sample, "value", 0.0)
            alert = _alert(watched.rule, dict(sample.labels), value, at=at)
            before = watched.alerts.get(alert.labels)
            if before is not None:
                alert = replace(alert, active_at=before.active_at, fired_at=before.fired_at)
            if alert.fired_at is None and at - alert.active_at >= watched.rule.for_seconds:
                alert = replace(alert, fired_at=at)
            result[alert.labels] = alert
        return result

    def firing(self) -> list[tuple[Rule, Alert]]:
        """Return the firing alerts with their rules, oldest first."""
        found = [
            (watched.rule, alert)
            for watched in self._watched
            for alert in watched.alerts.values()
            if alert.fired_at is not None
        ]
        return sorted(found, key=lambda pair: (pair[1].fired_at or 0.0, pair[1].labels))

    def alerts(self) -> list[dict[str, Any]]:
        """Return the pending and firing alerts as the Prometheus API writes them."""
        return [_api_alert(alert) for one in self._watched for alert in one.alerts.values()]

    def groups(self) -> list[dict[str, Any]]:
        """Return the rule groups as the Prometheus API writes them."""
        rules = [_api_rule(watched, self._evaluated or 0.0) for watched in self._watched]
        return [
            {
                "name": "shop",
                "file": "/etc/prometheus/rules/shop.yaml",
                "interval": int(INTERVAL),
                "limit": 0,
                "rules": rules,
                "evaluationTime": 0.0,
                "lastEvaluation": stamp(self._evaluated or 0.0),
            }
        ]


def _alert(rule: Rule, labels: dict[str, str], value: float, *, at: float) -> Alert:
    def fill(text: str) -> str:
        return _SLOT.sub(lambda slot: _filled(slot, labels, value), text)

    added = {name: fill(text) for name, text in rule.labels.items()}
    merged = {**labels, **added, "alertname": rule.name}
    merged.pop(NAME, None)
    annotations = {"summary": fill(rule.summary), "description": fill(rule.description)}
    return Alert(labels_of(merged), annotations, at, value)


def _filled(slot: re.Match[str], labels: Mapping[str, str], value: float) -> str:
    if slot["label"]:
        return labels.get(slot["label"], "")
    if slot["form"] == "humanizePercentage":
        return f"{value * 100:.4g}%"
    if slot["form"] == "humanize":
        return f"{value:.4g}"
    return formats.number(value)


def stamp(at: float) -> str:
    """Return a Unix time as RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def _api_alert(alert: Alert) -> dict[str, Any]:
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state,
        "activeAt": stamp(alert.active_at),
        "value": f"{alert.value:e}",
    }


def _api_rule(watched: _Watched, evaluated: float) -> dict[str, Any]:
    rule, alerts = watched.rule, list(watched.alerts.values())
    states = {alert.state for alert in alerts}
    return {
        "state": next((s for s in ("firing", "pending") if s in states), "inactive"),
        "name": rule.name,
        "query": rule.expression,
        "duration": int(rule.for_seconds),
        "keepFiringFor": 0,
        "labels": dict(rule.labels),
        "annotations": {"summary": rule.summary, "description": rule.description},
        "alerts": [_api_alert(alert) for alert in alerts],
        "health": "ok",
        "evaluationTime": watched.seconds,
        "lastEvaluation": stamp(evaluated),
        "type": "alerting",
    }


def webhook(firing: list[tuple[Rule, Alert]], *, prometheus_url: str) -> dict[str, Any]:
    """Return the Alertmanager webhook body, version 4, that tells of the `firing` alerts.

    They are one group, by namespace.
    """
    alerts = [_webhook_alert(rule, alert, prometheus_url) for rule, alert in firing]
    common = _common([alert["labels"] for alert in alerts])
    group = {"namespace": common["namespace"]} if "namespace" in common else {}
    key = ",".join(f'{name}="{value}"' for name, value in group.items())
    return {
        "version": "4",
        "groupKey": f"{{}}:{{{key}}}",
        "truncatedAlerts": 0,
        "status": "firing" if alerts else "resolved",
        "receiver": "stanch",
        "notification_reason": "first notification" if alerts else "none",
        "groupLabels": group,
        "commonLabels": common,
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": f"{prometheus_url}/alertmanager",
        "alerts": alerts,
    }


def _webhook_alert(rule: Rule, alert: Alert, prometheus_url: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": stamp(alert.fired_at or alert.active_at),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": f"{prometheus_url}/graph?g0.expr={quote(rule.expression)}&g0.tab=1",
        "fingerprint": alert.fingerprint,
    }


def _common(sets: list[dict[str, str]]) -> dict[str, str]:
    if not sets:
        return {}
    return {
        name: value
        for name, value in sets[0].items()
        if all(other.get(name) == value for other in sets)
    }
