"""The rotation of logs, guarded by the configuration and by when each was rotated last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stanch.tools.clients.ssh.guarded import Login, differing, said, text
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    ToolError,
)
from stanch.tools.operations.host_logs import may_cut
from stanch.tools.operations.host_rotation import (
    RotateLogs,
    last_rotated,
    read_trial,
    rotation_facts,
)
from stanch.tools.outcome import DryRun, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """One configuration of logrotate on one host, and one use of it."""

    login: Login
    change: RotateLogs
    patterns: tuple[str, ...]
    """The files that the settings of the host allow to rotate."""

    def look(self) -> dict[str, Any]:
        """Return the facts about the configuration that a precondition compares."""
        digest = text(self.login.look(("sha256sum", self.change.config)).stdout)
        return rotation_facts(digest, self._trial()) if digest else {"missing": True}

    def preview(self) -> DryRun:
        """Have logrotate say what it would do."""
        facts = self.look()
        why = self._objection(facts)
        note = why or "logrotate says so itself, but not which of the oldest files it deletes"
        before: dict[str, Any] = {"steps": []}
        after = before if why else {"steps": facts["steps"]}
        return DryRun(accepted=not why, note=note, before=before, after=after, tried=True)

    def apply(self, observed: Mapping[str, Any]) -> Outcome:
        """Rotate the logs if nobody has rotated them, or changed how, since they were seen."""
        change, facts = self.change, self.look()
        if facts != dict(observed):
            names = differing(facts, dict(observed))
            raise PreconditionFailedError(f"{change.subject} are not as they were seen: {names}.")
        if why := self._objection(facts):
            raise OperationRefusedError(f"{why}.")
        words = (*self.login.by("root"), "logrotate", "-f", change.config)
        ran = self.login.send(words, f"The rotation of {change.subject}")
        try:
            rotated = self.probe()
        except ToolError as error:
            raise OutcomeUnknownError(
                f"The rotation of {change.subject} was sent, and they could not be looked at: "
                f"{error}"
            ) from error
        if rotated or ran.status == 0:
            complaint = f", and logrotate complains: {said(ran)}" if ran.status else ""
            names = ", ".join(one.path for one in change.logs)
            return Outcome(
                data={"exit_status": ran.status, "rotated": [one.path for one in change.logs]},
                text=f"{names} on {self.login.name} were rotated{complaint}",
                duration=self.login.deadline.spent,
            )
        if rotated is False and self.look() == facts:
            raise self.login.refusal(ran, f"to rotate {change.subject}", words[-3:])
        raise OutcomeUnknownError(
            f"The rotation of {change.subject} was sent, and only some of them show it."
        )

    def probe(self) -> bool | None:
        """Say whether all logs were rotated since; None when only some were."""
        now = last_rotated(self._trial())
        moved = {now.get(one.path) != one.last for one in self.change.logs}
        return moved.pop() if len(moved) == 1 else None

    def _objection(self, facts: Mapping[str, Any]) -> str:
        """Return why the logs are not to be rotated here; empty when they may be."""
        change = self.change
        if facts.get("missing"):
            return f"{self.login.name} has no {change.config}"
        if facts["sha256"] != change.sha256:
            return f"{change.config} was changed since it was read"
        if set(facts["rotated"]) != {one.path for one in change.logs}:
            return f"{change.config} is for other logs than it was"
        strange = [one for one in facts["rotated"] if not may_cut(one, self.patterns)]
        if strange:
            return (
                f"the settings do not allow to rotate {strange[0]}: name it under logs of "
                f"[hosts.{self.login.name}] in stanch.toml"
            )
        return ""

    def _trial(self) -> str:
        words = (*self.login.by("root"), "logrotate", "-d", "-f", self.change.config)
        ran = self.login.look(words)
        # It prints what it would do where complaints go.
        shown = text(ran.stderr) + text(ran.stdout)
        if ran.status or read_trial(shown).error:
            error = read_trial(shown).error or said(ran)
            raise OperationRefusedError(f"{self.login.name} has no trial of a rotation: {error}.")
        return shown
