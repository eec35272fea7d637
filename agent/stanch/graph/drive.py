"""Driving one incident: start it, park it at a question, resume it by that question's id.

LangGraph keeps where the work stands; the store keeps what is true. A thread that shows
no task and whose incident is not final was lost by neither, and is said to be an error.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from stanch.graph.build import build
from stanch.graph.checkpoints import StoreSaver
from stanch.graph.context import Context
from stanch.graph.state import VERSION
from stanch.incident import answer_to
from stanch.store import StoreError

_STEPS = 200


class LostError(StoreError):
    """The graph has nothing to do, though the incident is not finished."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The incident waits for an answer: to an approval, to a doubt, or to another question."""

    interrupt: str
    approval: str | None
    doubt: str | None
    question: str | None = None


class Drive:
    """Moves one incident; hold its lock while you use this."""

    def __init__(self, context: Context, saver: BaseCheckpointSaver[Any], incident: str) -> None:
        self._context = context
        self._incident = incident
        self._graph = build(context, saver)
        self._config: Any = {
            "configurable": {"thread_id": incident},
            "recursion_limit": _STEPS,
        }

    def go(self) -> Parked | None:
        """Run until the incident is final (None) or waits for an answer.

        Raises:
            StoreError: something that must be recorded cannot be.
            LostError: the graph has nothing to do, though the incident is not final.
        """
        while not self._final():
            parked = self.parked()
            if parked is not None and not self._answered(parked):
                return parked
            self._check_version()
            self._invoke(self._input(parked))
        return None

    def parked(self) -> Parked | None:
        """Return the question that the incident waits at, if it waits."""
        interrupts = self._graph.get_state(self._config).interrupts
        if not interrupts:
            return None
        one = interrupts[0]
        value = one.value
        return Parked(one.id, value.get("approval"), value.get("doubt"), value.get("question"))

    def _input(self, parked: Parked | None) -> Any:
        if parked is not None:
            answer = {"approval": parked.approval} if parked.approval else {"settled": parked.doubt}
            if parked.question is not None:
                answer = {"question": parked.question}
            return Command(resume={parked.interrupt: answer})
        state = self._graph.get_state(self._config)
        if state.created_at is None:
            # The very first checkpoint is not awaited: after a kill there may be none.
            return {"incident": self._incident, "version": VERSION, "look": 0, "attempt": 0}
        if not state.tasks:
            raise LostError(
                f"{self._incident} is not finished, but its run has no next step; "
                f"`stanch show {self._incident}` tells what is known"
            )
        return None

    def _check_version(self) -> None:
        """Refuse to run on what a newer release has saved: its nodes may mean other things."""
        version = int(self._graph.get_state(self._config).values.get("version", VERSION))
        if version > VERSION:
            raise StoreError(
                f"{self._incident} is run by a newer release (its graph has version {version}, "
                f"this one {VERSION}): resume it with that release"
            )

    def _invoke(self, value: Any) -> None:
        self._graph.invoke(value, self._config, durability="sync")

    def _answered(self, parked: Parked) -> bool:
        store = self._context.store
        if parked.approval is not None:
            return store.approvals.get(parked.approval).state.value != "pending"
        if parked.question is not None:
            events = store.journal.events(self._incident)
            return answer_to(events, parked.question) is not None
        entry = store.ledger.get(parked.doubt or "")
        return entry is None or entry.state != "unknown"

    def _final(self) -> bool:
        return self._context.store.records.incident(self._incident).status.final


@contextmanager
def saver(context: Context) -> Iterator[BaseCheckpointSaver[Any]]:
    """Give the checkpoints: those of the shared store, or of the home, on one connection."""
    # Plain JSON is all that a state may hold: no type is ever built from a checkpoint.
    serializer = JsonPlusSerializer(allowed_msgpack_modules=None)
    if context.store.database.shared:
        yield StoreSaver(context.store.database, serde=serializer)
        return
    file = context.settings.home / "graph.db"
    connection = sqlite3.connect(file, check_same_thread=False, timeout=15.0)
    try:
        yield SqliteSaver(connection, serde=serializer)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the checkpoints {file} cannot be used: {error}") from error
    finally:
        connection.close()
