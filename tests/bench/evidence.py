"""How long the evidence of an incident takes: the sum of its reads, the slowest, and ours.

For each fault a practice production is broken and its incident runs to the first question
or to its end. Each wave of reads runs side by side; a wave that needs what the one before
it found cannot begin earlier, so what no order could beat is the sum of the slowest reads
of the waves. `python -m tests.bench.evidence [FAULT...]`; the last column is the same
incident with one read at a time.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from stanch.cli.rehearse import broken
from stanch.incident import Event
from stanch.service.drill import Case
from stanch.service.running import run
from stanch.settings import Settings, read

FAULTS = ("bad-release", "lock-contention", "disk-full", "dependency-down", "dns-failure")
LATENCY = 0.04
"""Seconds by which the cluster and the metrics server answer later: a network of some distance."""
GOAL_FACTOR, GOAL_SECONDS = 1.15, 0.1


@dataclass(frozen=True)
class Phase:
    """The reads of the first look of one incident, in seconds of the wall."""

    reads: int
    waves: int
    whole: float
    slowest: float
    """The slowest read of each wave, added up."""
    ours: float


def phase(events: tuple[Event, ...]) -> Phase:
    """Return what the journal says of the first look: it began with the first read."""
    waves: list[list[Event]] = []
    ours = 0.0
    for event in events:
        if event.type == "hypotheses.weighed":
            break
        if event.type == "step.started" and (not waves or waves[-1]):
            waves.append([])
        if event.type == "step.finished" and waves:
            waves[-1].append(event)
    for wave in waves:
        if wave:
            first = min(one.at.timestamp() - float(one.data["duration"]) for one in wave)
            ours += max(one.at.timestamp() for one in wave) - first
    spans = [[float(one.data["duration"]) for one in wave] for wave in waves if wave]
    return Phase(
        reads=sum(map(len, spans)),
        waves=len(spans),
        whole=sum(map(sum, spans)),
        slowest=sum(map(max, spans)),
        ours=ours,
    )


def measured(fault: str, base: Settings) -> Phase:
    """Break a practice production, run its incident once, and return its evidence phase."""
    case = Case(fault=fault, seed=1, runbook="", cause="", action=None)
    with (
        tempfile.TemporaryDirectory() as folder,
        # The rehearsal's clock runs with the wall, so that the journal's times are wall times.
        broken(case, base, Path(folder) / "home", speed=1, latency=LATENCY) as (here, _, name),
    ):
        run(here.settings, here.store, name, wait=False)
        return phase(tuple(here.store.journal.events(name)))


def main() -> int:
    """Print the table; the exit status says whether the goal was reached for the median."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="see `stanch-sandbox faults`")
    faults: list[str] = parser.parse_args().faults or list(FAULTS)
    base = read()
    alone = base.model_copy(update={"reads_at_once": 1})
    print("| fault | reads | waves | sum | slowest | ours | one at a time |")
    print("|---|---|---|---|---|---|---|")
    missed = []
    for fault in faults:
        both, single = measured(fault, base), measured(fault, alone)
        cells = (both.whole, both.slowest, both.ours, single.ours)
        shown = " | ".join(f"{seconds * 1000:.0f} ms" for seconds in cells)
        print(f"| {fault} | {both.reads} | {both.waves} | {shown} |", flush=True)
        missed.append(both.ours - (both.slowest * GOAL_FACTOR + GOAL_SECONDS))
    good = median(missed) <= 0
    goal = f"ours at most {GOAL_FACTOR} times the slowest + 100 ms"
    print(f"\nGoal ({goal}): {'met' if good else 'missed'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
