"""Configured calls: what can be changed at an HTTP server that stanch does not know.

A table says in one sentence what the call does, which request it is, where its arguments
go, what to read before and after, and how it is taken back. A place for an argument is
written <name>; nothing else of a request can be chosen.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stanch.settings.arguments import ArgumentSettings

SLOT: Final = re.compile(r"<([a-z][a-z0-9_-]{0,39})>")
"""The place of an argument in a template."""
RESTORE: Final = "restore"
"""The inverse that is the same call, with the values that were read before it."""
CallName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
_Sentence = Annotated[str, Field(min_length=1, max_length=300)]
_Path = Annotated[str, Field(pattern=r"^/[^?#\\\s\"]*$", max_length=1000)]
_Pointer = Annotated[str, Field(pattern=r"^(/[^/]*)*$", max_length=300)]
_OWN: Final = frozenset({"present", "missing", "version"})


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReadSettings(_Table):
    """What is read before and after a call, by GET."""

    path: _Path
    facts: dict[CallName, _Pointer] = Field(default_factory=dict)
    """Names for values of the answer, each with its JSON pointer (RFC 6901)."""
    may_be_absent: bool = False
    """Whether an answer 404 says that the thing is not there, and not that nothing is."""


class CallSettings(_Table):
    """One call: a request with places for arguments, and what it does."""

    does: _Sentence
    """What it does, as `limits each client to <rate> requests per second`."""
    loses: str = ""
    """What customers notice of it, shown to whoever approves."""
    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: _Path
    body: str | None = None
    """The body as JSON; a text in it that is just "<name>" becomes that argument's value."""
    arguments: dict[CallName, ArgumentSettings] = Field(default_factory=dict)
    read: ReadSettings
    sets: dict[CallName, Any] = Field(default_factory=dict)
    """What the facts are after the call: a value, or "<name>" for an argument."""
    leaves: Literal["present", "absent"] = "present"
    """Whether the thing is there after the call."""
    inverse: CallName | None = None
    """`restore`, or the name of the call that takes this one back."""
    inverse_when_absent: CallName | None = None
    """The name of the call that takes this one back where the thing was not there before."""
    precondition: Literal["etag"] | None = None
    """`etag`: the server sends an ETag for what is read, and keeps to If-Match."""

    @property
    def template(self) -> Any:
        """The body with its places; None where there is none."""
        return None if self.body is None else json.loads(self.body)

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = self._wrong_body() or self._wrong_places() or self._wrong_facts()
        wrong = wrong or self._wrong_inverse()
        if wrong:
            raise ValueError(wrong)
        return self

    def _wrong_body(self) -> str | None:
        if self.body is None:
            return None
        try:
            template = json.loads(self.body)
        except ValueError as error:
            return f"its body is no JSON: {error}"
        if not isinstance(template, dict | list):
            return "its body is to be a JSON object or array"
        return (
            None
            if not any(SLOT.search(key) for key in _keys(template))
            else ("a key of its body is a place for an argument")
        )

    def _wrong_places(self) -> str | None:
        sent = {*slots(self.path), *slots(self.template)}
        every = sent | {*slots(self.read.path), *slots(self.sets), *slots(self.does)}
        every |= {*slots(self.loses)}
        if unknown := sorted(every - self.arguments.keys()):
            return f"<{unknown[0]}> is not one of its arguments"
        if unused := sorted(self.arguments.keys() - sent):
            return f"its argument {unused[0]} stands neither in its path nor in its body"
        if self.precondition == "etag" and self.path != self.read.path:
            return "an ETag holds for the path that it was read from: read the same path"
        for path in (self.path, self.read.path):
            if any(part in {".", ".."} for part in path.split("/")):
                return f"{path} holds '.' or '..'"
        return None

    def _wrong_facts(self) -> str | None:
        facts = self.read.facts.keys()
        if own := sorted(facts & _OWN):
            return f"no fact may be called {own[0]}"
        if unread := sorted(self.sets.keys() - facts):
            return f"it sets {unread[0]}, which is not read: name it under read.facts"
        if self.leaves == "absent":
            if not self.read.may_be_absent:
                return "what it removes cannot be seen to be gone: set read.may_be_absent"
            return "it sets what it removes" if self.sets else None
        if not self.sets and not self.read.may_be_absent:
            return "nothing that is read shows what it did: say it under sets"
        if self.read.may_be_absent and (left := sorted(facts - self.sets.keys())):
            return f"what {left[0]} is after it is not known where nothing was there before"
        return None

    def _wrong_inverse(self) -> str | None:
        if self.inverse_when_absent is not None and not self.read.may_be_absent:
            return "inverse_when_absent is of no use without read.may_be_absent"
        if self.inverse_when_absent == RESTORE:
            return "what was not there cannot be restored: name the call that removes it"
        if self.inverse != RESTORE:
            return None
        kept = {*slots(self.path), *slots(self.read.path)}
        lost = sorted(self.arguments.keys() - kept - restored(self).keys())
        if lost:
            return f"{lost[0]} cannot be restored: no fact under sets is just <{lost[0]}>"
        # What is set to a fixed value would be set to it again.
        fixed = sorted(self.sets.keys() - set(restored(self).values()))
        return f"{fixed[0]} cannot be restored: it is set to no argument" if fixed else None


def check_calls(calls: Mapping[str, CallSettings]) -> None:
    """Check that every inverse is a call that can be filled from the one that it takes back.

    Raises:
        ValueError: one is not; says which.
    """
    if RESTORE in calls:
        raise ValueError(f"no call may be called {RESTORE}")
    for name, call in calls.items():
        for inverse in (call.inverse, call.inverse_when_absent):
            if inverse in {None, RESTORE}:
                continue
            back = calls.get(str(inverse))
            if back is None:
                raise ValueError(f"the inverse of {name} is {inverse}, which is no call here")
            if unknown := sorted(back.arguments.keys() - call.arguments.keys()):
                raise ValueError(f"the inverse {inverse} of {name} needs <{unknown[0]}>")
            if back.read != call.read:
                raise ValueError(f"{name} and its inverse {inverse} do not read the same")
            if any(back.arguments[one] != call.arguments[one] for one in back.arguments):
                raise ValueError(f"{name} and its inverse {inverse} take other arguments")


def restored(call: CallSettings) -> dict[str, str]:
    """Return which argument has the value of which fact: {argument: fact}."""
    found: dict[str, str] = {}
    for fact, value in call.sets.items():
        whole = SLOT.fullmatch(value) if isinstance(value, str) else None
        if whole is not None:
            found.setdefault(whole[1], fact)
    return found


def slots(template: object) -> Iterator[str]:
    """Yield the names of the arguments that have a place in `template`."""
    match template:
        case str():
            yield from SLOT.findall(template)
        case dict():
            for value in template.values():
                yield from slots(value)
        case list() | tuple():
            for value in template:
                yield from slots(value)


def _keys(template: object) -> Iterator[str]:
    match template:
        case dict():
            yield from template
            for value in template.values():
                yield from _keys(value)
        case list():
            for value in template:
                yield from _keys(value)
