"""Opening the parts of a deployment that the nodes work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from stanch.clock import Clock
from stanch.executor import Clients, Executor
from stanch.graph.context import Context, Record
from stanch.policy import Policy, load
from stanch.policy.reads import fits_any
from stanch.roles import Budget, ChatModel, Cost, Endpoint, Rules, Team
from stanch.roles.endpoint import OPENAI_URL
from stanch.runbook.model import Runbook
from stanch.settings import Settings, SettingsError
from stanch.store import Store


@contextmanager
def opened(
    settings: Settings, store: Store, runbooks: tuple[Runbook, ...], *, incident: str
) -> Iterator[Context]:
    """Give the context of one run of one incident.

    Raises:
        PolicyError, SettingsError, ClockError: a part of the deployment cannot be used.
    """
    clock = Clock(settings.clock)
    rules = partial(load, settings.policy_file)
    policy = rules()
    clients = Clients(settings)
    try:
        clients.reserve(_databases(settings, policy))
        yield Context(
            settings=settings,
            store=store,
            clock=clock,
            rules=rules,
            executor=Executor(
                store=store,
                clients=clients,
                policy=policy,
                reread=rules,
                clock=clock,
                secrets=settings.secrets,
                at_once=settings.reads_at_once,
            ),
            runbooks=runbooks,
            team_of=_Bench(settings, store, incident).team,
        )
    finally:
        clients.close()


def _databases(settings: Settings, policy: Policy) -> tuple[str, ...]:
    """Return the databases that may be looked at, by the names that the settings give them.

    A connection that is open before the last slot is taken can still look (DF-10).
    """
    targets = settings.targets
    return tuple(
        name
        for name, one in targets.databases.items()
        if fits_any(policy.reads.databases, name)
        # A step may also name a database by what the server calls it.
        or (
            targets.database_of(one.dbname) == name and fits_any(policy.reads.databases, one.dbname)
        )
    )


class _Bench:
    """Keeps one team for the whole run, so that its patience and its budget last as long."""

    def __init__(self, settings: Settings, store: Store, incident: str) -> None:
        self._record: Record | None = None
        self._team = Team(Rules(), _model(settings, store, incident), self._write)

    def team(self, record: Record) -> Team:
        """Return the team, which from now on writes through `record`."""
        self._record = record
        return self._team

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        if self._record is not None:
            self._record(kind, data)


def _model(settings: Settings, store: Store, incident: str) -> ChatModel | None:
    """Return the chat model that is configured, with what this incident has left to spend."""
    if settings.model is None:
        return None
    key = settings.openai_api_key
    try:
        endpoint = Endpoint(
            model=settings.model,
            base_url=settings.openai_base_url or OPENAI_URL,
            api_key=key.get_secret_value() if key else "",
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None
    used = [e.data for e in store.journal.events(incident) if e.type == "model.used"]
    spent = Cost(
        seconds=sum(float(one.get("seconds", 0)) for one in used),
        tokens_in=sum(int(one.get("tokens_in", 0)) for one in used),
        tokens_out=sum(int(one.get("tokens_out", 0)) for one in used),
    )
    budget = Budget(tokens=settings.model_tokens, seconds=settings.model_seconds, spent=spent)
    return ChatModel(endpoint, budget)
