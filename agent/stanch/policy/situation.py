"""What a change is judged by beside itself, and what the judgement says; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from stanch.incident import Needs

STANCH = "stanch"
"""Who asks for a change where nobody is named: the agent itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A change of the same kind that was verified in some incident."""

    environment: str
    thing: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The incident and the moment in which a change is judged."""

    now: datetime
    role: str = "devops"
    requester: str = STANCH
    """Who asks for the change: under four eyes not one of its approvers."""
    severity: str | None = None
    """SEV1 to SEV4; None while it is not known."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of the incident's alert: outsiders' words."""
    reversible: bool = False
    """Whether the change has an inverse."""
    recent: tuple[datetime, ...] = ()
    """When the same target was changed before."""
    busy_hosts: frozenset[str] = frozenset()
    """Hosts on which changes of this incident are under way and not verified."""
    held: tuple[Held, ...] = ()
    """Changes of the same kind that were verified before, wherever that was."""
    glass_until: datetime | None = None
    """Until when the glass is broken for this incident, if somebody broke it."""
    glass_by: str | None = None
    """Who broke it; it counts only while the policy still lets that person."""
    undoing: bool = False
    """Whether it is the inverse that was approved together with the change."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may happen to an operation, and the one sentence that says why."""

    answer: Literal["allow", "ask", "deny"]
    reason: str
    rule: str = ""
    """The place in the policy that decided: environments.production.deny.0."""
    needs: Needs | None = None
    """For a change that is asked for, or is made by itself: whose yes it needs."""
