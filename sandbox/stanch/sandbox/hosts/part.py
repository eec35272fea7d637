"""The hosts as a part of the practice world: machines, their SSH servers, metrics and laws."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.hosts import alert_rules, certificates, fleet, keys, server
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.laws import HostLaws
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.metrics import EdgeCounters, Exporters
from stanch.sandbox.hosts.swarm import image_of
from stanch.sandbox.hosts.timekeeping import SERVER
from stanch.sandbox.shop.influence import Influence
from stanch.sandbox.shop.part import Part, Place
from stanch.sandbox.shop.rules import Rule
from stanch.sandbox.shop.series import Series, SeriesStore
from stanch.sandbox.shop.services import SERVICES

if TYPE_CHECKING:
    import asyncssh

    from stanch.sandbox.shop.shop import Shop

HISTORY = 45 * 60.0
"""Simulated seconds of healthy metrics before the world opens."""
STEP = 30.0
"""Simulated seconds between two scrapes of that past."""
ROOM = 0.05
"""A disk with less than this part of it left is not well."""
OFF = 1.0
"""A clock that is off by more seconds is not well."""
_SHOP_ADDRESS = "203.0.113.10"


_ACTS = ("restart_unit", "rotate_log", "truncate_log", "stop_process", "roll_back_service")


@dataclass(frozen=True, slots=True)
class _Baseline:
    invocations: Mapping[tuple[str, str], str]
    files: Mapping[tuple[str, str], tuple[int, int]]
    images: Mapping[tuple[str, str], str]
    """What the services of a swarm run."""


class Hosts(Part):
    """Four machines: two load balancers, the database's, and one for jobs."""

    name = "hosts"

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.ports: dict[str, int] = {}
        self._folder = Path()
        self._keys: keys.Keys | None = None
        self._servers: list[asyncssh.SSHAcceptor] = []
        self._exporters = Exporters()
        self._edges = EdgeCounters()
        self._names: dict[str, str] = {}
        self._shop: Shop | None = None

    @override
    async def prepare(self, place: Place) -> None:
        await super().prepare(place)
        self._folder = place.folder
        self._keys = keys.make(fleet.NAMES)

    @override
    async def start(self, shop: "Shop", place: Place) -> None:
        self.found(shop)
        self._folder = place.folder
        made = self._keys or keys.make(fleet.NAMES)
        await self._listen(made)
        keys.write(place.folder, made, ports=self.ports, address=server.ADDRESS)

    def found(self, shop: "Shop", *, history: float = HISTORY) -> None:
        """Make the machines, with `history` seconds that the metrics of `shop` remember."""
        self._shop = shop
        begin = shop.now - history
        self._chain = certificates.issue(shop.now)
        self.machines = fleet.build(fleet.NAMES, at=begin, chain=self._chain)
        self._laws = HostLaws(self.machines, self._chain)
        for name, address in (
            *fleet.ADDRESSES.items(),
            (SERVER[1].removesuffix(".shop.example"), SERVER[0]),
        ):
            self._names |= {name: address, f"{name}.shop.example": address}
        self._names |= {
            "localhost": "127.0.0.1",
            certificates.UPSTREAM: certificates.UPSTREAM_ADDRESS,
            "shop.example": _SHOP_ADDRESS,
            "api.shop.example": _SHOP_ADDRESS,
        }
        at = begin
        while at + STEP < shop.now:
            at += STEP
            self._live(at, STEP)
            for series, value in self.scrape(shop.series, at):
                series.append(at, value)

    async def _listen(self, made: keys.Keys) -> None:
        import asyncssh  # noqa: PLC0415  # slow to import

        logins = {
            user: asyncssh.import_authorized_keys(key.export_public_key("openssh").decode())
            for user, key in made.logins.items()
        }
        for name, machine in self.machines.items():
            acceptor = await server.listen(machine, self.sight, key=made.hosts[name], logins=logins)
            self._servers.append(acceptor)
            self.ports[name] = acceptor.get_port()

    @override
    async def stop(self) -> None:
        for one in self._servers:
            one.close()
        for one in self._servers:
            await one.wait_closed()
        self._servers.clear()
        for name in ("reader.key", "operator.key", "known_hosts", "ssh_config"):
            (self._folder / name).unlink(missing_ok=True)

    def sight(self, machine: Machine, user: str) -> Sight:
        """Return what `user` sees of `machine` right now."""
        true = max(machine.at, self._shop.now if self._shop is not None else 0.0)
        return Sight(machine, user, true, self._names, self._served)

    def _served(self, name: str) -> certificates.Chain | None:
        """Return what the TLS server of a name shows: the entrance of the cluster has one."""
        known = {certificates.UPSTREAM, certificates.UPSTREAM_ADDRESS}
        return self._chain if name in known else None

    @override
    def influences(self) -> tuple[Influence, ...]:
        return (self._laws,)

    @override
    def tick(self, at: float) -> None:
        last = min((one.at for one in self.machines.values()), default=at)
        self._live(at, at - last)

    def _live(self, at: float, seconds: float) -> None:
        for machine in self.machines.values():
            machine.live(at)
        for edge in fleet.EDGES:
            self._count(self.machines[edge], seconds)

    def _count(self, edge: Machine, seconds: float) -> None:
        """Count what an edge answers, of its half of what comes from outside."""
        if edge.units[fleet.NGINX].active != "active":
            return
        for service in SERVICES.values():
            coming = service.outside_rate * seconds / len(fleet.EDGES)
            broken = self._laws.lost(edge.name, service.name)
            lost = coming * broken.share if broken is not None else 0.0
            if broken is not None and broken.status:
                self._edges.add(edge.name, str(broken.status), lost)
                self._complain(edge, broken.message)
            below = self._failing(service.name)
            self._edges.add(edge.name, "502", (coming - lost) * below)
            self._edges.add(edge.name, "200", (coming - lost) * (1 - below))

    def _failing(self, service: str) -> float:
        truth = self._shop.traffic.truth[service] if self._shop is not None else None
        if not truth or not truth[-1].requests:
            return 0.0
        mine = self._laws.reach("", service)
        whole = truth[-1].failures / truth[-1].requests
        lost = mine.share if mine is not None else 0.0
        return max(0.0, min(1.0, (whole - lost) / (1 - lost) if lost < 1 else 0.0))

    def _complain(self, edge: Machine, message: str) -> None:
        """Let nginx write to its error log, now and then, what keeps it from answering."""
        log = edge.tree.files["/var/log/nginx/error.log"]
        main = edge.units[fleet.NGINX].main_pid
        code = "(10:certificate has expired) " if "certificate" in message else ""
        line = (
            f"{edge.stamp()[:10].replace('-', '/')} {edge.stamp()[11:19]} [error] {main}#{main}:"
            f" *{edge.random.randrange(10**6)} {message}: {code}while SSL handshaking to upstream,"
            f" client: 198.51.100.{edge.random.randrange(1, 255)}, server: shop.example,"
            f' request: "GET /products HTTP/1.1", upstream:'
            f' "https://{certificates.UPSTREAM_ADDRESS}:{certificates.UPSTREAM_PORT}/products"'
        )
        log.recent.append(line.replace(": while", " while") if not code else line)
        edge.tree.append(log, len(line) + 1, at=edge.shown)

    @override
    def scrape(self, store: SeriesStore, at: float) -> Iterable[tuple[Series, float]]:
        del at
        for machine in self.machines.values():
            yield from self._exporters.samples(machine, store)
        yield from self._edges.samples(store)

    @override
    def rules(self) -> tuple[Rule, ...]:
        return alert_rules.standard()

    @override
    def settings(self) -> Mapping[str, Any]:
        folder = self._folder
        return {
            "ssh": {
                "user": keys.READER,
                "act_user": keys.OPERATOR,
                "identities": [str(folder / "reader.key")],
                "act_identities": [str(folder / "operator.key")],
                "agent": False,
                "known_hosts": [str(folder / "known_hosts")],
                "config": str(folder / "ssh_config"),
            },
            "hosts": {
                name: {"address": server.ADDRESS, "port": port, "logs": list(fleet.LOGS)}
                for name, port in self.ports.items()
            },
            "groups": {"edges": list(fleet.EDGES), "all-hosts": list(fleet.NAMES)},
            "services": {
                "storefront": {"hosts": "edges"},
                "checkout": {"hosts": "edges"},
                "payments": {"hosts": fleet.DATABASE},
                "catalog": {"hosts": fleet.JOBS},
            },
        }

    @override
    def policy(self) -> Mapping[str, Any]:
        return {
            "reads": {"hosts": list(fleet.NAMES), "sudo": ["root"]},
            "changes": {
                "kinds": [f"host.{kind}" for kind in _ACTS],
                "hosts": list(fleet.NAMES),
                "units": list(fleet.UNITS),
            },
        }

    @override
    def baseline(self) -> Any:
        return _Baseline(
            {(host, unit.name): unit.invocation for host, unit in self._units()},
            {
                (host, path): (file.inode, file.size)
                for host, machine in self.machines.items()
                for path, file in machine.tree.files.items()
            },
            self._images(),
        )

    def _images(self) -> dict[tuple[str, str], str]:
        return {
            (host, one.name): image_of(one.spec)
            for host, machine in self.machines.items()
            if machine.swarm is not None
            for one in machine.swarm.services.values()
        }

    def _units(self) -> Iterable[tuple[str, Any]]:
        for host, machine in self.machines.items():
            for unit in machine.units.values():
                yield host, unit

    @override
    def reasons(self) -> list[str]:
        return [reason for machine in self.machines.values() for reason in _reasons(machine)]

    @override
    def changes(self, since: Any, may_change: frozenset[tuple[str, str]]) -> list[str]:
        if not isinstance(since, _Baseline):
            return []
        found = []
        for host, unit in self._units():
            target = ("units", f"{host}/{unit.name}")
            if (
                since.invocations.get((host, unit.name)) != unit.invocation
                and target not in may_change
            ):
                found.append(f"restarted: {unit.name} on {host}")
        for (host, service), image in self._images().items():
            expected = ("services", f"{host}/{service}") in may_change
            if since.images.get((host, service)) != image and not expected:
                found.append(f"another version: {service} on {host}")
        for (host, path), (inode, size) in since.files.items():
            file = self.machines[host].tree.files.get(path)
            if ("files", f"{host}{path}") in may_change:
                continue
            if file is None or file.inode != inode:
                found.append(f"deleted: {path} on {host}")
            elif file.size < size:
                found.append(f"cut: {path} on {host}")
        return found


def _reasons(machine: Machine) -> Iterable[str]:
    tree = machine.tree
    for disk in tree.disks:
        if tree.free(disk) < ROOM * disk.size:
            left = tree.free(disk) / disk.size
            yield f"{machine.name}: {disk.mount} has {left:.1%} of its room left"
        if disk.inodes and tree.free_inodes(disk) < ROOM * disk.inodes:
            yield f"{machine.name}: {disk.mount} has hardly an inode left"
    for unit in machine.units.values():
        if unit.active != "active":
            yield f"{machine.name}: {unit.name} is {unit.active}"
        elif unit.name in fleet.WRITERS.values():
            program = unit.spec.program
            rate = math.fsum(one.writes for one in machine.of_unit(unit.name))
            if rate > 100 * program.writes:
                yield f"{machine.name}: {unit.name} writes {rate / 1e6:.0f} MB a second"
    if abs(machine.clock.ahead) > OFF:
        yield f"{machine.name}: its clock is off by {machine.clock.ahead:.0f} s"
    if machine.pressure > 1:
        yield f"{machine.name}: its processes want {machine.pressure:.1f} times its processors"
