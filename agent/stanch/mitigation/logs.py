"""The strategy of logs on hosts: one file that has grown out of bounds is cut, in place.

What is cut is gone. Its last lines are read before, and stay as evidence. A file that is
deleted already cannot be cut: its room comes back when the unit that holds it is restarted.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from stanch.mitigation.host_places import flag, left_to_people, operands, the_host
from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import HostRead, Read
from stanch.tools.operations.host import ChangeHost
from stanch.tools.operations.host_logs import (
    FOLDER_STAT,
    STAT,
    TruncateLog,
    folders_of,
    log_facts,
    never_cut,
    open_folder,
    size_of,
    unfit,
)

TAIL_BYTES: Final = 32_768
"""How much of the end of a log is kept as evidence."""
_SIZE: Final = re.compile(r"([0-9]{1,15})(?:([KMG])(B|iB)?)?")
_POWER: Final = {"": 0, "K": 1, "M": 2, "G": 3}


class _Wanted(NamedTuple):
    host: str
    path: str
    keep: int


class Logs:
    """Cuts one log file on one host."""

    intents = (ChangeHost,)

    def looks(self, intent: ChangeHost) -> Mapping[str, Read]:
        """Return the looks at the file, at the folders above it, and at its last lines.

        Raises:
            CannotPlanError: it is none that may be cut, or none whose end may be read.
        """
        wanted = _wanted(intent)
        path, at = wanted.path, {"host": wanted.host, "sudo": intent.sudo}
        try:
            tail = HostRead(
                program="tail", args=(flag("-c", str(TAIL_BYTES)), *operands(path)), **at
            )
        except ValueError as error:
            raise CannotPlanError(
                f"the end of {path} is not one that stanch may read and keep: left to a person"
            ) from error
        folders = operands(*folders_of(path))
        return {
            "target": HostRead(program="stat", args=(flag("-c", STAT), *operands(path)), **at),
            "real": HostRead(program="realpath", args=(flag("-e"), *operands(path)), **at),
            "folders": HostRead(program="stat", args=(flag("-c", FOLDER_STAT), *folders), **at),
            "tail": tail,
        }

    def plan(self, intent: ChangeHost, seen: Seen, *, now: datetime) -> Plan:  # noqa: ARG002 - a cut has no moment
        """Return the cut of the file as it was seen.

        Raises:
            CannotPlanError: it is not there, not a plain log, or no longer than it shall be.
        """
        host, path, keep = _wanted(intent)
        shown = str(seen["target"].get("stdout") or "")
        size = size_of(shown)
        if size is None:
            raise _not_there(host, path, seen["target"])
        facts = log_facts(shown, str(seen["real"].get("stdout") or ""), seen=size)
        if why := unfit(facts, path):
            raise CannotPlanError(why)
        if facts["owner"] == "UNKNOWN":
            raise CannotPlanError(f"{path} belongs to no user that {host} knows by name")
        folders = str(seen["folders"].get("stdout") or "")
        if facts["owner"] == "root" and (folder := open_folder(folders, path)):
            raise CannotPlanError(
                f"others than root may put files into {folder}, and {path} is root's: what is "
                "in its place when it is cut could be any file; a person has to look"
            )
        if size <= keep:
            raise CannotPlanError(f"{path} has {_many(size)}, and would keep {_many(keep)}")
        if seen["tail"].get("exit_status") != 0 or not seen["tail"].get("stdout"):
            raise CannotPlanError(
                f"the last lines of {path} cannot be read, and would be lost: give the login that "
                "looks the right to read it"
            )
        named = {"device": facts["device"], "inode": facts["inode"], "owner": facts["owner"]}
        return Plan(
            title=f"Cut {path} on {host} from {_many(size)} to {_many(keep)}",
            operation=TruncateLog(host=host, path=path, keep=keep, seen=size, **named),
            observed=facts,
            inverse=None,
            inverse_note="nothing can put the lines back: but for the last "
            f"{TAIL_BYTES // 1024} KiB, which are kept as evidence, they are gone",
            touches=_touches(size, keep),
        )

    def foretold(self, change: TruncateLog, after: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the same whatever is shown
        """Return the facts about the file while it is the one that was cut, and not full again."""
        return {"device": change.device, "inode": change.inode, "cut": True}


def _touches(size: int, keep: int) -> tuple[str, ...]:
    stays = f"its first {_many(keep)}, the oldest lines, stay" if keep else "nothing of it stays"
    return (
        f"{_many(size - keep)} and what is written until then are gone; {stays}",
        "its writer goes on in the same file; one that does not append leaves a hole before it",
        "what fills it will fill it again, unless its cause is mended",
    )


def _not_there(host: str, path: str, look: Mapping[str, Any]) -> CannotPlanError:
    said = str(look.get("stderr") or "").strip()[:200] or "nothing"
    return CannotPlanError(
        f"{host} does not show {path} ({said}). If it was deleted, it takes its room until the "
        "process that holds it open ends: `lsof +L1` names it; restart its unit instead"
    )


def _wanted(intent: ChangeHost) -> _Wanted:
    """Return the host, the file, and how many bytes of it stay.

    Raises:
        CannotPlanError: it is more than to cut one file to a size.
    """
    sizes: list[str] = []
    paths: list[str] = []
    words = iter(intent.argv[1:])
    for word in words:
        name, _, value = word.partition("=")
        if word in {"-c", "--no-create"}:
            continue
        if name in {"-s", "--size"}:
            sizes.append(value or next(words, ""))
        elif word.startswith("-"):
            raise left_to_people(intent)
        else:
            paths.append(word)
    found = _SIZE.fullmatch(sizes[0]) if len(sizes) == 1 else None
    if found is None or len(paths) != 1:
        raise left_to_people(intent)
    if why := never_cut(paths[0]):
        raise CannotPlanError(why)
    base = 1000 if found[3] == "B" else 1024
    keep = int(found[1]) * base ** _POWER[found[2] or ""]
    return _Wanted(the_host(intent, f"the cut of {paths[0]}"), paths[0], keep)


def _many(size: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
