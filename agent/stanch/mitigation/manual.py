"""Guided steps: what stanch does not carry out is a part of the plan (MIT-13, MIT-16, MIT-18)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stanch.mitigation.strategy import Plan, Seen
from stanch.tools.operations import DoByHand, GuideStep, Read
from stanch.tools.operations.manual_acts import Purpose, by_hand_facts

_TOUCHES: Mapping[Purpose, tuple[str, ...]] = {
    "failover": (
        "the standby becomes the primary; what the old one had not sent to it is lost",
        "the old primary must not come back as one: two of them take different writes",
    ),
    "restore": (
        "a new instance gets the data as they were; the damaged one is left as it is",
        "what was written after the moment of the backup is not in the new instance",
    ),
    "rotate-credentials": (
        "whoever still uses the old credential is refused once it is withdrawn",
        "what reads the credential at its start has to be started again",
    ),
    "other": (),
}


class GuidedSteps:
    """Has a person carry out the lines of a runbook, once."""

    intents = (GuideStep,)

    def looks(self, intent: GuideStep) -> Mapping[str, Read]:
        """Return nothing: what must hold before are signs, which are read as such."""
        del intent
        return {}

    def plan(self, intent: GuideStep, seen: Seen, *, now: datetime) -> Plan:
        """Return the step with its values in place."""
        del seen, now
        change = DoByHand.model_validate(intent.model_dump(exclude={"kind"}))
        place = change.reach
        where = [
            f"{name} {value}"
            for name in ("namespace", "database", "host", "endpoint")
            if (value := getattr(place, name)) is not None
        ]
        about = ", ".join(where) or "what its lines name"
        return Plan(
            title=f"By hand: {change.title}",
            operation=change,
            observed=by_hand_facts(change),
            inverse=None,
            inverse_note="stanch cannot take it back; whoever did it decides what is to be done",
            touches=(f"a person acts on {about}", *_TOUCHES[change.purpose]),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing: there is no inverse, so nobody has to know its target again."""
        del change, after
        return {}
