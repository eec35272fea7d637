"""A proposal: one change, with all that a person needs to say yes or no to it."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from stanch.incident.needs import Needs
from stanch.tools.operations import Change, Frozen, Read, digest_of


class Check(Frozen):
    """A condition that must hold after the change, read by one operation."""

    name: str
    says: str
    """The condition as a sentence."""
    operation: Read
    kind: Literal[
        "rollout-complete",
        "capacity-kept",
        "error-ratio-recovered",
        "restarts-stopped",
        "signs-cleared",
        "latency-recovered",
        "harm-not-worse",
        "alert-silent",
        "no-new-failures",
        "no-new-alerts",
        "change-holds",
        "flag-evaluates",
    ]
    limit: float | None = None
    """What the measured value is compared with, where the kind has one."""


class Difference(Frozen):
    """One field that the change alters."""

    path: str
    before: Any = None
    after: Any = None


class Preview(Frozen):
    """What the change will do, as far as it can be known beforehand."""

    dry_run: Literal["accepted", "not possible"]
    note: str
    differences: tuple[Difference, ...] = ()
    touches: tuple[str, ...] = ()
    """What is affected, one sentence each: the blast radius."""


class Proposal(Frozen):
    """A change that waits for a decision, or was decided.

    What an approval binds is everything in `bound`: the operation, the state that was
    seen, the preview, the inverse, the checks and the rules that were in force.
    """

    id: Annotated[str, Field(pattern=r"^P-[1-9][0-9]*$")]
    incident: str
    mitigation: str
    """The name of the runbook step."""
    title: str
    operation: Change
    observed: dict[str, Any]
    """The facts about the target that must still be true when the change is sent."""
    expected: dict[str, Any]
    """The facts about the target as the dry run foretold them: what an inverse may undo."""
    preview: Preview
    inverse: Change | None
    inverse_note: str
    checks: tuple[Check, ...]
    baseline: dict[str, Any]
    """What was measured before, that the checks compare with."""
    soak_seconds: Annotated[float, Field(ge=0)]
    deadline_seconds: Annotated[float, Field(gt=0)]
    hypothesis: str
    claim: str
    evidence: tuple[str, ...]
    risks: tuple[str, ...] = ()
    runbook: str
    runbook_sha256: str
    policy_sha256: str
    role: str = "devops"
    """The role of the agent whose step it is."""
    needs: Needs
    """Whose yes it needs by the policy in force."""
    requested_by: str
    created_at: AwareDatetime
    revision: Annotated[int, Field(ge=1)] = 1

    @property
    def key(self) -> str:
        """The name under which this change runs at most once, left on the target as a mark."""
        # Ids are counted anew in every home; the digest makes the mark unique among all.
        return f"{self.incident}:{self.id}:{self.bound[:24]}"

    @property
    def bound(self) -> str:
        """The digest that an approval is bound to: over every field of the proposal."""
        return digest_of(self.model_dump(mode="json"))
