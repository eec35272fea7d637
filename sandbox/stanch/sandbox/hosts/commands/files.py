"""ls and stat: how single files are."""

from collections.abc import Sequence

from stanch.sandbox.hosts.commands import names, proc
from stanch.sandbox.hosts.commands.amounts import human
from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.names import Shown
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight

_LS = {
    "--all": "a",
    "--almost-all": "A",
    "--human-readable": "h",
    "--reverse": "r",
    "--directory": "d",
    "--full-time": "full",
    "--size": "s",
    "--inode": "i",
    "--sort=": "sort",
    "--time-style=": "style",
    "--color": "color",
    "--color=": "color",
    "--recursive": "R",
}
_OLD = 15_778_476.0
"""Half a year: what is older shows its year in place of its time."""
_IDS = {"root": 0, "www-data": 33, "adm": 4, "postgres": 106, "shop": 998, "systemd-journal": 999}


def ls(argv: Sequence[str], see: Sight) -> Answer:
    """Answer ls and ll: names, or lines with all about them."""
    options = parse(argv, flags="aAbBcCdDfFgGhHiIklLmnNoQqrRsStTuUvxX1Z", long=_LS, status=2)
    out: list[str] = []
    complaints: list[str] = []
    given = options.operands or [f"/home/{see.user}"]
    long = bool({"l", "g", "o", "n", "full"} & options.values.keys()) or argv[0] == "ll"
    folders = []
    for path in sorted(given):
        shown = names.look(see.machine.tree, path)
        if shown is None and path == f"/home/{see.user}":
            continue
        if shown is None:
            complaints.append(f"ls: cannot access '{path}': No such file or directory\n")
        elif shown.folder and "d" not in options:
            folders.append((path, shown))
        else:
            out += _rows([(path, shown)], options, see, long=long)
    for path, shown in folders:
        if len(given) > 1:
            out += ([""] if out else []) + [f"{path}:"]
        inside = _ordered(_inside(see, shown), options)
        dots = [(".", shown), ("..", shown)] if "a" in options else []
        if long or "s" in options:
            out.append(f"total {_blocks([one for _, one in (*dots, *inside)], options)}")
        out += _rows([*dots, *inside], options, see, long=long)
    return Answer("".join(f"{row}\n" for row in out), "".join(complaints), 2 if complaints else 0)


def _inside(see: Sight, folder: Shown) -> list[tuple[str, Shown]]:
    tree = see.machine.tree
    bulk = tree.files.get(folder.path)
    found = [(one.name, one) for one in names.inside(bulk)] if bulk else []
    top = folder.path.rstrip("/")
    found += [
        (path.rpartition("/")[2], names.of_folder(tree, path))
        for path in tree.folders()
        if path != folder.path and path.rpartition("/")[0] == top
    ]
    found += [
        (path.rpartition("/")[2], names.of_file(file))
        for path, file in tree.files.items()
        if path.rpartition("/")[0] == top and not file.many
    ]
    return found


def _ordered(found: list[tuple[str, Shown]], options: Options) -> list[tuple[str, Shown]]:
    kept = [
        one for one in found if not one[0].startswith(".") or {"a", "A"} & options.values.keys()
    ]
    kept.sort()
    if "t" in options or options.last("sort") == "time":
        kept.sort(key=lambda one: -one[1].modified)
    if "S" in options or options.last("sort") == "size":
        kept.sort(key=lambda one: -one[1].size)
    return kept[::-1] if "r" in options else kept


def _blocks(found: Sequence[Shown], options: Options) -> str:
    room = sum(-(-one.size // 4096) * 4096 for one in found)
    return human(room) if "h" in options else str(room // 1024)


def _rows(
    found: Sequence[tuple[str, Shown]], options: Options, see: Sight, *, long: bool
) -> list[str]:
    if not long:
        return [f"{one.inode} {name}" if "i" in options else name for name, one in found]
    cells = [
        (
            one.permissions,
            "2" if one.folder else "1",
            str(_IDS.get(one.user, 1000)) if "n" in options else one.user,
            str(_IDS.get(one.group, 1000)) if "n" in options else one.group,
            human(one.size) if "h" in options else str(one.size),
            _when(one, see.now, options),
            name,
        )
        for name, one in found
    ]
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(7)]
    return [
        f"{row[0]} {row[1]:>{widths[1]}} {row[2]:<{widths[2]}} {row[3]:<{widths[3]}}"
        f" {row[4]:>{widths[4]}} {row[5]} {row[6]}"
        for row in cells
    ]


def _when(one: Shown, now: float, options: Options) -> str:
    style = options.last("style")
    if "full" in options or style == "full-iso":
        return names.stamp(one.modified, "%Y-%m-%d %H:%M:%S.%f000 +0000")
    if style in {"long-iso", "+%Y-%m-%d %H:%M"}:
        return names.stamp(one.modified, "%Y-%m-%d %H:%M")
    recent = now - _OLD < one.modified <= now
    return names.stamp(one.modified, "%b %e %H:%M" if recent else "%b %e  %Y")


def stat(argv: Sequence[str], see: Sight) -> Answer:
    """Answer stat: all that the file system knows of a file."""
    options = parse(argv, flags="Lft", valued="c", long={"--format=": "c", "--printf=": "printf"})
    if not options.operands:
        raise UsageError("stat: missing operand\nTry 'stat --help' for more information.")
    out: list[str] = []
    complaints: list[str] = []
    for path in options.operands:
        shown = names.look(see.machine.tree, path) or proc.folder(path, see)
        if shown is None:
            complaints.append(f"stat: cannot statx '{path}': No such file or directory\n")
        elif "c" in options:
            out.append(_filled(options.last("c"), shown) + "\n")
        elif "printf" in options:
            out.append(_filled(options.last("printf"), shown).replace("\\n", "\n"))
        else:
            out += [f"{line}\n" for line in _whole(shown)]
    return Answer("".join(out), "".join(complaints), 1 if complaints else 0)


def _filled(form: str, shown: Shown) -> str:
    cells = {
        "%s": str(shown.size),
        "%n": shown.path,
        "%U": shown.user,
        "%G": shown.group,
        "%a": f"{shown.mode:o}",
        "%A": shown.permissions,
        "%i": str(shown.inode),
        "%Y": str(int(shown.modified)),
        "%h": "1",
        "%F": _kind(shown),
        "%y": names.stamp(shown.modified, "%Y-%m-%d %H:%M:%S.%f000 +0000"),
        "%d": str(shown.disk.number[0] * 256 + shown.disk.number[1]),
        "%u": str(_IDS.get(shown.user, 1000)),
        "%f": f"{(0o040000 if shown.folder else 0o100000) | shown.mode:x}",
        "%b": str(-(-shown.size // 4096) * 8),
        "%B": "512",
    }
    for slot, text in cells.items():
        form = form.replace(slot, text)
    return form


def _kind(shown: Shown) -> str:
    if shown.folder:
        return "directory"
    return "regular file" if shown.size else "regular empty file"


def _whole(shown: Shown) -> list[str]:
    number = f"{shown.disk.number[0]},{shown.disk.number[1]}"
    when = names.stamp(shown.modified, "%Y-%m-%d %H:%M:%S.%f000 +0000")
    user, group = (_IDS.get(one, 1000) for one in (shown.user, shown.group))
    blocks = -(-shown.size // 4096) * 8
    owners = f"Uid: ({user:>5}/{shown.user:>8})   Gid: ({group:>5}/{shown.group:>8})"
    return [
        f"  File: {shown.path}",
        f"  Size: {shown.size:<10}\tBlocks: {blocks:<10} IO Block: 4096   {_kind(shown)}",
        f"Device: {number}\tInode: {shown.inode:<11} Links: {2 if shown.folder else 1}",
        f"Access: ({shown.mode:04o}/{shown.permissions})  {owners}",
        *(f"{label}: {when}" for label in ("Access", "Modify", "Change", " Birth")),
    ]


def where(argv: Sequence[str], see: Sight) -> Answer:
    """Answer readlink and realpath: nothing here is a link."""
    options = parse(argv, flags="efmnqsvzPL")
    rows = [one.rstrip("/") or "/" for one in options.operands]
    missing = [one for one in rows if names.look(see.machine.tree, one) is None]
    if missing:
        return Answer(err=f"{argv[0]}: {missing[0]}: No such file or directory\n", status=1)
    return lines(rows)


COMMANDS = {"ls": ls, "ll": ls, "stat": stat, "realpath": where}
