"""A part of the practice world beside its cluster: a real server that shares its truth.

A part is a database, a group of hosts, the shop's HTTP servers. It runs in the loop of the
serving process, has its state looked at by the laws of the traffic, adds metrics and alert
rules, and tells the referee how it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part may keep its files; the folder is its owner's alone."""

    folder: Path


class Part:
    """A part that does nothing; each real one overrides what it is about."""

    name = ""

    async def prepare(self, place: Place) -> None:
        """Do what takes long and needs no shop, while the shop is still being opened."""
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def start(self, shop: "Shop", place: Place) -> None:
        """Start what has to run; return when it answers.

        Raises:
            SandboxError: it cannot run here; says why.
        """

    async def stop(self) -> None:
        """End everything that was started; nothing is left running."""

    def influences(self) -> tuple[Influence, ...]:
        """Return the laws that it adds to the traffic."""
        return ()

    def tick(self, at: float) -> None:
        """Live on until the Unix time `at` of the simulation; called before each scrape."""

    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        """Return the samples of its exporters."""
        del store, at
        return ()

    def rules(self) -> tuple[Rule, ...]:
        """Return the alert rules about it."""
        return ()

    def settings(self) -> Mapping[str, Any]:
        """Return the tables of a stanch.toml that lead to it; secrets by files that it wrote."""
        return {}

    def policy(self) -> Mapping[str, Any]:
        """Return what a policy would list of it: {"reads": {...}, "changes": {...}}."""
        return {}

    def baseline(self) -> Any:
        """Return what it consists of now, to be compared by `changes`."""

    def reasons(self) -> list[str]:
        """Return what is not well with it, by its truth."""
        return []

    def changes(self, since: Any, may_change: frozenset[tuple[str, str]]) -> list[str]:
        """Return the changes since `since` that no cure needs; what may change is left out."""
        del since, may_change
        return []
