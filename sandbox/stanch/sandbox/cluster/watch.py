"""Watches: a stream of the changes of one kind, read from the journal of the store."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from stanch.sandbox.cluster.journal import Change
from stanch.sandbox.cluster.kinds import Kind
from stanch.sandbox.cluster.selectors import Test
from stanch.sandbox.cluster.status import expired
from stanch.sandbox.cluster.store import Object, Store
from stanch.sandbox.cluster.views import dump

_BOOKMARK_EVERY = 60.0
_BOOKMARK_BEFORE_END = 2.0
_END_OF_INITIAL = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one client wants to be told, and for how long (in seconds of the wall)."""

    kind: Kind
    test: Test
    show: Callable[[Object], Object]
    since: int | None
    bookmarks: bool
    initial_end: bool
    timeout: float

    async def stream(self, store: Store) -> AsyncIterator[bytes]:
        """Yield one line of JSON for each event, until the time is over."""
        journal, news = store.journal, asyncio.Event()
        journal.listen(wake := lambda _: news.set())
        try:
            reached = journal.revision if self.since is None else self.since
            if self.since is None:
                for line in self._initial(store):
                    yield line
            ends = time.monotonic() + self.timeout
            bookmark_due = _first_bookmark(ends)
            while True:
                if reached < journal.oldest:
                    error = expired(reached, journal.oldest).body()
                    yield dump({"type": "ERROR", "object": error}) + b"\n"
                    return
                lines = [self._event(change) for change in journal.since(reached)]
                reached = journal.revision
                if data := b"".join(line for line in lines if line):
                    yield data
                wait = min(ends, bookmark_due) - time.monotonic()
                await _wait(news, wait)
                if time.monotonic() >= ends:
                    if self.bookmarks:
                        yield self._bookmark(reached)
                    return
                if time.monotonic() >= bookmark_due:
                    bookmark_due += _BOOKMARK_EVERY
                    if self.bookmarks and not news.is_set():
                        yield self._bookmark(reached)
        finally:
            journal.forget(wake)

    def _initial(self, store: Store) -> list[bytes]:
        lines = [self._line("ADDED", obj) for obj in store.list(self.kind.plural) if self.test(obj)]
        if self.initial_end:
            lines.append(self._bookmark(store.journal.revision, annotations=_END_OF_INITIAL))
        return lines

    def _event(self, change: Change) -> bytes:
        if change.plural != self.kind.plural:
            return b""
        before = change.old is not None and self.test(change.old)
        after = change.action != "DELETED" and self.test(change.new)
        if after:
            return self._line("MODIFIED" if before else "ADDED", change.new)
        return self._line("DELETED", change.new) if before else b""

    def _line(self, action: str, obj: Object) -> bytes:
        return dump({"type": action, "object": self.show(obj)}) + b"\n"

    def _bookmark(self, revision: int, *, annotations: dict[str, str] | None = None) -> bytes:
        metadata: dict[str, Any] = {"resourceVersion": str(revision), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        obj = {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata}
        return dump({"type": "BOOKMARK", "object": obj}) + b"\n"


def _first_bookmark(ends: float) -> float:
    """Return when the first bookmark is due; a short watch has it a little before its end."""
    now = time.monotonic()
    before_end = ends - _BOOKMARK_BEFORE_END
    regular = now + _BOOKMARK_EVERY
    return min(regular, before_end) if before_end > now else regular


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await news.wait()
    except TimeoutError:
        return
    news.clear()
