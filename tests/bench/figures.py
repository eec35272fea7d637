"""Figures of repeated runs as a table: medians and spread, under one line about the machine.

The benchmarks of this folder print with it. A median says what is usual; the spread, from
the first to the third quartile, how far to trust it on a machine that others use too.
"""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """The same thing measured several times, in seconds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """What is usual."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Where the middle half of the values lies."""
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    def milliseconds(self) -> str:
        """Return the median and the quartiles, such as "12.3 (11.9-13.0)"."""
        low, high = self.quartiles
        return f"{self.median * 1000:.1f} ({low * 1000:.1f}-{high * 1000:.1f})"


def figure(values: Sequence[float]) -> Figure:
    """Return the figure of at least one measurement."""
    return Figure(tuple(values))


def machine() -> str:
    """Say on what, and beside how much other work, this was measured."""
    one, five, _ = os.getloadavg()
    cores = len(os.sched_getaffinity(0))
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load {one:.1f} (1 min) {five:.1f} (5 min)"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under their heads; the first column to the left, the others to the right."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    lines = []
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = (
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
