"""Many hosts side by side: what some brought back is there whatever became of the others."""

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import ToolError

MOST_AT_ONCE = 100
Ask: TypeAlias = Callable[[str, Deadline], tuple[dict[str, Any], bool]]


class _Round:
    """The answers of one round, taken together until its time is up."""

    def __init__(self, hosts: Sequence[str], ask: Ask, seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._todo = deque(hosts)
        self._left = len(hosts)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self.answers: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, str] = {}
        self.truncated = False

    def work(self) -> None:
        """Ask hosts until there are none left."""
        while True:
            try:
                host = self._todo.popleft()
            except IndexError:
                return
            self._one(host)

    def _one(self, host: str) -> None:
        answer: dict[str, Any] | None = None
        cut, why = False, ""
        try:
            answer, cut = self._ask(host, Deadline(self._seconds))
        except ToolError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - one host must not hide the others
            why = f"{host} could not be asked: {type(error).__name__}: {error}"
        with self._lock:
            if answer is None:
                self.failures[host] = why
            else:
                self.answers[host] = answer
                self.truncated = self.truncated or cut
            self._left -= 1
            if self._left == 0:
                self._done.set()

    def wait(self, seconds: float) -> tuple[dict[str, dict[str, Any]], dict[str, str], bool]:
        """Return what there is when all have answered, or the time is up."""
        self._done.wait(seconds)
        self._todo.clear()
        with self._lock:
            return dict(self.answers), dict(self.failures), self.truncated


def share(hosts: int, seconds: float) -> float:
    """Return the seconds that one of so many hosts may take, so that every one gets its turn."""
    return seconds / math.ceil(hosts / MOST_AT_ONCE)


def ask_all(
    hosts: Sequence[str], ask: Ask, deadline: Deadline
) -> tuple[dict[str, dict[str, Any]], dict[str, str], bool]:
    """Return the answers by host, why others gave none, and whether anything was cut.

    Each host has its own end, so that one that is silent takes nobody else's time.
    """
    names = list(dict.fromkeys(hosts))
    going = _Round(names, ask, share(len(names), deadline.left))
    for number in range(min(len(names), MOST_AT_ONCE)):
        threading.Thread(target=going.work, name=f"stanch-ssh-{number}", daemon=True).start()
    answers, failures, truncated = going.wait(deadline.left)
    late = f"no answer within {deadline.seconds:.3g} s"
    ordered = {name: answers[name] for name in names if name in answers}
    missing = {name: failures.get(name, late) for name in names if name not in answers}
    return ordered, missing, truncated
