"""What switching a flag in one environment has in common, whatever service keeps the flag."""

from collections.abc import Callable, Mapping
from typing import Any

from stanch.tools.clients.http.sending import Message
from stanch.tools.operations.http_acts import SwitchFlag


class FlagSwitch:
    """The part of a dialect for flags that are on or off in each environment."""

    cannot = ""

    def wanted(self, change: SwitchFlag, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts with the flag switched."""
        return {**facts, "enabled": change.enabled}

    def unfit(self, change: SwitchFlag, facts: Mapping[str, Any]) -> str | None:
        """Return why the flag cannot be switched: it is archived, or as wanted already."""
        if facts.get("archived"):
            return f"{change.subject} is archived; programs do not see it any more."
        if facts.get("enabled") is change.enabled:
            state = "on" if change.enabled else "off"
            return f"{change.subject} is {state} in {change.environment} already."
        return None

    def barred(self, change: SwitchFlag, ask: Callable[[Message], Any]) -> str | None:
        """Return None: every flag stands alone.

        Whether somebody else has to review a change, a service says when it is told to make it.
        """
        del change, ask
        return None
