"""The thread in which all sessions live, with an event loop of its own.

The world's own loop computes for tens of milliseconds at a time; a session that had to wait
for it would look slower than the database is.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_PATIENCE = 30.0


class Background:
    """Runs coroutines beside the rest of the program."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="database sessions", daemon=True
        )
        self._thread.start()

    def run(self, work: "Coroutine[Any, Any, T]") -> "Future[T]":
        """Let `work` go on until its end, or until its future is cancelled."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        """End all that runs, and the thread."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
