"""df and du: how full the disks are, and with what."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from stanch.sandbox.hosts.commands.amounts import human, kibi, table
from stanch.sandbox.hosts.commands.answer import Answer
from stanch.sandbox.hosts.commands.options import Options, UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.disks import BLOCK, GIB, MIB, Disk, Tree

_DF = {
    "--human-readable": "h",
    "--si": "H",
    "--inodes": "i",
    "--print-type": "T",
    "--all": "a",
    "--local": "l",
    "--portability": "P",
    "--total": "total",
    "--type=": "t",
    "--exclude-type=": "x",
    "--block-size=": "B",
    "--output=": "output",
    "--output": "output",
}
_DU = {
    "--human-readable": "h",
    "--si": "H",
    "--summarize": "s",
    "--max-depth=": "d",
    "--all": "a",
    "--one-file-system": "x",
    "--total": "c",
    "--inodes": "inodes",
    "--apparent-size": "b",
    "--exclude=": "exclude",
    "--threshold=": "t",
    "--time": "time",
    "--block-size=": "B",
}
_SIZES = {"1": 1, "K": 1024, "1K": 1024, "M": MIB, "1M": MIB, "G": GIB, "1G": GIB}
_OUTPUT = {
    "source": "Filesystem",
    "fstype": "Type",
    "size": "Size",
    "used": "Used",
    "avail": "Avail",
    "pcent": "Use%",
    "itotal": "Inodes",
    "iused": "IUsed",
    "iavail": "IFree",
    "ipcent": "IUse%",
    "target": "Mounted on",
}


def df(argv: Sequence[str], see: Sight) -> Answer:
    """Answer df: one line for each file system."""
    options = parse(argv, flags="aHhiklmPTv", valued="txB", long=_DF)
    tree, complaints = see.machine.tree, []
    disks = tree.disks
    if options.operands:
        known = tree.folders() | tree.files.keys()
        complaints = [
            f"df: {one}: No such file or directory\n"
            for one in options.operands
            if one.rstrip("/") not in known and one != "/"
        ]
        good = [one for one in options.operands if one.rstrip("/") in known or one == "/"]
        disks = [tree.disk_of(one) for one in good]
    only, not_these = options.every("t"), options.every("x")
    disks = [one for one in disks if one.kind not in not_these and (not only or one.kind in only)]
    if not disks:
        text = "".join(complaints) or "df: no file systems processed\n"
        return Answer(err=text, status=1)
    columns = _columns(options)
    rows = [_heads(columns, options), *(_df_row(tree, one, columns, options) for one in disks)]
    left = frozenset(
        at for at, name in enumerate(columns) if name in {"source", "fstype", "target"}
    )
    least = [{"source": 14, "fstype": 4, "pcent": 4, "target": 0}.get(name, 5) for name in columns]
    return Answer(
        "".join(f"{row}\n" for row in table(rows, left=left, least=least)),
        "".join(complaints),
        1 if complaints else 0,
    )


def _columns(options: Options) -> list[str]:
    if "output" in options:
        wanted = options.every("output") or list(_OUTPUT)
        if strange := [name for name in wanted if name not in _OUTPUT]:
            raise UsageError(
                f"df: option --output: field \u2018{strange[0]}\u2019 unknown\n"
                "Try 'df --help' for more information."
            )
        return wanted
    kind = ["fstype"] if "T" in options else []
    rest = (
        ["itotal", "iused", "iavail", "ipcent"]
        if "i" in options
        else ["size", "used", "avail", "pcent"]
    )
    return ["source", *kind, *rest, "target"]


def _heads(columns: Sequence[str], options: Options) -> list[str]:
    names = dict(_OUTPUT)
    if not {"h", "H"} & options.values.keys():
        if "m" in options:
            names["size"] = "1M-blocks"
        elif "B" in options:
            names["size"] = f"{options.last('B')}-blocks"
        else:
            names["size"] = "1024-blocks" if "P" in options else "1K-blocks"
        names["avail"] = "Available" if "output" not in options else "Avail"
    if "P" in options:
        names["pcent"] = "Capacity"
    return [names[name] for name in columns]


def _df_row(tree: Tree, disk: Disk, columns: Sequence[str], options: Options) -> list[str]:
    used, free = tree.used(disk), tree.free(disk)
    taken, left = tree.used_inodes(disk), tree.free_inodes(disk)
    taken = taken if disk.inodes else 0
    amount = _amount(options)
    inodes: Callable[[int], str] = human if "h" in options else str
    cells = {
        "source": disk.device,
        "fstype": disk.kind,
        "target": disk.mount,
        "size": amount(disk.size),
        "used": amount(used),
        "avail": amount(free),
        "pcent": _percent(used, free),
        "itotal": inodes(disk.inodes),
        "iused": inodes(taken),
        "iavail": inodes(left),
        "ipcent": _percent(taken, left),
    }
    return [cells[name] for name in columns]


def _amount(options: Options) -> Callable[[int], str]:
    """Return how sizes in bytes are shown."""
    if "h" in options:
        return human
    if "H" in options:
        return partial(human, base=1000)
    unit = options.last("B", "M" if "m" in options else "K")
    if unit not in _SIZES:
        raise UsageError(f"df: invalid --block-size argument '{unit}'")
    return lambda count: str(-(-count // _SIZES[unit]))


def _percent(used: int, free: int) -> str:
    return f"{-(-used * 100 // (used + free))}%" if used + free else "-"


def du(argv: Sequence[str], see: Sight) -> Answer:
    """Answer du: what folders hold, those inside first."""
    options = parse(argv, flags="abchHkmsxS0lLPD", valued="dtB", long=_DU)
    tree = see.machine.tree
    rows: list[str] = []
    complaints: list[str] = []
    total = 0
    for folder in options.operands or ["."]:
        path = folder.rstrip("/") or "/"
        if path in tree.files and not tree.files[path].many:
            sums = {path: _measure(tree, path, options)}
        elif path in tree.folders():
            sums = _sums(tree, path, options)
        else:
            complaints.append(f"du: cannot access '{folder}': No such file or directory\n")
            continue
        total += sums[path]
        rows += _du_rows(sums, path, options)
    if "c" in options:
        rows.append(f"{_du_amount(total, options)}\ttotal")
    return Answer("".join(f"{row}\n" for row in rows), "".join(complaints), 1 if complaints else 0)


def _measure(tree: Tree, path: str, options: Options) -> int:
    file = tree.files[path]
    if "inodes" in options:
        return file.nodes
    return file.size if "b" in options else file.room


def _sums(tree: Tree, top: str, options: Options) -> dict[str, int]:
    """Return for each folder at or below `top` what is in it; files too when all are wanted."""
    disk = tree.disk_of(top)
    sums: dict[str, int] = {}
    own = 1 if "inodes" in options else BLOCK
    inside = [
        one
        for one in tree.folders()
        if (one == top or one.startswith(top.rstrip("/") + "/"))
        and ("x" not in options or tree.disk_of(one) is disk)
    ]
    for folder in inside:
        for above in _above(folder, top):
            sums[above] = sums.get(above, 0) + own
    for file in tree.under(top, same_disk="x" in options):
        amount = _measure(tree, file.path, options)
        start = file.path if file.many or "a" in options else file.path.rpartition("/")[0] or "/"
        for above in _above(start, top):
            sums[above] = sums.get(above, 0) + amount
    return sums


def _above(path: str, top: str) -> Iterator[str]:
    """Yield `path` and the folders around it, up to `top`."""
    while True:
        yield path
        if path in {top, "/"}:
            return
        path = path.rpartition("/")[0] or "/"


def _du_rows(sums: dict[str, int], top: str, options: Options) -> Iterator[str]:
    deepest = 0 if "s" in options else int(options.last("d", "99"))
    least = _size(options.last("t", "0"))
    start = top.rstrip("/").count("/")
    for path in sorted(sums, key=lambda one: [*one.split("/"), "\x7f"]):
        if (path.count("/") if path != "/" else 0) - start <= deepest and sums[path] >= least:
            yield f"{_du_amount(sums[path], options)}\t{path}"


def _size(text: str) -> int:
    unit = {"K": 1024, "M": MIB, "G": GIB}.get(text[-1:].upper(), 1)
    return int(text.rstrip("KMGkmg") or 0) * unit


def _du_amount(count: int, options: Options) -> str:
    if "inodes" in options:
        return human(count) if "h" in options else str(count)
    if "h" in options:
        return human(count)
    if "b" in options:
        return str(count)
    return str(-(-count // MIB) if "m" in options else kibi(count))


COMMANDS = {"df": df, "du": du}
