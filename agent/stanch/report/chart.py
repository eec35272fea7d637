"""The picture of an incident: the error ratio over time with the marks of the response.

An SVG without scripts, fonts or links, the same bytes for the same journal. It brings its
own background, so that it reads on light and on dark pages.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from stanch.incident import Event
from stanch.report.course import attempts
from stanch.report.document import Postmortem
from stanch.report.impact import Series, harm
from stanch.report.journal import in_order
from stanch.report.labels import Label, place
from stanch.report.spans import clock, percent

_WIDTH, _LEFT, _RIGHT, _PLOT, _LANE, _FOOT, _HEAD = 900, 74, 150, 220, 18, 48, 40
_MOST_POINTS = 220
_LEAST_BESIDE = 180.0
_STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#24292f}"
    ".t{font-size:14px;font-weight:600}.q{fill:#57606a}.b{fill:#fff;stroke:#d0d7de}"
    ".g{stroke:#d8dee4}.a{stroke:#57606a}.z{fill:#cf222e;opacity:.09}"
    ".l{fill:none;stroke:#0969da;stroke-width:2;stroke-linejoin:round}"
    ".m{stroke:#57606a;stroke-dasharray:4 3}.o{stroke:#cf222e}.r{stroke:#1a7f37}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.q{fill:#9da7b3}"
    ".b{fill:#0d1117;stroke:#30363d}.g{stroke:#262c34}.a,.m{stroke:#9da7b3}"
    ".z{fill:#ff7b72;opacity:.14}.l{stroke:#58a6ff}.o{stroke:#ff7b72}.r{stroke:#3fb950}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where an instant and a ratio stand on the picture."""

    first: float
    last: float
    top: float
    y0: float

    def x(self, seconds: float) -> float:
        share = (seconds - self.first) / (self.last - self.first)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, ratio: float) -> float:
        return self.y0 + _PLOT * (1 - ratio / self.top)


def chart(document: Postmortem, events: Sequence[Event]) -> str:
    """Return the picture as SVG; empty when the journal holds no series."""
    events = [e for e in in_order(events) if e.seq <= document.journal.last_seq]
    series = harm(events, attempts(events)).series
    if len(series) < 2:
        return ""
    marks = _marks(document)
    series, first, last = _window(series, [at.timestamp() for _, at, _ in marks])
    scale = _Scale(first=first, last=last, top=_top(series), y0=0)
    labels = place([(f"{name} {clock(at)}", scale.x(at.timestamp())) for name, at, _ in marks])
    lanes = max((label.lane + 1 for label in labels), default=0)
    scale = _Scale(first=scale.first, last=scale.last, top=scale.top, y0=_HEAD + lanes * _LANE + 6)
    body = [*_frame(document, scale), *_grid(scale), *_band(document, scale)]
    body += [_line(series, scale), *_lines(labels, marks, scale)]
    height = scale.y0 + _PLOT + _FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_n(height)}" '
        f'width="{_WIDTH}" height="{_n(height)}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(_title(document))}</title>'
        f'<desc id="d">{escape(_description(document))}</desc>'
        f"<style>{_STYLE}</style>" + "".join(body) + "</svg>\n"
    )


def _window(series: Series, marks: Sequence[float]) -> tuple[Series, float, float]:
    """Cut the quiet before and after off: half the length of the story is enough of it."""
    begun, ended = min(marks), max(marks)
    beside = max((ended - begun) / 2, _LEAST_BESIDE)
    cut = tuple(point for point in series if begun - beside <= point[0] <= ended + beside)
    # Marks far from any measurement: better the whole curve than none.
    cut = cut if len(cut) >= 2 else series
    return cut, min(begun, cut[0][0]), max(ended, cut[-1][0])


def _marks(document: Postmortem) -> list[tuple[str, datetime, str]]:
    """Return the marks in the order of time: name, instant, class of the line."""
    known = document.facts
    marks = [("onset", known.impact_start, "o"), ("alert", known.detected_at, "")]
    for change in document.changes:
        lost = "" if change.verified != "did not hold" else " (did not hold)"
        marks.append((f"{change.proposal} started{lost}", change.started_at, ""))
    marks.append(("recovery", known.impact_end, "r"))
    there = [(name, at, kind) for name, at, kind in marks if at is not None]
    return sorted(there, key=lambda mark: mark[1])


def _title(document: Postmortem) -> str:
    return f"Error ratio of {document.header.affected.replace('`', '')}, {document.header.incident}"


def _description(document: Postmortem) -> str:
    peak = document.facts.error_ratio_peak
    high = f"The ratio peaks at {percent(peak)}. " if peak is not None else ""
    marks = "; ".join(f"{name} at {clock(at)}" for name, at, _ in _marks(document))
    return f"{high}Marks: {marks}. Times are UTC."


def _top(series: Series) -> float:
    """Return the next round ratio above the highest one, at least 1 %."""
    high = max((v for _, v in series), default=0.0)
    rounds = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
    return next((one for one in rounds if one >= high), 1.0)


def _frame(document: Postmortem, scale: _Scale) -> Iterator[str]:
    height = scale.y0 + _PLOT + _FOOT
    yield f'<rect class="b" x=".5" y=".5" width="{_WIDTH - 1}" height="{_n(height - 1)}" rx="6"/>'
    yield f'<text class="t" x="16" y="25">{escape(_title(document))}</text>'
    foot = scale.y0 + _PLOT + 38
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield f'<text class="q" x="{_n(middle)}" y="{_n(foot)}" text-anchor="middle">time (UTC)</text>'
    side = scale.y0 + _PLOT / 2
    yield (
        f'<text class="q" x="20" y="{_n(side)}" text-anchor="middle" '
        f'transform="rotate(-90 20 {_n(side)})">error ratio</text>'
    )


def _grid(scale: _Scale) -> Iterator[str]:
    for number in range(5):
        ratio = scale.top * number / 4
        y, kind = _n(scale.y(ratio)), "a" if number == 0 else "g"
        yield f'<path class="{kind}" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>'
        yield (
            f'<text class="q" x="{_LEFT - 6}" y="{_n(scale.y(ratio) + 4)}" '
            f'text-anchor="end">{percent(ratio)}</text>'
        )
    length = scale.last - scale.first
    step = next((one for one in _STEPS if length / one <= 8), _STEPS[-1])
    tick = math.ceil(scale.first / step) * step
    while tick <= scale.last:
        x, low = _n(scale.x(tick)), scale.y0 + _PLOT
        name = f"{datetime.fromtimestamp(tick, UTC):{'%H:%M:%S' if step < 60 else '%H:%M'}}"
        yield f'<path class="a" d="M{x} {_n(low)}v4"/>'
        yield f'<text class="q" x="{x}" y="{_n(low + 18)}" text-anchor="middle">{name}</text>'
        tick += step


def _band(document: Postmortem, scale: _Scale) -> Iterator[str]:
    start, end = document.facts.impact_start, document.facts.impact_end
    if start is not None:
        x = scale.x(start.timestamp())
        width = (scale.x(end.timestamp()) if end else scale.x(scale.last)) - x
        yield (
            f'<rect class="z" x="{_n(x)}" y="{_n(scale.y0)}" '
            f'width="{_n(max(width, 0))}" height="{_PLOT}"/>'
        )


def _line(series: Series, scale: _Scale) -> str:
    points = " ".join(f"{_n(scale.x(t))},{_n(scale.y(v))}" for t, v in _thinned(series))
    return f'<polyline class="l" points="{points}"/>'


def _thinned(series: Series) -> Series:
    """Return at most so many points as can be seen; of those that share a place the highest."""
    size = math.ceil(len(series) / _MOST_POINTS)
    chunks = (series[n : n + size] for n in range(0, len(series), size))
    return tuple(max(chunk, key=lambda point: point[1]) for chunk in chunks)


def _lines(
    labels: Sequence[Label], marks: Sequence[tuple[str, datetime, str]], scale: _Scale
) -> Iterator[str]:
    for label, (_, _, kind) in zip(labels, marks, strict=True):
        y = scale.y0 - label.lane * _LANE - 8
        low = scale.y0 + _PLOT
        yield f'<path class="m {kind}" d="M{_n(label.x)} {_n(y - 10)}V{_n(low)}"/>'
        yield f'<text x="{_n(label.left)}" y="{_n(y)}">{escape(label.text)}</text>'


def _n(value: float) -> str:
    """Print a coordinate to a tenth of a px, without an idle zero."""
    return f"{value:.1f}".removesuffix(".0")
