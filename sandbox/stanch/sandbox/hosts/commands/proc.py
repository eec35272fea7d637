"""The files of /proc and /sys that people read: made of the machine's state when read."""

import re
import uuid
from collections.abc import Callable

from stanch.sandbox.hosts.commands.names import Shown
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.metrics import KERNEL_RELEASE, memory
from stanch.sandbox.hosts.processes import Process

_TICKS = 100
"""Of the kernel's clock in a second."""
_KTHREAD, _FORKED = 0x0020_8040, 0x0040_0100
"""The flags that the kernel shows of a thread of its own, and of a usual process."""
_OF_PROCESS = re.compile(r"/proc/([0-9]+)(?:/(stat|status|cgroup|comm))?")


def running(machine: Machine) -> tuple[int, int]:
    """Return how many processes want to run, and how many threads there are."""
    wanting = sum(max(1, round(one.cores)) for one in machine.processes.values() if one.cores > 0.5)
    return max(1, wanting), sum(
        max(one.program.threads, 1) for one in machine.processes.values()
    ) + 61


def virtual(path: str, see: Sight) -> str | None:
    """Return what the file at `path` says; None when the kernel makes no such file."""
    made = _FILES.get(path)
    if made is not None:
        return made(see)
    found = _OF_PROCESS.fullmatch(path)
    process = see.machine.processes.get(int(found[1])) if found else None
    if found is None or process is None or found[2] is None:
        return None
    made_of = {"stat": _stat, "status": _status, "cgroup": _cgroup, "comm": _comm}
    return made_of[found[2]](process, see)


def folder(path: str, see: Sight) -> Shown | None:
    """Return the folder of a process; None when `path` is none of one that runs."""
    found = _OF_PROCESS.fullmatch(path.rstrip("/"))
    process = see.machine.processes.get(int(found[1])) if found and not found[2] else None
    if process is None:
        return None
    disk = see.machine.tree.disk_of("/")
    inode = 40_000 + process.pid
    owner = process.user
    return Shown(path, True, 0, see.now, owner, owner, 0o555, inode, disk)


def started(process: Process, see: Sight) -> int:
    """Return the ticks from the boot of the machine to the start of a process."""
    return round((process.started - see.machine.booted) * _TICKS)


def _stat(process: Process, see: Sight) -> str:
    kernel = not process.rss_mib
    group = process.pid if process.parent == 1 else process.parent
    ticks = round(process.cpu_seconds * _TICKS)
    numbers = (
        *(process.parent, group, group, 0, -1, _KTHREAD if kernel else _FORKED),
        *(
            4_120,
            0,
            12,
            0,
            ticks * 9 // 10,
            ticks // 10,
            0,
            0,
            20,
            0,
            max(1, process.program.threads),
        ),
        *(0, started(process, see), process.virtual * 1024, process.rss // 4),
        *(2**64 - 1, *[0] * 12, 17, 0, 0, 0, 0, 0, 0, *[0] * 7, 0),
    )
    state = "R" if process.share > 0.5 else process.state
    return f"{process.pid} ({process.name}) {state} {' '.join(map(str, numbers))}\n"


def _status(process: Process, see: Sight) -> str:
    del see
    pid = process.pid
    return f"Name:\t{process.name}\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{process.parent}\n"


def _cgroup(process: Process, see: Sight) -> str:
    del see
    if not process.unit:
        return "0::/\n"
    if process.unit.startswith("session-"):
        return f"0::/user.slice/user-998.slice/{process.unit}\n"
    slice_ = "" if process.unit == "init.scope" else "system.slice/"
    return f"0::/{slice_}{process.unit}\n"


def _comm(process: Process, see: Sight) -> str:
    del see
    return f"{process.name}\n"


def _boot_id(see: Sight) -> str:
    made = uuid.uuid5(uuid.NAMESPACE_DNS, f"{see.machine.name} {see.machine.booted:.0f}")
    return f"{made}\n"


def _loadavg(see: Sight) -> str:
    one, five, fifteen = see.machine.load
    wanting, threads = running(see.machine)
    newest = max(see.machine.processes, default=1)
    return f"{one:.2f} {five:.2f} {fifteen:.2f} {wanting}/{threads} {newest}\n"


def _meminfo(see: Sight) -> str:
    free, cached = memory(see.machine)
    rows = {
        "MemTotal": see.machine.memory,
        "MemFree": free,
        "MemAvailable": free + cached * 9 // 10,
        "Buffers": 48 * 1024**2,
        "Cached": cached - 48 * 1024**2,
        "SwapCached": 0,
        "SwapTotal": 0,
        "SwapFree": 0,
        "Dirty": 412 * 1024,
        "Writeback": 0,
    }
    return "".join(f"{name + ':':<15} {size // 1024:>9} kB\n" for name, size in rows.items())


def _uptime(see: Sight) -> str:
    return f"{see.up:.2f} {see.machine.counters.cpu['idle']:.2f}\n"


def _version(see: Sight) -> str:
    del see
    return (
        f"Linux version {KERNEL_RELEASE} (debian-kernel@lists.debian.org) (gcc-12 (Debian"
        " 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP"
        " PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)\n"
    )


def _cpuinfo(see: Sight) -> str:
    return "\n".join(
        f"processor\t: {at}\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n"
        for at in range(see.machine.cpus)
    )


def _mounts(see: Sight) -> str:
    return "".join(
        f"{disk.device} {disk.mount} {disk.kind} rw,relatime 0 0\n"
        for disk in see.machine.tree.disks
    )


def _pressure(see: Sight) -> str:
    share = max(0.0, 1 - 1 / max(see.machine.pressure, 1.0)) * 100
    row = f"avg10={share:.2f} avg60={share * 0.9:.2f} avg300={share * 0.6:.2f} total=0"
    return f"some {row}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


_FILES: dict[str, Callable[[Sight], str]] = {
    "/proc/loadavg": _loadavg,
    "/proc/meminfo": _meminfo,
    "/proc/uptime": _uptime,
    "/proc/version": _version,
    "/proc/cpuinfo": _cpuinfo,
    "/proc/mounts": _mounts,
    "/proc/pressure/cpu": _pressure,
    "/proc/sys/kernel/random/boot_id": _boot_id,
}
