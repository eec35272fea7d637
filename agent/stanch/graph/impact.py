"""The harm of an incident: how it is measured, since when it lasts, and how large it was."""

from typing import Any

from stanch.diagnosis.onset import onset
from stanch.executor import Request
from stanch.graph import looks
from stanch.graph.context import Context
from stanch.incident import Evidence, Incident
from stanch.runbook.bind import bind_expression
from stanch.runbook.binding import BindingError
from stanch.tools.operations import QueryMetricsRange

IMPACT = "impact"
"""The step that measures the harm over time, beside those of the runbooks."""
WINDOW_SECONDS = 1800
STEP_SECONDS = 15
DEFAULT_LIMIT = 0.01
"""The error ratio that counts as healthy where no runbook says otherwise."""


def curve(context: Context, incident: Incident, *, step: str = IMPACT) -> dict[str, Request]:
    """Return the read of the harm over time, by its step's name; none without a measure."""
    harm = sli(context, incident)
    if harm is None:
        return {}
    query = QueryMetricsRange(expression=harm[0], window=WINDOW_SECONDS, step=STEP_SECONDS)
    return {step: Request(step=step, role="devops", operation=query)}


def sli(context: Context, incident: Incident) -> tuple[str, float] | None:
    """Return the PromQL of the harm and its limit, from the first candidate that has one."""
    for runbook in context.candidates(incident):
        if runbook.sli is not None:
            try:
                text = bind_expression(
                    runbook.sli.error_ratio, looks.values(incident, runbook), params=runbook.params
                )
            except BindingError:
                continue
            return text, runbook.sli.limit
    return None


def measure(
    context: Context, incident: Incident, item: Evidence | None, *, once: str
) -> dict[str, Any]:
    """Write down how large the harm is, since when, and the curve of it."""
    series = ratio_series(item)
    if item is None or not series:
        return {}
    found = onset(series)
    facts: dict[str, Any] = {
        "onset": found.at.isoformat() if found else None,
        "ended": found.ended.isoformat() if found and found.ended else None,
        "baseline": found.before if found else None,
        "peak": max(value for _, value in series),
        "ratio_now": series[-1][1],
        "evidence": [item.id],
        "series": [[at, round(value, 6)] for at, value in series],
    }
    context.log(incident, "impact.measured", facts, once=once)
    return facts


def ratio_series(item: Evidence | None) -> list[tuple[float, float]]:
    """Return the points of a range query that has exactly one series."""
    result = item.data.get("result", []) if item is not None and item.status == "ok" else []
    if len(result) != 1:
        return []
    points = ((float(at), float(value)) for at, value in result[0]["values"])
    return [(at, value) for at, value in points if value == value]  # noqa: PLR0124 - drops NaN
