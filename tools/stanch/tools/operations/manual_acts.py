"""What a person carries out, as a part of the plan (MIT-13, MIT-16, MIT-18).

A failover, a restore or the rotation of a credential is not sent by stanch: a person does
it, line by line. It goes the way of every change all the same: it is proposed with what
must hold before and after, approved, carried out once, and verified.
"""

import unicodedata
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseIntent,
    BaseOperation,
    DnsLabel,
    Effect,
    Frozen,
)
from stanch.tools.operations.reach import Reach

Purpose = Literal["failover", "restore", "rotate-credentials", "other"]
_ACTING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The sorts of characters that are obeyed, or not seen: controls, marks of direction, ends."""


def _shown(line: str) -> str:
    """Refuse what a terminal would obey: a person reads the line, and then pastes it."""
    for one in line.replace("\t", ""):
        if unicodedata.category(one) in _ACTING:
            seen = "which a terminal would obey" if one < " " else "which is not seen"
            raise ValueError(f"a line holds a control character, {seen}")
    return line


Line = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_shown)]
Place = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9_])?$")]


class _ByHand(Frozen):
    name: DnsLabel
    """The step of the runbook."""
    title: Annotated[Line, Field(max_length=200)]
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=60)]
    """What is to be done, in order: commands as they are typed, and remarks that begin with #."""
    purpose: Purpose = "other"
    worst: Literal["mutate", "destructive"] = "destructive"
    """What the runbook declares to be the worst that it can do."""
    before: Annotated[tuple[DnsLabel, ...], Field(max_length=16)] = ()
    """The runbook's signs that must hold when it is proposed and when it begins."""
    namespace: DnsLabel | None = None
    database: Place | None = None
    host: Place | None = None
    endpoint: Place | None = None

    @property
    def effect(self) -> Effect:
        """The worst that this can do, as the runbook declares it."""
        return Effect[self.worst.upper()]

    def as_text(self) -> str:
        """Return what a person is asked to do, in a line; the card has all lines."""
        commands = [one for one in self.lines if not one.startswith("#")]
        if len(commands) == 1:
            return f"by hand: {commands[0]}"
        return f"by hand, in {len(self.lines)} lines: {self.title}"


class GuideStep(_ByHand, BaseIntent):
    """Intent: guide a person through a step that stanch does not carry out."""

    kind: Literal["intent.guide"] = "intent.guide"


class DoByHand(_ByHand, BaseOperation):
    """Have a person carry out these lines, once, and say whether they did."""

    kind: Literal["manual.do"] = "manual.do"

    @property
    @override
    def target(self) -> str:
        place = self.database or self.host or self.endpoint or self.namespace or "people"
        return f"manual/{place}/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return self.name

    @property
    @override
    def reach(self) -> Reach:
        return Reach(
            thing=f"{self.purpose}/{self.name}",
            namespace=self.namespace,
            database=self.database,
            host=self.host,
            endpoint=self.endpoint,
        )

    @property
    def asks(self) -> str:
        """What a person is told when it is their turn."""
        told = "\n".join(self.lines)
        return f"It is your turn, and it is done once: {self.title}\n{told}"


def by_hand_facts(change: DoByHand) -> dict[str, Any]:
    """Return what must still hold when a person begins: {"before": {sign: True, ...}}."""
    return {"before": dict.fromkeys(change.before, True)}
