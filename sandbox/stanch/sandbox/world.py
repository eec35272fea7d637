"""The world that a sandbox process keeps: the shop, its clock, and what was done to it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from stanch.sandbox import referee
from stanch.sandbox.clock import Clock
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.faults import Injection, UnknownFaultError, inject
from stanch.sandbox.faults.base import Params
from stanch.sandbox.shop.alerts import stamp, webhook
from stanch.sandbox.shop.shop import Shop

_NONE: Params = MappingProxyType({})
MAX_SLICE = 30.0
"""Simulated seconds that one step may take, so that requests are served in between."""


class World:
    """Lets time pass in the shop, breaks it, and tells how it is."""

    def __init__(self, shop: Shop, clock: Clock, *, prometheus_url: str = "") -> None:
        self.shop = shop
        self.clock = clock
        self._prometheus_url = prometheus_url
        self._injections: list[Injection] = []
        self._mend: Callable[[], None] | None = None
        self._baseline = referee.baseline(shop)

    def live(self) -> None:
        """Let the shop live on towards the clock's time, by one slice at most."""
        self.shop.advance(min(self.clock.now(), self.shop.now + MAX_SLICE))

    def hurry(self, *, most: float) -> float:
        """Let `most` simulated seconds pass at once, or one slice; return how many passed.

        The clock goes with it, so that the world is not behind afterwards.
        """
        before = self.shop.now
        self.shop.advance(before + min(most, MAX_SLICE))
        self.clock.leap(self.shop.now)
        return self.shop.now - before

    def mend(self) -> bool:
        """Cure the last fault as a person would by hand; False when it has no such cure."""
        if self._mend is None:
            return False
        self._mend()
        return True

    def breaks(self, fault: str, *, seed: int, params: Params = _NONE) -> Injection:
        """Break the shop by `fault`.

        Raises:
            SandboxError: there is no such fault, or an earlier one is not mended yet.
        """
        if self._injections and (self.shop.pending or not self.verdict().well):
            raise SandboxError(
                f"the fault {self._injections[-1].name!r} is still in",
                remedy="Mend it first, or start anew with `stanch-sandbox down` and `up`.",
            )
        try:
            injection, mend = inject(self.shop, fault, seed=seed, params=params)
        except UnknownFaultError as error:
            raise SandboxError(str(error), remedy="`stanch-sandbox break --help`.") from error
        self._injections.append(injection)
        self._mend = mend
        self._baseline = referee.baseline(self.shop, may_change=injection.may_change)
        return injection

    def verdict(self) -> referee.Verdict:
        """Return the referee's verdict on this moment."""
        return referee.judge(self.shop, since=self._baseline)

    def alerts(self) -> dict[str, Any]:
        """Return the firing alerts as an Alertmanager webhook body."""
        return webhook(self.shop.alerts.firing(), prometheus_url=self._prometheus_url)

    def status(self) -> dict[str, Any]:
        """Return time, faults, verdict and alerts as plain JSON data."""
        return {
            "simulated": stamp(self.shop.now),
            "behind_seconds": round(max(0.0, self.clock.now() - self.shop.now), 3),
            "speed": self.clock.speed,
            "faults": [told(one) for one in self._injections],
            "referee": self.verdict().as_json(),
            "alerts": [
                {"state": alert["state"], "activeAt": alert["activeAt"], **alert["labels"]}
                for alert in self.shop.alerts.alerts()
            ],
        }


def told(one: Injection) -> Mapping[str, Any]:
    """Return an injection as plain JSON data."""
    return {
        "name": one.name,
        "seed": one.seed,
        "at": stamp(one.at),
        "truth": one.truth,
        "params": dict(one.params),
        "may_change": sorted("/".join(target) for target in one.may_change),
        "by_hand": one.by_hand,
        "curable": one.curable,
    }
