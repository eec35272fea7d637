"""Compose the post-mortem of an incident from its journal: the facts by code, prose from claims."""

from collections.abc import Mapping, Sequence

from stanch.incident import Claim, Event, Evidence, Incident
from stanch.report.actions import actions, permanent_fix, temporary
from stanch.report.case import Case, read
from stanch.report.causes import considered, factors, whys
from stanch.report.course import Attempt
from stanch.report.document import Change, Exhibit, Header, Impact, Journal, Postmortem
from stanch.report.facts import RATIOS
from stanch.report.impact import number
from stanch.report.journal import named, of, text
from stanch.report.lessons import sample_checks
from stanch.report.prose import drafts
from stanch.report.spans import percent
from stanch.report.timeline import timeline
from stanch.report.words import nameless

_NOT_MEASURED = (
    "the number of users affected",
    "revenue and support tickets",
    "data written or lost",
    "the share of an error budget: no SLO is declared in the runbook",
)


def compose(
    incident: Incident,
    events: Sequence[Event],
    evidence: Mapping[str, Evidence],
    *,
    prose: Mapping[str, tuple[Claim, ...]] | None = None,
    writer: str = "",
    related: Sequence[str] = (),
) -> Postmortem:
    """Compose the post-mortem from the journal.

    `prose` replaces the rules' sentences by section (see stanch.report.accept), `writer`
    names the model that worded it, `related` the ids of similar incidents.

    Raises:
        ValueError: the journal is empty.
    """
    if not events:
        raise ValueError(f"{incident.id} has no journal: a post-mortem is made from its events")
    case = read(incident, events, evidence)
    rules = drafts(case)
    words = rules | dict(prose or {})
    header = _header(case, writer if words != rules else "")
    return _assembled(case, words, header=header, related=_related(related))


def _assembled(
    case: Case, words: Mapping[str, tuple[Claim, ...]], *, header: Header, related: str
) -> Postmortem:
    parts = factors(case)
    items = actions(case, parts)
    return Postmortem(
        header=header,
        subject=case.incident,
        journal=_journal(case),
        facts=case.facts,
        summary=words["summary"],
        impact=Impact(text=words["impact"], not_measured=_NOT_MEASURED),
        timeline=timeline(case.incident, case.events, case.evidence, case.facts),
        trigger=words["trigger"],
        what_happened=words["what-happened"],
        factors=parts,
        whys=whys(case),
        detection=words["detection"],
        resolution=words["resolution"],
        changes=tuple(_change(case, one) for one in case.tried),
        permanent_fix=permanent_fix(case, items),
        considered=considered(case),
        went_well=words["went-well"],
        went_wrong=words["went-wrong"],
        lucky=words["lucky"],
        actions=items,
        lessons=words["lessons"],
        not_checked=words["not-checked"],
        related=related,
        evidence=tuple(_exhibit(one) for _, one in sorted(case.evidence.items())),
    )


def _related(ids: Sequence[str]) -> str:
    if not ids:
        return "No related incident is recorded."
    return f"Earlier incidents of the same alert: {', '.join(ids)}."


def _header(case: Case, writer: str) -> Header:
    label = next(
        (text(e.data, "label") for e in of(case.events, "severity.set")[::-1]),
        f"severity {case.incident.severity}",
    )
    by = "rules; no language model worded it"
    if writer:
        by = f"model {writer}; every sentence was checked against its citations"
    opener = next(iter(of(case.events, "incident.opened")), case.events[0])
    by_hand = opener.type == "incident.opened" and opener.actor.kind == "human"
    start = case.facts.impact_start or case.facts.detected_at
    return Header(
        title=nameless(case.incident.title, case.people),
        incident=case.incident.id,
        date=f"{start:%Y-%m-%d}",
        severity=case.incident.severity,
        severity_label=label or f"severity {case.incident.severity}",
        affected=case.where,
        commander=opener.actor.id.partition("@")[0] if by_hand else "commander (stanch)",
        prose=by,
        written_at=case.events[-1].at,
    )


def _journal(case: Case) -> Journal:
    first, last = case.events[0], case.events[-1]
    return Journal(
        first=first.id,
        last=last.id,
        last_seq=last.seq,
        events=len(case.events),
        head=last.mac,
    )


def _change(case: Case, one: Attempt) -> Change:
    approval = named(one.decision.data.get("approval")) if one.decision else ""
    checks = "; ".join(sample_checks(one)) or (
        text(one.verdict.data, "text") if one.verdict else ""
    )
    undone = ""
    if one.undo is not None:
        undone = f"{text(one.undo.started.data, 'text')}: {one.undo.result}"
    return Change(
        proposal=one.proposal.id,
        title=one.proposal.title,
        command=one.proposal.operation.as_text(),
        target=one.proposal.operation.target,
        approval=f"{approval} {one.decided}".strip(),
        approved_by=one.approver or "",
        started_at=one.run.started.at if one.run else None,
        result=one.result,
        verified={True: "held", False: "did not hold", None: "not seen"}[one.held],
        before=_side(one, "before") or _baseline(case, one),
        after=_after(one, checks if one.samples or one.verdict else ""),
        undone=undone,
        temporary=temporary(one),
    )


def _side(one: Attempt, key: str) -> str:
    """Print how users and the service stood on one side of the change (MIT-25)."""
    found = one.effect.data[key] if one.effect else {}
    figures = (("users", "user_impact"), ("service", "service"))
    return "; ".join(f"{word}: {text(found, name)}" for word, name in figures if text(found, name))


def _after(one: Attempt, checks: str) -> str:
    word = f"a person decided: {text(one.word.data, 'answer')}" if one.word else ""
    return "; ".join(part for part in (_side(one, "after"), checks, word) if part)


def _baseline(case: Case, one: Attempt) -> str:
    """Print what was measured before the change; ratios as percentages."""
    parts = []
    for key, value in one.proposal.baseline.items():
        name = key.replace("_", " ").replace("-", " ")
        figure = number(one.proposal.baseline, key)
        if figure is not None and "ratio" in key:
            parts.append(f"{name} {percent(figure)}")
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            parts.append(f"{name} {value}")
    if not parts:
        ratio = getattr(case.facts, RATIOS[0])
        return f"peak error ratio {percent(ratio)}" if ratio is not None else ""
    return "; ".join(parts)


def _seen(one: Evidence) -> str:
    """Return what was seen, without the expression that stands in the next cell."""
    expression = one.operation.get("expression")
    return one.text.removesuffix(f" for {expression}") if expression else one.text


def _exhibit(one: Evidence) -> Exhibit:
    return Exhibit(
        id=one.id,
        what=one.operation_text,
        seen=nameless(_seen(one), ()),
        at=one.collected_at,
        status=one.status,
        sha256=one.sha256,
        truncated=one.truncated,
        redactions=one.redactions,
    )
