"""free, uptime, w, vmstat, iostat, mpstat and nproc: how loaded a machine is."""

import math
from collections.abc import Mapping, Sequence

from stanch.sandbox.hosts.commands.amounts import human
from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, parse
from stanch.sandbox.hosts.commands.proc import running
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.metrics import KERNEL_RELEASE, memory

_BUFFERS = 48 * 1024**2
_SHARED = 5 * 1024**2
_FREE = {
    "--human": "h",
    "--mebi": "m",
    "--gibi": "g",
    "--bytes": "b",
    "--kibi": "k",
    "--wide": "w",
    "--total": "t",
    "--si": "si",
    "--mega": "m",
    "--giga": "g",
    "--kilo": "k",
    "--lohi": "l",
}
_MODES = ("user", "nice", "system", "iowait", "steal", "idle")


def headline(see: Sight) -> str:
    """Return the line of uptime: time, how long it is up, and its load."""
    one, five, fifteen = see.machine.load
    hours, rest = divmod(int(see.up) % 86400, 3600)
    days = int(see.up) // 86400
    up = f"{days} day{'s' if days != 1 else ''}, " if days else ""
    up += f"{hours:>2}:{rest // 60:02d}" if hours else f"{rest // 60} min"
    return (
        f"{see.moment:%H:%M:%S} up {up},  0 user,  load average: {one:.2f}, {five:.2f},"
        f" {fifteen:.2f}"
    )


def uptime(argv: Sequence[str], see: Sight) -> Answer:
    """Answer uptime."""
    options = parse(argv, flags="psV", long={"--pretty": "p", "--since": "s"})
    if "s" in options:
        from_ = see.machine.clock.now(see.machine.booted)
        return lines([f"{see.moment.fromtimestamp(from_, see.moment.tzinfo):%Y-%m-%d %H:%M:%S}"])
    if "p" in options:
        weeks, days = divmod(int(see.up) // 86400, 7)
        hours = int(see.up) % 86400 // 3600
        return lines([f"up {weeks} weeks, {days} days, {hours} hours"])
    return lines([f" {headline(see)}"])


def who(argv: Sequence[str], see: Sight) -> Answer:
    """Answer w: nobody else is logged in."""
    parse(argv, flags="fhiops", long={"--short": "s", "--no-header": "h"})
    return lines(
        [f" {headline(see)}", "USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT"]
    )


def free(argv: Sequence[str], see: Sight) -> Answer:
    """Answer free."""
    options = parse(argv, flags="bkmghtwlvV", valued="sc", long=_FREE)
    left, cached = memory(see.machine)
    total, used = see.machine.memory, see.machine.used_memory
    available = left + cached * 9 // 10
    wide = "w" in options
    caches = (_BUFFERS, cached - _BUFFERS) if wide else (cached,)
    heads = (
        "total",
        "used",
        "free",
        "shared",
        *(("buffers", "cache") if wide else ("buff/cache",)),
    )
    rows = [" " * 8 + "".join(f"{one:>12}" for one in (*heads, "available"))]
    cells = (total, used, left, _SHARED, *caches, available)
    rows.append(f"{'Mem:':<8}" + "".join(f"{_size(one, options):>12}" for one in cells))
    rows.append(f"{'Swap:':<8}" + "".join(f"{_size(0, options):>12}" for _ in range(3)))
    if "t" in options:
        three = (total, used, left)
        rows.append(f"{'Total:':<8}" + "".join(f"{_size(one, options):>12}" for one in three))
    return lines(rows)


def _size(count: int, options: Options) -> str:
    if "h" in options:
        shown = human(count)
        return f"{shown}B" if shown == "0" else f"{shown}i"
    for letter, unit in (("b", 1), ("m", 1024**2), ("g", 1024**3)):
        if letter in options:
            return str(count // unit)
    return str(count // 1024)


def nproc(argv: Sequence[str], see: Sight) -> Answer:
    """Answer nproc."""
    parse(argv, long={"--all": "all"})
    return lines([str(see.machine.cpus)])


def _now(see: Sight) -> dict[str, float]:
    """Return the share of each mode of the processors right now, in per cent."""
    machine = see.machine
    busy = min(1.0, math.fsum(one.share for one in machine.processes.values()) / machine.cpus)
    waits = sum(1 for one in machine.processes.values() if one.state == "D")
    wait = min(1 - busy, 0.002 + 0.5 * waits / machine.cpus)
    return {
        "user": busy * 86,
        "nice": 0.0,
        "system": busy * 14,
        "iowait": wait * 100,
        "steal": 0.0,
        "idle": (1 - busy - wait) * 100,
    }


def _ever(see: Sight) -> dict[str, float]:
    """Return the share of each mode since the machine was started, in per cent."""
    spent: Mapping[str, float] = see.machine.counters.cpu
    whole = math.fsum(spent.values()) or 1.0
    shares = {mode: spent[mode] / whole * 100 for mode in _MODES}
    shares["system"] += (spent["irq"] + spent["softirq"]) / whole * 100
    return shares


def _times(operands: Sequence[str]) -> int:
    """Return how many lines are wanted; without a count there is one, since nothing waits."""
    return max(1, min(int(operands[1]), 20)) if len(operands) > 1 else 1


def vmstat(argv: Sequence[str], see: Sight) -> Answer:
    """Answer vmstat: the first line since the start, the others of now."""
    options = parse(argv, flags="afmnstwdD", valued="Sp", long={"--wide": "w", "--timestamp": "t"})
    rows = [
        "procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----",
        " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st",
    ]
    times = range(_times(options.operands))
    return lines(rows + [_vmstat_row(see, _now(see) if at else _ever(see)) for at in times])


def _vmstat_row(see: Sight, shares: Mapping[str, float]) -> str:
    left, cached = memory(see.machine)
    ready = running(see.machine)[0]
    blocked = sum(1 for one in see.machine.processes.values() if one.state == "D")
    counters, up = see.machine.counters, max(see.up, 1.0)
    kib = [one // 1024 for one in (left, _BUFFERS, cached - _BUFFERS)]
    rates = (
        counters.read / 1024 / up,
        counters.written / 1024 / up,
        counters.interrupts / up + 800,
        counters.switches / up + 1700,
    )
    return (
        f"{ready:>2} {blocked:>2} {0:>6} {kib[0]:>6} {kib[1]:>6} {kib[2]:>6} {0:>4} {0:>4}"
        f" {rates[0]:>5.0f} {rates[1]:>5.0f} {rates[2]:>4.0f} {rates[3]:>4.0f}"
        f" {shares['user']:>2.0f} {shares['system']:>2.0f} {shares['idle']:>2.0f}"
        f" {shares['iowait']:>2.0f} {0:>2}"
    )


def _banner(see: Sight) -> str:
    machine = see.machine
    return (
        f"Linux {KERNEL_RELEASE} ({machine.name}) \t{see.moment:%m/%d/%Y} \t_x86_64_\t"
        f"({machine.cpus} CPU)"
    )


def iostat(argv: Sequence[str], see: Sight) -> Answer:
    """Answer iostat."""
    options = parse(argv, flags="cdhkmNstxyz", valued="jo", long={"--human": "h"})
    counters, up = see.machine.counters, max(see.up, 1.0)
    read, written = counters.read / 1024, counters.written / 1024
    heads = ("tps", "kB_read/s", "kB_wrtn/s", "kB_dscd/s", "kB_read", "kB_wrtn", "kB_dscd")
    widths = (9, 12, 12, 12, 10, 10, 10)
    cells = (
        "4.61",
        f"{read / up:.2f}",
        f"{written / up:.2f}",
        "0.00",
        f"{read:.0f}",
        f"{written:.0f}",
        "0",
    )
    rows = [_banner(see), ""]
    for at in range(_times([one for one in options.operands if one.isdigit()])):
        if "d" not in options:
            shares = _now(see) if at else _ever(see)
            rows += [
                "avg-cpu:  %user   %nice %system %iowait  %steal   %idle",
                "       " + "".join(f"{shares[mode]:>8.2f}" for mode in _MODES),
                "",
            ]
        if "c" not in options:
            pairs = zip(heads, widths, strict=True)
            rows.append("Device     " + " ".join(f"{one:>{width}}" for one, width in pairs))
            pairs = zip(cells, widths, strict=True)
            rows.append("vda        " + " ".join(f"{one:>{width}}" for one, width in pairs))
            rows += ["", ""]
    return lines(rows)


def mpstat(argv: Sequence[str], see: Sight) -> Answer:
    """Answer mpstat."""
    parse(argv, flags="AunVT", valued="PIo")
    shares = _now(see)
    heads = (
        "%usr",
        "%nice",
        "%sys",
        "%iowait",
        "%irq",
        "%soft",
        "%steal",
        "%guest",
        "%gnice",
        "%idle",
    )
    cells = (shares["user"], 0, shares["system"], shares["iowait"], 0, 0, 0, 0, 0, shares["idle"])
    stamp = f"{see.moment:%H:%M:%S}"
    return lines(
        [
            _banner(see),
            "",
            f"{stamp}     CPU " + " ".join(f"{one:>7}" for one in heads),
            f"{stamp}     all " + " ".join(f"{one:>7.2f}" for one in cells),
        ]
    )


COMMANDS = {
    "free": free,
    "uptime": uptime,
    "w": who,
    "nproc": nproc,
    "vmstat": vmstat,
    "iostat": iostat,
    "mpstat": mpstat,
}
