"""When the trouble of an alerted workload began, as far as the evidence tells."""

from dataclasses import dataclass
from datetime import datetime

from stanch.diagnosis import metrics
from stanch.diagnosis.onset import Onset, onset
from stanch.diagnosis.view import View

FAILING_EVENTS = frozenset({"BackOff", "Failed", "Unhealthy", "FailedMount", "FailedCreate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first moment of trouble that was measured."""

    at: datetime
    not_before: datetime | None
    """A moment at which all was still well; None when none was seen."""
    what: str
    evidence: str


def ratio_onset(view: View, service: str) -> Onset | None:
    """Return the onset in the error ratio of `service`; None when there is none, or no data."""
    series = metrics.error_ratio(view, service)
    return None if series is None else onset(series.points, effect=view.error_limit)


def beginning(view: View) -> Beginning | None:
    """Return when the trouble began: in the error ratio, or else at the first failing pod."""
    series = metrics.error_ratio(view, view.service)
    rise = ratio_onset(view, view.service)
    if series is not None and rise is not None:
        return Beginning(
            at=rise.at,
            not_before=rise.not_before,
            what=f"the error ratio rose from {rise.before:.2%} to {rise.after:.1%}",
            evidence=series.evidence,
        )
    return _first_failing_pod(view)


def _first_failing_pod(view: View) -> Beginning | None:
    pods = [p for p in view.pods(view.deployment) or () if p.trouble(view.now)]
    names = {p.name for p in pods}
    found = [
        Beginning(
            at=end.at, not_before=None, what=f"a container of {p.name} ended", evidence=p.evidence
        )
        for p in pods
        for end in p.endings
        if end.at is not None
    ]
    found += [
        Beginning(
            at=event.first,
            not_before=None,
            what=f"the pod {event.name} failed",
            evidence=event.evidence,
        )
        for event in view.events(view.deployment) or ()
        if event.reason in FAILING_EVENTS and event.name in names and event.first is not None
    ]
    return min(found, key=lambda one: one.at, default=None)
