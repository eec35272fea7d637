"""The graph for LangGraph's own tools, which read langgraph.json and call `graph`.

They bring their own checkpoints. A run names its incident twice: in its input, as every
run does, and in its configuration as `configurable.incident`, so that the incident's lock
is held and its budget is known before the first node. Without that the graph can only be
looked at.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, NoReturn, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.graph.build import build
from stanch.graph.context import Context
from stanch.graph.opening import opened
from stanch.library import bundled
from stanch.runbook.folder import read_folder
from stanch.settings import read
from stanch.store import Store, StoreError


class UnopenedError(StoreError):
    """A graph that was made to be looked at was run."""


class _Unopened:
    """Stands where a context stands in a graph that nobody may run."""

    def __getattr__(self, name: str) -> NoReturn:
        raise UnopenedError(
            "this graph can only be looked at: give the run an incident, as "
            '{"configurable": {"incident": "INC-1"}} in its configuration'
        )


@asynccontextmanager
async def graph(config: RunnableConfig) -> AsyncIterator[CompiledStateGraph[Any, Any, Any, Any]]:
    """Give the graph of the incident that `config` names, open for one run.

    Raises:
        ConflictError: another process is moving this incident.
        StoreError, PolicyError, SettingsError, ClockError: it cannot be opened.
    """
    incident = config.get("configurable", {}).get("incident")
    if not incident:
        yield build(cast(Context, _Unopened()))
        return
    stack = ExitStack()
    # Opening reads files and locks, and a server's event loop must not wait for them.
    try:
        context = await asyncio.to_thread(_open, stack, str(incident))
        yield build(context)
    finally:
        await asyncio.to_thread(stack.close)


def _open(stack: ExitStack, incident: str) -> Context:
    settings = read()
    key = settings.audit_key.get_secret_value() if settings.audit_key else None
    store = Store(settings.home, audit_key=key, url=settings.store_url)
    stack.callback(store.close)
    store.records.incident(incident)
    stack.enter_context(store.hold(incident))
    own = (settings.runbooks,) if settings.runbooks else ()
    known = read_folder(
        bundled("runbooks"), *own, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS)
    )
    return stack.enter_context(opened(settings, store, known.runbooks, incident=incident))
