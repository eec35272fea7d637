"""What can be changed on a host; here: one unit of systemd is restarted.

The unit is named together with the invocation that was seen, so that a unit which somebody
has restarted meanwhile is left alone. Logs, processes and services of a swarm have modules
of their own.
"""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.host import Hostname
from stanch.tools.operations.host_logs import TruncateLog
from stanch.tools.operations.host_processes import StopProcess
from stanch.tools.operations.host_rotation import RotateLogs
from stanch.tools.operations.host_swarm import RollBackService
from stanch.tools.operations.reach import Reach

UnitName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,240}\.service$")]

PROPERTIES: Final = "LoadState,ActiveState,SubState,InvocationID"
"""What `systemctl show -p` is asked for to know one run of a unit from another."""


class RestartUnit(BaseOperation):
    """Restart one service unit on one host."""

    kind: Literal["host.restart_unit"] = "host.restart_unit"
    host: Hostname
    unit: UnitName
    invocation: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$|^$")]
    """The InvocationID of the unit when it was looked at; empty: it did not run."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host}/{self.unit}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.unit} on {self.host}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"units/{self.unit}", host=self.host)

    @override
    def as_text(self) -> str:
        return f"ssh {self.host} systemctl restart {self.unit}"


HostAct: TypeAlias = RestartUnit | TruncateLog | RotateLogs | StopProcess | RollBackService


def unit_facts(shown: str) -> dict[str, Any]:
    """Return the facts about a unit that must still hold when it is acted on.

    `shown` is what `systemctl show -p` prints of PROPERTIES. {"missing": True}: there is no
    such unit.
    """
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    if found.get("LoadState") in {None, "", "not-found"}:
        return {"missing": True}
    return {
        "active_state": found.get("ActiveState", ""),
        "sub_state": found.get("SubState", ""),
        "invocation_id": found.get("InvocationID", ""),
    }
