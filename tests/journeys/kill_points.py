"""The points at which a run can be killed, armed in the process that is to die.

Every commit, every mark of the journal's end, every checkpoint and both sides of the
sending of a change are points. They are put around the store's, the saver's and the
client's own methods, so that the product knows nothing of them.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver
from sqlalchemy import Connection

from stanch.store import Entry
from stanch.store.database import Database
from stanch.store.journal import Journal
from stanch.tools.clients.kubernetes import KubernetesClient


class Points:
    """Counts the points of a run by name, and kills this process at one of them."""

    def __init__(self, kill: str | int | None = None) -> None:
        """Kill at the point of this name, or at the point of this number; None: never."""
        self.passed: list[str] = []
        self._kill = kill
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._kinds: list[str] = []

    def reach(self, what: str) -> None:
        """Note that a point is reached; do not return when it is the one to die at."""
        with self._lock:
            self._counts[what] += 1
            name = f"{what} #{self._counts[what]}"
            self.passed.append(name)
            if self._kill in {name, len(self.passed)}:
                os.kill(os.getpid(), signal.SIGKILL)

    def _says(self) -> str:
        return "+".join(dict.fromkeys(self._kinds)) or "no event"

    def arm(self) -> None:
        """Put the points around everything that writes or sends, in this process."""
        self._arm_store()
        self._arm_saver()
        apply = KubernetesClient.apply

        def send(client: KubernetesClient, *args: Any, **more: Any) -> Any:
            self.reach("before the change is sent")
            outcome = apply(client, *args, **more)
            self.reach("after the change is sent")
            return outcome

        _replace(KubernetesClient, apply=send)

    def _arm_store(self) -> None:
        write, add, mark = Database.write, Journal.add, Journal.mark

        @contextmanager
        def writing(database: Database) -> Iterator[Connection]:
            self._kinds = []
            with _of(write, database) as connection:
                yield connection
                self.reach(f"before the commit of {self._says()}")
            self.reach(f"after the commit of {self._says()}")

        def adding(journal: Journal, connection: Connection, entries: Iterable[Entry]) -> Any:
            known = list(entries)
            self._kinds += [entry.type for entry in known]
            return add(journal, connection, known)

        def marking(journal: Journal, last: tuple[int, str] | None) -> None:
            mark(journal, last)
            self.reach(f"after the mark of {self._says()}")

        _replace(Database, write=writing)
        _replace(Journal, add=adding, mark=marking)

    def _arm_saver(self) -> None:
        put, put_writes = SqliteSaver.put, SqliteSaver.put_writes

        def putting(saver: SqliteSaver, *args: Any, **more: Any) -> Any:
            found = put(saver, *args, **more)
            self.reach("after a checkpoint")
            return found

        def putting_writes(saver: SqliteSaver, *args: Any, **more: Any) -> None:
            put_writes(saver, *args, **more)
            self.reach("after a checkpoint's writes")

        _replace(SqliteSaver, put=putting, put_writes=putting_writes)


def _replace(owner: type, **methods: Any) -> None:
    for name, method in methods.items():
        setattr(owner, name, method)


def _of(write: Any, database: Database) -> AbstractContextManager[Connection]:
    found: AbstractContextManager[Connection] = write(database)
    return found
