"""The client of repositories on this machine: it reads commits, and has reverts tried.

The program git is run with fixed words. What a repository's own settings could make it
run (hooks, watchers, signature programs, fetches of missing objects) is switched off, and
the settings of the user and of the machine are not read.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from stanch.settings.targets import GitSettings, Targets
from stanch.tools.clients.cap import Cap
from stanch.tools.clients.git_revert import Reverts
from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations.git import ReadCommits
from stanch.tools.outcome import Limits, Outcome

_FORMAT: Final = "%H%x00%ct%x00%P%x00%s"
_SAFE: Final = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false", "-c", "protocol.allow=never", "-c", "core.pager=cat"),
)
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # A git of before 2024 does not know the last one, and a repository's own protocol.X.allow goes
    # before protocol.allow: an ext:: remote would run a shell for an object that is missing.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CEILING_DIRECTORIES": "/",
}
_CHUNK: Final = 64 * 1024
_LONGEST: Final = 300


class GitClient:
    """Reads the configured repositories; may be shared by many threads."""

    def __init__(self, *, targets: Targets, limits: Limits = Limits()) -> None:  # noqa: B008 - it is frozen
        self._repositories = targets.repositories
        self._limits = limits
        self.reverts = Reverts(targets=targets, limits=limits)
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def observe(self, operation: ReadCommits) -> Outcome:
        """Return the newest commits of a repository, or what the revert of one would give.

        Raises:
            TargetUnreachableError: it is not configured, not there, or gave no answer in time.
            OperationRefusedError: git said no, in its own words.
        """
        if operation.reverting is not None:
            return self.reverts.tried(operation.repository, operation.reverting)
        with Deadline(self._limits.seconds) as deadline:
            settings = self._settings(operation.repository)
            cap = Cap(self._limits.bytes)
            rows = _rows(self._run(operation, settings, deadline))
            commits = cap.first(rows)
            data = {
                "repository": operation.repository,
                "branch": settings.branch,
                "commits": commits,
            }
            text = f"{len(commits)} commits of {operation.repository}"
            return Outcome(data=data, text=text, duration=deadline.spent, truncated=cap.truncated)

    def close(self) -> None:
        """End what is running; nothing is started afterwards."""
        self.reverts.close()
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def _settings(self, name: str) -> GitSettings:
        if name not in self._repositories:
            known = ", ".join(sorted(self._repositories)) or "none"
            raise TargetUnreachableError(
                f"No repository is called {name}. The settings name: {known} "
                "(tables [repositories.NAME])."
            )
        return self._repositories[name]

    def _run(self, operation: ReadCommits, settings: GitSettings, deadline: Deadline) -> bytes:
        program = shutil.which("git")
        if program is None:
            raise TargetUnreachableError("The program git is not installed here. Install it.")
        folder = settings.path.expanduser().absolute()
        if not folder.is_dir():
            raise TargetUnreachableError(
                f"The repository {operation.repository} is not at {folder}. Correct its path."
            )
        process = self._start([program, *_words(operation, settings, folder)], deadline)
        cut = threading.Timer(deadline.left, process.kill)
        cut.daemon = True
        cut.start()
        try:
            out, errors = _read(process, self._limits.bytes * 4)
        finally:
            cut.cancel()
            process.kill()
            process.wait()
            with self._lock:
                self._running.discard(process)
        if deadline.passed or self._closed:
            raise NoAnswerError(
                f"The repository {operation.repository} gave no answer within "
                f"{deadline.seconds:g} s."
            )
        if process.returncode not in {0, -9} or (process.returncode == -9 and not out):
            raise _refused(operation, errors)
        return out

    def _start(self, words: list[str], deadline: Deadline) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed or deadline.passed:
                raise TargetUnreachableError("The repository was not asked: there was no time.")
            process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_ENVIRONMENT,
                cwd="/",
            )
            self._running.add(process)
            return process


def _words(operation: ReadCommits, settings: GitSettings, folder: Path) -> list[str]:
    """Return the words after `git`."""
    since = [f"--since={operation.since_seconds}.seconds.ago"] if operation.since_seconds else []
    branch = f"refs/heads/{settings.branch}" if settings.branch else "HEAD"
    return [
        *("--no-pager", "--no-optional-locks", "-c", f"safe.directory={folder}", *_SAFE),
        *("-C", str(folder), "log", "-z", f"--format={_FORMAT}", "--no-show-signature"),
        *("--no-color", "--no-patch", "--no-mailmap", f"--max-count={operation.most}", *since),
        *("--end-of-options", branch, "--"),
    ]


def _read(process: subprocess.Popen[bytes], most: int) -> tuple[bytes, bytes]:
    """Return what came on both outputs, at most `most` bytes of the first."""
    if process.stdout is None or process.stderr is None:
        raise AssertionError("the process was started without pipes")
    errors: list[bytes] = []
    listener = threading.Thread(target=lambda: errors.append(process.stderr.read(_CHUNK)))  # type: ignore[union-attr]
    listener.start()
    with process.stdout, process.stderr:
        out = bytearray()
        while len(out) <= most and (chunk := process.stdout.read1(_CHUNK)):  # type: ignore[attr-defined]
            out += chunk
        if len(out) > most:
            process.kill()
        listener.join()
        process.wait()
    return bytes(out), b"".join(errors)


def _rows(out: bytes) -> Iterator[dict[str, Any]]:
    fields = out.decode(errors="replace").split("\0")
    for at in range(0, len(fields) - 3, 4):
        number, committed, parents, subject = fields[at : at + 4]
        if not committed.isdecimal():
            return
        moment = datetime.fromtimestamp(int(committed), UTC)
        yield {
            "commit": number,
            "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "subject": subject[:_LONGEST],
            "parents": len(parents.split()),
        }


def _refused(operation: ReadCommits, errors: bytes) -> OperationRefusedError:
    said = errors.decode(errors="replace").strip().splitlines()
    words = said[0].removeprefix("fatal: ")[:_LONGEST] if said else "it gave no reason"
    return OperationRefusedError(
        f"git refused to read the repository {operation.repository}: {words}. "
        "Is the path that of a clone or a bare mirror, and does the branch exist?"
    )
