"""Running git: fixed words, a clean environment, an end in time, and nothing but its answer.

What the user, the machine or a repository configures is not read or switched off: hooks,
watchers, signature programs, editors, askers for passwords, rewritten addresses.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import TargetUnreachableError

SAFE: Final = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat"),
    *("-c", "commit.gpgSign=false", "-c", "push.gpgSign=false", "-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false", "-c", "credential.helper=", "-c", "submodule.recurse=false"),
    *("-c", "http.followRedirects=false", "-c", "core.quotePath=false"),
)
ENVIRONMENT: Final[Mapping[str, str]] = {
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes",
    "GIT_CEILING_DIRECTORIES": "/",
    "GIT_ATTR_NOSYSTEM": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
_MOST: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run of git ended; `late` tells that it was cut off, by the clock or by `close`."""

    status: int
    out: bytes
    errors: str
    late: bool

    @property
    def said(self) -> str:
        """The first line of what it complained of, without its own prefix."""
        lines = [one for one in self.errors.splitlines() if one.strip()]
        found = next((one for one in lines if one.startswith(("fatal:", "error:"))), "")
        text = found or (lines[0] if lines else "it gave no reason")
        return text.removeprefix("fatal: ").removeprefix("error: ")[:300]


class GitProcesses:
    """Runs git; may be shared by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def run(
        self,
        folder: Path,
        words: Sequence[str],
        deadline: Deadline,
        *,
        given: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run git in `folder` with `words`, and return how it ended.

        Raises:
            TargetUnreachableError: git is not installed, or there was no time to start it.
        """
        program = shutil.which("git", path=f"{ENVIRONMENT['PATH']}:/opt/homebrew/bin")
        if program is None:
            raise TargetUnreachableError("The program git is not installed here. Install it.")
        process = self._start(
            [program, "--no-pager", *SAFE, *words], folder, {**ENVIRONMENT, **(environment or {})}
        )
        late = False
        try:
            out, errors = process.communicate(given, timeout=deadline.left)
        except subprocess.TimeoutExpired:
            late = True
            _end(process)
            out, errors = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        late = late or self._closed
        return Ended(
            status=process.returncode,
            out=out[:_MOST],
            errors=errors[:_MOST].decode(errors="replace"),
            late=late,
        )

    def close(self) -> None:
        """End what is running; nothing is started afterwards."""
        with self._lock:
            self._closed = True
            for process in self._running:
                _end(process)

    def _start(
        self, words: list[str], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise TargetUnreachableError("stanch is stopping; git was not started.")
            process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
            self._running.add(process)
            return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and what it started: ssh would hold its output open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
