"""A practice production with nothing but its database, whose time the test lets pass."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import dict_row

from stanch.sandbox import referee
from stanch.sandbox.database.part import Database
from stanch.sandbox.faults import Injection, inject
from stanch.sandbox.faults.database_logins import restart
from stanch.sandbox.shop.part import Place
from stanch.sandbox.shop.promql import Sample
from stanch.sandbox.shop.shop import Shop, open_shop

NOW = 1_790_000_000.0
STRIDE = 5.0
BREATH = 0.02
PATIENCE = 240


class World:
    """One shop with its database, and what a test does to it."""

    def __init__(self, folder: Path) -> None:
        self.shop: Shop = open_shop(now=NOW, seed=2, history=90)
        self.database = Database(seed=2)
        self.place = Place(folder / "database")
        self._pause = threading.Event()
        self._since = referee.Baseline({}, {})
        self.mend: Callable[[], None] | None = None

    def start(self) -> None:
        async def begin() -> None:
            await self.database.prepare(self.place)
            await self.database.start(self.shop, self.place)

        asyncio.run(begin())
        self.shop.add(self.database)
        self.live(10)

    def stop(self) -> None:
        asyncio.run(self.database.stop())

    def live(self, seconds: float) -> None:
        """Let the world live on, with some time of the wall for its real sessions."""
        until = self.shop.now + seconds
        while self.shop.now < until:
            self.shop.advance(self.shop.now + STRIDE)
            self._pause.wait(BREATH)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Let the world live on until `holds`."""
        for _ in range(PATIENCE):
            if holds():
                return
            self.live(STRIDE)
        pytest.fail(f"it never came to this: {what}; {self.verdict()}")

    def break_it(self, fault: str, **params: str) -> Injection:
        done, self.mend = inject(self.shop, fault, seed=1, params=params)
        self._since = referee.baseline(self.shop, may_change=done.may_change)
        return done

    def verdict(self) -> referee.Verdict:
        return referee.judge(self.shop, since=self._since)

    def until_alert(self, name: str) -> dict[str, str]:
        """Wait for an alert, and return its labels."""
        self.until(lambda: name in self.firing(), f"the alert {name}")
        return self.firing()[name]

    def until_well(self) -> None:
        self.until(lambda: self.verdict().well, "all is well")

    def stays_ill(self, seconds: float = 150.0) -> None:
        """Make sure that nothing heals by itself, or by what was just done."""
        self.live(seconds)
        assert not self.verdict().well

    def firing(self) -> dict[str, dict[str, str]]:
        return {rule.name: dict(alert.labels) for rule, alert in self.shop.alerts.firing()}

    def restart(self, service: str) -> None:
        restart(self.shop, service)
        self.live(60)

    def errors(self, service: str) -> float:
        return self.shop.traffic.error_ratio(service, since=self.shop.now - 30)

    def metric(self, query: str) -> list[float]:
        found = self.shop.engine.instant(query, self.shop.now)
        assert isinstance(found, list)
        return [one.value for one in found if isinstance(one, Sample)]

    def log(self, service: str) -> str:
        lines: list[str] = []
        for pod in self.shop.cluster.store.list("pods", "shop", labels={"app": service}):
            life = self.shop.cluster.logs.current(pod["metadata"]["uid"], service)
            lines += [line for _, line in life.lines] if life else []
        return "\n".join(lines)

    def connect(self, role: str) -> "psycopg.Connection[dict[str, Any]]":
        keywords = self.database.logins.of(role, "test")
        return psycopg.connect(**keywords, row_factory=dict_row)

    def ask(self, role: str, statement: LiteralString, *values: object) -> list[dict[str, Any]]:
        with self.connect(role) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def end(self, application: str) -> int:
        """End the sessions of an application as the acting login; return how many."""
        found = self.ask(
            "stanch_act",
            "SELECT pg_terminate_backend(pid, 2000) AS ended FROM pg_stat_activity"
            " WHERE application_name = %s",
            application,
        )
        return sum(row["ended"] for row in found)
