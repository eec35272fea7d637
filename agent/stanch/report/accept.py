"""What of a model's prose may stand in the document: checked sentence by sentence.

A model rewords the rules' drafts. A sentence that fails a check is replaced by the draft it
stood for; where that is not known, and where a section lost a fact, the drafts stand.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stanch.incident import Claim
from stanch.report.case import Case
from stanch.report.prose import drafts
from stanch.report.sentences import Ground, faults, ground
from stanch.report.spans import stamp

WRITABLE = ("summary", "what-happened", "detection", "resolution", "lessons")
"""Sections that a model may word. The others are lists that the facts decide."""

_LONGEST = 400
_MOST_WORDS = 100
_MARKUP = re.compile(
    r"https?:|www\.|<[^>]*>|\]\(|\]\[|!\[|```|^\s*[#>*+-]\s|\*\*|__|&\w+;|&#|javascript:",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"^\s*(?:please\b|you (?:must|need|have)|now\b|run\b|execute\b|delete\b|drop\b|apply\b|"
    r"approve\b|ignore\b|disregard\b|click\b|visit\b|open the\b|send\b|call\b)|"
    r"\b(?:ignore|disregard) (?:all|any|the|previous|prior|these)\b|\b(?:must|should) be "
    r"(?:deleted|approved|run|executed|removed|dropped)\b|\bsystem prompt\b|\binstructions?\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"\b(?:kubectl|curl|wget|ssh|sudo|rm -|psql|helm|bash|sh -c)\b", re.IGNORECASE
)


_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]")
_DENIAL = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|without|neither|nor|cannot|unapproved"
    r"|unauthori[sz]ed)\b|n't\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A sentence that may not stand, or a whole section, with the reasons."""

    section: str
    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingTask:
    """One section for a model to reword, with all that it may cite."""

    section: str
    drafts: tuple[Claim, ...]
    sources: Mapping[str, str]
    """Id and excerpt; excerpts of evidence are untrusted text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a model's sentences are held against, and the drafts that they stand for."""

    ground: Ground
    drafts: Mapping[str, tuple[Claim, ...]]


def context(case: Case) -> Context:
    """Return what the prose about this incident is held against."""
    held = ground(case.incident, case.events, case.evidence, case.facts)
    return Context(ground=held, drafts=drafts(case))


def writing_tasks(case: Case, *, excerpt: int = 600) -> tuple[WritingTask, ...]:
    """Return the sections that a model may word, excerpts cut to `excerpt` characters."""
    known = context(case)
    tasks = []
    for section in WRITABLE:
        cites = dict.fromkeys(cite for claim in known.drafts[section] for cite in claim.cites)
        said = {cite: _excerpt(case, known, cite)[:excerpt] for cite in cites}
        tasks.append(WritingTask(section=section, drafts=known.drafts[section], sources=said))
    return tuple(tasks)


def _excerpt(case: Case, known: Context, cite: str) -> str:
    sources = known.ground.sources
    if cite in case.evidence:
        one = case.evidence[cite]
        return f"{one.operation_text}: {one.text}"
    if cite in sources.events:
        event = sources.events[cite]
        # A series is for the chart; it would fill the excerpt and tell a reader nothing.
        data = {key: value for key, value in event.data.items() if key != "series"}
        return f"{event.type} at {stamp(event.at)}: {json.dumps(data, ensure_ascii=False)}"
    return json.dumps(sources.facts[cite], ensure_ascii=False)


def accept_all(
    written: Mapping[str, Sequence[Claim]], known: Context
) -> tuple[dict[str, tuple[Claim, ...]], tuple[Refusal, ...]]:
    """Return the prose that may stand, by section, and all that was refused.

    Sections that no model may word are refused as a whole.
    """
    prose: dict[str, tuple[Claim, ...]] = {}
    refused: list[Refusal] = []
    for section, claims in written.items():
        if section not in WRITABLE:
            reason = "the facts decide this section"
            refused.append(Refusal(section=section, text="", reasons=(reason,)))
        elif claims:
            prose[section], lost = accept(section, claims, known)
            refused += lost
    return prose, tuple(refused)


def accept(
    section: str, claims: Sequence[Claim], known: Context
) -> tuple[tuple[Claim, ...], tuple[Refusal, ...]]:
    """Return the sentences that may stand in the section, and what was refused and why.

    The sentences stand for the drafts one by one when there are as many of both.

    Raises:
        KeyError: the section is not one that a model may word.
    """
    if section not in WRITABLE:
        raise KeyError(f"{section} is not among the sections to word: {', '.join(WRITABLE)}")
    stand_in = known.drafts[section]
    refused = [
        Refusal(section=section, text=claim.text, reasons=reasons)
        for claim in claims
        if (reasons := _reasons(section, claim, known.ground))
    ]
    known_bad = {one.text for one in refused}
    refused += [one for one in _turned(section, claims, stand_in) if one.text not in known_bad]
    bad = {one.text for one in refused}
    one_by_one = len(claims) == len(stand_in)
    if bad and not one_by_one:
        return stand_in, tuple(refused)
    kept = tuple(claims)
    if one_by_one:
        pairs = zip(claims, stand_in, strict=True)
        kept = tuple(draft if claim.text in bad else claim for claim, draft in pairs)
    whole = _of_the_whole(section, kept, stand_in)
    if whole:
        return stand_in, (*refused, Refusal(section=section, text="", reasons=whole))
    return kept, tuple(refused)


def _reasons(section: str, claim: Claim, against: Ground) -> tuple[str, ...]:
    """Return why a model's sentence may not stand; warnings of the rubric count as well."""
    reasons = [f"{one.id} {one.message}" for one in faults(section, claim, against)]
    if not claim.text.isprintable():
        reasons.append("it holds control or invisible characters")
    if len(claim.text) > _LONGEST:
        reasons.append(f"it is longer than {_LONGEST} characters")
    if _MARKUP.search(claim.text):
        reasons.append("it holds markup or a link")
    if _ORDER.search(claim.text):
        reasons.append("it tells the reader what to do")
    if _COMMAND.search(claim.text) and not _typed(claim, against):
        reasons.append("it holds a command that was not run or proposed")
    return tuple(reasons)


def _turned(section: str, claims: Sequence[Claim], stand_in: Sequence[Claim]) -> Iterator[Refusal]:
    """Yield the sentences that deny, or put between quotes, what their draft does not.

    Sentences stand for the drafts one by one where there are as many of both; else for
    those drafts that share a citation with them.
    """
    for place, claim in enumerate(claims):
        if len(claims) == len(stand_in):
            drafts: Sequence[Claim] = [stand_in[place]]
        else:
            drafts = [draft for draft in stand_in if set(draft.cites) & set(claim.cites)]
        whole = " ".join(draft.text for draft in drafts)
        if _denials(claim.text) != _denials(whole) and not (
            len(drafts) > 1 and _denials(claim.text) <= _denials(whole)
        ):
            reason = "it denies what its draft does not, or the other way round"
            yield Refusal(section=section, text=claim.text, reasons=(reason,))
        elif any(quote not in whole for quote in _QUOTED.findall(claim.text)):
            reason = "it quotes words that its draft does not"
            yield Refusal(section=section, text=claim.text, reasons=(reason,))


def _denials(text: str) -> set[str]:
    """Return the words of a sentence that turn it round: reworded is not denied."""
    return set(_DENIAL.findall(text.lower()))


def _typed(claim: Claim, against: Ground) -> bool:
    """Say whether every command of the sentence is one that a cited event holds."""
    spans = re.findall(r"`([^`]+)`", claim.text)
    outside = re.sub(r"`[^`]+`", "", claim.text)
    events = [cite for cite in claim.cites if cite in against.sources.events]
    said = "\n".join(against.sources.said(cite).text for cite in events)
    commands = [span for span in spans if _COMMAND.search(span)]
    return not _COMMAND.search(outside) and all(one.lower() in said for one in commands)


def _of_the_whole(
    section: str, kept: Sequence[Claim], stand_in: Sequence[Claim]
) -> tuple[str, ...]:
    """Return why the section as a whole may not stand: something is missing or too much."""
    cited = {cite for claim in kept for cite in claim.cites}
    lost = {c for claim in stand_in for c in claim.cites if c.startswith(("C:", "J-"))} - cited
    reasons = []
    if lost:
        reasons.append(f"it leaves out {', '.join(sorted(lost))}")
    if section == "summary":
        words = sum(len(claim.text.split()) for claim in kept)
        if not 2 <= len(kept) <= 4 or words > _MOST_WORDS:
            reasons.append("a summary has two to four sentences and at most 100 words")
    return tuple(reasons)
