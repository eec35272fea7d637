"""The faults of single hosts: disks, clocks, processors, units.

Each changes the state of one machine as a program or a colleague would; the laws of
stanch.sandbox.hosts say what follows.
"""

import random
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from stanch.sandbox.faults.base import Fault, Params, Target, Truth, UnknownFaultError
from stanch.sandbox.hosts import fleet, nginx
from stanch.sandbox.hosts.disks import MIB
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.part import Hosts
from stanch.sandbox.hosts.processes import Program

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

_ON_ANY = MappingProxyType({"host": ""})
_KEPT = 100 * MIB
"""What a person leaves of a log that is cut."""
_BROKEN_LINES = (
    ("proxy_read_timeout 15s;", "proxy_read_timout 15s;"),
    ("proxy_ssl_verify on;", "proxy_ssl_verfiy on;"),
    ("proxy_http_version 1.1;", "proxy_http_version 1.1"),
)


def _machine(
    shop: "Shop", chance: random.Random, params: Params, among: Sequence[str] = fleet.NAMES
) -> Machine:
    """Return the machine that is named, or one by the seed.

    Raises:
        UnknownFaultError: there is no such machine, or the fault does not befall it.
    """
    part = shop.parts.get(Hosts.name)
    if not isinstance(part, Hosts):
        raise UnknownFaultError("this practice production has no hosts")
    name = params.get("host") or chance.choice(list(among))
    if name not in among:
        raise UnknownFaultError(f"there is no host {name!r} for it; choose of: {', '.join(among)}")
    return part.machines[name]


def _unit(machine: Machine, unit: str) -> Target:
    return ("units", f"{machine.name}/{unit}")


def _file(machine: Machine, path: str) -> Target:
    return ("files", f"{machine.name}{path}")


def _run_away(machine: Machine, chance: random.Random) -> tuple[str, str]:
    """Let the machine's writer fill the disk within two minutes; return its unit and log."""
    unit = fleet.WRITERS[machine.name]
    process = machine.of_unit(unit)[0]
    log = process.program.log
    left = machine.tree.free(machine.tree.disk_of(log))
    process.writes = left / chance.uniform(80, 115)
    process.cores = 0.35
    machine.says(process, "log level is now debug, with the bodies of all requests")
    return unit, log


def _disk_full(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params)
    unit, log = _run_away(machine, chance)

    def mend() -> None:
        file = machine.tree.files[log]
        file.size = min(file.size, _KEPT)
        machine.restart(unit)

    return Truth(
        says=f"{unit} on {machine.name} writes {log} without end, until the disk is full",
        may_change=frozenset({_unit(machine, unit), _file(machine, log)}),
        mend=mend,
    )


def _deleted_open(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params)
    unit, log = _run_away(machine, chance)
    machine.tree.remove(log, held=True)
    return Truth(
        says=f"{unit} on {machine.name} still writes {log}, which somebody has deleted",
        may_change=frozenset({_unit(machine, unit), _file(machine, log)}),
    )


def _inodes(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params, fleet.EDGES)
    unit = "shop-sessions.service"
    process = machine.of_unit(unit)[0]
    folder = machine.tree.files[fleet.SESSIONS]
    usual = folder.many
    process.fills = machine.tree.free_inodes(folder.disk) / chance.uniform(80, 115)
    machine.says(process, "expiry of sessions is disabled")

    def mend() -> None:
        folder.many, folder.size = usual, usual * 4096
        machine.restart(unit)

    return Truth(
        says=f"{unit} on {machine.name} never expires a session: one small file for each",
        may_change=frozenset({_unit(machine, unit), _file(machine, fleet.SESSIONS)}),
        mend=mend,
    )


def _clock(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params, fleet.EDGES)
    days = chance.uniform(34, 75)
    daemon = machine.of_unit(fleet.CHRONY)[0]
    stopped = chance.random() < 0.5
    if stopped:
        machine.stop(fleet.CHRONY)
    else:
        machine.says(daemon, "Can't synchronise: no selectable sources", priority=4)
    machine.clock.ahead = days * 86400
    machine.clock.synchronised = False
    how = "nothing corrects it" if stopped else "its time daemon does not step it"
    return Truth(
        says=f"the clock of {machine.name} is {days:.0f} days ahead, and {how}",
        may_change=frozenset({_unit(machine, fleet.CHRONY)}),
    )


def _high_cpu(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params)
    main = machine.of_unit(fleet.ARCHIVE)[0]
    cores = machine.cpus * chance.uniform(1.7, 2.4)
    level = chance.choice((19, 20, 21))
    program = Program(
        name="zstd",
        args=f"zstd --ultra -{level} --long=31 -T0 -c /var/log/shop",
        user="shop",
        cores=cores,
        rss_mib=chance.uniform(180, 260),
        virtual_mib=900.0,
        threads=machine.cpus * 2,
    )
    machine.spawn(program, parent=main.pid, unit=fleet.ARCHIVE, user="shop")
    machine.says(main, f"compressing /var/log/shop again, level {level}")
    return Truth(
        says=f"a zstd of {fleet.ARCHIVE} on {machine.name} computes without end",
        may_change=frozenset({_unit(machine, fleet.ARCHIVE)}),
    )


def _service_down(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params, fleet.EDGES)
    main = machine.of_unit(fleet.NGINX)[0]
    kib = round(machine.memory / 1024 * chance.uniform(0.82, 0.9))
    machine.kernel(
        f"nginx invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0,"
        f" oom_score_adj={chance.choice((0, 100))}",
        priority=4,
    )
    machine.kernel(
        f"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset={fleet.NGINX},mems_allowed=0,"
        f"global_oom,task_memcg=/system.slice/{fleet.NGINX},task=nginx,pid={main.pid},uid=0"
    )
    machine.kernel(
        f"Out of memory: Killed process {main.pid} (nginx) total-vm:{kib + 122880}kB,"
        f" anon-rss:{kib}kB, file-rss:512kB, shmem-rss:0kB, UID:0 pgtables:512kB oom_score_adj:0",
        priority=3,
    )
    machine.counters.oom_kills += 1
    machine.kill(fleet.NGINX, result="oom-kill", status=("killed", 9))
    return Truth(
        says=f"the kernel has ended nginx on {machine.name} for memory, and nothing started it",
        may_change=frozenset({_unit(machine, fleet.NGINX)}),
    )


def _service_config(shop: "Shop", chance: random.Random, params: Params) -> Truth:
    machine = _machine(shop, chance, params, fleet.EDGES)
    file = machine.tree.files[nginx.SITE]
    good = file.read()
    right, wrong = chance.choice(_BROKEN_LINES)

    def write(text: str) -> None:
        file.text, file.size, file.modified = text, len(text.encode()), machine.shown

    def mend() -> None:
        write(good)
        machine.restart(fleet.NGINX)

    write(good.replace(right, wrong))
    machine.restart(fleet.NGINX)
    return Truth(
        says=f"{nginx.SITE} on {machine.name} says {wrong!r}, so that nginx does not start",
        may_change=frozenset({_unit(machine, fleet.NGINX), _file(machine, nginx.SITE)}),
        mend=mend,
    )


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="disk-full",
        about="A program writes its log until the disk is full.",
        inject=_disk_full,
        params=_ON_ANY,
        look_alike="inode-exhaustion",
    ),
    Fault(
        name="deleted-open",
        about="A program fills the disk with a log that has no name any more.",
        inject=_deleted_open,
        params=_ON_ANY,
        look_alike="disk-full",
    ),
    Fault(
        name="inode-exhaustion",
        about="Millions of small files use up the inodes of a disk that has room.",
        inject=_inodes,
        params=_ON_ANY,
        look_alike="disk-full",
    ),
    Fault(
        name="clock-skew",
        about="The clock of a load balancer is wrong: valid certificates look expired to it.",
        inject=_clock,
        params=_ON_ANY,
        look_alike="cert-expiry",
    ),
    Fault(
        name="high-cpu",
        about="A process of a unit uses all processors of a host.",
        inject=_high_cpu,
        params=_ON_ANY,
    ),
    Fault(
        name="service-down",
        about="The kernel has ended the web server of a load balancer for memory.",
        inject=_service_down,
        params=_ON_ANY,
        look_alike="service-config",
    ),
    Fault(
        name="service-config",
        about="The web server of a load balancer does not start with its new configuration.",
        inject=_service_config,
        params=_ON_ANY,
        look_alike="service-down",
    ),
)
