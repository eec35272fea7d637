"""Related alerts: what else began to fire about the same time, and whose runbooks may explain it.

The alert that opens an incident is often a victim's. The metrics server is asked which
alerts fire and since when; those that began near the incident's own bring their runbooks
in as further candidates, with parameters from their own labels.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stanch.executor import Request
from stanch.graph.context import COMMANDER, Context
from stanch.incident import Alert, Evidence, Incident
from stanch.runbook.binding import BindingError, bind_params
from stanch.runbook.match import Match, match
from stanch.tools.operations import QueryMetricsRange, digest_of

FIRING = "firing-alerts"
"""The step that asks which alerts fire."""
NEAR = timedelta(minutes=15)
"""How long before the incident's own alert another one may have begun to belong to it."""
_WINDOW_SECONDS = 3600
_STEP_SECONDS = 15
_MOST_ALERTS = 20
_MOST_RUNBOOKS = 8
_NOT_LABELS = frozenset({"__name__", "alertstate"})


def request(context: Context) -> dict[str, Request]:
    """Return the read that tells which alerts fire; none where no metrics server is known."""
    if context.settings.prometheus_url is None:
        return {}
    asked = QueryMetricsRange(
        expression='ALERTS{alertstate="firing"}', window=_WINDOW_SECONDS, step=_STEP_SECONDS
    )
    return {FIRING: Request(step=FIRING, role="devops", operation=asked)}


def adopt(context: Context, incident: Incident, item: Evidence | None) -> Incident:
    """Return the incident with the alerts that belong to it, and their runbooks as candidates."""
    if item is None or item.status != "ok":
        return incident
    known = {_labels_key(one.labels) for one in (incident.alert, *incident.related)}
    new = [one for one in _firing(item, incident) if _labels_key(one.labels) not in known]
    if not new:
        return incident
    moved = incident.model_copy(update={"related": (*incident.related, *new[:_MOST_ALERTS])})
    added: list[Match] = []
    for alert in moved.related[len(incident.related) :]:
        for one in match(context.runbooks, alert.labels, alert.annotations):
            if one.sure and one.runbook.name not in moved.runbooks and len(added) < _MOST_RUNBOOKS:
                moved = _with(moved, one, alert)
                added.append(one)
    facts = {
        "alerts": [{"name": one.name, "labels": one.labels} for one in moved.related],
        "runbooks": [{"name": one.runbook.name, "why": one.why} for one in added],
        "evidence": [item.id],
    }
    text = f"{len(moved.related)} more alerts fire; runbooks added: " + (
        ", ".join(one.runbook.name for one in added) or "none"
    )
    once = f"related:{len(moved.related)}"
    entry = context.entry(moved, "notice", {"text": text, **facts}, once=once, actor=COMMANDER)
    return context.put(moved, [entry])


def _with(incident: Incident, one: Match, alert: Alert) -> Incident:
    """Add a runbook with the parameters that its own alert gives it, where they differ."""
    try:
        bound = bind_params(
            one.runbook,
            labels=alert.labels,
            annotations=alert.annotations,
            findings={},
            outputs={},
            given={},
        )
    except BindingError:
        return incident
    own = {
        f"{one.runbook.name}#{name}": value
        for name, value in bound.values.items()
        if incident.params.get(name) != value
    }
    return incident.model_copy(
        update={
            "runbooks": (*incident.runbooks, one.runbook.name),
            "params": {**incident.params, **own},
        }
    )


def _firing(item: Evidence, incident: Incident) -> Iterator[Alert]:
    """Yield the alerts that fire now and did not long before the incident's own."""
    end = float(item.data.get("end", 0.0))
    first = float(item.data.get("start", 0.0)) + _STEP_SECONDS
    for series in item.data.get("result", ()):
        times = [float(at) for at, _ in series.get("values", ())]
        # An alert that has fired for the whole window began nobody knows when.
        if not times or times[-1] < end - 4 * _STEP_SECONDS or times[0] <= first:
            continue
        since = datetime.fromtimestamp(times[0], UTC)
        if since < incident.alert.starts_at - NEAR:
            continue
        yield _alert(series.get("metric", {}), since)


def _alert(metric: dict[str, Any], since: datetime) -> Alert:
    labels = {name: str(value) for name, value in metric.items() if name not in _NOT_LABELS}
    return Alert(
        fingerprint=_labels_key(labels)[:16],
        name=labels.get("alertname", "alert"),
        source="alertmanager",
        labels=labels,
        starts_at=since,
    )


def _labels_key(labels: dict[str, str]) -> str:
    return digest_of(labels)
