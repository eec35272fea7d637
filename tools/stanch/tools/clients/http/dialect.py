"""Dialects: how one kind of server is asked about one kind of change, and told to make it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from stanch.tools.clients.http.sending import Message


class Shown(NamedTuple):
    """What a server answered to the question."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


class Dialect(Protocol):
    """How one kind of server is spoken to about one kind of change."""

    @property
    def cannot(self) -> str:
        """Why nothing can be changed through it, and what to do instead; empty where it can."""

    def question(self, change: Any) -> Message:
        """Return the request that shows the target."""

    def found(self, change: Any, shown: Shown) -> dict[str, Any]:
        """Return the facts in an answer, 200 or 404; {"missing": True} when it is gone."""

    def order(self, change: Any, shown: Shown, key: str) -> Message:
        """Return the request that makes the change of the target that was shown.

        `key` names the change in whatever the server keeps of it.
        """

    def wanted(self, change: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts as they are after the change."""

    def unfit(self, change: Any, facts: Mapping[str, Any]) -> str | None:
        """Return why the change is none of the target as it is; None when it is one."""

    def barred(self, change: Any, ask: Callable[[Message], Any]) -> str | None:
        """Return why what stands beside the target forbids the change; None when nothing does.

        `ask` sends a request and returns what the body of its answer says.
        """
