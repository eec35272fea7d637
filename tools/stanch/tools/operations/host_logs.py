"""The change of a log file: it is cut to its first bytes, in place, and its writer goes on.

The file is named by its path, its device and its inode, so that another one that has come
into its place meanwhile, by rotation or by a link, is left alone. Which files may be cut is
said by the settings of the host; what `never_cut` names is not, whatever they say.
"""

import re
import shlex
import stat
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.host import Hostname, User
from stanch.tools.operations.host_paths import is_normal
from stanch.tools.operations.reach import Reach

STAT: Final = "%d:%i %s %b %h %f %U"
"""What `stat -c` is asked for to know one file from another."""
_STAT: Final = re.compile(r"(\d+):(\d+) (\d+) (\d+) (\d+) ([0-9a-f]+) (\S+)")
_FOLDER: Final = re.compile(r"([0-9a-f]+) (\S+) (\S+)")
FOLDER_STAT: Final = "%f %U %G"
"""What `stat -c` is asked for to know who may put another file into a folder."""
_SECTOR: Final = 512

_NEVER: Final = re.compile(
    r"""
      ^/(?:etc|boot|proc|sys|dev|run|usr|s?bin|lib[0-9a-z]*|root|lost\+found)(?:/|$)
    | ^/var/(?:lib|run|cache|spool|mail|backups)(?:/|$)
    | ^/var/log/(?:journal|audit|private)(?:/|$)
    | ^/var/log/(?:wtmp|btmp|lastlog|faillog|tallylog|auth\.log|secure|sudo)(?:$|[./-])
    | (?:^|/)(?:pg_wal|pg_xlog|pg_clog|pg_xact|redo|binlog|wal)(?:/|$)
    | (?:^|/)(?:mysql|mariadb|relay|mongo)?-?bin\.[0-9]+$ | (?:^|/)ib_logfile
    | shadow | (?:^|/)\.ssh(?:/|$)
    """,
    re.VERBOSE,
)
"""What is no log, what databases call one and cannot do without, and what proves who was in."""


class TruncateLog(BaseOperation):
    """Cut one log file on one host to its first `keep` bytes, the oldest; the rest is gone."""

    kind: Literal["host.truncate_log"] = "host.truncate_log"
    host: Hostname
    path: Annotated[str, Field(max_length=1024, pattern=r"^/[^\s]+$")]
    """The canonical path: absolute, and without a link in it."""
    device: Annotated[int, Field(ge=0)]
    inode: Annotated[int, Field(ge=1)]
    owner: User
    """The user whose file it is, and as who it is cut."""
    seen: Annotated[int, Field(ge=1)]
    """The bytes that it had when it was looked at."""
    keep: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.keep >= self.seen:
            raise ValueError(f"{self.path} has no more than the {self.keep} bytes that stay")
        if why := never_cut(self.path):
            raise ValueError(why)
        return self

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host}{self.path}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.path} on {self.host}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"logs{self.path}", host=self.host)

    @override
    def as_text(self) -> str:
        command = shlex.join(("truncate", "-c", "-s", str(self.keep), self.path))
        return shlex.join(("ssh", self.host, command))


def never_cut(path: str) -> str:
    """Return why no settings can allow to cut the file at `path`; empty when they can."""
    if not path.startswith("/") or not is_normal(path) or path.endswith("/"):
        return f"'{path[:200]}' is not the absolute path of a file, without links and patterns"
    if _NEVER.search(path):
        return f"{path} is never cut: it is no log that one can do without"
    return ""


def may_cut(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether one of `patterns` names `path`; a `*` stays within one folder."""
    parts = path.split("/")
    return any(
        len(wanted := pattern.split("/")) == len(parts)
        and all(fnmatchcase(part, one) for part, one in zip(parts, wanted, strict=True))
        for pattern in patterns
    )


def size_of(shown: str) -> int | None:
    """Return the size in bytes that `stat -c STAT` has shown; None when it has shown none."""
    found = _STAT.fullmatch(shown.strip())
    return None if found is None else int(found[3])


def was_cut(shown: str, seen: int) -> bool | None:
    """Return whether a file that had `seen` bytes has been cut since.

    A writer that does not append goes on where it was, and leaves a hole: the file is as
    long as before, and holds less. None: nothing can be read from what is `shown`.
    """
    found = _STAT.fullmatch(shown.strip())
    if found is None:
        return None
    return int(found[3]) < seen or int(found[4]) * _SECTOR < seen // 2


def log_facts(shown: str, real: str, *, seen: int) -> dict[str, Any]:
    """Return the facts about a log file that must still hold when it is cut.

    `shown` is what `stat -c STAT` prints of it, `real` what `realpath -e` does, and `seen`
    the bytes that it had. {"missing": True}: there is no such file.
    """
    found = _STAT.fullmatch(shown.strip())
    if found is None:
        return {"missing": True}
    return {
        "device": int(found[1]),
        "inode": int(found[2]),
        "owner": found[7],
        "names": int(found[5]),
        "regular": stat.S_ISREG(int(found[6], 16)),
        "path": real.strip("\n"),
        "cut": int(found[3]) < seen,
    }


def unfit(facts: Mapping[str, Any], path: str) -> str:
    """Return why the file of these facts is not one that may be cut; empty when it is."""
    if not facts["regular"]:
        return f"{path} is no regular file"
    if facts["path"] != path:
        return f"{path} is a link, or lies behind one; the file itself is {facts['path']}"
    if facts["names"] != 1:
        return f"{path} has {facts['names']} names, and the others may be no logs"
    return ""


def folders_of(path: str) -> tuple[str, ...]:
    """Return every folder above `path`, the root first."""
    parts = path.split("/")[1:-1]
    return ("/", *("/" + "/".join(parts[: at + 1]) for at in range(len(parts))))


def open_folder(shown: str, path: str) -> str:
    """Return the folder above `path` in which others than root may put files; empty for none.

    `shown` is what `stat -c FOLDER_STAT` prints of `folders_of(path)`. A file of root is cut
    with all rights: whoever could put a link into its place could have any file cut.
    """
    folders = folders_of(path)
    lines = shown.splitlines()
    if len(lines) != len(folders):
        return folders[-1]
    for folder, line in zip(folders, lines, strict=True):
        found = _FOLDER.fullmatch(line)
        mode = int(found[1], 16) if found else 0
        if found is None or not stat.S_ISDIR(mode) or found[2] != "root":
            return folder
        if mode & stat.S_IWOTH or (mode & stat.S_IWGRP and found[3] != "root"):
            return folder
    return ""
