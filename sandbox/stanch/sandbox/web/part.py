"""The web part of the practice world: TLS names, the bank, the flags, the load balancer."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.cluster.door import HOST, Door, opened
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.part import Part, Place
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.web import attack, kept, names, probes
from stanch.sandbox.web.attack import Attacks
from stanch.sandbox.web.authority import Authority, Issued
from stanch.sandbox.web.balancer import Balancer
from stanch.sandbox.web.balancer_api import balancer_front
from stanch.sandbox.web.bank import Bank
from stanch.sandbox.web.certificates import Certificates
from stanch.sandbox.web.doorway import Contexts, doorway
from stanch.sandbox.web.edge import Edge
from stanch.sandbox.web.edge_api import EdgeApi
from stanch.sandbox.web.flag_api import FlagService
from stanch.sandbox.web.flags import FALLBACK, FlagBook, SearchCost
from stanch.sandbox.web.fronts import bank_front, shop_front
from stanch.sandbox.web.launchdarkly_api import LaunchDarklyApi

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_AGE = 20 * 86_400.0
"""Seconds since the certificates of what is not the shop's own were issued."""


class WebPart(Part):
    """Everything that is reached by HTTP."""

    name = "web"

    def __init__(self) -> None:
        self.port = 0
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._door: Door | None = None

    @override
    async def prepare(self, place: Place) -> None:
        await super().prepare(place)
        self._authority = Authority()
        self._folder = place.folder
        self._unleash = f"*:*.{secrets.token_hex(20)}"
        self._launchdarkly = f"api-{secrets.token_hex(18)}"
        self._edge_token = secrets.token_urlsafe(24)
        self._login = f"stanch:{secrets.token_urlsafe(18)}"
        for path, content in (
            (self._file("ca.crt"), self._authority.pem.decode()),
            (self._file("unleash.token"), self._unleash),
            (self._file("balancer.login"), self._login),
            (self._file("launchdarkly.token"), self._launchdarkly),
            (self._file("edge.token"), self._edge_token),
        ):
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8")

    @override
    async def start(self, shop: "Shop", place: Place) -> None:
        self.shop = shop
        self.flags = FlagBook.opened(shop.now)
        self.balancer = Balancer()
        self.edge = Edge(shop)
        self.attacks = Attacks(shop, self.edge)
        self.bank = Bank(lambda: self.flags.is_on(FALLBACK))
        self.certificates = Certificates(shop, self._authority)
        self._own = self._authority.issue(names.INFRASTRUCTURE, begin=shop.now - _AGE)
        self._exporters = probes.Exporters(
            shop,
            self.certificates,
            self.bank,
            self._own.not_after,
            self.flags,
            self.balancer,
        )
        for series, value in self._exporters.scrape(shop.series, shop.now):
            # A counter that moves before its second sample would seem never to have moved.
            series.append(shop.now, value)
        await self._open()

    async def _open(self) -> None:
        service = FlagService(self.flags, token=self._unleash, now=lambda: self.shop.now)
        launchdarkly = LaunchDarklyApi(
            self.flags, token=self._launchdarkly, now=lambda: self.shop.now
        )
        fronts = {name: shop_front(self.shop, one) for name, one in names.FRONTS.items()}
        self._door = doorway(
            {
                **fronts,
                names.BANK: bank_front(self.bank),
                names.FLAGS: service.admin(),
                names.FLAGD: service.evaluation(),
                names.BALANCER: balancer_front(self.balancer, login=self._login),
                names.LAUNCHDARKLY: launchdarkly.front(),
                names.EDGE: EdgeApi(self.edge, token=self._edge_token).front(),
            },
            chosen=self._chosen,
            first=self._own,
            contexts=Contexts(self._folder),
        )
        self.port = self._door.listener.getsockname()[1]
        started = asyncio.Event()
        self._task = asyncio.create_task(self._serve(self._door, started))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not started.is_set():
            raise SandboxError(
                "the web servers did not start", remedy="Look at log.txt in the sandbox's home."
            ) from self._task.exception()

    async def _serve(self, door: Door, started: asyncio.Event) -> None:
        async with opened([door]):
            started.set()
            await self._stop.wait()

    def _chosen(self, name: str) -> Issued | None:
        if name in names.FRONTS:
            return self.certificates.next(names.FRONTS[name])
        return self._own if name in names.INFRASTRUCTURE else None

    @override
    async def stop(self) -> None:
        self._stop.set()
        if self._task is not None:
            await asyncio.wait({self._task})
            self._task = None

    @override
    def influences(self) -> tuple[Influence, ...]:
        laws = (self.certificates, self.balancer, self.edge, self.attacks, self.bank)
        return (*laws, SearchCost(self.flags))

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        return (*self._exporters.scrape(store, at), *self.attacks.scrape(store, at))

    @override
    def rules(self) -> tuple[Rule, ...]:
        return (*probes.rules(), *attack.rules())

    @override
    def settings(self) -> Mapping[str, Any]:
        ca = str(self._file("ca.crt"))

        def endpoint(name: str, **more: Any) -> dict[str, Any]:
            return {
                "url": f"https://{name}",
                "address": f"{HOST}:{self.port}",
                "ca": ca,
                **more,
            }

        fronts = {service: endpoint(name) for name, service in names.FRONTS.items()}
        return {
            "endpoints": {
                **fronts,
                "bank": endpoint(names.BANK),
                "flags": endpoint(names.FLAGS, kind="unleash", credential="unleash", **kept.FLAGS),
                "launchdarkly": endpoint(
                    names.LAUNCHDARKLY,
                    kind="launchdarkly",
                    credential="launchdarkly",
                    **kept.FLAGS,
                ),
                "flagd": endpoint(names.FLAGD, kind="flagd"),
                "balancer": endpoint(names.BALANCER, kind="load-balancer", credential="balancer"),
                "edge": endpoint(names.EDGE, credential="edge", calls=kept.CALLS),
            },
            "credentials": self._credentials(),
            "services": {service: {"endpoint": service} for service in names.FRONTS.values()}
            | {names.BANK_CALLER: {"calls": ["bank"]}},
        }

    def _credentials(self) -> dict[str, Any]:
        return {
            "unleash": {
                "value_file": str(self._file("unleash.token")),
                "scheme": "",
                "endpoints": ["flags"],
            },
            "launchdarkly": {
                "value_file": str(self._file("launchdarkly.token")),
                "scheme": "",
                "endpoints": ["launchdarkly"],
            },
            "edge": {"value_file": str(self._file("edge.token")), "endpoints": ["edge"]},
            "balancer": {
                "value_file": str(self._file("balancer.login")),
                "scheme": "Basic",
                "endpoints": ["balancer"],
            },
        }

    @override
    def policy(self) -> Mapping[str, Any]:
        asked = (*names.FRONTS, *names.INFRASTRUCTURE)
        called = (
            *("flags", "launchdarkly", "balancer", "edge"),
            *(names.FLAGS, names.LAUNCHDARKLY, names.BALANCER),
        )
        evaluated = {"host": "flagd", "methods": ["POST"], "paths": ["/ofrep/**"]}
        return {
            "reads": {"http": [*({"host": name} for name in asked), evaluated]},
            "changes": {
                "kinds": ["http.switch_flag", "http.set_weight", "http.call"],
                "endpoints": list(called),
            },
        }

    @override
    def baseline(self) -> Any:
        kept_out = {"networks": tuple(sorted(self.edge.blocks))}
        return {"flag": self.flags.states, "weight": self.balancer.weights, "block": kept_out}

    @override
    def reasons(self) -> list[str]:
        return [*self.certificates.reasons(), *self.attacks.reasons()]

    @override
    def changes(self, since: Any, may_change: frozenset[tuple[str, str]]) -> list[str]:
        now = self.baseline()
        return [
            f"changed: {kind}/{name} from {before} to {now[kind].get(name)}"
            for kind, states in (since or now).items()
            for name, before in states.items()
            if now[kind].get(name) != before and (kind, name) not in may_change
        ]

    def _file(self, name: str) -> Path:
        return self._folder / name
