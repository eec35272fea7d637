"""ss, ip, getent, dig, host and nslookup: sockets, addresses and names."""

from collections.abc import Sequence

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.processes import Process, Socket

_SS = {
    "--tcp": "t",
    "--udp": "u",
    "--listening": "l",
    "--numeric": "n",
    "--processes": "p",
    "--all": "a",
    "--summary": "s",
    "--no-header": "H",
    "--options": "o",
    "--info": "i",
    "--ipv4": "4",
    "--extended": "e",
    "--memory": "m",
}
_GROUP = "group default qlen 1000"
_FLAGS = "BROADCAST,MULTICAST,UP,LOWER_UP"
_SERVER = "10.20.0.2#53(10.20.0.2)"


def ss(argv: Sequence[str], see: Sight) -> Answer:
    """Answer ss."""
    options = parse(argv, flags="nraelmopsiHOQtudwx046ZzTS", valued="fA", long=_SS, status=255)
    if "s" in options:
        return lines(_summary(see))
    protocols = {name for letter, name in (("t", "tcp"), ("u", "udp")) if letter in options}
    found = [
        (process, socket)
        for process in sorted(see.machine.processes.values(), key=lambda one: one.pid)
        for socket in process.sockets
        if (not protocols or socket.protocol in protocols)
        and ("a" in options or (socket.peer is None) == ("l" in options))
    ]
    rows = [
        _socket(process, socket, options) for process, socket in found if _fits(socket, options)
    ]
    return lines(_aligned(rows, netid=len(protocols) != 1, head="H" not in options))


def _fits(socket: Socket, options: Options) -> bool:
    text = " ".join(options.operands)
    ports = [one.rpartition(":")[2] for one in options.operands if ":" in one]
    return not text or not ports or str(socket.port) in ports


def _socket(process: Process, socket: Socket, options: Options) -> tuple[str, ...]:
    listening = socket.peer is None
    state = "LISTEN" if listening else "ESTAB"
    if socket.protocol == "udp":
        state = "UNCONN"
    peer = socket.peer or ("0.0.0.0" if socket.address != "*" else "*", "*")  # noqa: S104
    shown = (
        f'users:(("{process.name}",pid={process.pid},fd={socket.number}))' if "p" in options else ""
    )
    return (
        socket.protocol,
        state,
        "0",
        str(socket.backlog if listening else 0),
        socket.address,
        str(socket.port),
        peer[0],
        str(peer[1]),
        shown,
    )


def _aligned(rows: Sequence[tuple[str, ...]], *, netid: bool, head: bool) -> list[str]:
    heads = (
        "Netid",
        "State",
        "Recv-Q",
        "Send-Q",
        "Local Address",
        "Port",
        "Peer Address",
        "Port",
        "Process",
    )
    every = [heads, *rows]
    widths = [max(len(row[at]) for row in every) for at in range(9)]
    shown = [
        (f"{row[0]:<{widths[0]}} " if netid else "")
        + f"{row[1]:<{widths[1]}} {row[2]:<{widths[2]}} {row[3]:<{widths[3]}}"
        f" {row[4]:>{widths[4]}}:{row[5]:<{widths[5]}} {row[6]:>{widths[6]}}:{row[7]:<{widths[7]}}"
        f"{row[8] if row is heads else ''}" + (f" {row[8]}" if row is not heads else "")
        for row in every
    ]
    return shown if head else shown[1:]


def _summary(see: Sight) -> list[str]:
    sockets = [one for process in see.machine.processes.values() for one in process.sockets]
    tcp = sum(1 for one in sockets if one.protocol == "tcp")
    return [
        f"Total: {len(sockets) + 61}",
        f"TCP:   {tcp + 12} (estab 12, closed 0, orphaned 0, timewait 0)",
        "",
        "Transport Total     IP        IPv6",
        "RAW\t  0         0         0        ",
        f"UDP\t  {len(sockets) - tcp:<9} {len(sockets) - tcp:<9} 0        ",
        f"TCP\t  {tcp + 12:<9} {tcp + 12:<9} 0        ",
        "",
    ]


def ip(argv: Sequence[str], see: Sight) -> Answer:
    """Answer ip addr, link, route and neigh."""
    words = [word for word in argv[1:] if not word.startswith("-")]
    brief = any(word in {"-br", "-brief"} for word in argv)
    what = words[0] if words else ""
    address = see.machine.address
    mac = "52:54:00:" + ":".join(f"{int(one):02x}" for one in address.split(".")[1:])
    if what in {"a", "addr", "address"}:
        if brief:
            return lines(
                [
                    f"{'lo':<16} {'UNKNOWN':<14} 127.0.0.1/8 ",
                    f"{'eth0':<16} {'UP':<14} {address}/24 ",
                ]
            )
        return lines(
            [
                f"1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN {_GROUP}",
                "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
                "    inet 127.0.0.1/8 scope host lo",
                "       valid_lft forever preferred_lft forever",
                f"2: eth0: <{_FLAGS}> mtu 1500 qdisc fq_codel state UP {_GROUP}",
                f"    link/ether {mac} brd ff:ff:ff:ff:ff:ff",
                f"    inet {address}/24 brd 10.20.0.255 scope global eth0",
                "       valid_lft forever preferred_lft forever",
            ]
        )
    if what in {"r", "route", "ro"}:
        return lines(
            [
                "default via 10.20.0.1 dev eth0 ",
                f"10.20.0.0/24 dev eth0 proto kernel scope link src {address} ",
            ]
        )
    if what in {"l", "link"}:
        return lines(
            [
                f"{'lo':<16} {'UNKNOWN':<14} 00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> ",
                f"{'eth0':<16} {'UP':<14} {mac} <BROADCAST,MULTICAST,UP,LOWER_UP> ",
            ]
        )
    if what in {"n", "neigh", "neighbour"}:
        return lines(["10.20.0.1 dev eth0 lladdr 52:54:00:14:00:01 REACHABLE "])
    raise UsageError(f'Object "{what}" is unknown, try "ip help".')


def _address(name: str, see: Sight) -> str | None:
    for one in (name, f"{name}.shop.example"):
        if one in see.names:
            return see.names[one]
    return None


def getent(argv: Sequence[str], see: Sight) -> Answer:
    """Answer getent hosts, ahosts and passwd; status 2 when something is not found."""
    if len(argv) < 2:
        raise UsageError("getent: wrong number of arguments")
    database, keys = argv[1], argv[2:]
    if database == "passwd":
        rows = see.machine.tree.files["/etc/passwd"].read().splitlines()
        found = [row for row in rows if not keys or row.split(":")[0] in keys]
        return lines(found, status=0 if found else 2)
    if database not in {"hosts", "ahosts", "ahostsv4"}:
        raise UsageError(f"Unknown database: {database}")
    shown, missing = [], False
    for key in keys:
        address = _address(key, see)
        if address is None:
            missing = True
        elif database == "hosts":
            shown.append(f"{address:<15} {key}")
        else:
            shown += [
                f"{address:<15} {kind:<6} {key if at == 0 else ''}".rstrip()
                if at == 0
                else f"{address:<15} {kind}"
                for at, kind in enumerate(("STREAM", "DGRAM", "RAW"))
            ]
    return lines(shown, status=2 if missing else 0)


def dig(argv: Sequence[str], see: Sight) -> Answer:
    """Answer dig for the addresses of names."""
    questions = [
        one for one in argv[1:] if not one.startswith(("+", "-", "@")) and one not in {"A", "IN"}
    ]
    shown: list[str] = []
    for name in questions:
        bare = name.rstrip(".")
        address = see.names.get(bare)
        if "+short" in argv:
            shown += [address] if address else []
            continue
        found = 1 if address else 0
        status = "NOERROR" if address else "NXDOMAIN"
        shown += [
            "",
            f"; <<>> DiG 9.18.33-1~deb12u2-Debian <<>> {name}",
            ";; global options: +cmd",
            ";; Got answer:",
            f";; ->>HEADER<<- opcode: QUERY, status: {status}, id: 41822",
            f";; flags: qr rd ra; QUERY: 1, ANSWER: {found}, AUTHORITY: 0, ADDITIONAL: 1",
            "",
            ";; QUESTION SECTION:",
            f";{bare}.\t\tIN\tA",
            "",
        ]
        if address:
            shown += [";; ANSWER SECTION:", f"{bare}.\t60\tIN\tA\t{address}", ""]
        shown += [
            ";; Query time: 0 msec",
            f";; SERVER: {_SERVER} (UDP)",
            f";; WHEN: {see.moment:%a %b %d %H:%M:%S UTC %Y}",
            ";; MSG SIZE  rcvd: 65",
            "",
        ]
    return lines(shown)


def host(argv: Sequence[str], see: Sight) -> Answer:
    """Answer host and nslookup."""
    names = [one for one in argv[1:] if not one.startswith("-")]
    if not names:
        raise UsageError(f"Usage: {argv[0]} name")
    address = see.names.get(names[0].rstrip("."))
    if argv[0] == "host":
        if address:
            return lines([f"{names[0]} has address {address}"])
        return lines([f"Host {names[0]} not found: 3(NXDOMAIN)"], status=1)
    rows = ["Server:\t\t10.20.0.2", "Address:\t10.20.0.2#53", ""]
    if address:
        return lines(
            [*rows, "Non-authoritative answer:", f"Name:\t{names[0]}", f"Address: {address}", ""]
        )
    return lines([*rows, f"** server can't find {names[0]}: NXDOMAIN", ""], status=1)


COMMANDS = {"ss": ss, "ip": ip, "getent": getent, "dig": dig, "host": host, "nslookup": host}
