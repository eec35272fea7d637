"""An incident: one thing that is wrong, from the alert to the post-mortem."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from stanch.incident.alert import Alert
from stanch.tools.operations import Frozen


class Phase(StrEnum):
    """Where the work on an incident stands (GATE-01)."""

    TRIAGE = "triage"
    INVESTIGATE = "investigate"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    POSTMORTEM = "postmortem"


class Status(StrEnum):
    """What is said of an incident to others; the last two are final."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MITIGATING = "mitigating"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    HANDED_OVER = "handed over"
    CLOSED = "closed"

    @property
    def final(self) -> bool:
        """Whether no run will move the incident any more."""
        return self in {Status.HANDED_OVER, Status.CLOSED}


class Incident(Frozen):
    """One incident, as it stands now; how it came there is in the journal."""

    id: Annotated[str, Field(pattern=r"^INC-[1-9][0-9]*$")]
    title: str
    alert: Alert
    opened_at: AwareDatetime
    opened_by: str
    status: Status = Status.INVESTIGATING
    phase: Phase = Phase.TRIAGE
    severity: Annotated[int, Field(ge=1, le=4)] = 3
    """1 is the worst. Its label is a matter of the policy's preset."""
    runbooks: tuple[str, ...] = ()
    """The names of the runbooks that match, the best first."""
    params: dict[str, str] = Field(default_factory=dict)
    """The values of the runbooks' parameters; `runbook#name` where one has its own."""
    related: tuple[Alert, ...] = ()
    """Other alerts that fired at the same time and were found to belong to it."""
    graph_version: int = 1
    closed_at: AwareDatetime | None = None
