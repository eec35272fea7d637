"""Checks of the timeline: each row is real, nothing is left out, all of it in order and UTC."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from stanch.incident import Event, Evidence
from stanch.report.document import Postmortem
from stanch.report.rollouts import rollouts
from stanch.report.rows import MUST_SHOW
from stanch.report.sentences import Failure
from stanch.report.spans import moment, whole
from stanch.report.timeline import Entry
from stanch.report.words import LOCAL_TIME


def check_timeline(
    document: Postmortem, events: Sequence[Event], evidence: Mapping[str, Evidence]
) -> list[Failure]:
    """Return what is wrong with the timeline."""
    by_id = {event.id: event for event in events}
    found = []
    for entry in document.timeline:
        found += _row(entry, by_id, evidence)
    found += _complete(document, events)
    found += _ordered(document)
    return found + _start(document)


def _fail(name: str, message: str) -> Failure:
    return Failure(id=name, level="E", message=f"timeline: {message}")


def _row(
    entry: Entry, events: Mapping[str, Event], evidence: Mapping[str, Evidence]
) -> list[Failure]:
    found = []
    unknown = [i for i in entry.event_ids if i not in events]
    unknown += [i for i in entry.evidence if i not in evidence]
    if unknown or not (entry.event_ids or entry.evidence):
        found.append(_fail("T-01", f"{entry.text!r} rests on {', '.join(unknown) or 'nothing'}"))
    elif entry.reconstructed:
        if whole(entry.at) not in _told(entry, events, evidence):
            found.append(_fail("T-01", f"no source has {entry.at} for {entry.text!r}"))
    elif any(whole(events[i].at) != whole(entry.at) for i in entry.event_ids):
        found.append(_fail("T-01", f"{entry.text!r} is not at the time of its event"))
    if entry.at.utcoffset() != timedelta(0) or LOCAL_TIME.search(entry.text):
        found.append(_fail("T-03", f"{entry.text!r} is not in UTC"))
    return found


def _told(
    entry: Entry, events: Mapping[str, Event], evidence: Mapping[str, Evidence]
) -> set[object]:
    """Return the times that the sources of a reconstructed row tell of."""
    times: set[object] = set()
    for event in (events[i] for i in entry.event_ids):
        told = [event.data.get(key) for key in ("onset", "ended", "detected_at")]
        alert = event.data.get("alert")
        told += [alert.get("starts_at")] if isinstance(alert, dict) else []
        times |= {whole(at) for at in map(moment, told) if at is not None}
    held = {i: evidence[i] for i in entry.evidence}
    return times | {rollout.at for rollout in rollouts(held)}


def _complete(document: Postmortem, events: Sequence[Event]) -> list[Failure]:
    shown = {i for entry in document.timeline if not entry.reconstructed for i in entry.event_ids}
    return [
        _fail("T-02", f"{event.id} ({event.type}) is missing")
        for event in events
        if event.type in MUST_SHOW and event.id not in shown
    ]


def _ordered(document: Postmortem) -> list[Failure]:
    rows = document.timeline
    found = [
        _fail("T-04", f"{after.text!r} stands after a later row")
        for before, after in pairwise(rows)
        if after.at < before.at
    ]
    closed = document.facts.closed_at
    if closed is not None and any(row.at > closed for row in rows):
        found.append(_fail("T-04", "a row lies after the close of the incident"))
    if any(row.at > document.header.written_at or row.at.year < 2000 for row in rows):
        found.append(_fail("T-04", "a row lies in the future, or before computers had clocks"))
    return found


def _start(document: Postmortem) -> list[Failure]:
    known = [row for row in document.timeline if row.kind in {"trigger", "first_error"}]
    start = document.facts.impact_start
    if start is None:
        if any("start unknown" in claim.text for claim in document.detection):
            return []
        return [_fail("T-05", "the start is not known, and the detection section does not say so")]
    early = start > document.facts.detected_at
    if known and (early or document.timeline[0].at < document.facts.detected_at):
        return []
    return [_fail("T-05", "it does not begin before the detection")]
