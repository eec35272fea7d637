"""Breaking the glass: one named person lifts ceiling, freezes and windows for a short time.

It is for one incident, needs a reason, ends by itself, and is written into the journal
before it counts. It approves nothing: every change still needs its votes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from stanch.approvals.errors import ApprovalError, legible
from stanch.approvals.identity import Identity
from stanch.clock import Clock
from stanch.incident import Actor, Incident
from stanch.incident.event import EventType
from stanch.policy import Policy
from stanch.store import Entry, Store


def break_glass(
    store: Store, policy: Policy, clock: Clock, incident: Incident, *, who: Identity, reason: str
) -> datetime:
    """Record that `who` breaks the glass for `incident`; return until when it is broken.

    Raises:
        ApprovalError: the person may not, gave no reason, or the incident is over.
    """
    people = policy.people(policy.break_glass.people)
    if who.name not in people:
        listed = ", ".join(people) or "nobody"
        raise ApprovalError(
            f"{who.name} ({who.how}) may not break the glass; the policy lists {listed} under "
            "break_glass.people"
        )
    reason = legible(reason)
    if not reason:
        raise ApprovalError("the glass is broken with a reason only: it goes into the post-mortem")
    if incident.status.final:
        raise ApprovalError(f"{incident.id} is {incident.status}; there is nothing to change")
    now = clock.now()
    until = now + timedelta(minutes=policy.break_glass.minutes)
    facts = {
        "by": who.name,
        "how": who.how,
        "reason": reason,
        "until": until.isoformat(),
        "ceiling": policy.break_glass.ceiling,
        "policy_sha256": policy.sha256,
    }
    _log(store, incident, "glass.broken", facts, now=now, who=who)
    return until


def mend_glass(store: Store, clock: Clock, incident: Incident, *, who: Identity) -> None:
    """Record that `who` ends the time of the broken glass before it runs out."""
    now = clock.now()
    _log(store, incident, "glass.mended", {"by": who.name, "how": who.how}, now=now, who=who)


def _log(
    store: Store,
    incident: Incident,
    kind: EventType,
    facts: Mapping[str, object],
    *,
    now: datetime,
    who: Identity,
) -> None:
    store.journal.append(
        Entry(
            at=now,
            incident=incident.id,
            actor=Actor(kind="human", id=who.name),
            phase=incident.phase.value,
            type=kind,
            data=dict(facts),
        )
    )
