"""Opening an incident: one firing of one alert has one incident, however often it comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from stanch.clock import Clock
from stanch.executor import Redactor
from stanch.incident import Actor, Alert, Incident
from stanch.service.intake import fingerprint
from stanch.store import Entry, Store


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident, and whether this alert opened it just now."""

    incident: Incident
    new: bool


def open_incident(
    store: Store,
    clock: Clock,
    alert: Alert,
    *,
    by: str,
    params: dict[str, str] | None = None,
    secrets: Sequence[str] = (),
) -> Opened:
    """Open the incident of `alert`, or note its repetition on the one that it has.

    What looks like a secret in the alert's text is masked before anything is kept.
    """
    now = clock.now()
    # The sender chooses the fingerprint: it names a firing only together with its labels.
    name = f"{alert.fingerprint}/{fingerprint(alert.labels)}"
    mask = Redactor(secrets).text
    alert = alert.model_copy(
        update={
            "labels": {key: mask(value) for key, value in alert.labels.items()},
            "annotations": {key: mask(value) for key, value in alert.annotations.items()},
        }
    )
    with store.database.write() as connection:
        known = store.records.incident_of(connection, name, alert.starts_at.isoformat())
        if known is None:
            incident = Incident(
                id=store.records.next_incident(connection),
                title=alert.summary,
                alert=alert,
                opened_at=now,
                opened_by=by,
                params=params or {},
            )
            store.records.add_incident(connection, incident, name=name)
            opened = {
                "title": incident.title,
                "alert": alert.model_dump(mode="json"),
                "detected_at": alert.starts_at.isoformat(),
            }
            entry = Entry(
                at=now,
                incident=incident.id,
                actor=Actor(kind="human", id=by),
                phase=incident.phase.value,
                type="incident.opened",
                data=opened,
                once="opened",
            )
        else:
            entry = Entry(
                at=now,
                incident=known,
                actor=Actor(kind="system", id="intake"),
                phase="",
                type="incident.repeated",
                data={"alert": alert.model_dump(mode="json")},
            )
        last = store.journal.add(connection, [entry])
    store.journal.mark(last)
    return Opened(store.records.incident(known or entry.incident), new=known is None)
