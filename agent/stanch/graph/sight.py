"""Sight: the reads that an incident wants, what came back, and the evidence as a whole."""

from collections.abc import Mapping, Sequence

from stanch.diagnosis.view import View
from stanch.executor import Request
from stanch.graph import impact, looks, related
from stanch.graph.context import Context
from stanch.incident import Evidence, Incident
from stanch.runbook.model import Runbook


def wanted(context: Context, incident: Incident) -> dict[str, Request]:
    """Return the reads of all candidates by step name; the same read is wanted once."""
    first = impact.curve(context, incident) | related.request(context)
    return first | looks.of_runbooks(context, incident, context.candidates(incident), first)


def answers(
    context: Context, incident: Incident, runbook: Runbook, seen: Mapping[str, Evidence]
) -> dict[str, Evidence]:
    """Return what came back of each step of `runbook`, by the step's own name."""
    return looks.answers(context, incident, runbook, wanted(context, incident), seen)


def view(
    context: Context,
    incident: Incident,
    evidence: Sequence[Evidence],
    runbook: Runbook | None = None,
) -> View:
    """Return the evidence as the diagnosis reads it, for the target of `runbook` if it has one."""
    harm = impact.sli(context, incident)
    shared = {name: value for name, value in incident.params.items() if "#" not in name}
    return View(
        evidence=evidence,
        params=shared if runbook is None else looks.values(incident, runbook),
        declared={
            name: one.calls for name, one in context.settings.targets.services.items() if one.calls
        },
        alert=incident.alert,
        now=context.clock.now(),
        error_limit=harm[1] if harm else impact.DEFAULT_LIMIT,
    )
