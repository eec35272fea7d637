"""Readings of the journal's events that several parts of the report share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stanch.incident import Event, Hypothesis


def of(events: Sequence[Event], *types: str) -> tuple[Event, ...]:
    """Return the events of these types, in the journal's order."""
    return tuple(event for event in events if event.type in types)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events in the journal's own order."""
    return tuple(sorted(events, key=lambda event: event.seq))


def named(value: object) -> str:
    """Return an id that an event holds bare or as the `id` of a whole object."""
    if isinstance(value, Mapping):
        value = value.get("id", "")
    return value if isinstance(value, str) else ""


def text(data: Mapping[str, Any], key: str) -> str:
    """Return the text at `key`, on one line; empty when there is none."""
    value = data.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def ids(value: object) -> tuple[str, ...]:
    """Return evidence ids that an event holds as one text or as a list."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list | tuple):
        return tuple(one for one in value if isinstance(one, str))
    return ()


def rounds(events: Sequence[Event]) -> tuple[tuple[Event, tuple[Hypothesis, ...]], ...]:
    """Return every weighing with its hypotheses, the first round first."""
    return tuple(
        (event, tuple(Hypothesis.model_validate(one) for one in event.data.get("hypotheses", ())))
        for event in of(events, "hypotheses.weighed")
    )
