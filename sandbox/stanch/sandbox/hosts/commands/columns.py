"""The columns of ps: heading, width and what each shows of a process."""

from collections.abc import Callable
from dataclasses import dataclass

from stanch.sandbox.hosts.commands import names
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.processes import Process

PID = 7
"""The width of a process id where there can be four million of them, as on Debian."""
IDS = {"root": 0, "www-data": 33, "postgres": 106, "shop": 998, "_chrony": 104, "prometheus": 107}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `key` is what it is sorted by, where that is not what it shows."""

    head: str
    width: int
    left: bool
    show: Callable[[Process, Sight], str]
    key: Callable[[Process, Sight], float | str] | None = None


def elapsed(one: Process, see: Sight) -> float:
    """Return the seconds since a process was started."""
    return max(0.0, see.true - one.started)


def lifetime_share(one: Process, see: Sight) -> float:
    """Return the part of a processor that a process has used since it was started, in %."""
    seconds = elapsed(one, see)
    return one.cpu_seconds / seconds * 100 if seconds else 0.0


def memory_share(one: Process, see: Sight) -> float:
    """Return the part of the memory that a process has, in %."""
    return one.rss * 1024 / see.machine.memory * 100


def _days(seconds: float, *, hours: bool = True) -> str:
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    if days:
        return f"{days}-{clock}"
    return clock if hours or rest >= 3600 else clock[3:]


def minutes(seconds: float) -> str:
    """Return processor time as `ps aux` shows it."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _started(one: Process, see: Sight) -> str:
    at = see.machine.clock.now(one.started)
    if elapsed(one, see) < 86400:
        return names.stamp(at, "%H:%M")
    return names.stamp(at, "%b%d")


def user(name: str) -> str:
    """Return a user's name as procps shows one: cut at eight letters, with a mark."""
    return name if len(name) <= 8 else f"{name[:7]}+"


def _state(one: Process, see: Sight) -> str:
    del see
    running = "R" if one.share > 0.5 else one.state
    return running + ("s" if one.parent == 1 else "") + ("l" if one.program.threads > 1 else "")


def _number(read: Callable[[Process], int]) -> Callable[[Process, Sight], str]:
    return lambda one, _: str(read(one))


COLUMNS: dict[str, Column] = {
    "pid": Column("PID", PID, False, _number(lambda one: one.pid), lambda one, _: one.pid),
    "ppid": Column("PPID", PID, False, _number(lambda one: one.parent)),
    "user": Column("USER", 8, True, lambda one, _: user(one.user)),
    "uid": Column("UID", 5, False, lambda one, _: str(IDS.get(one.user, 1000))),
    "pcpu": Column(
        "%CPU",
        4,
        False,
        lambda one, see: (
            f"{lifetime_share(one, see):.1f}"
            if lifetime_share(one, see) < 100
            else f"{lifetime_share(one, see):.0f}"
        ),
        lifetime_share,
    ),
    "pmem": Column(
        "%MEM", 4, False, lambda one, see: f"{memory_share(one, see):.1f}", memory_share
    ),
    "vsz": Column("VSZ", 6, False, _number(lambda one: one.virtual), lambda one, _: one.virtual),
    "rss": Column("RSS", 5, False, _number(lambda one: one.rss), lambda one, _: one.rss),
    "tty": Column("TT", 8, True, lambda *_: "?"),
    "tname": Column("TTY", 8, True, lambda *_: "?"),
    "stat": Column("STAT", 4, True, _state),
    "s": Column("S", 1, True, lambda one, see: _state(one, see)[0]),
    "start_time": Column("START", 5, True, _started),
    "stime": Column("STIME", 5, True, _started),
    "start": Column(
        "STARTED",
        8,
        False,
        lambda one, see: names.stamp(
            see.machine.clock.now(one.started),
            "%H:%M:%S" if elapsed(one, see) < 86400 else "  %b %d",
        ),
    ),
    "bsdtime": Column("TIME", 6, False, lambda one, _: minutes(one.cpu_seconds)),
    "time": Column(
        "TIME", 8, False, lambda one, _: _days(one.cpu_seconds), lambda one, _: one.cpu_seconds
    ),
    "lstart": Column(
        "STARTED",
        24,
        False,
        lambda one, see: names.stamp(see.machine.clock.now(one.started), "%a %b %e %H:%M:%S %Y"),
        lambda one, _: one.started,
    ),
    "etimes": Column("ELAPSED", 7, False, lambda one, see: str(int(elapsed(one, see))), elapsed),
    "etime": Column(
        "ELAPSED", 11, False, lambda one, see: _days(elapsed(one, see), hours=False), elapsed
    ),
    "c": Column("C", 2, False, lambda one, see: str(min(99, int(lifetime_share(one, see))))),
    "ni": Column("NI", 3, False, lambda *_: "0"),
    "pri": Column("PRI", 3, False, lambda *_: "19"),
    "psr": Column("PSR", 3, False, lambda one, see: str(one.pid % see.machine.cpus)),
    "nlwp": Column("NLWP", 4, False, _number(lambda one: one.program.threads)),
    "wchan": Column("WCHAN", 6, True, lambda one, _: "-" if one.share > 0.5 else "do_sys"),
    "unit": Column("UNIT", 31, True, lambda one, _: one.unit or "-"),
    "comm": Column("COMMAND", 15, True, lambda one, _: one.name, lambda one, _: one.name),
    "args": Column("COMMAND", 27, True, lambda one, _: one.args, lambda one, _: one.args),
    "cmd": Column("CMD", 27, True, lambda one, _: one.args),
}
ALIASES = {
    "%cpu": "pcpu",
    "%mem": "pmem",
    "cputime": "time",
    "command": "args",
    "state": "s",
    "euser": "user",
    "ruser": "user",
    "thcount": "nlwp",
    "ucmd": "comm",
    "vsize": "vsz",
    "rssize": "rss",
    "nice": "ni",
    "tt": "tty",
    "uname": "user",
}
