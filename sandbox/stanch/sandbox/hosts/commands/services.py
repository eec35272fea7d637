"""systemctl: the units, and the one act that restarts one."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.commands.unit_text import ago, properties, stamp, told
from stanch.sandbox.hosts.units import Unit

_LONG = {
    "--no-pager": "no-pager",
    "--full": "l",
    "--all": "a",
    "--failed": "failed",
    "--quiet": "q",
    "--no-legend": "no-legend",
    "--plain": "plain",
    "--property=": "p",
    "--value": "value",
    "--lines=": "n",
    "--state=": "state",
    "--type=": "t",
    "--output=": "o",
    "--system": "system",
    "--reverse": "reverse",
    "--with-dependencies": "deps",
}
_SHOWN = (
    "Type",
    "Restart",
    "NRestarts",
    "Result",
    "ExecMainStartTimestamp",
    "ExecMainPID",
    "ExecMainCode",
    "ExecMainStatus",
    "MainPID",
    "MemoryCurrent",
    "CPUUsageNSec",
    "TasksCurrent",
    "Id",
    "Names",
    "Description",
    "LoadState",
    "ActiveState",
    "SubState",
    "FragmentPath",
    "UnitFileState",
    "StateChangeTimestamp",
    "ActiveEnterTimestamp",
    "InvocationID",
)
_TIMERS = (
    ("logrotate", 86400, 0),
    ("apt-daily", 86400, 22_800),
    ("e2scrub_all", 604800, 11_400),
    ("fstrim", 604800, 4_200),
    ("shop-archive-report", 3600, 600),
)


def systemctl(argv: Sequence[str], see: Sight) -> Answer:
    """Answer systemctl; without a verb it lists the units."""
    options = parse(argv, flags="alqr", valued="ptnoTH", long=_LONG)
    verb, *units = options.operands or ["list-units"]
    if verb in _FIXED:
        text, status = _FIXED[verb](see)
        return lines([text], status=status)
    if verb in _ACTS:
        return _act(verb, units, see)
    if verb not in _READS:
        raise UsageError(f"Unknown command verb {verb}.")
    return _READS[verb](units, options, see)


def _full(name: str) -> str:
    suffixes = (".service", ".timer", ".socket", ".target", ".mount", ".slice", ".scope")
    return name if name.endswith(suffixes) else f"{name}.service"


def _matching(patterns: Sequence[str], see: Sight) -> list[Unit]:
    wanted = [_full(one) for one in patterns]
    found = see.machine.units.values()
    fitting = [one for one in found if not wanted or any(fnmatchcase(one.name, w) for w in wanted)]
    return sorted(fitting, key=lambda one: one.name)


def _status(patterns: Sequence[str], options: Options, see: Sight) -> Answer:
    if not patterns:
        return _overview(see)
    out: list[str] = []
    complaints, status = "", 0
    for pattern in patterns:
        name = _of_pid(pattern, see) or pattern
        found = _matching([name], see)
        if not found:
            complaints += f"Unit {_full(name)} could not be found.\n"
            status = 4
        for unit in found:
            out += ([""] if out else []) + told(unit, options, see)
            if unit.active != "active" and not status:
                status = 3
    return Answer("".join(f"{row}\n" for row in out), complaints, status)


def _of_pid(text: str, see: Sight) -> str:
    process = see.machine.processes.get(int(text)) if text.isdigit() else None
    return process.unit if process is not None else ""


def _overview(see: Sight) -> Answer:
    failed = sum(1 for one in see.machine.units.values() if one.active == "failed")
    since = see.machine.clock.now(see.machine.booted)
    return lines(
        [
            f"● {see.machine.name}",
            f"    State: {'degraded' if failed else 'running'}",
            "    Units: 214 loaded (incl. loaded aliases)",
            "     Jobs: 0 queued",
            f"   Failed: {failed} units",
            f"    Since: {stamp(since)}; {ago(see.up)}",
            "  systemd: 252.38-1~deb12u1",
        ]
    )


def _show(patterns: Sequence[str], options: Options, see: Sight) -> Answer:
    wanted = options.every("p") or list(_SHOWN)
    out: list[str] = []
    for name in patterns or [""]:
        unit = see.machine.units.get(_full(name))
        if unit is not None:
            found = properties(unit, see)
        else:
            missing = {"Id": _full(name), "Names": _full(name), "LoadState": "not-found"}
            found = {
                "ActiveState": "inactive",
                "SubState": "dead",
                "InvocationID": "",
                "MainPID": "0",
                "NRestarts": "0",
                "Result": "success",
                "Description": _full(name),
                **missing,
            }
        rows = [(one, found[one]) for one in _SHOWN if one in wanted and one in found]
        out += ([""] if out else []) + [v if "value" in options else f"{k}={v}" for k, v in rows]
    return lines(out)


def _is(units: Sequence[str], options: Options, see: Sight, *, verb: str) -> Answer:
    if not units:
        raise UsageError("Too few arguments.")
    told = []
    for name in units:
        unit = see.machine.units.get(_full(name))
        if verb == "is-enabled":
            told.append("enabled" if unit else "not-found")
        else:
            told.append(unit.active if unit else "inactive")
    good = {"is-active": {"active"}, "is-failed": {"failed"}, "is-enabled": {"enabled"}}[verb]
    hit = any(one in good for one in told)
    return lines(
        [] if "q" in options else told, status=0 if hit else 3 if verb == "is-active" else 1
    )


def _list(patterns: Sequence[str], options: Options, see: Sight) -> Answer:
    states = ["failed"] if "failed" in options else options.every("state")
    units = [
        one
        for one in _matching(patterns, see)
        if not states or one.active in states or one.sub in states
    ]
    if "a" not in options and not states:
        units = [one for one in units if one.active != "inactive"]
    if options.every("t") not in ([], ["service"]):
        units = []
    cells = [("UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION")]
    cells += [(one.name, "loaded", one.active, one.sub, one.spec.about) for one in units]
    widths = [max(len(row[at]) for row in cells) for at in range(4)]
    rows = []
    for at, row in enumerate(cells):
        mark = "● " if at and units[at - 1].active == "failed" and "plain" not in options else "  "
        mark = "" if "plain" in options else mark
        columns = " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        rows.append(f"{mark}{columns} {row[4]}")
    if "no-legend" in options:
        return lines(rows[1:])
    legend = [
        "",
        "LOAD   = Reflects whether the unit definition was properly loaded.",
        "ACTIVE = The high-level unit activation state, i.e. generalization of SUB.",
        "SUB    = The low-level unit activation state, values depend on unit type.",
    ]
    return lines([*rows, *(legend if units else []), f"{len(units)} loaded units listed."])


def _timers(units: Sequence[str], options: Options, see: Sight) -> Answer:
    del units, options
    form = "{:<27} {:<13} {:<27} {:<12} {:<25} {}"
    rows = [form.format("NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES")]
    for name, every, at in _TIMERS:
        last = (see.now - at) // every * every + at
        following = last + every
        left = ago(following - see.now).replace(" ago", " left")
        cells = (stamp(following), left, stamp(last), ago(see.now - last))
        rows.append(form.format(*cells, f"{name}.timer", f"{name}.service"))
    more = "Pass --all to see loaded but inactive timers, too."
    return lines([*rows, "", f"{len(_TIMERS)} timers listed.", more])


def _cat(units: Sequence[str], options: Options, see: Sight) -> Answer:
    del options
    out, complaints = [], ""
    for unit in _matching(units, see):
        program = unit.spec.program
        out += [
            f"# {unit.fragment}",
            "[Unit]",
            f"Description={unit.spec.about}",
            "",
            "[Service]",
            f"Type={unit.spec.kind}",
            f"ExecStart={program.args}",
            f"User={program.user}",
            "",
        ]
    if not out:
        complaints = f"No files found for {_full(units[0] if units else '')}.\n"
    return Answer("".join(f"{row}\n" for row in out), complaints, 0 if out else 1)


def _unit_files(patterns: Sequence[str], options: Options, see: Sight) -> Answer:
    del options
    units = _matching(patterns, see)
    width = max((len(one.name) for one in units), default=9)
    rows = [f"{'UNIT FILE':<{width}} STATE   PRESET"]
    rows += [f"{one.name:<{width}} enabled enabled" for one in units]
    return lines([*rows, "", f"{len(units)} unit files listed."])


def _act(verb: str, units: Sequence[str], see: Sight) -> Answer:
    if not units:
        raise UsageError("Too few arguments.")
    for name in map(_full, units):
        if see.user != "operator" or not see.root:
            return Answer(
                err=f"Failed to {verb} {name}: Interactive authentication required.\n"
                f"See system logs and 'systemctl status {name}' for details.\n",
                status=1,
            )
        if verb != "restart":
            raise UsageError(f"sudo: operator may not run systemctl {verb} as root on this host")
        if name not in see.machine.units:
            return Answer(err=f"Failed to restart {name}: Unit {name} not found.\n", status=5)
        if not see.machine.restart(name):
            return Answer(
                err=f"Job for {name} failed because the control process exited with error code.\n"
                f'See "systemctl status {name}" and "journalctl -xeu {name}" for details.\n',
                status=1,
            )
    return Answer()


def service(argv: Sequence[str], see: Sight) -> Answer:
    """Answer service: the status of one unit, or of all."""
    if "--status-all" in argv:
        units = _matching([], see)
        rows = [f" [ {'+' if one.active == 'active' else '-'} ]  {one.name[:-8]}" for one in units]
        return lines(rows)
    if len(argv) != 3 or argv[2] != "status":
        raise UsageError("Usage: service < option > | --status-all | service_name status")
    return _status([argv[1]], parse(["service"]), see)


def _system(see: Sight) -> tuple[str, int]:
    bad = any(unit.active == "failed" for unit in see.machine.units.values())
    return ("degraded" if bad else "running"), int(bad)


def _target(see: Sight) -> tuple[str, int]:
    del see
    return "multi-user.target", 0


_ACTS = ("restart", "start", "stop", "reload", "try-restart")
_FIXED: dict[str, Callable[[Sight], tuple[str, int]]] = {
    "is-system-running": _system,
    "get-default": _target,
}
_READS: dict[str, Callable[[Sequence[str], Options, Sight], Answer]] = {
    "status": _status,
    "show": _show,
    "is-active": partial(_is, verb="is-active"),
    "is-failed": partial(_is, verb="is-failed"),
    "is-enabled": partial(_is, verb="is-enabled"),
    "list-units": _list,
    "list-timers": _timers,
    "list-unit-files": _unit_files,
    "cat": _cat,
}
COMMANDS = {"systemctl": systemctl, "service": service}
