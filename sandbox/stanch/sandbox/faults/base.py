"""What a fault is: how it is put in, what is true then, and what would put it right."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

Params: TypeAlias = Mapping[str, str]
Target: TypeAlias = tuple[str, str]
"""A kind of object and its name: ("deployments", "checkout"), ("session", "leaker").

("scales", "checkout") stands for more replicas of a deployment, and for nothing else of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was done to the world; only the referee and the person who did it know."""

    says: str
    """The cause in one sentence."""
    may_change: frozenset[Target] = frozenset()
    """What the right cure changes; everything else that changes is remarked."""
    mend: Callable[[], None] | None = None
    """Cures it as a person would by hand, where no runbook has a change for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the world goes wrong."""

    name: str
    about: str
    """What goes wrong, as a person would say it afterwards."""
    inject: "Callable[[Shop, random.Random, Params], Truth]"
    params: Params = field(default_factory=lambda: MappingProxyType({}))
    """What can be chosen about it, with what is taken otherwise; empty: by the seed."""
    look_alike: str = ""
    """The fault that it is easily taken for."""
    curable: bool = True
    """Whether anything that is done to this production makes it well again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One fault that was put in."""

    name: str
    seed: int
    at: float
    truth: str
    may_change: frozenset[Target]
    params: Params
    by_hand: bool
    """Whether it can be mended by hand."""
    curable: bool


class UnknownFaultError(ValueError):
    """There is no fault of that name, or it has no such parameter."""
