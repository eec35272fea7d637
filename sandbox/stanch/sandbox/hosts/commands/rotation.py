"""logrotate: what it would do, in its own words, and the rotation of the shop's logs by copies."""

from collections.abc import Iterator, Sequence

from stanch.sandbox.hosts.commands import names
from stanch.sandbox.hosts.commands.answer import Answer
from stanch.sandbox.hosts.commands.options import UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.disks import File

_FOLDER = "/var/log/shop/"
_CONFIG = "/etc/logrotate.d/shop"
_KEPT = 7
_WARNING = (
    "warning: logrotate in debug mode does nothing except printing debug messages!  Consider"
    " using verbose mode (-v) instead if this is not what you want."
)
_HOUR = 3600.0


def logrotate(argv: Sequence[str], see: Sight) -> Answer:
    """Answer logrotate: tell with -d, else copy the logs of the shop away and cut them."""
    options = parse(
        argv, flags="dfv", valued="sl", long={"--debug": "d", "--force": "f", "--verbose": "v"}
    )
    if see.machine.tree.files.get(_CONFIG) is None or options.operands not in ([], [_CONFIG]):
        named = (options.operands or [_CONFIG])[0]
        return Answer(err=f"error: cannot stat {named}: No such file or directory\n", status=1)
    tree = see.machine.tree
    logs = [one for one in tree.under(_FOLDER) if one.path.endswith((".log", ".json"))]
    if "d" in options:
        told = "".join(f"{line}\n" for line in _trial(logs, see, forced="f" in options))
        return Answer(err=told)
    if see.user != "operator" or not see.root:
        raise UsageError("error: error creating output file: Permission denied")
    for one in logs:
        copy = tree.add(f"{one.path}.1", at=see.now, user=one.user, group=one.group)
        if tree.append(copy, one.size, at=see.now) < one.size:
            tree.remove(copy.path, held=False)
            raise UsageError(
                f"error: error copying {one.path} to {copy.path}: No space left on device"
            )
        one.size, one.modified = 0, see.now
        see.machine.rotated[one.path] = see.now
    return Answer()


def _trial(logs: Sequence[File], see: Sight, *, forced: bool) -> Iterator[str]:
    yield from (_WARNING, "", f"reading config file {_CONFIG}")
    yield from ("Reading state from file: /var/lib/logrotate/status", "")
    yield from (f"Handling {len(logs)} logs", "")
    how = f"forced from command line ({_KEPT} rotations)" if forced else "after 1 days"
    yield f"rotating pattern: {_FOLDER}*.log {_FOLDER}*.json  {how}"
    yield "empty log files are not rotated, old logs are removed"
    for one in logs:
        yield f"considering log {one.path}"
        last = see.machine.rotated.get(one.path)
        if last is None:
            yield "Creating new state"
        yield f"  Now: {_minute(see.now)}"
        yield f"  Last rotated at {_minute(see.now // _HOUR * _HOUR if last is None else last)}"
        if not one.size:
            yield "  log does not need rotating (log is empty)"
        elif not forced:
            yield "  log does not need rotating (log has already been rotated)"
        else:
            yield from _steps(one.path)


def _steps(path: str) -> Iterator[str]:
    yield "  log needs rotating"
    yield f"rotating log {path}, log->rotateCount is {_KEPT}"
    for at in range(_KEPT, 0, -1):
        moved = f"renaming {path}.{at} to {path}.{at + 1}"
        yield f"{moved} (rotatecount {_KEPT}, logstart 1, i {at}), "
    yield f"log {path}.{_KEPT + 1} doesn't exist -- won't try to dispose of it"
    yield f"copying {path} to {path}.1"
    yield f"truncating {path}"


def _minute(at: float) -> str:
    return names.stamp(at, "%Y-%m-%d %H:%M")


COMMANDS = {"logrotate": logrotate}
