"""Intake: what a monitoring system or a person says becomes an alert."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from stanch.incident import Alert

_MOST_CHARACTERS = 2_000_000


class IntakeError(Exception):
    """The alert cannot be read; the message says what, where and how to mend it."""


class _AlertmanagerAlert(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: str
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    startsAt: AwareDatetime  # noqa: N815 - the wire's own name
    endsAt: AwareDatetime | None = None  # noqa: N815 - the wire's own name
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{1,64}$")] | None = None


class _Webhook(BaseModel):
    """Alertmanager's webhook body, version 4; unknown fields are tolerated."""

    model_config = ConfigDict(extra="ignore")

    version: str
    truncatedAlerts: int = 0  # noqa: N815 - the wire's own name
    alerts: list[_AlertmanagerAlert]


class Delivery(BaseModel):
    """The alerts of one delivery, and how many the sender left out."""

    alerts: tuple[Alert, ...]
    truncated: int


def by_hand(title: str, labels: dict[str, str], *, now: datetime) -> Alert:
    """Return the alert that a person reports.

    Raises:
        IntakeError: there is no title.
    """
    if not title.strip():
        raise IntakeError("an incident needs a title that says what is wrong")
    name = labels.get("alertname", "Reported")
    labels = {"alertname": name} | labels
    return Alert(
        fingerprint=fingerprint({**labels, "title": title}),
        name=name,
        source="manual",
        labels=labels,
        annotations={"summary": title.strip()},
        starts_at=now,
    )


def alertmanager(text: str, source: str) -> Delivery:
    """Return the firing alerts of a webhook body (version 4).

    Raises:
        IntakeError: it is not JSON, or not such a body.
    """
    if len(text) > _MOST_CHARACTERS:
        raise IntakeError(f"{source} is larger than {_MOST_CHARACTERS:,} characters")
    try:
        text.encode()
        raw: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise IntakeError(
            f"{source}, line {error.lineno}: not JSON ({error.msg}); expected the body that "
            "Alertmanager posts to a webhook"
        ) from None
    except (UnicodeError, RecursionError) as error:
        raise IntakeError(f"{source} cannot be read: {type(error).__name__}") from None
    try:
        json.dumps(raw, ensure_ascii=False).encode()
        body = _Webhook.model_validate(raw)
    except (UnicodeError, RecursionError, OverflowError) as error:
        raise IntakeError(f"{source} cannot be read: {type(error).__name__}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise IntakeError(
            f"{source}: {where}: {first['msg']}; expected Alertmanager's webhook, version 4"
        ) from None
    if body.version != "4":
        raise IntakeError(f"{source}: webhook version {body.version!r} is not known; 4 is")
    try:
        firing = tuple(_alert(one) for one in body.alerts if one.status == "firing")
    except OverflowError:
        raise IntakeError(f"{source}: startsAt is outside the years that exist") from None
    return Delivery(alerts=firing, truncated=body.truncatedAlerts)


def fingerprint(labels: dict[str, str]) -> str:
    """Return a stable name for a set of labels: 16 hexadecimal digits."""
    text = json.dumps(labels, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _alert(one: _AlertmanagerAlert) -> Alert:
    # While it fires, Alertmanager sends the zero time of Go, year 1, as the end.
    ends = one.endsAt if one.endsAt and one.endsAt.year > 1 else None
    return Alert(
        fingerprint=(one.fingerprint or fingerprint(one.labels)).lower(),
        name=one.labels.get("alertname", "unnamed"),
        source="alertmanager",
        labels=one.labels,
        annotations=one.annotations,
        starts_at=one.startsAt.astimezone(UTC),
        ends_at=ends,
    )
