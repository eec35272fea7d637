"""From the last vote to the arrival of the request, and what the gate costs.

The store is on the disk that the machine has, and holds the journal of an incident of
the usual length. The target answers at once, so that what is measured is ours.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.gate.gate_world import World
from tests.unit import incident_samples as samples

_TIMES = 60
_ENTRIES = 150
"""As many entries as the journal of one incident of the demo has, and a few more."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds, of so many mitigations."""

    arrivals: list[float]
    votes: list[float]
    wholes: list[float]

    @property
    def median_milliseconds(self) -> float:
        """The median from the last vote to the arrival."""
        return median(self.arrivals)

    def __str__(self) -> str:
        def line(name: str, values: list[float]) -> str:
            worst = quantiles(values, n=20)[-1]
            return f"{name:<48} median {median(values):6.1f} ms   95th {worst:6.1f} ms"

        return "\n".join(
            (
                f"{len(self.arrivals)} mitigations, store on disk, journal of {_ENTRIES} entries:",
                line("from the last vote to the arrival at the target", self.arrivals),
                line("one vote", self.votes),
                line("the whole gate: ask, vote, execute, record", self.wholes),
            )
        )


def latency(folder: Path) -> Latency:
    """Measure the way of so many changes, each in a store of its own."""
    arrivals, votes, wholes = [], [], []
    for number in range(_TIMES):
        world = World(folder / str(number))
        entry = samples.entry(incident="INC-1")
        world.store.journal.append(*[entry] * _ENTRIES)
        begin = time.perf_counter()
        name = world.propose().id
        asked = time.perf_counter()
        world.vote(name, "ann")
        voted = time.perf_counter()
        arrived: list[float] = []

        def note(what: str, arrived: list[float] = arrived) -> None:
            if what == "send":
                arrived.append(time.perf_counter())

        world.target.before = note
        result = world.execute(name)
        end = time.perf_counter()
        if result is None or result.state != "done":
            raise RuntimeError(f"the change was not made: {result}")
        arrivals.append((arrived[0] - voted) * 1000)
        votes.append((voted - asked) * 1000)
        wholes.append((end - begin) * 1000)
        world.store.close()
    return Latency(arrivals, votes, wholes)
