"""Checks of the parts: sections, whys, factors, trigger, action items, well and wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from stanch.incident import Event, Evidence
from stanch.report.actions import DAYS
from stanch.report.document import AUTHOR, Action, Postmortem
from stanch.report.journal import text
from stanch.report.sentences import Failure, Level
from stanch.report.words import BLAME, RESIDUE, unquoted

_REQUIRED = (
    "summary",
    "timeline",
    "trigger",
    "what_happened",
    "factors",
    "whys",
    "detection",
    "resolution",
    "permanent_fix",
    "went_well",
    "went_wrong",
    "lucky",
    "actions",
    "lessons",
    "not_checked",
    "related",
)
_VERBS = re.compile(
    r"(add|bound|correct|document|fix|halve|lower|move|raise|record|release|remove|replace|"
    r"restore|return|rewrite|split|test|verify)\b",
    re.IGNORECASE,
)
_OBSERVABLE = re.compile(
    r"\b(alert|drill|rehearsal|test|pipeline|metric|ratio|rule|manifest|document|section|"
    r"dashboard|runbook|revision|series|evidence)\b",
    re.IGNORECASE,
)
_FEW = frozenset({"about", "after", "the", "and", "that", "there", "what", "which", "why"})
_WRONG = {
    "verification.failed",
    "approval.rejected",
    "approval.expired",
    "approval.superseded",
    "step.denied",
    "model.fallback",
    "incident.handed_over",
}
_IN_DOUBT = {"mitigation.started", "mitigation.in_doubt", "mitigation.probed"}
"""A change without an end may stand in went wrong; one that ended well has to stand nowhere."""
_WELL = {
    "verification.passed",
    "mitigation.finished",
    "approval.rejected",
    "approval.expired",
    "gate.item",
}


def check_parts(
    document: Postmortem, events: Sequence[Event], evidence: Mapping[str, Evidence]
) -> list[Failure]:
    """Return what is wrong with the parts of the document."""
    return [
        *_sections(document),
        *_exhibits(document, events),
        *_state(document),
        *_summary(document),
        *_whys(document),
        *_factors(document),
        *_trigger(document),
        *_actions(document),
        *_went(document, events, evidence),
    ]


def _fail(name: str, message: str, level: Level = "E") -> Failure:
    return Failure(id=name, level=level, message=message)


def _sections(document: Postmortem) -> list[Failure]:
    empty = [name for name in _REQUIRED if not getattr(document, name)]
    empty += [] if document.impact.text else ["impact"]
    found = [_fail("R-02", f"section {name} is empty") for name in empty]
    texts = {
        "title": document.header.title,
        "permanent fix": document.permanent_fix,
        **{one.id: f"{one.text}. {one.done_when}. {one.owner}" for one in document.actions},
        **{entry.event_ids[0]: entry.text for entry in document.timeline if entry.event_ids},
        **{one.question: one.question for one in document.whys},
    }
    for where, said in texts.items():
        own = re.sub(r"`[^`]*`", "", unquoted(said))
        if match := RESIDUE.search(own):
            found.append(_fail("R-03", f"{where}: left over from a template: {match.group()}"))
        if match := BLAME.search(own):
            found.append(_fail("B-02", f"{where}: words of blame: {match.group()}"))
    return found


def _exhibits(document: Postmortem, events: Sequence[Event]) -> list[Failure]:
    """A journal that speaks of evidence asks for it in the table."""
    told = {text(e.data, "evidence") for e in events if e.type == "step.finished"} - {""}
    missing = sorted(told - {one.id for one in document.evidence})
    return (
        [_fail("R-02", f"supporting evidence leaves out {', '.join(missing)}")] if missing else []
    )


def _state(document: Postmortem) -> list[Failure]:
    head = document.header
    if head.state not in {"Reviewed", "Closed"}:
        return []
    # Only a person reviews; the roles of the agent carry the product's name.
    if not head.reviewer or head.reviewer in {head.author, AUTHOR} or "stanch" in head.reviewer:
        return [_fail("R-04", f"{head.state} needs a person other than the author as reviewer")]
    return []


def _summary(document: Postmortem) -> list[Failure]:
    words = sum(len(claim.text.split()) for claim in document.summary)
    if 2 <= len(document.summary) <= 4 and words <= 100:
        return []
    message = f"the summary has {len(document.summary)} sentences and {words} words"
    return [_fail("P-03", f"{message}; 2 to 4 and at most 100 are wanted", "W")]


def _whys(document: Postmortem) -> list[Failure]:
    whys = document.whys
    found = []
    ended = bool(whys) and whys[-1].status == "evidence_ends" and "missing" in whys[-1].answer.text
    if len(whys) < 5 and not ended:
        message = "fewer than five whys, and no last one that says what evidence is missing"
        found.append(_fail("W-01", message))
    for before, after in pairwise(whys):
        if not _content(after.question) & _content(before.answer.text):
            found.append(_fail("W-02", f"{after.question!r} does not take up the answer before it"))
    found += [
        _fail("W-03", f"the answer to {why.question!r} has no evidence and is not called assumed")
        for why in whys
        if why.status == "supported" and not why.answer.cites
    ]
    return found


def _content(words: str) -> set[str]:
    found = re.findall(r"[\w.:/-]{3,}", words.lower())
    return {word.strip(".:/-") for word in found} - _FEW


def _factors(document: Postmortem) -> list[Failure]:
    kinds = {factor.kind for factor in document.factors}
    if len(document.factors) >= 2 and len(kinds) >= 2:
        return []
    return [_fail("F-01", "fewer than two contributing factors of two kinds")]


def _trigger(document: Postmortem) -> list[Failure]:
    rows = [row for row in document.timeline if row.kind == "trigger"]
    cites = {cite for claim in document.trigger for cite in claim.cites}
    none = any(
        re.search(r"shows no event|[Nn]othing set a failure off", c.text) for c in document.trigger
    )
    if rows and not any(set(row.evidence) & cites for row in rows):
        return [_fail("F-02", "the trigger of the timeline is not that of the trigger section")]
    if not rows and not none:
        return [_fail("F-02", "the trigger is not an event of the timeline")]
    return []


def _actions(document: Postmortem) -> list[Failure]:
    found = []
    for one in document.actions:
        found += _action(one, document.header.written_at.date())
    kinds = {one.kind for one in document.actions}
    if document.header.severity <= 2 and not (
        "prevent" in kinds and kinds & {"detect", "mitigate"}
    ):
        found.append(_fail("A-02", "no item prevents, or none detects or mitigates"))
    replaced = {one.replaces for one in document.actions}
    found += [
        _fail("A-06", f"{change.proposal} is temporary, and no item ends it")
        for change in document.changes
        if change.temporary and change.proposal not in replaced
    ]
    return found


def _action(one: Action, today: date) -> list[Failure]:
    found = []
    if not one.owner.strip() or not one.done_when.strip():
        found.append(_fail("A-01", f"{one.id} lacks an owner or the sign of its end"))
    try:
        left = (date.fromisoformat(one.due) - today).days
    except ValueError:
        found.append(_fail("A-01", f"{one.id}: {one.due!r} is not an ISO date"))
    else:
        if not 0 <= left <= DAYS[one.priority]:
            found.append(
                _fail("A-01", f"{one.id}: due in {left} days, at most {DAYS[one.priority]}")
            )
    if not _VERBS.match(one.text):
        found.append(_fail("A-03", f"{one.id} does not begin with a verb that ends somewhere", "W"))
    if one.done_when.strip() and not _OBSERVABLE.search(one.done_when):
        found.append(_fail("A-04", f"{one.id}: nothing to observe in {one.done_when!r}"))
    return found


def _went(
    document: Postmortem, events: Sequence[Event], evidence: Mapping[str, Evidence]
) -> list[Failure]:
    by_id = {event.id: event for event in events}
    bad = {event.id for event in events if _failed(event)}
    doubtful = {e.id for e in events if e.type in _IN_DOUBT}
    bad |= {one.id for one in evidence.values() if one.status != "ok"}
    good = {e.id for e in events if e.type in _WELL and not (e.type == "gate.item" and _failed(e))}
    found = []
    for claim in document.went_well:
        derived = {c for c in claim.cites if c in good or c.startswith(("C:", "E-"))}
        if not derived and claim.text != "None recorded.":
            found.append(_fail("G-02", f"went well: not derived from anything: {claim.text!r}"))
    for claim in document.went_wrong:
        derived = {c for c in claim.cites if c in bad | doubtful or c.startswith("C:")}
        opened = any(by_id[c].type == "incident.opened" for c in claim.cites if c in by_id)
        if (
            not derived
            and not (opened and "not known" in claim.text)
            and (claim.text != "None recorded.")
        ):
            found.append(_fail("G-02", f"went wrong: not derived from anything: {claim.text!r}"))
    cited = {cite for claim in document.went_wrong for cite in claim.cites}
    found += [_fail("G-03", f"went wrong leaves out {one}") for one in sorted(bad - cited)]
    return found


def _failed(event: Event) -> bool:
    """Say whether the event records something that went wrong."""
    if event.type == "gate.item":
        return text(event.data, "result") in {"missed", "waived"}
    if event.type == "mitigation.finished":
        return text(event.data, "result") != "done"
    return event.type in _WRONG
