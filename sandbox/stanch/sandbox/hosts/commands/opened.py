"""lsof and fuser: which process holds which file or socket open."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.processes import Open, Process, Socket

_INTERNET = re.compile(r"[46]?(?:TCP|UDP|tcp|udp)?(?:@[\w.]+)?(?::[\w,-]+)?(?<=.)")


@dataclass(frozen=True, slots=True)
class _Row:
    process: Process
    handle: str
    kind: str
    device: str
    size: str
    links: str
    node: str
    name: str


def lsof(argv: Sequence[str], see: Sight) -> Answer:
    """Answer lsof: one line for each open file; status 1 when there is none."""
    words, internet, most_links = _apart(argv)
    options = parse(words, flags="ahlnNOPRtTUVwWbKX", valued="pucdFsSg")
    if options.values.keys() - set("pucdFsSgnPltabwOR"):
        strange = min(options.values.keys() - set("pucdFsSgnPltabwOR"))
        raise UsageError(f"lsof: unsupported option -{strange} here")
    known = see.machine.tree.folders() | see.machine.tree.files.keys()
    for path in options.operands:
        if path.rstrip("/") not in known and path != "/":
            text = f"lsof: status error on {path}: No such file or directory\n"
            return Answer(err=text, status=1)
    rows = [
        row
        for row in _rows(see, internet=internet, sockets=not options.operands)
        if _wanted(row, options, internet=internet, most_links=most_links)
    ]
    if "t" in options:
        return lines(
            [str(pid) for pid in dict.fromkeys(row.process.pid for row in rows)],
            status=0 if rows else 1,
        )
    if not rows:
        return Answer(status=1)
    return lines(_table(rows, links=most_links is not None))


def _apart(argv: Sequence[str]) -> tuple[list[str], str, int | None]:
    """Return the plain words, what -i asks for, and the links that +L allows fewer than."""
    words, internet, most_links = [argv[0]], "", None
    rest = iter(argv[1:])
    held = next(rest, None)
    while held is not None:
        word, held = held, next(rest, None)
        if word.startswith("+L"):
            most_links = int(word[2:] or 0)
        elif word == "-i" or _INTERNET.fullmatch(word[2:] if word.startswith("-i") else ""):
            internet = word[2:] or "*"
            if word == "-i" and held is not None and _INTERNET.fullmatch(held):
                internet, held = held, next(rest, None)
        elif not word.startswith(("+c", "+w")):
            words.append(word)
    return words, internet, most_links


def _rows(see: Sight, *, internet: str, sockets: bool) -> Iterator[_Row]:
    for process in sorted(see.machine.processes.values(), key=lambda one: one.pid):
        for one in process.open if not internet else ():
            yield _file(process, one)
        for socket in process.sockets if sockets else ():
            yield _socket(process, socket)


def _file(process: Process, one: Open) -> _Row:
    file = one.file
    special = file.path.startswith("/dev/")
    return _Row(
        process,
        f"{one.number}{one.access}",
        "CHR" if special else "REG",
        "1,3" if special else f"{file.disk.number[0]},{file.disk.number[1]}",
        "0t0" if special else str(file.size),
        str(file.links),
        "5" if special else str(file.inode),
        file.path + ("" if file.links else " (deleted)"),
    )


def _socket(process: Process, socket: Socket) -> _Row:
    star = socket.address in {"0.0.0.0", "*"}  # noqa: S104 - as the kernel shows it
    local = f"{'*' if star else socket.address}:{socket.port}"
    name = f"{local} (LISTEN)"
    if socket.peer:
        name = f"{local}->{socket.peer[0]}:{socket.peer[1]} (ESTABLISHED)"
    if socket.protocol == "udp":
        name = local
    device = str(17_000 + process.pid * 10 + socket.number)
    kind = "IPv6" if socket.address == "*" else "IPv4"
    return _Row(
        process, f"{socket.number}u", kind, device, "0t0", "", socket.protocol.upper(), name
    )


def _wanted(row: _Row, options: Options, *, internet: str, most_links: int | None) -> bool:
    if most_links is not None and (not row.links or int(row.links) >= most_links):
        return False
    if ":" in internet and f":{internet.rpartition(':')[2]}" not in row.name:
        return False
    if "p" in options and str(row.process.pid) not in options.every("p"):
        return False
    if "u" in options and row.process.user not in options.every("u"):
        return False
    if "c" in options and not any(row.process.name.startswith(one) for one in options.values["c"]):
        return False
    if not options.operands:
        return True
    path = row.name.removesuffix(" (deleted)")
    return any(
        path == one or (path.startswith(one.rstrip("/") + "/") and one == "/")
        for one in options.operands
    )


def _table(rows: Sequence[_Row], *, links: bool) -> list[str]:
    command = max(7, *(len(row.process.name[:9]) for row in rows))
    pid = max(5, *(len(str(row.process.pid)) for row in rows))
    user = max(4, *(len(row.process.user[:8]) for row in rows))
    device = max(6, *(len(row.device) for row in rows))
    size = max(8, *(len(row.size) for row in rows))
    node = max(4, *(len(row.node) for row in rows))

    def line(cells: Sequence[str], handle: str) -> str:
        count = f" {cells[5]:>5}" if links else ""
        return (
            f"{cells[0]:<{command}} {cells[1]:>{pid}} {cells[2]:>{user}} {handle} {cells[3]:>5}"
            f" {cells[4]:>{device}} {cells[6]:>{size}}{count} {cells[7]:>{node}} {cells[8]}"
        )

    head = ("COMMAND", "PID", "USER", "TYPE", "DEVICE", "NLINK", "SIZE/OFF", "NODE", "NAME")
    found = [line(head, "  FD ")]
    for row in rows:
        process = row.process
        cells = (
            process.name[:9],
            str(process.pid),
            process.user[:8],
            row.kind,
            row.device,
            row.links,
            row.size,
            row.node,
            row.name,
        )
        found.append(line(cells, f"{row.handle[:-1]:>4}{row.handle[-1]}"))
    return found


def fuser(argv: Sequence[str], see: Sight) -> Answer:
    """Answer fuser: the processes that hold a file."""
    options = parse(argv, flags="acfmsuv46", valued="n")
    pids = [
        process.pid
        for process in see.machine.processes.values()
        if any(one.file.path in options.operands and one.file.links for one in process.open)
    ]
    if not pids:
        return Answer(status=1)
    shown = "".join(f"{pid:>6}" for pid in sorted(pids))
    return Answer(out=shown, err=f"{options.operands[0]}: \n")


COMMANDS = {"lsof": lsof, "fuser": fuser}
