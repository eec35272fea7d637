"""The rollback of a service of Docker's swarm, guarded by the version that was seen.

Docker's own command asks for the newest version and rolls that one back, so that between the
look and the command there is the time of one question. Afterwards the service tells whether
the specs that were exchanged are those that were seen.
"""

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
from stanch.tools.operations.host_swarm import RollBackService, service_facts, service_of
from stanch.tools.outcome import DryRun, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of a swarm, and one rollback of it."""

    login: Login
    change: RollBackService

    def look(self) -> dict[str, Any]:
        """Return the facts about the service that a precondition compares."""
        ran = self.login.look(self.change.question)
        shown = text(ran.stdout)
        complaint = text(ran.stderr)
        if ran.status and "no such service" not in complaint.lower():
            raise OperationRefusedError(
                f"{self.login.name} does not say how {self.change.service} is: {said(ran)}."
            )
        service = service_of(shown) if not ran.status else None
        if service is None and not ran.status:
            raise OperationRefusedError(
                f"{self.login.name} says of {self.change.service} what nobody can read."
            )
        return service_facts(service, versioned=self.change.version is not None)

    def preview(self) -> DryRun:
        """Foretell the rollback: Docker cannot try one."""
        facts = self.look()
        if facts.get("missing") or not facts["previous_sha256"]:
            what = "no service" if facts.get("missing") else "no earlier spec of"
            note = f"{self.login.name} has {what} {self.change.service}"
            return DryRun(accepted=False, note=note, before=facts, after=facts, tried=False)
        shown = {name: value for name, value in facts.items() if name != "version"}
        after = shown | {
            "image": facts["previous_image"],
            "previous_image": facts["image"],
            "spec_sha256": facts["previous_sha256"],
            "previous_sha256": facts["spec_sha256"],
        }
        note = "Docker cannot try a rollback; this is what it would do"
        return DryRun(accepted=True, note=note, before=shown, after=after, tried=False)

    def apply(self, observed: Mapping[str, Any]) -> Outcome:
        """Roll the service back if it is as it was seen."""
        change, facts = self.change, self.look()
        if facts.get("missing"):
            raise PreconditionFailedError(f"{change.subject} is gone.")
        if facts != dict(observed) or not _begins(facts, change):
            names = differing(facts, dict(observed)) or "its specs"
            raise PreconditionFailedError(f"{change.subject} is not as it was seen: {names}.")
        ran = self.login.send(change.command, f"The rollback of {change.subject}")
        try:
            now = self.look()
        except ToolError as error:
            raise OutcomeUnknownError(
                f"The rollback of {change.subject} was sent, and the service could not be looked "
                f"at: {error}"
            ) from error
        if _arrived(now, change):
            return Outcome(
                data={"image": now["image"], "exit_status": ran.status},
                text=f"{change.service} is being rolled back to {change.to_image}",
                duration=self.login.deadline.spent,
            )
        if ran.status and _begins(now, change):
            raise self.login.refusal(ran, f"to roll {change.service} back", change.command)
        raise OutcomeUnknownError(
            f"The rollback of {change.subject} was sent, and others changed the service in the "
            f"same moment: its image is {now.get('image') or 'not known'} now."
        )

    def probe(self) -> bool | None:
        """Say whether the specs have been exchanged."""
        facts = self.look()
        if _arrived(facts, self.change):
            return True
        return False if _begins(facts, self.change) else None


def _begins(facts: Mapping[str, Any], change: RollBackService) -> bool:
    """Return whether the specs are those that the change begins with."""
    seen = (facts.get("id"), facts.get("spec_sha256"), facts.get("previous_sha256"))
    same = seen == (change.service_id, change.spec_sha256, change.to_sha256)
    return same and change.version in {None, facts.get("version")}


def _arrived(facts: Mapping[str, Any], change: RollBackService) -> bool:
    seen = (facts.get("id"), facts.get("spec_sha256"), facts.get("previous_sha256"))
    return seen == (change.service_id, change.to_sha256, change.spec_sha256)
