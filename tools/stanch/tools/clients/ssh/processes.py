"""The signal that tells a process to end, guarded by the moment at which it was started.

What the login of stanch hangs on is never told: it is a server of SSH, which is refused by
its name, or a shell that is younger than every look.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.ssh.guarded import Login, differing, done, only_if, text
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError, ToolError
from stanch.tools.operations.host_processes import (
    BOOT_ID,
    StopProcess,
    files_of,
    pattern_of,
    process_facts,
    read_process,
    same,
    unfit,
)
from stanch.tools.outcome import DryRun, Outcome

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One process on one host, and one signal to it."""

    login: Login
    change: StopProcess

    def look(self) -> dict[str, Any]:
        """Return the facts about the process that a precondition compares."""
        shown, owner = self._shown()
        return process_facts(shown, owner, self.change.pid)

    def preview(self) -> DryRun:
        """Foretell the end of the process; refuse one that is not to be ended."""
        facts, change = self.look(), self.change
        why = f"process {change.pid} has ended on {self.login.name}"
        if not facts.get("missing"):
            why = self._objection()
        after = {"missing": True} if not why else facts
        note = why or (
            "the kernel cannot try a signal; this is what follows, "
            + ("at once" if change.signal == "KILL" else "if the process heeds it")
        )
        return DryRun(accepted=not why, note=note, before=facts, after=after, tried=False)

    def apply(self, observed: Mapping[str, Any]) -> Outcome:
        """Send the signal if the process is the one that was seen."""
        change, facts = self.change, self.look()
        if facts.get("missing"):
            raise PreconditionFailedError(f"{change.subject} has ended by itself.")
        if not same(facts, change) or facts != dict(observed):
            names = differing(facts, dict(observed))
            raise PreconditionFailedError(
                f"{change.subject} is not the process that was seen: {names}."
            )
        if why := self._objection():
            raise OperationRefusedError(f"{why}.")
        kill = ("kill", "-s", change.signal, str(change.pid))
        words = only_if(
            f"/proc/{change.pid}",
            (),
            ("grep", "-qx", change.boot_id, BOOT_ID),
            ("grep", "-qE", pattern_of(change), f"/proc/{change.pid}/stat"),
            (*self.login.by(change.user), *kill),
        )
        ran = self.login.send(words, f"SIG{change.signal} to {change.subject}")
        if done(ran, f"/proc/{change.pid}"):
            return self._sent()
        if ran.stderr and same(self.look(), change):
            raise self.login.refusal(ran, f"to signal {change.subject}", kill)
        raise PreconditionFailedError(
            f"{change.subject} ended in the moment before the signal; none was sent to another."
        )

    def probe(self) -> bool | None:
        """Say whether the process has ended; one that still runs may have got a SIGTERM."""
        if not same(self.look(), self.change):
            return True
        return False if self.change.signal == "KILL" else None

    def _sent(self) -> Outcome:
        change = self.change
        ended = self._ends()
        how = "and it has ended" if ended else "and it still runs"
        return Outcome(
            data={"signal": change.signal, "ended": ended},
            text=f"SIG{change.signal} was sent to {change.subject}, {how}",
            duration=self.login.deadline.spent,
        )

    def _ends(self) -> bool:
        """Wait for a while, and return whether the process has ended."""
        pause = threading.Event()
        left = min(_PATIENCE_SECONDS, self.login.deadline.left / 2)
        try:
            while same(self.look(), self.change):
                if left <= 0:
                    return False
                pause.wait(_PAUSE_SECONDS)
                left -= _PAUSE_SECONDS
        except ToolError:
            # The signal was sent; only how it went on is not known.
            return False
        return True

    def _objection(self) -> str:
        """Return why the process is not to be ended by this login; empty when it may be."""
        found = read_process(self._shown()[0], self.change.pid)
        if found is None:
            return f"process {self.change.pid} has ended"
        return unfit(found, self.change.pid)

    def _shown(self) -> tuple[str, str]:
        shown = text(self.login.look(("cat", *files_of(self.change.pid))).stdout)
        owner = text(self.login.look(("stat", "-c", "%U", f"/proc/{self.change.pid}")).stdout)
        return shown, owner
