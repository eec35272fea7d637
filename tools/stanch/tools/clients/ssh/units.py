"""The restart of a unit of systemd, guarded by the invocation that was seen.

The login that acts also looks, so that what is compared is what it would change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.patience import Deadline, NoAnswerError
from stanch.tools.clients.ssh.command import no_rights, quoted
from stanch.tools.clients.ssh.pool import Pool
from stanch.tools.clients.ssh.route import Route
from stanch.tools.clients.ssh.session import Ran, run
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    ToolError,
)
from stanch.tools.operations import RestartUnit
from stanch.tools.operations.host_acts import PROPERTIES, unit_facts
from stanch.tools.outcome import DryRun, Outcome

_BYTES = 64 * 1024
_BY_SIGNAL = 128
"""The least exit status of what a signal ended, whoever reports it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit on one host, and one change of it."""

    pool: Pool
    route: Route
    change: RestartUnit
    deadline: Deadline

    def look(self) -> dict[str, Any]:
        """Return the facts about the unit that a precondition compares."""
        words = ("systemctl", "show", self.change.unit, "-p", PROPERTIES)
        ran = self._run(("timeout", "-k", "2", "10s", *words))
        if ran.status != 0:
            raise OperationRefusedError(
                f"{self.route.name} does not say how {self.change.unit} is: {_said(ran)}."
            )
        return unit_facts(ran.stdout.decode("utf-8", errors="replace"))

    def preview(self) -> DryRun:
        """Foretell the restart."""
        facts = self.look()
        if facts.get("missing"):
            note = f"{self.route.name} has no unit {self.change.unit}"
            return DryRun(accepted=False, note=note, before=facts, after=facts, tried=False)
        after = {"active_state": "active", "sub_state": "running", "invocation_id": "a new one"}
        return DryRun(
            accepted=True,
            note="systemd cannot try a restart; this is what it would do",
            before=facts,
            after=after,
            tried=False,
        )

    def apply(self, observed: Mapping[str, Any]) -> Outcome:
        """Restart the unit if it is the invocation that was seen."""
        self._compare(self.look(), observed)
        ran = self._restart()
        if ran.status == 0:
            text = f"{self.change.unit} was restarted on {self.route.name}"
            return Outcome(data={"exit_status": 0}, text=text, duration=self.deadline.spent)
        stderr = ran.stderr.decode("utf-8", errors="replace")
        if ran.status is None or ran.status >= _BY_SIGNAL:
            # What was cut off here goes on there: systemd has the job, and not its caller.
            raise OutcomeUnknownError(
                f"The restart of {self.change.unit} on {self.route.name} was sent, and systemctl "
                f"ended without saying what became of it ({_said(ran)})."
            )
        try:
            now = self.look()
        except ToolError as error:
            raise OutcomeUnknownError(
                f"The restart of {self.change.unit} on {self.route.name} ended badly "
                f"({_said(ran)}), and the unit could not be looked at: {error}"
            ) from error
        if now.get("invocation_id") != self.change.invocation or now != dict(observed):
            text = (
                f"{self.change.unit} on {self.route.name} was restarted and is now "
                f"{now.get('active_state')} ({now.get('sub_state')}): {_said(ran)}"
            )
            data = {"exit_status": ran.status, **now}
            return Outcome(data=data, text=text, duration=self.deadline.spent)
        if self.route.user != "root" and "sudo:" in stderr:
            raise OperationRefusedError(
                no_rights(self.route.name, f"systemctl restart {self.change.unit}", stderr)
            )
        raise OperationRefusedError(
            f"{self.route.name} refuses to restart {self.change.unit}: {_said(ran)}."
        )

    def probe(self) -> bool | None:
        """Say whether the restart has arrived."""
        facts = self.look()
        if facts.get("missing"):
            return None
        return bool(facts["invocation_id"] != self.change.invocation)

    def _compare(self, now: Mapping[str, Any], observed: Mapping[str, Any]) -> None:
        name = f"{self.change.unit} on {self.route.name}"
        if now.get("missing"):
            raise PreconditionFailedError(f"{name} is gone.")
        if now["invocation_id"] != self.change.invocation:
            raise PreconditionFailedError(f"{name} was restarted or ended since it was seen.")
        if dict(now) != dict(observed):
            raise PreconditionFailedError(
                f"{name} was {_state(observed)} and is now {_state(now)}. Look at it again."
            )

    def _restart(self) -> Ran:
        """Send the restart. What is not known to have failed before it was sent may have run."""
        sudo = () if self.route.user == "root" else ("sudo", "-n")
        try:
            return self._run((*sudo, "systemctl", "restart", self.change.unit))
        except NoAnswerError as error:
            raise OutcomeUnknownError(
                f"The restart of {self.change.unit} was sent, and no answer came: {error}"
            ) from error

    def _run(self, words: tuple[str, ...]) -> Ran:
        return run(self.pool, self.route, quoted(words), self.deadline, size=_BYTES)


def _state(facts: Mapping[str, Any]) -> str:
    if facts.get("missing"):
        return "missing"
    return f"{facts.get('active_state')} ({facts.get('sub_state')})"


def _said(ran: Ran) -> str:
    stderr = ran.stderr.decode("utf-8", errors="replace").strip()
    return stderr.splitlines()[0][:300].rstrip(".") if stderr else f"exit status {ran.status}"
