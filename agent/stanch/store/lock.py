"""Locks between processes: on an incident while a run moves it, on a target while it changes.

The lock is the operating system's on an open file. It ends with the process that holds
it, and a process that was stopped and goes on still holds it: it fences, where a lease
would run out.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stanch.store.errors import ConflictError


@contextmanager
def hold(home: Path, name: str) -> Iterator[None]:
    """Hold the lock `name` of the home.

    Raises:
        ConflictError: another process holds it; says which.
    """
    folder = home / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', name)}.lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise ConflictError(f"{name} is held by process {holder}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def held(home: Path, name: str) -> bool:
    """Say whether some process holds the lock `name` at this moment."""
    try:
        with hold(home, name):
            return False
    except ConflictError:
        return True
