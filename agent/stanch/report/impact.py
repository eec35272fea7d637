"""The harm in figures: onset, peak, recovery and the error ratio over time, from the journal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from stanch.incident import Event
from stanch.report.course import Attempt
from stanch.report.journal import ids, of
from stanch.report.spans import moment, whole

Series = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What the measurements say; every part is None or empty where none says it."""

    measured: tuple[Event, ...]
    onset: datetime | None = None
    onset_event: Event | None = None
    peak: float | None = None
    baseline: float | None = None
    latest: float | None = None
    end: datetime | None = None
    end_event: Event | None = None
    series: Series = ()
    evidence: tuple[str, ...] = ()

    @property
    def weighted_seconds(self) -> float | None:
        """The area under the error ratio during the harm, in seconds of total failure."""
        if self.onset is None or self.end is None:
            return None
        first, last = self.onset.timestamp(), self.end.timestamp()
        # The recovery is read by the checks and may lie behind the newest measured point.
        within = [(t, v) for t, v in self.series if first <= t <= last]
        if len(within) < 2:
            return None
        pairs = pairwise(within)
        return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairs)


def harm(events: Sequence[Event], tried: Sequence[Attempt]) -> Harm:
    """Return the harm that the journal's measurements show."""
    measured = of(events, "impact.measured")
    onset_event = next((e for e in measured if moment(e.data.get("onset"))), None)
    onset = moment(onset_event.data["onset"]) if onset_event else None
    series = _series(measured)
    end_event, end = _ended(measured, tried, onset)
    figures = [v for t, v in series if onset is None or t >= onset.timestamp()]
    peaks = [p for e in measured if (p := number(e.data, "peak")) is not None]
    return Harm(
        measured=measured,
        onset=whole(onset) if onset else None,
        onset_event=onset_event,
        peak=max([*peaks, *figures], default=None),
        baseline=_first(measured, "baseline"),
        latest=_first(measured[::-1], "ratio_now"),
        end=end,
        end_event=end_event,
        series=series,
        evidence=tuple(dict.fromkeys(i for e in measured for i in ids(e.data.get("evidence")))),
    )


def number(data: Mapping[str, Any], key: str) -> float | None:
    """Return the finite number at `key`; None when there is none."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _first(measured: Sequence[Event], key: str) -> float | None:
    return next((v for e in measured if (v := number(e.data, key)) is not None), None)


def _series(measured: Sequence[Event]) -> Series:
    """Join the measured series; where two measure the same instant the later one counts."""
    joined: dict[float, float] = {}
    for event in measured:
        for point in event.data.get("series") or ():
            t, v = (point[0], point[1]) if len(point) == 2 else (None, None)
            if isinstance(t, int | float) and isinstance(v, int | float) and math.isfinite(v):
                joined[float(t)] = min(max(float(v), 0.0), 1.0)
    return tuple(sorted(joined.items()))


def _ended(
    measured: Sequence[Event], tried: Sequence[Attempt], onset: datetime | None
) -> tuple[Event | None, datetime | None]:
    """Return when the harm ended and the event that says so.

    The newest curve and the samples of the checks both tell it, each with the delay of its
    rate window; the earlier one is nearer to what users felt.
    """
    if onset is None:
        return None, None
    found: list[tuple[datetime, Event]] = []
    curve = next((e for e in measured[::-1] if moment(e.data.get("onset"))), None)
    ended = moment(curve.data.get("ended")) if curve else None
    if curve is not None and ended is not None and ended >= onset:
        found.append((whole(ended), curve))
    sample = _end(tried)
    if sample is not None:
        found.append((whole(sample.at), sample))
    at, event = min(found, key=lambda pair: pair[0], default=(None, None))
    return event, at


def _end(tried: Sequence[Attempt]) -> Event | None:
    """Return the first sample of those that held, without a break, until the checks passed."""
    cure = next((one for one in reversed(tried) if one.held), None)
    if cure is None or cure.verdict is None:
        return None
    first = cure.verdict
    for sample in reversed(cure.samples):
        if not _well(sample):
            break
        first = sample
    return first


def _well(sample: Event) -> bool:
    """Say whether users were served well: by the error ratio where it is among the checks."""
    checks = [c for c in sample.data.get("checks") or () if isinstance(c, dict)]
    felt = [c for c in checks if c.get("name") == "error-ratio-recovered"] or checks
    return bool(felt) and all(c.get("holds") is True for c in felt)
