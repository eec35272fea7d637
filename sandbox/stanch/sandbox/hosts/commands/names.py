"""How files show themselves: modes, times, and the names of many that nobody tells apart."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stanch.sandbox.hosts.disks import Disk, File, Tree

MOST_NAMES = 20_000
"""How many names are made up of a folder with very many files."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One name in the file system."""

    path: str
    folder: bool
    size: int
    modified: float
    user: str
    group: str
    mode: int
    inode: int
    disk: Disk

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2] or "/"

    @property
    def permissions(self) -> str:
        """Its kind and rights, as ls shows them."""
        bits = "".join(
            letter if self.mode >> (8 - at) & 1 else "-" for at, letter in enumerate("rwxrwxrwx")
        )
        return ("d" if self.folder else "-") + bits


def of_file(file: File) -> Shown:
    """Return how a single file shows itself."""
    return Shown(
        file.path,
        False,
        file.size,
        file.modified,
        file.user,
        file.group,
        file.mode,
        file.inode,
        file.disk,
    )


def of_folder(tree: Tree, path: str) -> Shown:
    """Return how a folder shows itself."""
    inside = [one for one in tree.files.values() if one.path.rpartition("/")[0] == path]
    bulk = tree.files.get(path)
    newest = max((one.modified for one in (*inside, *((bulk,) if bulk else ()))), default=0.0)
    size = max(4096, (bulk.many * 40 // 4096 + 1) * 4096) if bulk else 4096
    user = bulk.user if bulk else "root"
    group = bulk.group if bulk else "root"
    return Shown(
        path,
        True,
        size,
        newest or 1.7e9,
        user,
        group,
        0o755,
        2 if path == "/" else _inode(path),
        tree.disk_of(path),
    )


def inside(file: File) -> Iterator[Shown]:
    """Yield the files of a folder with many, under names that are always the same."""
    size = file.size // file.many
    for at in range(min(file.many, MOST_NAMES)):
        path = f"{file.path}/{_made_up(file.path, at)}"
        yield Shown(
            path,
            False,
            size,
            file.modified - at * 7,
            file.user,
            file.group,
            0o600,
            file.inode + at + 1,
            file.disk,
        )


def _made_up(path: str, at: int) -> str:
    digits = hashlib.md5(f"{path} {at}".encode(), usedforsecurity=False).hexdigest()
    return f"sess_{digits[:26]}" if "session" in path else f"{digits[:12]}"


def _inode(path: str) -> int:
    return 262_144 + int(hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()[:5], 16)


def look(tree: Tree, path: str) -> Shown | None:
    """Return what is at `path`; None when nothing is."""
    path = path.rstrip("/") or "/"
    file = tree.files.get(path)
    if file is not None and not file.many:
        return of_file(file)
    return of_folder(tree, path) if path in tree.folders() else None


def stamp(at: float, form: str) -> str:
    """Return a Unix time in a form of strftime."""
    return datetime.fromtimestamp(at, UTC).strftime(form)
