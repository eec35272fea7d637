"""Measures: how the harm of an incident is read, for the checks and for before and after."""

from stanch.graph import looks
from stanch.graph.context import Context
from stanch.graph.impact import DEFAULT_LIMIT, sli
from stanch.incident import Incident
from stanch.mitigation import Measures
from stanch.runbook.bind import bind_expression
from stanch.runbook.binding import BindingError
from stanch.tools.operations import Read


def measures(context: Context, incident: Incident, *, target: Read | None = None) -> Measures:
    """Return what can be measured of this incident; `target` is the look at the changed thing."""
    harm = sli(context, incident)
    latency, limit = _latency(context, incident)
    alert = {"alertname": incident.alert.name, **incident.alert.labels}
    return Measures(
        error_ratio=harm[0] if harm else None,
        limit=harm[1] if harm else DEFAULT_LIMIT,
        latency=latency,
        latency_limit=limit,
        alert=alert if context.settings.prometheus_url is not None else None,
        target=target,
    )


def _latency(context: Context, incident: Incident) -> tuple[str | None, float | None]:
    """Return the PromQL of the latency and its limit, from the first candidate that has one."""
    for runbook in context.candidates(incident):
        if runbook.sli is None or runbook.sli.latency is None:
            continue
        try:
            values = looks.values(incident, runbook)
            text = bind_expression(runbook.sli.latency, values, params=runbook.params)
        except BindingError:
            continue
        return text, runbook.sli.latency_limit
    return None, None
