"""How systemctl tells of one unit: its state, its processes, and its properties."""

import math

from stanch.sandbox.hosts.commands import logs, names
from stanch.sandbox.hosts.commands.options import Options
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.units import Unit

_SIGNALS = {9: "KILL", 11: "SEGV", 6: "ABRT"}
_MARKS = {"active": "●", "failed": "\N{MULTIPLICATION SIGN}", "inactive": "○", "activating": "●"}


def ago(seconds: float) -> str:
    """Return a span as systemd tells how long ago something was."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    many = [(365.25 * 86400, "year"), (30.4375 * 86400, "month"), (7 * 86400, "week")]
    for size, unit in many:
        if whole >= size:
            count, rest = int(whole // size), whole % size
            smaller, name = {"year": (30.4375 * 86400, "month")}.get(unit, (86400, "day"))
            left = int(rest // smaller)
            text = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{text} {left} {name}{'s' if left != 1 else ''} ago"
    if days >= 2:
        return f"{days} days ago"
    if days == 1:
        return f"1 day {hours}h ago"
    if hours >= 6:
        return f"{hours}h ago"
    if hours:
        return f"{hours}h {minutes}min ago"
    if minutes >= 5:
        return f"{minutes}min ago"
    return f"{minutes}min {whole % 60}s ago" if minutes else f"{whole}s ago"


def span(seconds: float) -> str:
    """Return processor time as systemd shows it."""
    parts = [(86400, "d"), (3600, "h"), (60, "min")]
    text, left = "", seconds
    for size, unit in parts:
        if left >= size:
            text += f"{int(left // size)}{unit} "
            left %= size
    return f"{text}{left:.3f}s"


def stamp(at: float) -> str:
    """Return a Unix time as systemd shows one."""
    return names.stamp(at, "%a %Y-%m-%d %H:%M:%S UTC")


def told(unit: Unit, options: Options, see: Sight) -> list[str]:
    """Return the lines of `systemctl status` about a unit."""
    since = f" since {stamp(unit.since)}; {ago(see.now - unit.since)}"
    result = f" (Result: {unit.result})" if unit.active == "failed" else f" ({unit.sub})"
    rows = [
        f"{_MARKS[unit.active]} {unit.name} - {unit.spec.about}",
        f"     Loaded: loaded ({unit.fragment}; enabled; preset: enabled)",
        f"     Active: {unit.active}{result}{since}",
    ]
    if unit.spec.docs:
        rows.append(f"       Docs: {unit.spec.docs}")
    rows += _running(unit, see) if unit.active == "active" else _ended(unit)
    count = int(options.last("n", "10"))
    mine = [one for one in see.machine.journal.entries if one.unit == unit.name][-count:]
    if count and mine:
        rows += ["", *(logs.short(one, see) for one in mine)]
    return rows


def _running(unit: Unit, see: Sight) -> list[str]:
    mine = see.machine.of_unit(unit.name)
    memory = sum(one.rss for one in mine) / 1024
    spent = math.fsum(one.cpu_seconds for one in mine)
    limit = see.machine.memory // 1024**2
    rows = [
        f"   Main PID: {unit.main_pid} ({mine[0].name})",
        f"      Tasks: {sum(one.program.threads for one in mine)} (limit: {limit})",
        f"     Memory: {memory:.1f}M",
        f"        CPU: {span(spent)}",
        f"     CGroup: /system.slice/{unit.name}",
    ]
    for at, one in enumerate(mine, start=1):
        branch = "└─" if at == len(mine) else "├─"
        rows.append(f"             {branch}{one.pid} {one.args}")
    return rows


def _ended(unit: Unit) -> list[str]:
    how, number = unit.status
    if unit.active != "failed":
        code = "code=exited, status=0/SUCCESS"
    elif how == "exited":
        code = f"code=exited, status={number}/FAILURE"
    else:
        code = f"code={how}, signal={_SIGNALS.get(number, number)}"
    program = unit.spec.program.args.split(":")[0].split()[0]
    rows = []
    if unit.last_pid:
        rows = [
            f"    Process: {unit.last_pid} ExecStart={program} ({code})",
            f"   Main PID: {unit.last_pid} ({code})",
        ]
    return [*rows, f"        CPU: {span(unit.used_seconds)}"]


def properties(unit: Unit, see: Sight) -> dict[str, str]:
    """Return the properties of a unit as `systemctl show` prints them."""
    mine = see.machine.of_unit(unit.name)
    codes = {"": "0", "exited": "1", "killed": "2", "dumped": "3"}
    entered = stamp(unit.since)
    nothing = "[not set]"
    return {
        "Type": unit.spec.kind,
        "Restart": "no",
        "NRestarts": str(unit.restarts),
        "Result": unit.result,
        "ExecMainStartTimestamp": entered,
        "ExecMainPID": str(unit.last_pid),
        "ExecMainCode": codes.get(unit.status[0], "0"),
        "ExecMainStatus": str(unit.status[1]),
        "MainPID": str(unit.main_pid),
        "MemoryCurrent": str(sum(one.rss for one in mine) * 1024) if mine else nothing,
        "CPUUsageNSec": str(int(math.fsum(one.cpu_seconds for one in mine) * 1e9)),
        "TasksCurrent": str(sum(one.program.threads for one in mine)) if mine else nothing,
        "Id": unit.name,
        "Names": unit.name,
        "Description": unit.spec.about,
        "LoadState": "loaded",
        "ActiveState": unit.active,
        "SubState": unit.sub,
        "FragmentPath": unit.fragment,
        "UnitFileState": "enabled",
        "StateChangeTimestamp": entered,
        "ActiveEnterTimestamp": entered if unit.active == "active" else "",
        "InvocationID": unit.invocation,
    }
