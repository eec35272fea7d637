"""The post-mortem as data. Its JSON is the record; the Markdown is a render of it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from stanch.incident import Claim, Incident
from stanch.report.facts import Facts
from stanch.report.timeline import Entry
from stanch.tools.operations import Frozen

AUTHOR = "docs-writer (stanch)"
State = Literal["Draft", "In review", "Reviewed", "Closed"]


class Header(Frozen):
    """Who, what and when; the only part, with owners and approvers, where names may stand."""

    title: Annotated[str, Field(min_length=1)]
    incident: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    severity: Annotated[int, Field(ge=1, le=4)]
    severity_label: str
    state: State = "Draft"
    affected: str
    commander: str
    author: str = AUTHOR
    reviewer: str = ""
    """Empty until a person has reviewed it."""
    prose: str
    """Who worded it, and how that was checked."""
    written_at: AwareDatetime
    """The time of the last event that was taken in."""


class Journal(Frozen):
    """Which part of the journal the document was made from."""

    first: str
    last: str
    last_seq: int
    events: int
    head: str
    """The mac of the last event."""


class Impact(Frozen):
    """The harm, in numbers and in words."""

    text: tuple[Claim, ...]
    not_measured: tuple[str, ...]


class Factor(Frozen):
    """One thing that contributed, by how far it lies from the symptom."""

    id: Annotated[str, Field(pattern=r"^F-[1-9][0-9]*$")]
    kind: Literal["immediate", "underlying", "systemic", "detection", "response"]
    claim: Claim


class Why(Frozen):
    """One of the five whys; where the evidence ends, the asking ends too."""

    question: str
    answer: Claim
    status: Literal["supported", "assumed", "evidence_ends"]


class Change(Frozen):
    """One change of the response, with what it was approved on and what came of it."""

    proposal: str
    title: str
    command: str
    target: str
    approval: str
    approved_by: str
    started_at: AwareDatetime | None
    result: str
    verified: Literal["held", "did not hold", "not seen"]
    before: str
    after: str
    undone: str
    temporary: str
    """What about it does not last; empty when it changed nothing that stays."""


class Considered(Frozen):
    """One hypothesis, and the signs that decided."""

    id: str
    claim: str
    state: str
    score: float
    supporting: tuple[Claim, ...]
    opposing: tuple[Claim, ...]
    open: tuple[Claim, ...]
    why: str
    """Why it was accepted or not, in one sentence."""


class Action(Frozen):
    """One thing to do, with a team, a date, and the observable that ends it."""

    id: Annotated[str, Field(pattern=r"^AI-[1-9][0-9]*$")]
    text: Annotated[str, Field(min_length=1)]
    kind: Literal["prevent", "detect", "mitigate", "process"]
    owner: str
    priority: Literal["P1", "P2", "P3"]
    due: str
    """An ISO date."""
    done_when: str
    factors: tuple[str, ...] = ()
    replaces: str = ""
    """The proposal whose temporary change it makes permanent or takes back."""
    state: Literal["Open", "In progress", "Done"] = "Open"


class Exhibit(Frozen):
    """One piece of evidence in the table at the end."""

    id: str
    what: str
    seen: str
    at: AwareDatetime
    status: str
    sha256: str
    truncated: bool
    redactions: int


class Postmortem(Frozen):
    """The whole document."""

    version: Literal[1] = 1
    header: Header
    subject: Incident
    journal: Journal
    facts: Facts
    summary: tuple[Claim, ...]
    impact: Impact
    timeline: tuple[Entry, ...]
    trigger: tuple[Claim, ...]
    what_happened: tuple[Claim, ...]
    factors: tuple[Factor, ...]
    whys: tuple[Why, ...]
    detection: tuple[Claim, ...]
    resolution: tuple[Claim, ...]
    changes: tuple[Change, ...]
    permanent_fix: str
    considered: tuple[Considered, ...]
    went_well: tuple[Claim, ...]
    went_wrong: tuple[Claim, ...]
    lucky: tuple[Claim, ...]
    actions: tuple[Action, ...]
    lessons: tuple[Claim, ...]
    not_checked: tuple[Claim, ...]
    related: str
    evidence: tuple[Exhibit, ...]

    def prose(self) -> dict[str, tuple[Claim, ...]]:
        """Return every sentence that carries citations, by section."""
        return {
            "summary": self.summary,
            "impact": self.impact.text,
            "trigger": self.trigger,
            "what-happened": self.what_happened,
            "factors": tuple(one.claim for one in self.factors),
            "whys": tuple(one.answer for one in self.whys),
            "detection": self.detection,
            "resolution": self.resolution,
            "went-well": self.went_well,
            "went-wrong": self.went_wrong,
            "lucky": self.lucky,
            "lessons": self.lessons,
            "not-checked": self.not_checked,
        }
