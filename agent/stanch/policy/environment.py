"""An environment: a part of production, and what may be done to it.

A change belongs to the first environment in the file that names the place it happens in.
Labels of the incident's alert only narrow that choice: an alert is an outsider's word, and
can never move a change to an environment whose places do not hold it.
"""

import re
from datetime import datetime, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator

from stanch.policy import conditions
from stanch.policy.kinds import KindPattern
from stanch.policy.reads import Pattern
from stanch.tools.operations import Effect, Frozen
from stanch.tools.operations.reach import Reach

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$")]
"""A person, or a group of the policy."""
EnvironmentName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
EffectWord = Literal["observe", "mutate", "destructive"]
Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
Condition = Annotated[str, AfterValidator(conditions.checked)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")

PLACES = ("namespace", "node", "database", "host", "endpoint", "repository")
"""The fields of a reach that say where a change happens."""


def effect_of(word: EffectWord) -> Effect:
    """Return the effect that a policy writes as `word`."""
    return Effect[word.upper()]


class Where(Frozen):
    """Places, by patterns; what is not listed is elsewhere."""

    namespaces: tuple[Pattern, ...] = ()
    nodes: tuple[Pattern, ...] = ()
    databases: tuple[Pattern, ...] = ()
    hosts: tuple[Pattern, ...] = ()
    endpoints: tuple[Pattern, ...] = ()
    repositories: tuple[Pattern, ...] = ()
    labels: dict[str, Pattern] = Field(default_factory=dict)
    """Labels that the incident's alert must have, beside the place."""

    def patterns(self, place: str) -> tuple[str, ...]:
        """Return the patterns for one of PLACES."""
        plural = "repositories" if place == "repository" else f"{place}s"
        found: tuple[str, ...] = getattr(self, plural)
        return found


class Rule(Frozen):
    """Which changes a rule is about; all that it states must be so."""

    kinds: Annotated[tuple[KindPattern, ...], Field(min_length=1)]
    things: Annotated[tuple[Pattern, ...], Field(min_length=1)] = ("**",)
    """What may be changed there, as kind/name: deployments/*, units/nginx.service."""
    when: Condition | None = None
    """A condition in CEL over `change` and `incident`."""


class Deny(Rule):
    """Changes that are not made, whatever allows them."""

    reason: Annotated[str, Field(min_length=1, max_length=300)] = "the policy denies it"


class Autonomy(Rule):
    """Changes that are made without asking: only what can be put back, never destructive."""

    severities: tuple[Severity, ...] = ("SEV1", "SEV2", "SEV3", "SEV4")


class Ask(Frozen):
    """Who has to say yes; what is left out is taken from the rule above it."""

    approvers: tuple[Name, ...] | None = None
    quorum: Annotated[int, Field(ge=1, le=10)] | None = None
    four_eyes: bool | None = None
    """Whether who asked for the change is left out of its approvers."""
    expires_minutes: Annotated[float, Field(gt=0, le=24 * 60)] | None = None


class AskBy(Frozen):
    """Who has to say yes, by the effect of the change."""

    mutate: Ask = Ask()
    destructive: Ask = Ask()


class Approval(Frozen):
    """Who may say yes to a change, how many it takes, and for how long the yes holds."""

    approvers: tuple[Name, ...] = ()
    """People and groups. Without one nobody may approve, and nothing is changed."""
    expires_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 15.0
    four_eyes: bool = True
    mutate: Ask = Ask(quorum=1)
    destructive: Ask = Ask(quorum=2)
    severities: dict[Severity, AskBy] = Field(default_factory=dict)

    def ask(self, effect: Effect, severity: str | None) -> tuple[tuple[str, ...], int, bool, float]:
        """Return approvers, quorum, four eyes and minutes for a change of `effect`."""
        word = "destructive" if effect is Effect.DESTRUCTIVE else "mutate"
        chain: list[Ask] = [getattr(self, word)]
        by = next((one for name, one in self.severities.items() if name == severity), None)
        if by is not None:
            chain.append(getattr(by, word))
        approvers, quorum = self.approvers, 2 if word == "destructive" else 1
        four_eyes, minutes = self.four_eyes, self.expires_minutes
        for one in chain:
            approvers = approvers if one.approvers is None else one.approvers
            quorum = quorum if one.quorum is None else one.quorum
            four_eyes = four_eyes if one.four_eyes is None else one.four_eyes
            minutes = minutes if one.expires_minutes is None else one.expires_minutes
        return approvers, quorum, four_eyes, minutes


class Freeze(Frozen):
    """A time in which nothing is changed."""

    starts: AwareDatetime
    ends: AwareDatetime
    reason: Annotated[str, Field(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("a freeze ends after it starts")
        return self


class Window(Frozen):
    """A time of the week in which changes may be made; over midnight where it ends earlier."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    starts: str
    ends: str
    zone: str = "UTC"

    @field_validator("starts", "ends")
    @classmethod
    def _clock(cls, value: str) -> str:
        if _CLOCK.fullmatch(value) is None:
            raise ValueError("a time of day is written as 08:00, in quotes")
        return value

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value} is no time zone that this machine knows") from None
        return value

    def holds(self, now: datetime) -> bool:
        """Say whether `now` lies in it."""
        here = now.astimezone(ZoneInfo(self.zone))
        starts, ends = time.fromisoformat(self.starts), time.fromisoformat(self.ends)
        today, moment = DAYS[here.weekday()], here.time()
        if starts < ends:
            return today in self.days and starts <= moment < ends
        # It began yesterday, or goes on into tomorrow.
        yesterday = DAYS[here.weekday() - 1]
        return (today in self.days and moment >= starts) or (
            yesterday in self.days and moment < ends
        )


class Limits(Frozen):
    """How much one change may do at once."""

    max_size: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=lambda: {"replicas": 20, "minReplicas": 20, "maxReplicas": 20}
    )
    max_factor: Annotated[float, Field(ge=1, le=100)] = 3.0
    """No size may be multiplied or divided by more than this."""
    max_percent: Annotated[float, Field(gt=0, le=100)] = 100.0
    """No change may take away more than this part of a size."""
    max_count: Annotated[int, Field(ge=1)] = 500
    """How many things one change may end."""
    hosts_at_once: Annotated[int, Field(ge=1)] = 1
    """On how many hosts changes may be under way, not yet verified, in one incident."""


class Rate(Frozen):
    """How often one target may be changed."""

    changes: Annotated[int, Field(ge=1)] = 6
    minutes: Annotated[float, Field(gt=0, le=7 * 24 * 60)] = 60.0


class Rehearsed(Frozen):
    """That a change has to have held elsewhere before it is asked for here (MIT-23)."""

    environment: EnvironmentName
    """Where the same kind of change of the same thing must have been verified."""
    severities: tuple[Severity, ...] = ("SEV2", "SEV3", "SEV4")
    hours: Annotated[float, Field(gt=0, le=7 * 24)] = 24.0


class Environment(Frozen):
    """The rules of one part of production. Deny wins; what no rule allows is denied."""

    name: EnvironmentName
    where: Where
    ceiling: EffectWord = "mutate"
    """The worst that may be done here without break-glass."""
    roles: dict[str, EffectWord] = Field(default_factory=dict)
    """Lower ceilings for single roles of the agent."""
    allow: tuple[Rule, ...] = ()
    deny: tuple[Deny, ...] = ()
    autonomy: tuple[Autonomy, ...] = ()
    approval: Approval = Approval()
    freezes: tuple[Freeze, ...] = ()
    windows: tuple[Window, ...] = ()
    limits: Limits = Limits()
    rate: Rate = Rate()
    rehearsed: Rehearsed | None = None

    @property
    def nowhere(self) -> bool:
        """Whether it names no place, so that no change can belong to it."""
        return not any(self.where.patterns(place) for place in PLACES)


def places(reach: Reach) -> dict[str, str]:
    """Return where a change happens: each of PLACES that it names, with the name."""
    found = {place: getattr(reach, place) for place in PLACES}
    return {place: name for place, name in found.items() if name is not None}
