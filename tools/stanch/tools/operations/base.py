"""The nature of an operation: data with a kind, typed fields, a target and an effect.

An operation is never a string to run. Its effect is derived by code from its fields,
and its digest names exactly this operation in approvals and in the journal.
"""

import hashlib
import json
import re
from enum import IntEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stanch.tools.operations.reach import Reach

DnsLabel = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
DnsSubdomain = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", max_length=253)
]
Uid = Annotated[str, Field(pattern=r"^[A-Za-z0-9][-A-Za-z0-9_.]{0,127}$")]


_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")


def _seconds(value: object) -> object:
    found = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        return value
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


Seconds = Annotated[int, BeforeValidator(_seconds)]
"""A number of seconds; a duration such as 1h30m is taken for its seconds."""


class Effect(IntEnum):
    """The worst an operation can do, from harmless to final."""

    OBSERVE = 0
    """Reads only. The target is the same afterwards."""
    MUTATE = 1
    """Changes something that a later operation can put back."""
    DESTRUCTIVE = 2
    """Changes something that nothing can put back, or does what nobody can foresee."""

    @property
    def word(self) -> str:
        """The effect as it is written in runbooks, policies and on screens."""
        return self.name.lower()


class Frozen(BaseModel):
    """Data that is checked once, when it is made, and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BaseOperation(Frozen):
    """What every operation can say of itself."""

    kind: str

    @property
    def effect(self) -> Effect:
        """The worst that this operation can do, derived from its fields."""
        return Effect.DESTRUCTIVE

    @property
    def target(self) -> str:
        """The thing that is acted on: what a lock is taken on, and what policy names."""
        raise AssertionError(f"{self.kind} has no target")

    @property
    def subject(self) -> str:
        """What it is about, in the words of a sentence."""
        return self.target

    @property
    def reach(self) -> Reach:
        """What a change touches, for policy to judge; a change that cannot say it is denied."""
        raise AssertionError(f"{self.kind} does not say what it touches")

    def as_text(self) -> str:
        """Return the operation as the command a person would type; never executed."""
        raise AssertionError(f"{self.kind} has no text")

    @property
    def digest(self) -> str:
        """The name under which exactly this operation is approved and journaled."""
        return digest_of(self.model_dump(mode="json"))


class BaseIntent(Frozen):
    """What a runbook asks to have changed, before the target was looked at.

    An intent is never carried out as it stands: a look at the target makes an exact
    change of it, and where there is no way to do that, it is left to people.
    """

    kind: str

    @property
    def effect(self) -> Effect:
        """The worst that this can do, derived from its fields."""
        return Effect.DESTRUCTIVE

    @property
    def unbounded(self) -> bool:
        """Whether nobody can say what it does: a script, a shell, an unknown function."""
        return False

    def as_text(self) -> str:
        """Return the intent as the command a person would type; never executed."""
        raise AssertionError(f"{self.kind} has no text")


def digest_of(value: object) -> str:
    """Return the SHA-256 of `value` as canonical JSON, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
