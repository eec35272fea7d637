"""A shop with its web part, served by an event loop in a thread, for tests from outside."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from stanch.sandbox import referee
from stanch.sandbox.faults import Injection, inject
from stanch.sandbox.shop.part import Place
from stanch.sandbox.shop.shop import Shop, open_shop
from stanch.sandbox.web import WebPart
from stanch.settings.targets import Targets
from stanch.tools.clients.http import HttpClient
from stanch.tools.operations.http import HttpRead
from stanch.tools.outcome import Limits

Result = TypeVar("Result")
_NONE: Mapping[str, str] = MappingProxyType({})


class WebWorld:
    """The world lives in its loop; whoever tests it talks to its sockets."""

    def __init__(self, folder: Path, *, seed: int = 1) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.part = WebPart()
        self.shop = self._await(self._open(folder / "web", seed))
        self.targets = Targets.model_validate(self._tables())
        self.client = HttpClient(targets=self.targets, limits=Limits(seconds=5.0))
        self._baseline = referee.baseline(self.shop)
        self.mend: Callable[[], None] | None = None

    async def _open(self, folder: Path, seed: int) -> Shop:
        await self.part.prepare(Place(folder))
        shop = open_shop(now=time.time(), seed=seed, history=60)
        await self.part.start(shop, Place(folder))
        shop.add(self.part)
        return shop

    def _tables(self) -> dict[str, Any]:
        settings = {**self.part.settings()}
        settings["credentials"] = {
            name: {
                **{key: value for key, value in one.items() if key != "value_file"},
                "value": Path(one["value_file"]).read_text(encoding="utf-8"),
            }
            for name, one in settings["credentials"].items()
        }
        return settings

    def close(self) -> None:
        self.client.close()
        self._await(self.part.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def do(self, act: Callable[[], Result]) -> Result:
        """Let `act` happen in the world's own thread."""

        async def once() -> Result:
            return act()

        return self._await(once())

    def pass_time(self, seconds: float) -> None:
        self.do(lambda: self.shop.advance(self.shop.now + seconds))

    def breaks(self, fault: str, params: Mapping[str, str] = _NONE, *, seed: int = 1) -> Injection:
        done, self.mend = self.do(lambda: inject(self.shop, fault, seed=seed, params=params))
        self._baseline = self.do(lambda: referee.baseline(self.shop, may_change=done.may_change))
        return done

    def verdict(self) -> referee.Verdict:
        return self.do(lambda: referee.judge(self.shop, since=self._baseline))

    def firing(self) -> dict[str, dict[str, str]]:
        """Return the labels of the firing alerts by their names; the newest of each name."""
        alerts = self.do(self.shop.alerts.firing)
        return {rule.name: dict(alert.labels) for rule, alert in alerts}

    def get(self, host: str, path: str = "/healthz", **fields: Any) -> dict[str, Any]:
        operation = HttpRead.model_validate({"host": host, "path": path, **fields})
        return self.client.observe(operation).data

    def values(self, expression: str) -> list[float]:
        """Return the values of a query to the practice Prometheus."""
        found = self.do(lambda: self.shop.engine.instant(expression, self.shop.now))
        assert isinstance(found, list)
        return [getattr(sample, "value", float("nan")) for sample in found]

    def restart(self, service: str) -> None:
        """Restart a deployment as `kubectl rollout restart` does, and wait until it is over."""
        stamp = {"kubectl.kubernetes.io/restartedAt": f"{self.shop.now:.0f}"}
        body = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
        self.do(lambda: self.shop.cluster.store.patch_merge("deployments", "shop", service, body))
        self.pass_time(90)
