"""How much was done in an incident, counted from its journal."""

from collections.abc import Mapping, Sequence

from stanch.incident import Event, Evidence
from stanch.report.course import Attempt
from stanch.report.impact import number
from stanch.report.journal import of
from stanch.tools.operations import Frozen


class Counts(Frozen):
    """Numbers of things; each is also a citable fact under its own name."""

    observations: int
    """Operations that only looked."""
    observations_failed: int
    """Of these, those that brought nothing back: refused, unreachable, denied, cut off."""
    changes_done: int
    """Changes that reached the target, undoing included."""
    changes_undone: int
    rounds: int
    """How often the hypotheses were weighed."""
    hypotheses: int
    proposals: int
    approvals_granted: int
    approvals_declined: int
    approvals_expired: int
    verifications_failed: int
    steps_denied: int
    alerts_repeated: int
    model_calls: int
    model_fallbacks: int
    model_tokens: int


def count_all(
    events: Sequence[Event], evidence: Mapping[str, Evidence], tried: Sequence[Attempt]
) -> Counts:
    """Count what the journal holds."""
    steps = of(events, "step.finished")
    # The executor's own looks (baseline, verification) leave evidence without a step.
    looked = {str(e.data.get("evidence")) for e in steps} | set(evidence)
    used = of(events, "model.used")
    weighed = of(events, "hypotheses.weighed")
    runs = [run for one in tried for run in (one.run, one.undo) if run]
    return Counts(
        observations=len(looked - {"None", ""}),
        observations_failed=sum(one.status != "ok" for one in evidence.values()),
        changes_done=sum(run.result == "done" for run in runs),
        changes_undone=sum(one.undo is not None and one.undo.result == "done" for one in tried),
        rounds=len(weighed),
        hypotheses=len({h["id"] for e in weighed for h in e.data.get("hypotheses", ())}),
        proposals=len(tried),
        approvals_granted=len(of(events, "approval.approved")),
        approvals_declined=len(of(events, "approval.rejected")),
        approvals_expired=len(of(events, "approval.expired")),
        verifications_failed=len(of(events, "verification.failed")),
        steps_denied=len(of(events, "step.denied")),
        alerts_repeated=len(of(events, "incident.repeated")),
        model_calls=len(used),
        model_fallbacks=len(of(events, "model.fallback")),
        model_tokens=int(
            sum((number(e.data, k) or 0) for e in used for k in ("tokens_in", "tokens_out"))
        ),
    )
