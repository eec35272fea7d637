"""Who holds a lock: a process of a machine, told apart from every other there has been."""

import os
import socket
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError


class Owner(BaseModel):
    """One process; `boot` and `space` are empty where the system does not tell them."""

    model_config = ConfigDict(frozen=True)

    host: str
    pid: int
    boot: str = ""
    """Which start of the machine."""
    space: str = ""
    """Which numbering of processes: two containers may have the same name and number."""
    begun: str = ""
    """When the process began, in ticks since the start of the machine: numbers come again."""

    @property
    def gone(self) -> bool:
        """Whether the process has ended, for certain; of another machine nobody knows."""
        here = me()
        if not self.boot or (self.host, self.boot) != (here.host, here.boot):
            return False
        if self.space != here.space:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            # Another user's process, which may be this one.
            return False
        return _begun(self.pid) != self.begun

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def me() -> Owner:
    """Return this process."""
    return _owner(os.getpid())


def parsed(text: str) -> Owner:
    """Return the owner that was written down as `text`; one that cannot be read is nobody's."""
    try:
        return Owner.model_validate_json(text)
    except ValidationError:
        return Owner(host="an unknown machine", pid=0)


@cache
def _owner(pid: int) -> Owner:
    return Owner(
        host=socket.gethostname(),
        pid=pid,
        boot=_read(Path("/proc/sys/kernel/random/boot_id")),
        space=_space(),
        begun=_begun(pid) or "",
    )


def _begun(pid: int) -> str | None:
    """Return when the process began; None when there is none, or only its remains."""
    # The name of the program stands in brackets and may hold anything.
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return None if not fields or fields[0] in {"Z", "X"} else fields[19]


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
