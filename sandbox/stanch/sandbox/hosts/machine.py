"""A machine: files, processes, units, a journal and a clock that live on together.

Faults and people change its state; `live` lets the consequences come about. It knows
nothing of the shop, of faults or of the commands that look at it.
"""

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stanch.sandbox.hosts.disks import BLOCK, File, Tree
from stanch.sandbox.hosts.journal import KERNEL, Journal
from stanch.sandbox.hosts.processes import Open, Process, Program, Socket
from stanch.sandbox.hosts.swarm import Swarm
from stanch.sandbox.hosts.timekeeping import Timekeeping
from stanch.sandbox.hosts.units import Unit, UnitSpec

NO_SPACE = "No space left on device"
_COMPLAINS_EVERY = 15.0
_LOADS = ((0, 60.0), (1, 300.0), (2, 900.0))


@dataclass(slots=True)
class Counters:
    """What the kernel has counted since it was started."""

    cpu: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(
            ("idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"), 0.0
        )
    )
    received: float = 0.0
    sent: float = 0.0
    read: float = 0.0
    written: float = 0.0
    switches: float = 0.0
    interrupts: float = 0.0
    oom_kills: int = 0


class Machine:
    """One simulated machine."""

    def __init__(self, name: str, address: str, tree: Tree, *, cpus: int, memory: int) -> None:
        self.name = name
        self.address = address
        self.tree = tree
        self.cpus = cpus
        self.memory = memory
        """Bytes."""
        self.random = random.Random(f"host {name}")  # noqa: S311  # a rehearsal, not a secret
        self.journal = Journal()
        self.clock = Timekeeping()
        self.units: dict[str, Unit] = {}
        self.rotated: dict[str, float] = {}
        """When each log was rotated last, by its own clock; what logrotate keeps as its state."""
        self.swarm: Swarm | None = None
        """What Docker's swarm runs, where it is a manager of one."""
        self.processes: dict[int, Process] = {}
        self.counters = Counters()
        self.load = [0.08, 0.05, 0.01]
        self.at = 0.0
        """The true time that it has reached."""
        self.booted = 0.0
        self._pid = 400

    def boot(self, at: float) -> None:
        """Come up at the true Unix time `at`, with no processes but the kernel's and init."""
        self.at = self.booted = at
        init = Program(name="systemd", args="/sbin/init", rss_mib=12.4, virtual_mib=164.0)
        self._put(1, 0, init, unit="init.scope")
        kernel = ("kthreadd", "rcu_preempt", "ksoftirqd/0", "kworker/0:1-events", "kswapd0")
        for pid, name in enumerate((*kernel, "jbd2/vda1-8", "kworker/u8:2-flush"), start=2):
            bare = Program(name=name, args=f"[{name}]", rss_mib=0, virtual_mib=0, cores=0.0004)
            self._put(pid, 0 if pid == 2 else 2, bare, unit="")

    @property
    def shown(self) -> float:
        """The Unix time that its own clock shows."""
        return self.clock.now(self.at)

    @property
    def used_memory(self) -> int:
        """The bytes that processes and kernel use."""
        own = sum(one.rss for one in self.processes.values()) * 1024
        return min(own + self.memory // 12, self.memory - 64 * 1024**2)

    @property
    def pressure(self) -> float:
        """How many processors the processes would use, for each one that there is."""
        return math.fsum(one.cores for one in self.processes.values()) / self.cpus

    def live(self, at: float) -> None:
        """Live on until the true Unix time `at`."""
        seconds = at - self.at
        if seconds <= 0:
            return
        self.at = at
        self.clock.live(at, seconds)
        self._compute(seconds)
        for process in list(self.processes.values()):
            if process.writes or process.fills:
                self._write(process, seconds)

    def _compute(self, seconds: float) -> None:
        wanted = math.fsum(one.cores for one in self.processes.values())
        factor = min(1.0, self.cpus / wanted) if wanted else 1.0
        for one in self.processes.values():
            one.share = one.cores * factor * self.random.uniform(0.93, 1.0)
            one.cpu_seconds += one.share * seconds
        busy = min(self.cpus, math.fsum(one.share for one in self.processes.values()))
        waits = sum(1 for one in self.processes.values() if one.state == "D")
        cpu = self.counters.cpu
        idle = max(0.0, self.cpus - busy)
        waiting = min(idle, 0.002 * self.cpus + 0.5 * waits)
        for mode, share in (("user", 0.86), ("system", 0.11), ("softirq", 0.02), ("irq", 0.01)):
            cpu[mode] += busy * share * seconds
        cpu["iowait"] += waiting * seconds
        cpu["idle"] += (idle - waiting) * seconds
        runnable = max(0.0, wanted + waits + self.random.gauss(0, 0.04))
        for at, period in _LOADS:
            kept = math.exp(-seconds / period)
            self.load[at] = self.load[at] * kept + runnable * (1 - kept)
        self.counters.switches += (1800 + 900 * wanted) * seconds
        self.counters.interrupts += (900 + 500 * wanted) * seconds
        self.counters.read += 40_000 * seconds
        self.counters.written += 90_000 * seconds
        self.counters.received += 60_000 * seconds
        self.counters.sent += 52_000 * seconds

    def _write(self, process: Process, seconds: float) -> None:
        program, failed = process.program, ""
        if process.writes and (log := self.open_file(process, program.log)) is not None:
            wanted = round(process.writes * seconds)
            written = self.tree.append(log, wanted, at=self.shown)
            self.counters.written += written
            if written:
                log.recent.append(f"{self.stamp()} {program.says}")
            if written < wanted and self.tree.free(log.disk) < BLOCK:
                failed = f"write {program.log}: {NO_SPACE}"
        if process.fills and (folder := self.tree.files.get(program.fills)) is not None:
            wanted = round(process.fills * seconds)
            if self.tree.populate(folder, wanted, at=self.shown) < wanted:
                failed = f"create {program.fills}/sess_{self.random.getrandbits(64):016x}:"
                failed += f" {NO_SPACE}"
        if failed and self.at - process.complained >= _COMPLAINS_EVERY:
            process.complained = self.at
            self.says(process, failed)

    def stamp(self) -> str:
        """Return its own time as logs write it."""
        return datetime.fromtimestamp(self.shown, UTC).isoformat(timespec="milliseconds")[:23] + "Z"

    def says(self, process: Process, message: str, *, priority: int = 6) -> None:
        """Let a process print a line, which goes to the journal."""
        self.journal.write(
            self.shown,
            process.name,
            message,
            pid=process.pid,
            unit=process.unit,
            priority=priority,
        )

    def kernel(self, message: str, *, priority: int = 6) -> None:
        """Let the kernel print a line."""
        self.journal.write(self.shown, KERNEL, message, priority=priority)

    def systemd(self, unit: str, message: str, *, priority: int = 6) -> None:
        """Let systemd print a line about a unit."""
        self.journal.write(self.shown, "systemd", message, pid=1, unit=unit, priority=priority)

    def open_file(self, process: Process, path: str) -> File | None:
        """Return the file that the process holds open under `path`, even when it is deleted."""
        return next((one.file for one in process.open if one.file.path == path), None)

    def install(self, spec: UnitSpec) -> Unit:
        """Add a unit, and start it."""
        unit = self.units[spec.name] = Unit(spec)
        self.start(spec.name)
        return unit

    def of_unit(self, name: str) -> list[Process]:
        """Return the processes of a unit, the main one first."""
        mine = [one for one in self.processes.values() if one.unit == name]
        return sorted(mine, key=lambda one: (one.pid != self.units[name].main_pid, one.pid))

    def start(self, name: str) -> bool:
        """Start a unit as systemd does; return whether it runs."""
        unit = self.units[name]
        if unit.active == "active":
            return True
        unit.invocation = f"{self.random.getrandbits(128):032x}"
        self.systemd(name, f"Starting {name} - {unit.spec.about}...")
        objection = unit.spec.check(self.tree)
        unit.since = self.shown
        if objection:
            self._refuse(unit, objection)
            return False
        program = unit.spec.program
        main = self.spawn(program, parent=1, unit=name, user=program.user)
        for _ in range(program.workers):
            worker = self.spawn(program, parent=main.pid, unit=name, user=program.worker_user)
            worker.title = f"{program.name}: worker process"
        unit.main_pid = unit.last_pid = main.pid
        unit.active, unit.sub, unit.result, unit.status = "active", "running", "success", ("", 0)
        if unit.spec.sets_clock:
            self._set_clock(main)
        unit.since = self.shown
        self.systemd(name, f"Started {name} - {unit.spec.about}.")
        return True

    def _set_clock(self, daemon: Process) -> None:
        off = self.clock.step(self.at)
        if abs(off) > 1:
            self.says(daemon, f"System clock wrong by {-off:.6f} seconds", priority=4)
            self.says(daemon, f"System clock was stepped by {-off:.6f} seconds", priority=4)

    def _refuse(self, unit: Unit, objection: str) -> None:
        pid = unit.last_pid = self._next_pid()
        for line in objection.splitlines():
            self.journal.write(
                self.shown, unit.spec.program.name, line, pid=pid, unit=unit.name, priority=3
            )
        self._failed(unit, "exit-code", ("exited", 1))
        self.systemd(unit.name, f"Failed to start {unit.name} - {unit.spec.about}.", priority=3)

    def stop(self, name: str) -> None:
        """Stop a unit as systemd does."""
        unit = self.units[name]
        if unit.active == "active":
            self.systemd(name, f"Stopping {name} - {unit.spec.about}...")
            self._end_all(unit)
            self.systemd(name, f"{name}: Deactivated successfully.")
            self.systemd(name, f"Stopped {name} - {unit.spec.about}.")
        unit.active, unit.sub, unit.result, unit.status = (
            "inactive",
            "dead",
            "success",
            ("exited", 0),
        )
        unit.since = self.shown

    def restart(self, name: str) -> bool:
        """Restart a unit; return whether it runs afterwards."""
        self.stop(name)
        return self.start(name)

    def kill(self, name: str, *, result: str, status: tuple[str, int]) -> None:
        """Let the processes of a unit end in a way that systemd calls a failure."""
        unit = self.units[name]
        main = unit.main_pid
        self._end_all(unit)
        unit.last_pid = main
        self._failed(unit, result, status)

    def _failed(self, unit: Unit, result: str, status: tuple[str, int]) -> None:
        how, number = status
        signals = {9: "KILL", 11: "SEGV", 6: "ABRT", 15: "TERM"}
        text = signals.get(number, "FAILURE") if how != "exited" else "FAILURE"
        if result == "oom-kill":
            line = f"{unit.name}: A process of this unit has been killed by the OOM killer."
            self.systemd(unit.name, line)
        line = f"{unit.name}: Main process exited, code={how}, status={number}/{text}"
        self.systemd(unit.name, line, priority=5)
        self.systemd(unit.name, f"{unit.name}: Failed with result '{result}'.", priority=4)
        unit.active, unit.sub, unit.result, unit.status = "failed", "failed", result, status
        unit.main_pid, unit.since = 0, self.shown

    def _end_all(self, unit: Unit) -> None:
        mine = self.of_unit(unit.name)
        unit.used_seconds = math.fsum(one.cpu_seconds for one in mine)
        for process in mine:
            self.end(process)
        unit.main_pid = 0
        if unit.spec.sets_clock:
            self.clock.kept = False

    def end(self, process: Process) -> None:
        """Let a process end; deleted files that only it held give back their room."""
        self.processes.pop(process.pid, None)
        for one in process.open:
            held = any(o.file is one.file for p in self.processes.values() for o in p.open)
            if one.file.links == 0 and not held:
                self.tree.let_go(one.file)

    def spawn(self, program: Program, *, parent: int, unit: str, user: str) -> Process:
        """Start one process of a program, and return it."""
        made = self._put(self._next_pid(), parent, program, unit=unit, user=user)
        null = self.tree.files.get("/dev/null")
        if null is not None:
            made.open.append(Open(0, null, "r"))
        if program.log:
            log = self.tree.files.get(program.log) or self.tree.add(program.log, at=self.shown)
            made.open.append(Open(3, log))
        for number, (address, port) in enumerate(program.listens, start=6):
            made.sockets.append(Socket(number, address, port))
        return made

    def _put(
        self, pid: int, parent: int, program: Program, *, unit: str, user: str = "root"
    ) -> Process:
        made = Process(pid, parent, program, user or program.user, self.at, unit)
        made.cores, made.writes, made.rss_mib = program.cores, program.writes, program.rss_mib
        made.state = "I" if not program.rss_mib else "S"
        self.processes[pid] = made
        return made

    def _next_pid(self) -> int:
        self._pid += self.random.randint(1, 9)
        return self._pid
