"""Evidence: what one operation brought back, redacted, with its own digest."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from stanch.tools.operations import Frozen


class Evidence(Frozen):
    """The account of one observation.

    `data` has the shape that the operation's docstring states, and is empty when `status`
    is not "ok": what could not be looked at is "not checked", never "fine" (INV-21).
    """

    id: Annotated[str, Field(pattern=r"^E-[0-9]{3,}$")]
    incident: str
    step: str
    """The name of the runbook step, or of the graph's own look ("baseline", "verify")."""
    role: str
    operation: dict[str, Any]
    operation_text: str
    status: Literal["ok", "refused", "unreachable"]
    data: dict[str, Any] = Field(default_factory=dict)
    text: str
    """One line for a person: what was seen, or why nothing was."""
    collected_at: AwareDatetime
    duration: float
    truncated: bool = False
    redactions: int = 0
    sha256: str
    """Over the canonical JSON of `data` as stored."""
