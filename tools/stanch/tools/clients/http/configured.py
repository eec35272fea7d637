"""Configured calls: the request is made of the settings anew, and must be the approved one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from stanch.settings.calls import CallSettings
from stanch.settings.targets import Targets
from stanch.tools.clients.http.dialect import Shown
from stanch.tools.clients.http.sending import Message
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.http_call_forms import (
    Sent,
    UnfitArgumentError,
    accepted,
    after,
    facts_of,
    filled_path,
    sent,
    strong,
)
from stanch.tools.operations.http_calls import VERSION, MakeCall, definition_of, foretold


@dataclass(frozen=True, slots=True)
class Configured:
    """Speaks one call as its table in the settings says."""

    call: CallSettings
    asked: Sent
    cannot: str = ""

    @classmethod
    def of(cls, change: MakeCall, targets: Targets) -> Self:
        """Return how the call of `change` is spoken.

        Raises:
            TargetUnreachableError: the settings have no such call any more.
            OperationRefusedError: they make another request of it than the approved one.
        """
        settings = targets.endpoints.get(change.endpoint)
        call = settings.calls.get(change.call) if settings is not None else None
        if call is None:
            raise TargetUnreachableError(
                f"the settings have no call {change.call} at {change.endpoint}: "
                f"add [endpoints.{change.endpoint}.calls.{change.call}]"
            )
        try:
            arguments = accepted(call, dict(change.arguments))
        except UnfitArgumentError as error:
            raise OperationRefusedError(f"{change.call} is not sent: {error}.") from error
        asked = sent(call, arguments)
        place = filled_path(call.read.path, arguments)
        approved = Sent(change.method, change.path, change.body)
        made = (asked, place, after(call, arguments), definition_of(call))
        if made != (approved, change.place, change.after, change.definition):
            raise OperationRefusedError(
                f"{change.call} is not in the settings what it was when it was planned. "
                "Nothing was sent; propose it anew."
            )
        return cls(call, asked)

    def question(self, change: MakeCall) -> Message:
        """Return the request for what the call changes."""
        return Message(method="GET", target=change.place)

    def found(self, change: MakeCall, shown: Shown) -> dict[str, Any]:
        """Return the facts that the call's table names."""
        del change
        if shown.status == 404 and not self.call.read.may_be_absent:
            return {"missing": True}
        return facts_of(self.call, shown.status, shown.body, shown.headers.get("etag"))

    def order(self, change: MakeCall, shown: Shown, key: str) -> Message:
        """Return the request, bound to the version that was shown where the server has one."""
        del change, key
        etag = shown.headers.get("etag")
        headers: dict[str, str] = {}
        if self.call.precondition == "etag":
            # What is not there has no version; nothing may have come there meanwhile.
            there = shown.status != 404
            headers = {"if-match": str(etag)} if there else {"if-none-match": "*"}
        return Message(
            method=self.asked.method,
            target=self.asked.path,
            headers=headers,
            body=self.asked.body.encode() if self.asked.body is not None else None,
        )

    def wanted(self, change: MakeCall, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts as they are after the call."""
        return foretold(change, facts)

    def unfit(self, change: MakeCall, facts: Mapping[str, Any]) -> str | None:
        """Return why the call is none of what is there: it starts from something else."""
        known = {name: value for name, value in facts.items() if name != VERSION}
        if known != change.before:
            return f"{change.subject} is not as {change.call} starts from."
        if known == self.wanted(change, facts):
            return f"{change.subject} is as {change.call} leaves it already."
        versioned = self.call.precondition == "etag" and facts.get("present")
        if versioned and not strong(facts.get(VERSION)):
            return f"{change.subject} has no strong ETag, to which {change.call} could be bound."
        return None

    def barred(self, change: MakeCall, ask: Callable[[Message], Any]) -> str | None:
        """Return None: nothing beside it is known."""
        del change, ask
        return None
