"""A context over a real store, with a clock that stands still and no target to reach."""

from datetime import datetime
from typing import Any

from stanch.clock import Clock
from stanch.executor import Clients, Executor
from stanch.graph.context import Context, Record
from stanch.incident import Incident
from stanch.policy import Policy
from stanch.roles import Rules, Team
from stanch.runbook.model import Runbook
from stanch.settings import Settings
from stanch.store import Store
from tests.unit import incident_samples as samples


class Still(Clock):
    """A clock that shows one time."""

    def now(self) -> datetime:
        return samples.NOW


class Keeper:
    """Gives teams of rules, and keeps how each records."""

    def __init__(self) -> None:
        self.record: Record | None = None

    def team(self, record: Record) -> Team:
        self.record = record
        return Team(Rules(), None, record)


def context(store: Store, *runbooks: Runbook, keeper: Keeper | None = None) -> Context:
    """Return a context; nothing of it can reach a target."""
    settings = Settings(home=store.home, user="ann")
    clock = Still()
    return Context(
        settings=settings,
        store=store,
        clock=clock,
        rules=Policy,
        executor=Executor(
            store=store,
            clients=Clients(settings),
            policy=Policy(),
            reread=Policy,
            clock=clock,
            secrets=(),
        ),
        runbooks=runbooks,
        team_of=(keeper or Keeper()).team,
    )


def put(store: Store, **changes: Any) -> Incident:
    """Put an incident into the store."""
    incident = samples.incident(**changes)
    with store.database.write() as connection:
        store.records.add_incident(connection, incident)
    return incident
