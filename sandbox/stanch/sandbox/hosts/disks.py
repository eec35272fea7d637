"""The file systems of a machine: files with sizes, owners and inodes, and what is left.

A file that is deleted while a process holds it open keeps its room until it is let go, as
on any Unix.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

BLOCK = 4096
GIB = 1024**3
MIB = 1024**2


@dataclass(slots=True, eq=False)
class Disk:
    """One mounted file system; sizes in bytes."""

    device: str
    mount: str
    kind: str
    size: int
    inodes: int
    number: tuple[int, int]
    reserved: int = 0
    """What only root may use; it never shows as available."""


@dataclass(slots=True, eq=False)
class File:
    """One file, or a folder with many files of one kind that nobody needs to tell apart."""

    path: str
    disk: Disk
    inode: int
    size: int
    modified: float
    user: str = "root"
    group: str = "root"
    mode: int = 0o644
    text: str | Callable[[], str] | None = None
    """What it says, where somebody may read it."""
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=400))
    """The newest lines of a log; most of a large one is never made up."""
    links: int = 1
    """0: it was deleted, and some process still holds it."""
    many: int = 0
    """How many files the folder at `path` holds, `size` bytes together; 0: it is one file."""

    @property
    def room(self) -> int:
        """The bytes that it takes on its disk."""
        if self.many:
            return max(self.size, self.many * BLOCK) if self.size else 0
        return -(-self.size // BLOCK) * BLOCK

    @property
    def nodes(self) -> int:
        """The inodes that it takes."""
        return self.many or 1

    def read(self) -> str:
        """Return what it says."""
        if self.text is None:
            return "".join(f"{line}\n" for line in self.recent)
        return self.text if isinstance(self.text, str) else self.text()


class Tree:
    """All files of one machine, by path."""

    def __init__(self, disks: list[Disk]) -> None:
        self.disks = disks
        self.files: dict[str, File] = {}
        self.deleted: list[File] = []
        """Files without a name that are still open."""
        self._next = 131_074
        self._folders: dict[str, Disk] | None = None
        """Every folder with its disk, until a file comes or goes."""

    def disk_of(self, path: str) -> Disk:
        """Return the disk that `path` lies on."""
        fitting = [one for one in self.disks if _under(path, one.mount)]
        return max(fitting, key=lambda one: len(one.mount))

    def add(self, path: str, *, size: int = 0, at: float, **more: object) -> File:
        """Make a file; its text gives its size when no size is given."""
        text = more.get("text")
        if isinstance(text, str) and not size:
            size = len(text.encode())
        self._next += 1
        made = File(path, self.disk_of(path), self._next, size, at, **more)  # type: ignore[arg-type]
        self.files[path] = made
        self._folders = None
        return made

    def remove(self, path: str, *, held: bool) -> None:
        """Delete the file at `path`; it keeps its room while it is `held` open."""
        gone = self.files.pop(path)
        self._folders = None
        gone.links = 0
        if held:
            self.deleted.append(gone)

    def let_go(self, file: File) -> None:
        """Give back the room of a deleted file that nobody holds any more."""
        self.deleted = [one for one in self.deleted if one is not file]

    def under(self, folder: str, *, same_disk: bool = False) -> Iterator[File]:
        """Yield the files at or below `folder`, by path."""
        disk = self.disk_of(folder)
        for path in sorted(self.files):
            file = self.files[path]
            if _under(path, folder) and (not same_disk or file.disk is disk):
                yield file

    def folders(self) -> set[str]:
        """Return every folder that exists."""
        return set(self._placed())

    def _placed(self) -> dict[str, Disk]:
        if self._folders is None:
            found = {"/"} | {disk.mount for disk in self.disks}
            for path, file in self.files.items():
                if file.many:
                    found.add(path)
                above = path.rpartition("/")[0]
                while above and above not in found:
                    found.add(above)
                    above = above.rpartition("/")[0]
            self._folders = {folder: self.disk_of(folder) for folder in found}
        return self._folders

    def used(self, disk: Disk) -> int:
        """Return the bytes in use on `disk`."""
        everything = (*self.files.values(), *self.deleted)
        return sum(file.room for file in everything if file.disk is disk)

    def free(self, disk: Disk) -> int:
        """Return the bytes that anybody but root can still use."""
        return max(0, disk.size - disk.reserved - self.used(disk))

    def used_inodes(self, disk: Disk) -> int:
        """Return the inodes in use on `disk`, folders included."""
        everything = (*self.files.values(), *self.deleted)
        files = sum(file.nodes for file in everything if file.disk is disk)
        return files + sum(1 for where in self._placed().values() if where is disk)

    def free_inodes(self, disk: Disk) -> int:
        """Return how many more files can be made on `disk`."""
        return max(0, disk.inodes - self.used_inodes(disk))

    def is_full(self, disk: Disk) -> bool:
        """Tell whether a write that needs room, or a new file, fails on `disk`."""
        return self.free(disk) < BLOCK or self.free_inodes(disk) == 0

    def append(self, file: File, count: int, *, at: float) -> int:
        """Let `file` grow by `count` bytes, as far as there is room; return by how many."""
        rest = file.room - file.size
        taken = min(count, self.free(file.disk) // BLOCK * BLOCK + rest)
        if taken:
            file.size += taken
            file.modified = at
        return taken

    def populate(self, file: File, count: int, *, at: float) -> int:
        """Let `count` more small files come into the folder `file`; return how many fitted."""
        taken = min(count, self.free_inodes(file.disk), self.free(file.disk) // BLOCK)
        if taken:
            file.size += taken * BLOCK
            file.many += taken
            file.modified = at
        return taken


def _under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
