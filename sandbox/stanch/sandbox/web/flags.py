"""The shop's feature flags: which there are, who switched them, and what they do.

The two that matter in an incident: `new-search` sends searches through code that costs far
more, and `bank-fallback` is the circuit breaker of payments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from typing_extensions import override

from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.pods import PodView
from stanch.sandbox.shop.services import Route

PROJECT = "default"
ENVIRONMENTS = ("development", "production")
LIVE = "production"
SEARCH = "new-search"
FALLBACK = "bank-fallback"
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class _Known:
    about: str
    on: bool
    age_days: float
    kind: str = "release"


FLAGS: Mapping[str, _Known] = MappingProxyType(
    {
        SEARCH: _Known("Search by meaning, not by words.", on=False, age_days=9.2),
        FALLBACK: _Known(
            "Keep charges for later while the bank is away.",
            on=False,
            age_days=211.0,
            kind="kill-switch",
        ),
        "express-checkout": _Known("One page in place of three.", on=True, age_days=64.5),
        "dark-mode": _Known("Dark pages at night.", on=True, age_days=120.1),
        "gift-cards": _Known("Pay with gift cards.", on=True, age_days=33.8),
    }
)


@dataclass(slots=True)
class Flag:
    """One flag and where it is on."""

    name: str
    about: str
    kind: str
    created: float
    on: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Switched:
    """One time that a flag was switched."""

    number: int
    at: float
    flag: str
    environment: str
    enabled: bool
    by: str


@dataclass(slots=True)
class FlagBook:
    """All flags of the shop, and their history."""

    flags: dict[str, Flag] = field(default_factory=dict)
    events: list[Switched] = field(default_factory=list)

    @classmethod
    def opened(cls, now: float) -> "FlagBook":
        """Return the flags as they have been for days at the Unix time `now`."""
        book = cls()
        for name, known in FLAGS.items():
            created = now - known.age_days * _DAY
            on = {"development": True, LIVE: False}
            book.flags[name] = Flag(name, known.about, known.kind, created, on)
        for name, known in sorted(FLAGS.items(), key=lambda one: -one[1].age_days):
            if known.on:
                at = now - known.age_days * _DAY + 2 * 3600
                book.switch(name, LIVE, enabled=True, by="release-train", at=at)
        return book

    def is_on(self, name: str) -> bool:
        """Tell whether the flag is on in production; one that is not there is off."""
        return name in self.flags and self.flags[name].on[LIVE]

    def switch(self, name: str, environment: str, *, enabled: bool, by: str, at: float) -> None:
        """Switch a flag; switching it to where it is leaves no trace.

        Raises:
            KeyError: there is no such flag or environment.
        """
        flag = self.flags[name]
        if flag.on[environment] is enabled:
            return
        flag.on[environment] = enabled
        number = len(self.events) + 1
        self.events.append(Switched(number, at, name, environment, enabled, by))

    @property
    def states(self) -> dict[str, bool]:
        """Which flags are on in production."""
        return {name: flag.on[LIVE] for name, flag in self.flags.items()}


class SearchCost(Influence):
    """What the new search costs: each one takes long, and a pod manages fewer requests."""

    _SLOWNESS = 30.0
    _CAPACITY = 0.45

    def __init__(self, book: FlagBook) -> None:
        self._book = book

    @override
    def slowness(self, pod: PodView, route: Route) -> float:
        mine = pod.service == "catalog" and route.path == "/search"
        return self._SLOWNESS if mine and self._book.is_on(SEARCH) else 1.0

    @override
    def capacity(self, pod: PodView) -> float:
        return self._CAPACITY if pod.service == "catalog" and self._book.is_on(SEARCH) else 1.0
