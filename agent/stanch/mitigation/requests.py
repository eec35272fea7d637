"""Requests: which of the strategies for HTTP servers knows what a runbook asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.calls import Calls
from stanch.mitigation.flags import Flags
from stanch.mitigation.flags_asked import switches_flag
from stanch.mitigation.strategy import Plan, Seen, Strategy
from stanch.mitigation.weights import Weights, sets_weight
from stanch.tools.operations import HttpIntent, MakeCall, Read, SwitchFlag


class Requests:
    """Switches flags, sets weights and makes configured calls; the rest is left to people."""

    intents = (HttpIntent,)

    def looks(self, intent: HttpIntent) -> Mapping[str, Read]:
        """Return the look at what the request changes.

        Raises:
            CannotPlanError: it is none that stanch knows.
        """
        return _strategy(intent).looks(intent)

    def plan(self, intent: HttpIntent, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change that the request asks for.

        Raises:
            CannotPlanError: there is no sensible change; says why.
        """
        return _strategy(intent).plan(intent, seen, now=now)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the target after the change."""
        known: Strategy
        match change:
            case SwitchFlag():
                known = Flags()
            case MakeCall():
                known = Calls()
            case _:
                known = Weights()
        return known.foretold(change, after)


def _strategy(intent: HttpIntent) -> Strategy:
    if switches_flag(intent):
        return Flags()
    if sets_weight(intent):
        return Weights()
    return Calls()
