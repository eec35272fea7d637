"""Commands that stanch understands and never carries out: a person runs them.

They are typed for what they would do, so that a runbook can be read and judged as a
whole; there is no client for them, and policy allows none of them.
"""

import re
import shlex
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, BaseOperation, Effect, Frozen

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class _Manual(Frozen):
    program: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$")]
    words: tuple[Annotated[str, Field(max_length=4096)], ...] = ()
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    """Why stanch does not carry it out."""

    @model_validator(mode="after")
    def _check_that_it_can_be_shown(self) -> Self:
        if any(_CONTROL.search(word) for word in self.words):
            message = "a word holds a control character, which a terminal would obey"
            raise ValueError(message)
        return self

    def as_text(self) -> str:
        """Return the command as a person would read it; never executed."""
        return shlex.join((self.program, *self.words))


class ManualRead(_Manual, BaseOperation):
    """A command that only reads, for a person to run.

    Nothing tries it: there is no client for its kind, so a command that was put here by
    mistake is shown to a person, and no more.
    """

    kind: Literal["manual.read"] = "manual.read"

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE

    @property
    @override
    def target(self) -> str:
        return f"manual/{self.program}"


class ManualChange(_Manual, BaseIntent):
    """Intent: a command that changes something, for a person to run."""

    kind: Literal["intent.manual"] = "intent.manual"
    worst: Literal["mutate", "destructive"] = "destructive"
    script: bool = False
    """Whether it runs a script, a shell or a session, so that nobody can say what it does."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect[self.worst.upper()]

    @property
    @override
    def unbounded(self) -> bool:
        return self.script


ManualIntent = ManualChange
