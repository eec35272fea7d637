"""A change of a host that is sent in one command together with its condition, without a shell.

`find PATH -maxdepth 0 TEST ... -exec COMMAND ; ... -print` runs each command only where all
before it held, and prints the path only when the last one has done its work. Between the
last test and the command there is the time that it takes to start a program, a millisecond
or so; because the command runs as the owner of the very thing, what comes into its place in
that time has to be the same user's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.clients.ssh.command import no_rights, quoted
from stanch.tools.clients.ssh.pool import Pool
from stanch.tools.clients.ssh.route import Route
from stanch.tools.clients.ssh.session import Ran, run
from stanch.tools.errors import OperationRefusedError, OutcomeUnknownError

_BYTES = 256 * 1024
_BY_SIGNAL = 128
"""The least exit status of what a signal ended, whoever reports it."""
_LOOK_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The login that acts on one host, for one change."""

    pool: Pool
    route: Route
    deadline: Deadline

    @property
    def name(self) -> str:
        """What the host is called."""
        return self.route.name

    def look(self, words: Sequence[str]) -> Ran:
        """Run a program that only looks, and ends soon.

        Raises:
            TargetUnreachableError: nothing was sent.
            NoAnswerError: no whole answer came.
        """
        limit = ("timeout", "-k", "2", f"{_LOOK_SECONDS}s")
        return self._run((*limit, "env", "LC_ALL=C", *words))

    def send(self, words: Sequence[str], what: str) -> Ran:
        """Run a program that changes something; `what` is the subject of a sentence.

        Raises:
            TargetUnreachableError: nothing was sent.
            OutcomeUnknownError: it was sent, and nobody knows how it ended.
        """
        try:
            ran = self._run(words)
        except NoAnswerError as error:
            raise OutcomeUnknownError(f"{what} was sent, and no answer came: {error}") from error
        if ran.status is None or ran.status >= _BY_SIGNAL:
            raise OutcomeUnknownError(f"{what} was sent, and ended badly: {said(ran)}.")
        return ran

    def by(self, user: str) -> tuple[str, ...]:
        """Return the words before a program that has to run as `user`."""
        if user == self.route.user:
            return ()
        if self.route.user == "root":
            return ("/sbin/runuser", "-u", user, "--")
        return ("sudo", "-n", "-u", user, "--")

    def refusal(self, ran: Ran, what: str, words: Sequence[str]) -> OperationRefusedError:
        """Return the error for a change that the host has refused; `words` need the rights."""
        stderr = text(ran.stderr)
        if "sudo:" in stderr:
            return OperationRefusedError(no_rights(self.name, quoted(words), stderr))
        return OperationRefusedError(f"{self.name} refuses: {what}: {said(ran)}.")

    def _run(self, words: Sequence[str]) -> Ran:
        return run(self.pool, self.route, quoted(words), self.deadline, size=_BYTES)


def only_if(path: str, tests: Sequence[str], *commands: Sequence[str]) -> tuple[str, ...]:
    """Return the words that run each command only while all before it held, and then print."""
    each = [word for one in commands for word in ("-exec", *one, ";")]
    return ("find", path, "-maxdepth", "0", *tests, *each, "-print")


def done(ran: Ran, path: str) -> bool:
    """Return whether the last command of `only_if` has run and done its work."""
    return text(ran.stdout).strip() == path


def text(output: bytes) -> str:
    """Return what a program has printed."""
    return output.decode("utf-8", errors="replace")


def said(ran: Ran) -> str:
    """Return the first line of a complaint, or else the exit status."""
    lines = text(ran.stderr).strip().splitlines()
    return lines[0][:300].rstrip(".") if lines else f"exit status {ran.status}"


def differing(now: dict[str, Any], observed: dict[str, Any]) -> str:
    """Return the names of the facts that are not as they were seen."""
    return ", ".join(
        sorted(one for one in now.keys() | observed.keys() if now.get(one) != observed.get(one))
    )
