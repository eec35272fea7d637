"""The world that a sandbox process keeps: the shop, its clock, and what was done to it."""

from dataclasses import asdict
from typing import Any

from stanch.sandbox import referee
from stanch.sandbox.clock import Clock
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.shop.alerts import stamp, webhook
from stanch.sandbox.shop.faults import Injection, UnknownFaultError, inject
from stanch.sandbox.shop.shop import Shop

MAX_SLICE = 30.0
"""Simulated seconds that one step may take, so that requests are served in between."""


class World:
    """Lets time pass in the shop, breaks it, and tells how it is."""

    def __init__(self, shop: Shop, clock: Clock, *, prometheus_url: str = "") -> None:
        self.shop = shop
        self.clock = clock
        self._prometheus_url = prometheus_url
        self._injections: list[Injection] = []
        self._baseline = referee.baseline(shop)

    def live(self) -> None:
        """Let the shop live on towards the clock's time, by one slice at most."""
        self.shop.advance(min(self.clock.now(), self.shop.now + MAX_SLICE))

    def breaks(self, fault: str, *, seed: int) -> Injection:
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
            injection = inject(self.shop, fault, seed=seed)
        except UnknownFaultError as error:
            raise SandboxError(str(error), remedy="`stanch-sandbox break --help`.") from error
        self._injections.append(injection)
        self._baseline = referee.baseline(self.shop, culprit=injection.culprit)
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
            "faults": [{**asdict(one), "at": stamp(one.at)} for one in self._injections],
            "referee": self.verdict().as_json(),
            "alerts": [
                {"state": alert["state"], "activeAt": alert["activeAt"], **alert["labels"]}
                for alert in self.shop.alerts.alerts()
            ],
        }
