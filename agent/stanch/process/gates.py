"""The gates between the phases: what must be so before the work goes on (GATE-02..GATE-07).

An item is met, missed, or waived with a reason. A missed item that is `blocking` holds the
incident back; the others are told in the post-mortem as what went wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stanch.incident import Phase


@dataclass(frozen=True, slots=True)
class GateItem:
    """One thing that a gate asks for."""

    name: str
    says: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A gate item with its result."""

    name: str
    says: str
    result: Literal["met", "missed", "waived"]
    because: str
    blocking: bool


GATES: dict[Phase, tuple[GateItem, ...]] = {
    Phase.TRIAGE: (
        GateItem("severity-assessed", "the severity is assessed", blocking=True),
        GateItem("runbook-found", "a runbook matches the alert", blocking=True),
        GateItem("commander-named", "a commander is named", blocking=False),
    ),
    Phase.INVESTIGATE: (
        GateItem("evidence-collected", "evidence was collected", blocking=True),
        GateItem("all-steps-read", "every diagnostic step could be read", blocking=False),
        GateItem("leading-hypothesis", "one hypothesis leads, with evidence", blocking=True),
    ),
    Phase.MITIGATE: (
        GateItem("approved-by-a-person", "a named person approved the change", blocking=True),
        GateItem("checks-held", "the success checks held for the soak time", blocking=True),
        GateItem("capacity-kept", "no capacity was lost", blocking=False),
    ),
    Phase.RESOLVE: (
        GateItem("harm-over", "the error ratio is back below its limit", blocking=True),
        GateItem("permanent-fix", "a permanent fix is made, or tracked", blocking=False),
    ),
    Phase.POSTMORTEM: (
        GateItem("document-written", "the post-mortem is written", blocking=True),
        GateItem("document-checked", "the post-mortem passes its checks", blocking=False),
        GateItem("journal-verified", "the journal verifies", blocking=False),
    ),
}


def gate_items(
    phase: Phase, results: Mapping[str, tuple[Literal["met", "missed", "waived"], str]]
) -> tuple[Item, ...]:
    """Return the items of the gate that ends `phase`; what has no result is missed."""
    items = []
    for item in GATES[phase]:
        result, because = results.get(item.name, ("missed", "nothing shows it"))
        items.append(Item(item.name, item.says, result, because, item.blocking))
    return tuple(items)
