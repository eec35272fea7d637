"""The facts of an incident, computed from the journal: times, durations, counts, outcome.

Prose cites a fact as `C:name`; what a citation may say is in `Facts.cited()`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import AwareDatetime

from stanch.incident import Event, Evidence, Incident
from stanch.report.cause import Cause, Certainty, Theme, cause
from stanch.report.counts import Counts, count_all
from stanch.report.course import Attempt, attempts
from stanch.report.impact import Harm, harm
from stanch.report.journal import in_order, of, text
from stanch.report.spans import moment, percent, span, stamp, whole
from stanch.tools.operations import Frozen

Outcome = Literal[
    "cured", "handed over", "declined", "not cured", "false alarm", "no cause found", "open"
]
_ENDS = (
    ("ttd", "Time to detect", "impact_start", "detected_at"),
    ("tta", "Time to take up", "detected_at", "opened_at"),
    ("tti", "Time to identify the cause", "detected_at", "identified_at"),
    ("diagnosis", "Time to diagnose", "opened_at", "identified_at"),
    ("approval_wait", "Wait for the decision", "requested_at", "decided_at"),
    ("execution", "Time to carry out", "decided_at", "mitigated_at"),
    ("ttm", "Time to mitigate", "detected_at", "mitigated_at"),
    ("ttr", "Time to resolve", "impact_start", "resolved_at"),
    ("impact_duration", "Impact duration", "impact_start", "impact_end"),
    ("response_duration", "Response duration", "detected_at", "resolved_at"),
)


class Duration(Frozen):
    """The time between two facts; without seconds when one of them is not known."""

    name: str
    label: str
    start: str
    end: str
    seconds: float | None

    @property
    def text(self) -> str:
        """The duration in print, or which end of it is missing."""
        return "not known" if self.seconds is None else span(self.seconds)


class CauseFact(Frozen):
    """The hypothesis that the incident ended with."""

    hypothesis: str
    claim: str
    certainty: Certainty
    basis: str
    theme: Theme


class Facts(Frozen):
    """What is known of an incident by computation; a time that is None is not known."""

    impact_start: AwareDatetime | None
    impact_end: AwareDatetime | None
    detected_at: AwareDatetime
    opened_at: AwareDatetime
    identified_at: AwareDatetime | None
    proposed_at: AwareDatetime | None
    requested_at: AwareDatetime | None
    decided_at: AwareDatetime | None
    approved_at: AwareDatetime | None
    mitigated_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    handed_over_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    durations: tuple[Duration, ...]
    error_ratio_peak: float | None
    error_ratio_baseline: float | None
    error_ratio_latest: float | None
    error_weighted_seconds: float | None
    counts: Counts
    approvers: tuple[str, ...]
    changed: Literal["yes", "no", "unknown"]
    outcome: Outcome
    cause: CauseFact | None
    rejected: tuple[str, ...]

    def duration(self, name: str) -> Duration:
        """Return the duration called `name`; KeyError when there is none."""
        for one in self.durations:
            if one.name == name:
                return one
        raise KeyError(name)

    def times(self) -> dict[str, AwareDatetime]:
        """Return every known time by its name."""
        values = ((name, getattr(self, name)) for name in TIMES)
        return {name: value for name, value in values if value is not None}

    def cited(self) -> dict[str, Any]:
        """Return what each citation `C:name` stands for: a value, and its print."""
        said: dict[str, Any] = {
            f"C:{n}": [at.isoformat(), stamp(at)] for n, at in self.times().items()
        }
        for one in self.durations:
            if one.seconds is not None:
                said[f"C:{one.name}"] = [one.seconds, one.text, one.label]
        for name in RATIOS:
            if (ratio := getattr(self, name)) is not None:
                said[f"C:{name}"] = [ratio, percent(ratio)]
        if (weighted := self.error_weighted_seconds) is not None:
            said["C:error_weighted_seconds"] = [weighted, span(weighted)]
        said |= {f"C:{name}": value for name, value in self.counts.model_dump().items()}
        said |= {"C:changed": self.changed, "C:outcome": self.outcome}
        if self.cause is not None:
            said["C:cause"] = self.cause.model_dump()
        return said


TIMES = tuple(
    n for n in Facts.model_fields if n.endswith("_at") or n in {"impact_start", "impact_end"}
)
RATIOS = ("error_ratio_peak", "error_ratio_baseline", "error_ratio_latest")


def facts(incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence]) -> Facts:
    """Compute the facts of the incident from its journal and its evidence."""
    events = in_order(events)
    tried = attempts(events)
    felt = harm(events, tried)
    found = cause(events, tried)
    times = _times(incident, events, tried, felt)
    times["identified_at"] = found.first_led.at if found else None
    known = {name: whole(at) if at is not None else None for name, at in times.items()}
    fact = _fact(found) if found else None
    return Facts(
        **known,
        durations=tuple(_duration(known, *ends) for ends in _ENDS),
        error_ratio_peak=felt.peak,
        error_ratio_baseline=felt.baseline,
        error_ratio_latest=felt.latest,
        error_weighted_seconds=_rounded(felt.weighted_seconds),
        counts=count_all(events, evidence, tried),
        approvers=tuple(dict.fromkeys(one.approver for one in tried if one.approver)),
        changed=_changed(tried),
        outcome=_outcome(events, tried, fact, felt),
        cause=fact,
        rejected=_rejected(events, fact),
    )


def _fact(found: Cause) -> CauseFact:
    return CauseFact(
        hypothesis=found.hypothesis.id,
        claim=found.hypothesis.claim,
        certainty=found.certainty,
        basis=found.basis,
        theme=found.theme,
    )


def _times(
    incident: Incident, events: Sequence[Event], tried: Sequence[Attempt], felt: Harm
) -> dict[str, Any]:
    opened = next(iter(of(events, "incident.opened")), None)
    detected = moment(opened.data.get("detected_at")) if opened else None
    cure = next((one for one in tried if one.held), None)
    shown = cure or next((one for one in reversed(tried)), None)
    approved = cure or next((one for one in reversed(tried) if one.decided == "approved"), None)
    handed = next(iter(of(events, "incident.handed_over")), None)
    closed = next(iter(of(events, "incident.closed")[::-1]), None)
    return {
        "impact_start": felt.onset,
        "impact_end": felt.end,
        "detected_at": detected or incident.alert.starts_at,
        "opened_at": opened.at if opened else incident.opened_at,
        "proposed_at": shown.made.at if shown else None,
        "requested_at": shown.requested.at if shown and shown.requested else None,
        "decided_at": shown.decision.at if shown and shown.decision else None,
        "approved_at": approved.decision.at if approved and approved.decision else None,
        "mitigated_at": cure.run.ended.at if cure and cure.run else None,
        "resolved_at": _resolved(events, cure),
        "handed_over_at": handed.at if handed else None,
        "closed_at": closed.at if closed else None,
    }


def _resolved(events: Sequence[Event], cure: Attempt | None) -> object:
    """Return when the incident was called resolved; without that word, when the checks passed."""
    named = next(
        (e for e in of(events, "incident.status") if text(e.data, "new") == "resolved"), None
    )
    if named is not None:
        return named.at
    return cure.verdict.at if cure and cure.verdict else None


def _duration(known: Mapping[str, Any], name: str, label: str, start: str, end: str) -> Duration:
    first, last = known[start], known[end]
    seconds = (last - first).total_seconds() if first is not None and last is not None else None
    return Duration(name=name, label=label, start=start, end=end, seconds=seconds)


def _changed(tried: Sequence[Attempt]) -> Literal["yes", "no", "unknown"]:
    results = {run.result for one in tried for run in (one.run, one.undo) if run}
    if "done" in results:
        return "yes"
    return "unknown" if "in doubt" in results else "no"


def _outcome(
    events: Sequence[Event], tried: Sequence[Attempt], fact: CauseFact | None, felt: Harm
) -> Outcome:
    quiet = fact is not None and fact.theme == "false alarm" and felt.onset is None
    over = bool(of(events, "incident.closed", "hypotheses.weighed"))
    cases: tuple[tuple[bool, Outcome], ...] = (
        (any(one.held for one in tried), "cured"),
        (bool(of(events, "incident.handed_over")), "handed over"),
        (any(one.run for one in tried), "not cured"),
        (any(one.decided in {"rejected", "expired"} for one in tried), "declined"),
        (quiet, "false alarm"),
        (over and fact is None, "no cause found"),
    )
    return next((outcome for holds, outcome in cases if holds), "open")


def _rejected(events: Sequence[Event], fact: CauseFact | None) -> tuple[str, ...]:
    last = next(iter(of(events, "hypotheses.weighed")[::-1]), None)
    all_ = last.data.get("hypotheses", ()) if last else ()
    return tuple(one["id"] for one in all_ if fact is None or one["id"] != fact.hypothesis)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
