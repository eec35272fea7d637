"""An alert: what a monitoring system or a person says is wrong."""

from typing import Literal

from pydantic import AwareDatetime, Field

from stanch.tools.operations import Frozen


class Alert(Frozen):
    """One alert, of whatever source.

    The pair (`fingerprint`, `starts_at`) names it: repeats of one firing carry the same pair.
    """

    fingerprint: str
    name: str
    source: Literal["manual", "alertmanager"]
    status: Literal["firing", "resolved"] = "firing"
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None

    @property
    def summary(self) -> str:
        """One line that says what is wrong."""
        return self.annotations.get("summary") or self.annotations.get("description") or self.name
