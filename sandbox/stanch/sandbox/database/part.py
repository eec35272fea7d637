"""The database as a part of the practice world: started, watched, used, and ended with it."""

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.database import alert_rules, binaries, server, template
from stanch.sandbox.database.actors import Actor
from stanch.sandbox.database.background import Background
from stanch.sandbox.database.exporter import Exporter
from stanch.sandbox.database.law import DatabaseLaw
from stanch.sandbox.database.load import Load
from stanch.sandbox.database.logins import ACT, DIAGNOSE, Logins, renew
from stanch.sandbox.database.template import DATABASE, Seeded
from stanch.sandbox.database.truth import State, Truth, differences
from stanch.sandbox.database.wording import CODES
from stanch.sandbox.database.work import CLIENTS
from stanch.sandbox.errors import SandboxError
from stanch.sandbox.home import Home
from stanch.sandbox.shop import objects
from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.part import Part, Place
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import NAMESPACE

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

NAME = "database"
_PATIENCE = 60.0
_ACTS = (
    *("sql.cancel", "sql.terminate", "sql.end_idle"),
    *("sql.create_index", "sql.drop_index", "sql.connection_limit"),
)
"""What may be changed in the database, as policies call it."""


class Database(Part):
    """The shop's PostgreSQL, its users and its exporter."""

    name = NAME

    def __init__(self, *, seed: int = 0) -> None:
        """Make a part that does nothing yet."""
        self._chance = random.Random(f"database {seed}")  # noqa: S311  # a rehearsal
        self._shop: Shop | None = None
        self._seeded: Seeded | None = None
        self._server: server.Server | None = None
        self._background: Background | None = None
        self._files: dict[str, Path] = {}
        self._ticked: float | None = None
        self.logins: Logins
        self.truth: Truth
        self.load: Load
        self._law: DatabaseLaw
        self._exporter: Exporter

    @override
    async def prepare(self, place: Place) -> None:
        """Start the server over a new copy of the seeded cluster."""
        await super().prepare(place)
        await asyncio.to_thread(self._prepare, place)

    def _prepare(self, place: Place) -> None:
        found = binaries.find()
        seeded = template.copy(found, place.folder / "data")
        self._server = server.start(
            found, seeded.folder, seeded.password, log=place.folder / "postgres.log"
        )
        self._seeded = seeded

    @override
    async def start(self, shop: "Shop", place: Place) -> None:
        """Give the logins their passwords, and let the services and the exporter work.

        Raises:
            SandboxError: the services get no answers.
        """
        if self._server is None or self._seeded is None:
            raise SandboxError("the database was not prepared", remedy="Call prepare first.")
        self._shop = shop
        services = {name: password_of(shop, name) for name in CLIENTS}
        known = self._seeded.password
        self.logins = await asyncio.to_thread(renew, self._server.port, known, services)
        self._write(place)
        self.truth = Truth(self.logins)
        self._background = Background()
        self.load = Load(self.logins, self._background, self._chance)
        self._law = DatabaseLaw(self.load)
        self._exporter = Exporter(self.logins)
        self.spawn(self._exporter.live())
        self.load.keep(shop.pods(), shop.programs.passwords)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not (self.load.working and self._exporter.answers):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                return
        raise SandboxError(
            "the practice database gives the services no answers",
            remedy=f"All it said is in {place.folder / 'postgres.log'}.",
        )

    def _write(self, place: Place) -> None:
        home = Home(place.folder)
        for role in (DIAGNOSE, ACT):
            self._files[role] = place.folder / f"{role}.password"
            home.private(self._files[role], self.logins.passwords[role] + "\n")

    @override
    async def stop(self) -> None:
        """End all sessions and the server."""
        background, self._background = self._background, None
        if background is not None:
            await asyncio.to_thread(background.stop)
        if hasattr(self, "truth"):
            self.truth.close()
        running, self._server = self._server, None
        if running is not None:
            await asyncio.to_thread(running.stop)
            server.forget(running.data)

    @property
    def data_folder(self) -> Path:
        """Where the files of the running server are.

        Raises:
            SandboxError: none runs.
        """
        if self._server is None:
            raise SandboxError("no database runs", remedy="Start the sandbox first.")
        return self._server.data

    def spawn(self, work: "Coroutine[Any, Any, None]") -> None:
        """Let `work` go on beside the world, until its end or that of the part."""
        if self._background is None:
            work.close()
            return
        self._background.run(work)

    def actor(self, role: str, application: str) -> Actor:
        """Return somebody who uses the database as `role`."""
        return Actor(logins=self.logins, ended=self.load.ended, role=role, application=application)

    @override
    def influences(self) -> tuple[Influence, ...]:
        return (self._law,)

    @override
    def tick(self, at: float) -> None:
        if self._shop is None:
            return
        pods = self._shop.pods()
        programs = self._shop.programs
        self.load.keep(pods, programs.passwords)
        if self._ticked is not None:
            self._law.count(pods, programs.routes, at - self._ticked)
        self._ticked = at

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        yield from self._exporter.samples(store)
        for service in CLIENTS:
            labels = {
                "namespace": NAMESPACE,
                "service": service,
                "datname": DATABASE,
                "usename": service,
            }
            for code in CODES:
                series = store.series("db_client_errors_total", {**labels, "sqlstate": code})
                yield series, float(self._law.errors[service, code])
        yield from self._secrets(store)

    def _secrets(self, store: SeriesStore) -> Iterable[tuple[Series, float]]:
        """Yield what kube-state-metrics tells of the Secrets: when they changed, not what."""
        if self._shop is None:
            return
        for secret in self._shop.cluster.store.list("secrets", NAMESPACE):
            meta = secret["metadata"]
            labels = {"namespace": NAMESPACE, "secret": meta["name"]}
            series = store.series("kube_secret_metadata_resource_version", labels)
            yield series, float(meta["resourceVersion"])

    @override
    def rules(self) -> tuple[Rule, ...]:
        return alert_rules.rules()

    @override
    def settings(self) -> Mapping[str, Any]:
        database = {
            "host": server.HOST,
            "port": self.logins.port,
            "dbname": DATABASE,
            "user": DIAGNOSE,
            "password_file": str(self._files[DIAGNOSE]),
            "act_user": ACT,
            "act_password_file": str(self._files[ACT]),
            "sslmode": "disable",
        }
        return {
            "databases": {DATABASE: database},
            "services": {name: {"database": DATABASE} for name in CLIENTS},
        }

    @override
    def policy(self) -> Mapping[str, Any]:
        return {
            "reads": {"databases": [DATABASE]},
            "changes": {"kinds": list(_ACTS), "databases": [DATABASE]},
        }

    @override
    def baseline(self) -> State:
        return self.truth.state(self.load.ended)

    @override
    def reasons(self) -> list[str]:
        return list(self.truth.reasons())

    @override
    def changes(self, since: Any, may_change: frozenset[tuple[str, str]]) -> list[str]:
        if not isinstance(since, State):
            return []
        return list(differences(since, self.truth.state(self.load.ended), may_change))


def password_of(shop: "Shop", service: str) -> str:
    """Return the password in the Secret of a service.

    Raises:
        SandboxError: it has none.
    """
    held = shop.cluster.store.get("secrets", NAMESPACE, objects.secret_name(service))
    found = objects.secret_value(held)
    if found is None:
        raise SandboxError(
            f"the Secret of {service} has no password", remedy="Start the sandbox anew."
        )
    return found
