"""What the nodes work with; given to each run anew and never saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stanch.clock import Clock
from stanch.executor import Executor
from stanch.incident import Actor, Incident, Phase, Status
from stanch.incident.event import EventType
from stanch.policy import Policy
from stanch.process import Item, gate_items
from stanch.process.gates import Item as GateResult
from stanch.roles import Team
from stanch.runbook.model import Runbook
from stanch.settings import Settings
from stanch.store import Entry, Store

COMMANDER = Actor(kind="agent", id="commander")
SYSTEM = Actor(kind="system", id="graph")

Record = Callable[[str, dict[str, Any]], None]
Results = dict[str, tuple[Any, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts of one deployment that nodes use."""

    settings: Settings
    store: Store
    clock: Clock
    rules: Callable[[], Policy]
    """Reads the policy as it stands at this moment."""
    executor: Executor
    runbooks: tuple[Runbook, ...]
    team_of: Callable[[Record], Team]
    """Makes the team of one node's run, which records into the journal."""

    def runbook(self, name: str) -> Runbook | None:
        """Return the runbook called `name`, or None when it is not there any more."""
        return next((one for one in self.runbooks if one.name == name), None)

    def candidates(self, incident: Incident) -> tuple[Runbook, ...]:
        """Return the runbooks that matched the incident and are still there."""
        found = (self.runbook(name) for name in incident.runbooks)
        return tuple(one for one in found if one is not None)

    def log(
        self,
        incident: Incident,
        kind: EventType,
        data: dict[str, Any],
        *,
        once: str | None = None,
        actor: Actor = SYSTEM,
    ) -> None:
        """Write one event; `once` names it so that a node run again does not repeat it."""
        self.store.journal.append(self.entry(incident, kind, data, once=once, actor=actor))

    def entry(
        self,
        incident: Incident,
        kind: EventType,
        data: dict[str, Any],
        *,
        once: str | None = None,
        actor: Actor = SYSTEM,
    ) -> Entry:
        """Return one event that is to be written in a transaction."""
        return Entry(
            at=self.clock.now(),
            incident=incident.id,
            actor=actor,
            phase=incident.phase.value,
            type=kind,
            data=data,
            once=once,
        )

    def team(self, incident: Incident) -> Team:
        """Return the team that answers for this incident."""

        def record(kind: str, data: dict[str, Any]) -> None:
            self.log(incident, _MODEL_EVENTS[kind], data, actor=_role(data))

        return self.team_of(record)

    def enter(self, incident: Incident, phase: Phase, reason: str, *, once: str) -> Incident:
        """Move the incident into `phase` and say why."""
        if incident.phase is phase and phase is not Phase.TRIAGE:
            return incident
        facts = {"old": incident.phase.value, "new": phase.value, "reason": reason}
        moved = incident.model_copy(update={"phase": phase})
        return self.put(moved, [self.entry(moved, "phase.entered", facts, once=once)])

    def say(self, incident: Incident, status: Status) -> Incident:
        """Set the status that others are told."""
        if incident.status is status:
            return incident
        facts = {"old": incident.status.value, "new": status.value}
        moved = incident.model_copy(update={"status": status})
        return self.put(moved, [self.entry(moved, "incident.status", facts)])

    def put(self, incident: Incident, entries: Sequence[Entry]) -> Incident:
        """Write the incident and what happened to it in one transaction."""
        with self.store.database.write() as connection:
            self.store.records.put_incident(connection, incident)
            last = self.store.journal.add(connection, entries)
        self.store.journal.mark(last)
        return incident

    def pass_gate(self, incident: Incident, phase: Phase, results: Results, *, once: str) -> bool:
        """Write down the items of the gate that ends `phase`; say whether nothing blocks."""
        items: tuple[GateResult, ...] = gate_items(phase, results)
        self.store.journal.append(
            *(
                self.entry(
                    incident,
                    "gate.item",
                    {
                        "phase": phase.value,
                        "item": item.name,
                        "says": item.says,
                        "result": item.result,
                        "because": item.because,
                    },
                    once=f"gate:{phase.value}:{item.name}:{once}",
                )
                for item in items
            )
        )
        return not any(item.blocking and item.result == "missed" for item in items)


_MODEL_EVENTS: dict[str, EventType] = {
    "model.used": "model.used",
    "model.fallback": "model.fallback",
    "notice": "notice",
}


def _role(data: dict[str, Any]) -> Actor:
    return Actor(kind="agent", id=str(data.get("role", "commander")))


__all__ = ["COMMANDER", "SYSTEM", "Context", "Item", "Record"]
