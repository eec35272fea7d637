"""The processes of a machine: who they are, what they use, and what they do all the time."""

from dataclasses import dataclass, field

from stanch.sandbox.hosts.disks import File


@dataclass(frozen=True, slots=True)
class Open:
    """A file that a process holds open; `access` is r, w or u (both), as lsof says it."""

    number: int
    file: File
    access: str = "w"


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket of a process; `peer` is None while it listens."""

    number: int
    address: str
    port: int
    peer: tuple[str, int] | None = None
    protocol: str = "tcp"
    backlog: int = 511


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a unit starts: how one of its processes is when it is well."""

    name: str
    args: str
    user: str = "root"
    cores: float = 0.002
    """The processors that it would use if it could have them."""
    rss_mib: float = 8.0
    virtual_mib: float = 120.0
    threads: int = 1
    log: str = ""
    """The path of the file that it writes all the time."""
    writes: float = 0.0
    """The bytes per second that it writes there."""
    says: str = ""
    """A line of its log."""
    fills: str = ""
    """The folder in which it makes small files, one for each session."""
    listens: tuple[tuple[str, int], ...] = ()
    workers: int = 0
    """How many children of the same name do its work."""
    worker_user: str = ""


@dataclass(slots=True, eq=False)
class Process:
    """One process; the rates are what it does now, and a restart makes another process."""

    pid: int
    parent: int
    program: Program
    user: str
    started: float
    """Unix seconds of the true time."""
    unit: str = ""
    cores: float = 0.0
    writes: float = 0.0
    fills: float = 0.0
    """The small files that it makes in a second beyond those that it takes away."""
    state: str = "S"
    cpu_seconds: float = 0.0
    share: float = 0.0
    """The processors that it had in the last tick."""
    rss_mib: float = 0.0
    title: str = ""
    """The command line that it shows, where it is not the program's."""
    open: list[Open] = field(default_factory=list)
    sockets: list[Socket] = field(default_factory=list)
    deaf: bool = False
    """Whether it does not heed a signal that asks it to end."""
    complained: float = 0.0
    """When it last said that it cannot write."""

    @property
    def name(self) -> str:
        """The name of its program, as the kernel cuts it."""
        return self.program.name[:15]

    @property
    def args(self) -> str:
        """The command line; one in brackets is a thread of the kernel."""
        return self.title or self.program.args

    @property
    def rss(self) -> int:
        """The memory that is its own, in KiB."""
        return round(self.rss_mib * 1024)

    @property
    def virtual(self) -> int:
        """The address space, in KiB."""
        return 0 if not self.rss_mib else round(self.program.virtual_mib * 1024)
