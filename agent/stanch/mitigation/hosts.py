"""Hosts: which of the strategies for a host knows what a runbook asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.logs import Logs
from stanch.mitigation.processes import Processes
from stanch.mitigation.rotation import Rotations
from stanch.mitigation.strategy import Plan, Seen, Strategy
from stanch.mitigation.swarm import Swarm
from stanch.mitigation.units import Units
from stanch.tools.operations import Read
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_logs import TruncateLog
from stanch.tools.operations.host_swarm import RollBackService


class Hosts:
    """Restarts units, cuts and rotates logs, ends processes, and rolls services of a swarm back."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the looks at what the command changes.

        Raises:
            CannotPlanError: it is none that stanch knows.
        """
        return _strategy(intent).looks(intent)

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:
        """Return the exact change that the command asks for.

        Raises:
            CannotPlanError: there is no sensible change; says why.
        """
        return _strategy(intent).plan(intent, seen, now=now)

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the target after the change; none where nothing is left of it."""
        match change:
            case RollBackService():
                return Swarm().foretold(change, after)
            case TruncateLog():
                return Logs().foretold(change, after)
            case _:
                return {}


def _strategy(intent: ChangeHost) -> Strategy:
    match intent.argv:
        case ("truncate", *_):
            return Logs()
        case ("logrotate", *_):
            return Rotations()
        case ("kill", *_):
            return Processes()
        case ("docker", "service", "rollback", *_):
            return Swarm()
        case _:
            return Units()
