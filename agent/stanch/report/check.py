"""The rubric: every check of a finished post-mortem against its journal and its evidence.

Errors keep a document from leaving the state Draft; warnings are listed. The checks prove
provenance and completeness, not truth.
"""

from collections.abc import Mapping, Sequence

from stanch.incident import Event, Evidence
from stanch.report.checks_facts import check_facts
from stanch.report.checks_parts import check_parts
from stanch.report.checks_timeline import check_timeline
from stanch.report.document import Postmortem
from stanch.report.journal import in_order
from stanch.report.render import render
from stanch.report.sentences import Failure, faults, ground
from stanch.report.words import EMAIL, SECRET
from stanch.report.write import stem
from stanch.tools.operations import digest_of


def check(
    document: Postmortem,
    events: Sequence[Event],
    evidence: Mapping[str, Evidence],
    *,
    markdown: str | None = None,
) -> tuple[Failure, ...]:
    """Return every check that fails, errors first; `markdown` is the file as it stands.

    Events that came after those that the document was made from are left out.
    """
    events = tuple(e for e in in_order(events) if e.seq <= document.journal.last_seq)
    against = ground(document.subject, events, evidence, document.facts)
    found = [
        *_render(document, markdown),
        *check_facts(document, events, evidence),
        *check_timeline(document, events, evidence),
        *check_parts(document, events, evidence),
        *_evidence(document, evidence),
    ]
    for section, claims in document.prose().items():
        for claim in claims:
            found += faults(section, claim, against)
    return tuple(sorted(found, key=lambda one: (one.level, one.id)))


def score(failures: Sequence[Failure], checks: int = 40) -> float:
    """Return the share of passed checks, an error weighing three times a warning."""
    lost = {(one.id, one.level) for one in failures}
    weight = sum(3 if level == "E" else 1 for _, level in lost)
    return max(0.0, 1 - weight / (3 * checks))


def _render(document: Postmortem, markdown: str | None) -> list[Failure]:
    found = []
    if markdown is not None:
        renders = {render(document), render(document, chart=f"{stem(document)}.svg")}
        if markdown not in renders:
            message = "the Markdown is not the render of its JSON: edit the JSON, not the text"
            found.append(Failure(id="R-01", level="E", message=message))
    text = render(document)
    if SECRET.search(text):
        message = "the document holds what looks like a secret"
        found.append(Failure(id="P-01", level="E", message=message))
    if EMAIL.search(text):
        message = "the document holds an e-mail address"
        found.append(Failure(id="P-01", level="E", message=message))
    return found


def _evidence(document: Postmortem, evidence: Mapping[str, Evidence]) -> list[Failure]:
    """Compare the table of evidence with what is stored."""
    found = []
    for row in document.evidence:
        one = evidence.get(row.id)
        if one is None:
            message = f"evidence: {row.id} is not stored"
        elif digest_of(one.data) != row.sha256 or one.sha256 != row.sha256:
            message = f"evidence: {row.id} is not what it was when the document was made"
        else:
            continue
        found.append(Failure(id="C-02", level="E", message=message))
    return found
