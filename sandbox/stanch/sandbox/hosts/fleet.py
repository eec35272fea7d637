"""The machines of the practice production, as they are when all is well."""

from collections.abc import Sequence

from stanch.sandbox.hosts import nginx
from stanch.sandbox.hosts.certificates import Chain, pem
from stanch.sandbox.hosts.disks import GIB, MIB, Disk, Tree
from stanch.sandbox.hosts.fleet_texts import common_texts
from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.processes import Program
from stanch.sandbox.hosts.swarm import Service, Swarm, spec_of
from stanch.sandbox.hosts.units import UnitSpec

EDGES = ("edge-1", "edge-2")
DATABASE = "db-1"
JOBS = "jobs-1"
NAMES = (*EDGES, DATABASE, JOBS)
ADDRESSES = {
    "edge-1": "10.20.0.11",
    "edge-2": "10.20.0.12",
    "db-1": "10.20.0.21",
    "jobs-1": "10.20.0.31",
}
UPTIME = 41.3 * 86400
"""Seconds since the machines were started when the world opens."""
ANY = "0.0.0.0"  # noqa: S104 - what the simulated kernel shows
SESSIONS = "/var/lib/shop-sessions"
ARCHIVE = "shop-archive.service"
NGINX = "nginx.service"
CHRONY = "chrony.service"
WRITERS = {
    **dict.fromkeys(EDGES, "shop-accesslog.service"),
    DATABASE: "shop-audit.service",
    JOBS: "shop-worker.service",
}
"""The unit of each machine that writes the log which may get out of hand."""
FEED = "shop-feed.service"
POSTGRES = "postgresql@15-main.service"
LOGS = ("/var/log/shop/*", "/var/log/nginx/*.log")
"""The log files that may be cut when they have grown out of bounds."""
UNITS = (NGINX, CHRONY, ARCHIVE, FEED, "shop-*.service")
"""What somebody may restart who is trusted with it; databases are not among them."""


def build(names: Sequence[str], *, at: float, chain: Chain) -> dict[str, Machine]:
    """Return machines that have been up and well for weeks at the Unix time `at`."""
    return {name: _machine(name, at, chain) for name in names}


def _machine(name: str, at: float, chain: Chain) -> Machine:
    role = "edge" if name in EDGES else name.rpartition("-")[0]
    size, cpus, memory = {
        "edge": (20 * GIB, 2, 4 * GIB),
        "db": (40 * GIB, 4, 16 * GIB),
        "jobs": (30 * GIB, 4, 8 * GIB),
    }[role]
    tree = Tree(_disks(size, memory))
    machine = Machine(name, ADDRESSES[name], tree, cpus=cpus, memory=memory)
    machine.boot(at - UPTIME)
    _system(machine, at)
    specs = {"edge": _edge, "db": _db, "jobs": _jobs}[role](machine, at, chain)
    for spec in (*_common(), *specs):
        machine.install(spec)
    _age(machine, at)
    return machine


def _disks(size: int, memory: int) -> list[Disk]:
    root = Disk("/dev/vda1", "/", "ext4", size - size // 64, size // 16384, (254, 1), size // 20)
    return [
        Disk("udev", "/dev", "devtmpfs", memory // 2, memory // 8192, (0, 5)),
        Disk("tmpfs", "/run", "tmpfs", memory // 10, memory // 8192, (0, 24)),
        root,
        Disk("tmpfs", "/dev/shm", "tmpfs", memory // 2, memory // 8192, (0, 25)),  # noqa: S108
        Disk("/dev/vda15", "/boot/efi", "vfat", 124 * MIB, 0, (254, 15)),
    ]


def _system(machine: Machine, at: float) -> None:
    """Put in what every Debian machine has."""
    tree, old = machine.tree, at - 120 * 86400
    bulk = {
        "/usr": (61_240, 1_930),
        "/boot": (312, 118),
        "/var/lib/dpkg": (6_180, 58),
        "/var/lib/apt": (64, 212),
        "/var/cache/apt": (42, 96),
        "/etc/ssl/certs": (284, 1),
    }
    for path, (many, mib) in bulk.items():
        tree.add(path, size=mib * MIB, at=old, many=many)
    tree.add(
        "/var/log/journal/5d1c4f0c2b7e4a64", size=412 * MIB, at=at, many=52, group="systemd-journal"
    )
    for path, text in common_texts(machine.name, machine.address).items():
        tree.add(path, at=old, text=text)
    for path, mib in (("/var/log/dpkg.log", 1), ("/var/log/alternatives.log", 1)):
        tree.add(path, size=mib * MIB // 3, at=old)
    tree.add("/var/log/wtmp", size=38_400, at=at, group="utmp", mode=0o664)
    tree.add("/dev/null", at=machine.booted, mode=0o666)
    tree.add("/run/utmp", size=1_536, at=at)
    tree.add("/boot/efi/EFI/debian/grubx64.efi", size=6 * MIB, at=old, mode=0o700)


def _common() -> tuple[UnitSpec, ...]:
    def plain(name: str, about: str, args: str, **more: object) -> UnitSpec:
        word = args.split(maxsplit=1)[0].rstrip(":").rpartition("/")[2]
        program = Program(name=word, args=args, **more)  # type: ignore[arg-type]
        return UnitSpec(name=f"{name}.service", about=about, program=program)

    return (
        plain("systemd-journald", "Journal Service", "/lib/systemd/systemd-journald", rss_mib=21.5),
        plain(
            "dbus",
            "D-Bus System Message Bus",
            "/usr/bin/dbus-daemon --system --address=systemd:"
            " --nofork --nopidfile --systemd-activation --syslog-only",
            user="messagebus",
        ),
        plain("systemd-logind", "User Login Management", "/lib/systemd/systemd-logind"),
        plain(
            "cron", "Regular background program processing daemon", "/usr/sbin/cron -f", rss_mib=2.7
        ),
        plain(
            "ssh",
            "OpenBSD Secure Shell server",
            "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
            rss_mib=9.1,
            listens=((ANY, 22),),
        ),
        plain(
            "prometheus-node-exporter",
            "Prometheus exporter for machine metrics",
            "/usr/bin/prometheus-node-exporter --collector.systemd",
            user="prometheus",
            rss_mib=24.0,
            virtual_mib=1240.0,
            cores=0.006,
            listens=(("*", 9100),),
        ),
        UnitSpec(
            name=CHRONY,
            about="chrony, an NTP client/server",
            kind="forking",
            sets_clock=True,
            docs="man:chronyd(8)",
            program=Program(
                name="chronyd",
                args="/usr/sbin/chronyd -F 1",
                user="_chrony",
                rss_mib=3.4,
                listens=(("127.0.0.1", 323),),
            ),
        ),
        UnitSpec(
            name=ARCHIVE,
            about="Compress and ship the logs of yesterday",
            program=Program(
                name="shop-archive",
                args="/usr/local/bin/shop-archive --level 9 --follow /var/log",
                user="shop",
                rss_mib=64.0,
                cores=0.03,
            ),
        ),
    )


def _writer(name: str, path: str, about: str, says: str) -> UnitSpec:
    binary = name.removesuffix(".service")
    program = Program(
        name=binary,
        args=f"/usr/local/bin/{binary} --out {path}",
        user="shop",
        rss_mib=46.0,
        cores=0.02,
        log=path,
        writes=1_800.0,
        says=says,
    )
    return UnitSpec(name=name, about=about, program=program)


def _edge(machine: Machine, at: float, chain: Chain) -> tuple[UnitSpec, ...]:
    tree, old = machine.tree, at - 40 * 86400
    tree.add(nginx.MAIN, at=old, text=nginx.MAIN_TEXT)
    tree.add(nginx.SITE, at=old, text=nginx.SITE_TEXT)
    tree.add(nginx.AUTHORITY, at=old, text=pem(chain.authority))
    tree.add(
        "/var/log/nginx/error.log", size=18_400, at=at, user="www-data", group="adm", mode=0o640
    )
    tree.add("/var/log/shop/access.json", size=460 * MIB, at=at, user="shop", group="shop")
    tree.add(
        "/var/log/nginx/access.log", size=220 * MIB, at=at, user="www-data", group="adm", mode=0o640
    )
    tree.add(SESSIONS, size=84_000 * 4096, at=at, many=84_000, user="www-data", group="www-data")
    line = '{"method":"GET","path":"/products","status":200,"level":"debug"}'
    web = Program(
        name="nginx",
        args="nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
        rss_mib=11.0,
        cores=0.06,
        log="/var/log/nginx/access.log",
        writes=900.0,
        workers=2,
        worker_user="www-data",
        says='10.9.3.7 - - "GET /products HTTP/1.1" 200 5316',
        listens=((ANY, 443),),
    )
    sessions = Program(
        name="shop-sessions",
        args=f"/usr/local/bin/shop-sessions {SESSIONS}",
        user="www-data",
        fills=SESSIONS,
        rss_mib=31.0,
    )
    return (
        UnitSpec(
            name=NGINX,
            about="A high performance web server and a reverse proxy server",
            kind="forking",
            check=nginx.objection,
            program=web,
            docs="man:nginx(8)",
        ),
        UnitSpec(
            name="shop-sessions.service",
            about="Keep and expire the sessions of visitors",
            program=sessions,
        ),
        _writer(
            WRITERS[machine.name],
            "/var/log/shop/access.json",
            "Write what visitors ask for as JSON",
            line,
        ),
    )


def _db(machine: Machine, at: float, chain: Chain) -> tuple[UnitSpec, ...]:
    del chain
    tree = machine.tree
    tree.add(
        "/var/lib/postgresql/15/main",
        size=15 * GIB,
        at=at,
        many=2_140,
        user="postgres",
        group="postgres",
        mode=0o700,
    )
    tree.add(
        "/var/log/postgresql/postgresql-15-main.log",
        size=64 * MIB,
        at=at,
        user="postgres",
        group="adm",
        mode=0o640,
    )
    tree.add("/var/log/shop/audit.log", size=720 * MIB, at=at, user="shop", group="shop")
    server = Program(
        name="postgres",
        args="/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"
        " -c config_file=/etc/postgresql/15/main/postgresql.conf",
        user="postgres",
        worker_user="postgres",
        workers=6,
        rss_mib=168.0,
        virtual_mib=4300.0,
        cores=0.05,
        log="/var/log/postgresql/postgresql-15-main.log",
        writes=400.0,
        says="LOG:  checkpoint complete: wrote 412 buffers (2.5%)",
        listens=((ANY, 5432),),
    )
    line = "AUDIT: SESSION,41822,1,READ,SELECT,,,SELECT * FROM charges WHERE id = $1"
    return (
        UnitSpec(name=POSTGRES, about="PostgreSQL Cluster 15-main", kind="forking", program=server),
        _writer(WRITERS[DATABASE], "/var/log/shop/audit.log", "Write the audit log", line),
    )


def _jobs(machine: Machine, at: float, chain: Chain) -> tuple[UnitSpec, ...]:
    del chain
    tree = machine.tree
    tree.add("/var/spool/shop/batches", size=3 * GIB, at=at, many=21_400, user="shop", group="shop")
    tree.add("/var/log/shop/worker.log", size=530 * MIB, at=at, user="shop", group="shop")
    tree.add("/var/log/shop/feed.log", size=31 * MIB, at=at, user="shop", group="shop")
    machine.swarm = _swarm(at)
    feed = Program(
        name="shop-feed",
        args="/usr/local/bin/shop-feed --to catalog",
        user="shop",
        rss_mib=240.0,
        cores=0.22,
        log="/var/log/shop/feed.log",
        writes=300.0,
        says="feed: 48 products sent",
    )
    line = "DEBUG step=17 payload={'sku': 'A-1042', 'stock': 12, 'prices': [...]}"
    return (
        UnitSpec(name=FEED, about="Feed the catalogue with stock and prices", program=feed),
        _writer(WRITERS[JOBS], "/var/log/shop/worker.log", "Do the batches of the shop", line),
    )


def _swarm(at: float) -> Swarm:
    """Return two services: one was updated an hour ago, the other never."""
    prices = Service(
        "shop_prices", spec_of("shop_prices", "2.6.1", replicas=2), at - 30 * 86400, 118
    )
    prices.update(spec_of("shop_prices", "2.7.0", replicas=2), at - 3600)
    reports = Service(
        "shop_reports", spec_of("shop_reports", "1.4", replicas=1), at - 90 * 86400, 41
    )
    return Swarm({one.name: one for one in (prices, reports)})


def _age(machine: Machine, at: float) -> None:
    """Let the machine have been up for long, without living through all of it."""
    up = at - machine.at
    for process in machine.processes.values():
        process.cpu_seconds = process.cores * up * machine.random.uniform(0.85, 1.0)
    cpu = machine.counters.cpu
    busy = sum(one.cpu_seconds for one in machine.processes.values())
    cpu.update(user=busy * 0.86, system=busy * 0.11, softirq=busy * 0.02, irq=busy * 0.01)
    cpu["idle"] = up * machine.cpus - busy
    machine.counters.received, machine.counters.sent = up * 61_000.0, up * 52_500.0
    machine.counters.read, machine.counters.written = up * 40_000.0, up * 90_000.0
    machine.journal.entries.clear()
    machine.at = at
    machine.clock.last_update = at - 40
