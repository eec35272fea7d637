"""The checks that every sentence of a post-mortem must pass, whoever wrote it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stanch.incident import Claim, Event, Evidence, Incident
from stanch.report.facts import Facts
from stanch.report.sources import Sources, sources, unproven
from stanch.report.words import (
    ACTOR_BLAMED,
    BLAME,
    CAUSAL,
    EMAIL,
    HANDLE,
    HINDSIGHT,
    LIKELY,
    LOCAL_TIME,
    RESIDUE,
    SECRET,
    people,
    unquoted,
)

Level = Literal["E", "W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A check that failed: its id in the rubric, error or warning, and what is wrong where."""

    id: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What sentences are held against."""

    sources: Sources
    names: tuple[str, ...]
    people: tuple[str, ...]
    certainty: str
    """Of the accepted hypothesis: confirmed, leading, or empty when there is none."""
    weighings: frozenset[str]


def ground(
    incident: Incident, events: Sequence[Event], evidence: Mapping[str, Evidence], facts: Facts
) -> Ground:
    """Return what the sentences about this incident are held against."""
    alert = incident.alert
    names = {alert.name, incident.id, *alert.labels.values(), *incident.params.values()}
    return Ground(
        sources=sources(facts, events, evidence),
        names=tuple(sorted(names)),
        people=people(incident, events),
        certainty=facts.cause.certainty if facts.cause else "",
        weighings=frozenset(e.id for e in events if e.type == "hypotheses.weighed"),
    )


def faults(where: str, claim: Claim, against: Ground) -> tuple[Failure, ...]:
    """Return every check of a single sentence that fails."""
    found = [*_citations(claim, against), *_words(claim.text, against), *_causes(claim, against)]
    shown = f": {claim.text!r}"
    if secret := [one for one in found if one[0] == "P-01"]:
        # A message about any of the other checks could repeat what looks like a secret.
        found, shown = secret[:1], ""
    return tuple(
        Failure(id=name, level=level, message=f"{where}: {message}{shown}")
        for name, level, message in found
    )


_Found = tuple[str, Level, str]


def _citations(claim: Claim, against: Ground) -> list[_Found]:
    if not claim.cites:
        return [("C-01", "E", "no citation")]
    missing = [cite for cite in claim.cites if cite not in against.sources]
    if missing:
        return [("C-02", "E", f"no such source as {', '.join(missing)}")]
    said = [against.sources.said(cite) for cite in claim.cites]
    figures, names = unproven(claim.text, said, against.names)
    found: list[_Found] = []
    if figures:
        found.append(("C-03", "E", f"in no cited source: {', '.join(figures)}"))
    if names:
        found.append(("C-04", "E", f"in no cited source: {', '.join(names)}"))
    return found


def _words(text: str, against: Ground) -> list[_Found]:
    own = unquoted(text)
    lexicons: tuple[tuple[str, Level, str, re.Pattern[str], str], ...] = (
        ("B-02", "E", "words of blame", BLAME, own),
        ("B-03", "W", "hindsight instead of a gap in the system", HINDSIGHT, own),
        ("B-04", "E", "a role as the culprit", ACTOR_BLAMED, own),
        ("R-03", "E", "left over from a template", RESIDUE, re.sub(r"`[^`]*`", "", own)),
        ("T-03", "E", "a time that is not UTC", LOCAL_TIME, own),
        ("P-01", "E", "looks like a secret", SECRET, text),
        ("P-01", "E", "an address", EMAIL, text),
        ("B-01", "E", "a person's handle", HANDLE, own),
    )
    found: list[_Found] = []
    for name, level, what, words, said in lexicons:
        if match := words.search(said):
            seen = "" if name == "P-01" else f" ({match.group().strip()})"
            found.append((name, level, f"{what}{seen}"))
    if any(_is_named(person, text) for person in against.people):
        found.append(("B-01", "E", "a person is named"))
    return found


def _is_named(person: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(person)}(?![\w-])", text, re.IGNORECASE) is not None


def _causes(claim: Claim, against: Ground) -> list[_Found]:
    if not CAUSAL.search(unquoted(claim.text)):
        return []
    if not {"C:cause", *against.weighings} & set(claim.cites) or not against.certainty:
        return [("C-07", "E", "speaks of a cause without an accepted hypothesis")]
    if against.certainty == "leading" and not claim.text.startswith(LIKELY):
        return [("C-07", "E", f"the cause is not confirmed, and {LIKELY!r} is missing")]
    return []
