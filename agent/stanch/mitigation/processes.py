"""The strategy of processes on hosts: one that runs away is told to end.

It is pinned to the moment at which it was started. First comes SIGTERM, which lets it clean
up; SIGKILL is a change of its own, that a runbook has to ask for. Where a unit of systemd
started it, the unit is restarted instead.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from stanch.mitigation.host_places import flag, left_to_people, operands, the_host
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HostRead, Read
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_processes import (
    StopProcess,
    files_of,
    process_facts,
    read_process,
    unfit,
)

_SIGNALS: Final[Mapping[str, Literal["TERM", "KILL"]]] = {
    "TERM": "TERM",
    "15": "TERM",
    "KILL": "KILL",
    "9": "KILL",
}


class _Wanted(NamedTuple):
    host: str
    pid: int
    signal: Literal["TERM", "KILL"]


class Processes:
    """Tells one process on one host to end."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the looks at the process: what the kernel says of it, whose it is, its load."""
        wanted = _wanted(intent)
        at = {"host": wanted.host, "sudo": intent.sudo}
        files = operands(*files_of(wanted.pid))
        whose = (flag("-c", "%U"), *operands(f"/proc/{wanted.pid}"))
        load = (flag("-o", "pcpu=,etimes="), flag("-p", str(wanted.pid)))
        return {
            "target": HostRead(program="cat", args=files, **at),
            "owner": HostRead(program="stat", args=whose, **at),
            "load": HostRead(program="ps", args=load, **at),
        }

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - the host's clock counts
        """Return the signal to the process as it was seen.

        Raises:
            CannotPlanError: it has ended, or is one that is not to be ended by a signal.
        """
        host, pid, signal = _wanted(intent)
        shown = str(seen["target"].get("stdout") or "")
        facts = process_facts(shown, str(seen["owner"].get("stdout") or ""), pid)
        found = read_process(shown, pid)
        if found is None or facts.get("missing"):
            raise CannotPlanError(f"no process {pid} runs on {host} any more")
        if why := unfit(found, pid):
            raise CannotPlanError(why)
        if facts["user"] == "UNKNOWN":
            raise CannotPlanError(f"process {pid} runs as no user that {host} knows by name")
        name = f"{found.command} (process {pid} of {facts['user']}) on {host}"
        verb = "Kill" if signal == "KILL" else "Tell"
        named = {one: facts[one] for one in ("boot_id", "started", "command", "user")}
        try:
            change = StopProcess(host=host, pid=pid, signal=signal, **named)
        except ValueError as error:
            raise CannotPlanError(f"{name!r} has a name that no order can carry") from error
        return Plan(
            title=f"{verb} {name}" + ("" if signal == "KILL" else " to end"),
            operation=change,
            observed=facts,
            inverse=None,
            inverse_note="a process that has ended has no way back: what it held in memory is gone",
            touches=(_load(seen["load"]), *_touches(signal, found.unit)),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing: the end of a process has no inverse."""
        del change, after
        return {}


def _touches(signal: str, unit: str) -> tuple[str, ...]:
    ends = (
        "it ends at once and cleans up nothing: files that it writes may stay half written"
        if signal == "KILL"
        else "it may clean up first, take its time, or not heed it at all; it is asked once"
    )
    whose = (
        f"it is one of the processes of {unit}, which may start another in its place"
        if unit
        else "no unit of systemd starts it again"
    )
    return ends, whose, "its children go on, without it; no other process is told anything"


def _load(look: Mapping[str, Any]) -> str:
    words = str(look.get("stdout") or "").split()
    if len(words) != 2:
        return "how much of the processors it uses is not known"
    return f"it has used {words[0]} % of a processor over the {words[1]} s of its life"


def _wanted(intent: ChangeHost) -> _Wanted:
    """Return the host, the process and the signal.

    Raises:
        CannotPlanError: it is more than SIGTERM or SIGKILL to one process.
    """
    words = list(intent.argv[1:])
    signal = "TERM"
    if words[:1] in (["-s"], ["--signal"], ["-n"]) and len(words) > 1:
        signal, words = words[1], words[2:]
    elif words and words[0].startswith("--signal="):
        signal, words = words[0].partition("=")[2], words[1:]
    elif words and words[0].startswith("-") and words[0] != "--":
        signal, words = words[0][1:], words[1:]
    words = words[1:] if words[:1] == ["--"] else words
    known = _SIGNALS.get(signal.upper().removeprefix("SIG"))
    if known is None or len(words) != 1 or not words[0].isascii() or not words[0].isdigit():
        raise left_to_people(intent)
    pid = int(words[0])
    if not 2 <= pid <= 4_194_304:
        raise CannotPlanError(f"process {pid} is the first of all, or none")
    return _Wanted(the_host(intent, f"the signal to process {pid}"), pid, known)
