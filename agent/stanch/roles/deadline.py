"""A deadline that holds whatever the call does: name look-up, a slow handshake, a dripping body.

A socket's timeout bounds one read, not the whole answer, so the call runs in a thread of its
own that is left behind when the time is over.
"""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what `call` returns, or raise what it raises, within `seconds`.

    Raises:
        TimeoutError: it took longer; the call may still go on, and nobody listens.
    """
    results: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((call(), None))
        except Exception as error:  # noqa: BLE001 - it is raised again where somebody waits
            results.put((None, error))

    threading.Thread(target=run, name="stanch-model", daemon=True).start()
    try:
        value, error = results.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:.1f} s") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # without an error it is what the call returned
