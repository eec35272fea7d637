"""top in batch mode: what is used right now."""

import math
from collections.abc import Sequence

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.columns import PID, memory_share, user
from stanch.sandbox.hosts.commands.load import headline
from stanch.sandbox.hosts.commands.options import UsageError, parse
from stanch.sandbox.hosts.commands.process import hundredths
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.metrics import memory
from stanch.sandbox.hosts.processes import Process

MIB = 1024**2
_WIDE = 80
"""How wide a line is where there is no terminal."""


def top(argv: Sequence[str], see: Sight) -> Answer:
    """Answer `top -b -n N`; without a terminal it can do nothing else."""
    options = parse(argv, flags="bcHiSs1", valued="EeopuUwdn")
    if "b" not in options:
        raise UsageError("top: failed tty get")
    frame = _frame(see, full="c" in options, by=options.last("o", "%CPU"))
    times = max(1, min(int(options.last("n", "1")), 5))
    return lines([row for at in range(times) for row in ([""] if at else []) + frame])


def _frame(see: Sight, *, full: bool, by: str) -> list[str]:
    machine = see.machine
    every = list(machine.processes.values())
    running = sum(1 for one in every if one.share > 0.5)
    order = {"%MEM": _by_memory, "RES": _by_memory, "PID": _by_pid}.get(by.lstrip("+-"), _by_use)
    free, cached = memory(machine)
    total, used, available = machine.memory, machine.used_memory, free + cached * 9 // 10
    sleeping, rest = len(every) - running, "   0 stopped,   0 zombie"
    sizes = [f"{one / MIB:9.1f}" for one in (total, free, used, cached, available)]
    rows = [
        f"top - {headline(see)}",
        f"Tasks: {len(every):>3} total, {running:>3} running, {sleeping:>3} sleeping,{rest}",
        _processors(see),
        f"MiB Mem :{sizes[0]} total,{sizes[1]} free,{sizes[2]} used,{sizes[3]} buff/cache     ",
        f"MiB Swap:      0.0 total,      0.0 free,      0.0 used.{sizes[4]} avail Mem ",
        "",
        f"{'PID':>{PID}} USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ]
    return rows + [_row(one, see, full=full) for one in sorted(every, key=order)]


def _by_memory(one: Process) -> tuple[float, int]:
    return -one.rss, one.pid


def _by_pid(one: Process) -> tuple[float, int]:
    return -one.pid, one.pid


def _by_use(one: Process) -> tuple[float, int]:
    return -one.share, one.pid


def _processors(see: Sight) -> str:
    machine = see.machine
    busy = min(1.0, math.fsum(one.share for one in machine.processes.values()) / machine.cpus)
    waits = 0.5 * sum(1 for one in machine.processes.values() if one.state == "D") / machine.cpus
    wait = min(1 - busy, 0.002 + waits)
    parts = {
        "us": busy * 0.86,
        "sy": busy * 0.11,
        "ni": 0.0,
        "id": 1 - busy - wait,
        "wa": wait,
        "hi": 0.0,
        "si": busy * 0.03,
        "st": 0.0,
    }
    return (
        "%Cpu(s):" + ",".join(f"{share * 100:5.1f} {name}" for name, share in parts.items()) + " "
    )


def _row(one: Process, see: Sight, *, full: bool) -> str:
    name = one.args if full else one.name
    size = str(one.virtual) if one.virtual < 10_000_000 else f"{one.virtual / 1024**2:.1f}g"
    state = "R" if one.share > 0.5 else one.state
    begin = (
        f"{one.pid:>{PID}} {user(one.user):<8}  20   0 {size:>7} {one.rss:>6} {one.rss // 4:>6}"
        f" {state} {one.share * 100:5.1f} {memory_share(one, see):5.1f}"
        f" {hundredths(one.cpu_seconds):>9} "
    )
    room = _WIDE - len(begin)
    return begin + (name if len(name) <= room or full else f"{name[: room - 1]}+")


COMMANDS = {"top": top}
