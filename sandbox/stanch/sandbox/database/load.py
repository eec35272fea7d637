"""The load on the database: one session for every program of the shop that uses it."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from stanch.sandbox.database.background import Background
from stanch.sandbox.database.logins import STATEMENT_SECONDS, Logins
from stanch.sandbox.database.session import Recent, Session
from stanch.sandbox.database.wording import Failure
from stanch.sandbox.database.work import CLIENTS
from stanch.sandbox.shop.pods import PodView


@dataclass(frozen=True, slots=True)
class Misuse:
    """What the programs of one image send to the database that is wrong."""

    path: str
    share: float
    arguments: Callable[[random.Random], dict[str, Any]]


@dataclass(slots=True)
class Load:
    """The sessions of the programs that run now."""

    logins: Logins
    background: Background
    chance: random.Random
    misuses: dict[str, Misuse] = field(default_factory=dict)
    """By the full name of an image."""
    ended: "Counter[str]" = field(default_factory=Counter)
    """How often somebody ended a session or cancelled a statement, by application."""
    _living: dict[tuple[str, int], tuple[Session, "Future[None]"]] = field(default_factory=dict)

    def keep(self, pods: Sequence[PodView], passwords: Mapping[str, str]) -> None:
        """Let every running program have its session, and no other."""
        running = {
            pod.life: pod
            for pod in pods
            if pod.service in CLIENTS and pod.running_since is not None
        }
        for life in self._living.keys() - running.keys():
            _, task = self._living.pop(life)
            task.cancel()
        for life, pod in running.items():
            if life not in self._living and pod.uid in passwords:
                session = self._session(pod, passwords[pod.uid])
                self._living[life] = session, self.background.run(session.live())

    def _session(self, pod: PodView, password: str) -> Session:
        service = pod.service
        milliseconds = f"{STATEMENT_SECONDS * 1000:.0f}"
        misuse = self.misuses.get(pod.image)

        def failed(failure: Failure) -> None:
            if failure.by_admin:
                self.ended[service] += 1

        return Session(
            client=CLIENTS[service],
            keywords=self.logins.of(service, service, password, statement_timeout=milliseconds),
            chance=random.Random(self.chance.random()),  # noqa: S311  # a rehearsal
            failed=failed,
            arguments={misuse.path: misuse.arguments} if misuse else {},
            faulty=misuse.share if misuse else 0.0,
        )

    def recent(self, pod: PodView, path: str) -> Recent | None:
        """Return what came of the last statements of a program for a route, if any."""
        living = self._living.get(pod.life)
        return living[0].recent.get(path) if living else None

    @property
    def working(self) -> bool:
        """Whether every program has had an answer to each kind of statement."""
        return bool(self._living) and all(
            all(session.has_done(task) for task in session.client.tasks)
            for session, _ in self._living.values()
        )
