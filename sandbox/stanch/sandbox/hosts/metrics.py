"""What node_exporter, and the exporter of nginx, would export of the machines."""

from collections.abc import Iterator

from stanch.sandbox.hosts.fleet import EDGES
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.shop.series import Series, SeriesStore

Row = tuple[str, dict[str, str], float]
PORT = 9100
_STATES = ("activating", "active", "deactivating", "failed", "inactive")
_KINDS = ("ext4", "vfat", "tmpfs")


class Exporters:
    """Makes the samples of one scrape; series are looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Series] = {}

    def samples(self, machine: Machine, store: SeriesStore) -> Iterator[tuple[Series, float]]:
        """Yield the samples of a machine as it is now."""
        own = {"job": "node", "instance": f"{machine.name}:{PORT}"}
        for name, pairs, value in rows(machine):
            key = (machine.name, name, *pairs.values())
            series = self._known.get(key)
            if series is None:
                series = self._known[key] = store.series(name, {**own, **pairs})
            yield series, value


def rows(machine: Machine) -> Iterator[Row]:
    """Yield what node_exporter says of a machine: metric, labels and value."""
    yield "up", {}, 1.0
    yield from _disks(machine)
    counters = machine.counters
    for mode, spent in counters.cpu.items():
        for cpu in range(machine.cpus):
            pairs = {"cpu": str(cpu), "mode": mode}
            yield "node_cpu_seconds_total", pairs, spent / machine.cpus
    for at, minutes in enumerate((1, 5, 15)):
        yield f"node_load{minutes}", {}, round(machine.load[at], 2)
    free, cached = memory(machine)
    yield "node_memory_MemTotal_bytes", {}, float(machine.memory)
    yield "node_memory_MemFree_bytes", {}, float(free)
    yield "node_memory_MemAvailable_bytes", {}, float(free + cached * 9 // 10)
    yield "node_memory_Cached_bytes", {}, float(cached)
    yield "node_memory_SwapTotal_bytes", {}, 0.0
    yield "node_boot_time_seconds", {}, round(machine.clock.now(machine.booted))
    yield "node_time_seconds", {}, machine.shown
    yield "node_timex_sync_status", {}, float(machine.clock.synchronised)
    yield "node_timex_offset_seconds", {}, _offset(machine)
    yield "node_timex_maxerror_seconds", {}, machine.clock.max_error
    yield "node_vmstat_oom_kill", {}, float(counters.oom_kills)
    yield "node_context_switches_total", {}, counters.switches
    for device in ("eth0",):
        pairs = {"device": device}
        yield "node_network_receive_bytes_total", pairs, counters.received
        yield "node_network_transmit_bytes_total", pairs, counters.sent
    yield "node_disk_read_bytes_total", {"device": "vda"}, counters.read
    yield "node_disk_written_bytes_total", {"device": "vda"}, counters.written
    yield from _units(machine)
    about = {"nodename": machine.name, "release": KERNEL_RELEASE, "sysname": "Linux"}
    yield "node_uname_info", about, 1.0


KERNEL_RELEASE = "6.1.0-37-amd64"


def memory(machine: Machine) -> tuple[int, int]:
    """Return the bytes that are free, and those that only cache what is on the disk."""
    rest = machine.memory - machine.used_memory
    cached = min(rest * 7 // 10, 3 * machine.memory // 5)
    return rest - cached, cached


def _offset(machine: Machine) -> float:
    """Return what the kernel knows of its error: nothing, where nothing compares it."""
    return machine.clock.ahead if machine.clock.kept else 0.0


def _disks(machine: Machine) -> Iterator[Row]:
    tree = machine.tree
    for disk in tree.disks:
        if disk.kind not in _KINDS:
            continue
        pairs = {"device": disk.device, "fstype": disk.kind, "mountpoint": disk.mount}
        used = tree.used(disk)
        yield "node_filesystem_size_bytes", pairs, float(disk.size)
        yield "node_filesystem_free_bytes", pairs, float(disk.size - used)
        yield "node_filesystem_avail_bytes", pairs, float(tree.free(disk))
        yield "node_filesystem_files", pairs, float(disk.inodes)
        yield "node_filesystem_files_free", pairs, float(tree.free_inodes(disk))
        yield "node_filesystem_readonly", pairs, 0.0


def _units(machine: Machine) -> Iterator[Row]:
    for name, unit in machine.units.items():
        for state in _STATES:
            pairs = {"name": name, "state": state, "type": unit.spec.kind}
            yield "node_systemd_unit_state", pairs, float(unit.active == state)


class EdgeCounters:
    """Counts what the load balancers answered, as an exporter of their access log would."""

    def __init__(self) -> None:
        self._total: dict[tuple[str, str], float] = {}

    def add(self, edge: str, status: str, requests: float) -> None:
        """Count `requests` of an edge that were answered with `status`."""
        self._total[edge, status] = self._total.get((edge, status), 0.0) + requests

    def samples(self, store: SeriesStore) -> Iterator[tuple[Series, float]]:
        """Yield the counters."""
        for edge in EDGES:
            for status in ("200", "500", "502", "504"):
                pairs = {"job": "nginxlog", "instance": f"{edge}:4040", "status": status}
                series = store.series("nginx_http_response_count_total", pairs)
                yield series, self._total.get((edge, status), 0.0)
