"""The strategy of services on hosts: one unit of systemd is restarted.

The unit is pinned to the invocation that was seen: if it has been started anew since then,
by a person or by systemd, the restart is proposed again for what runs now.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HostRead, Read, RestartUnit
from stanch.tools.operations.host import ChangeHost, HostPart
from stanch.tools.operations.host_acts import PROPERTIES, unit_facts

_SUFFIX: Final = ".service"


class Units:
    """Restarts one service unit on one host."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the look at the unit as systemd knows it."""
        host, unit = _named(intent)
        parts = (
            HostPart(role="verb", text="show"),
            HostPart(text=unit),
            HostPart(role="flag", text="-p", value=PROPERTIES, glue=" "),
        )
        return {"target": HostRead(program="systemctl", args=parts, host=host)}

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - a restart has no moment
        """Return the restart of the unit as it was seen."""
        host, unit = _named(intent)
        look = seen["target"]
        if look.get("exit_status") != 0:
            said = str(look.get("stderr") or "").strip()[:200]
            raise CannotPlanError(
                f"{host} does not say how {unit} is: {said or 'systemctl failed'}"
            )
        facts = unit_facts(str(look.get("stdout") or ""))
        if facts.get("missing"):
            raise CannotPlanError(f"{host} has no unit {unit}")
        if facts["active_state"] in {"activating", "deactivating", "reloading"}:
            raise CannotPlanError(
                f"{unit} on {host} is {facts['active_state']} just now; look again in a moment"
            )
        state = f"{facts['active_state']} ({facts['sub_state']})"
        return Plan(
            title=f"Restart {unit} on {host}, which is {state}",
            operation=RestartUnit(host=host, unit=unit, invocation=facts["invocation_id"]),
            observed=facts,
            inverse=None,
            inverse_note="a restart has no way back: the processes that ran are gone",
            touches=(
                f"all processes of {unit} on {host} end and are started anew",
                "units that require it are restarted with it; no file is changed",
            ),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing: a restart has no inverse, so nobody has to know its target again."""
        del change, after
        return {}


def _named(intent: ChangeHost) -> tuple[str, str]:
    """Return the host and the unit that are to be restarted.

    Raises:
        CannotPlanError: it is anything else than the restart of one unit on one host.
    """
    unit = _unit(intent)
    if unit is None or intent.inside is not None or intent.seconds is not None:
        raise CannotPlanError(
            "stanch has no way yet to preview, check and undo this; a person can run "
            f"`{intent.as_text()}`"
        )
    if intent.host is None:
        many = f"names {len(intent.hosts)} hosts" if intent.hosts else "names no host"
        raise CannotPlanError(f"the restart of {unit} {many}, and one at a time can be proposed")
    if intent.sudo not in {None, "root"}:
        raise CannotPlanError(f"{unit} can only be restarted as root, not as {intent.sudo}")
    if intent.port is not None:
        raise CannotPlanError(
            f"the step names the port {intent.port} of {intent.host}; name it under "
            f"[hosts.{intent.host}] in stanch.toml instead"
        )
    return intent.host, unit


def _unit(intent: ChangeHost) -> str | None:
    """Return the service that `systemctl restart` or `service NAME restart` names."""
    match intent.argv:
        case ("systemctl", "restart", name) | ("service", name, "restart"):
            whole = name if "." in name else f"{name}{_SUFFIX}"
            return whole if whole.endswith(_SUFFIX) and not set(whole) & set("*?[]/") else None
        case _:
            return None
