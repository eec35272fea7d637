"""What the gate withstands: attacks, failures, deaths at every boundary, and what it costs.

`python -m tests.bench.gate [--runs N] [--seed N]` prints one line for each attack and each
kind of failure: how often it was tried, how many changes took effect without approval,
how many twice, how many on a target that was not as the approver saw it, and how many
approvals were lost. Any number but 0 in these columns ends the program with status 1.
Afterwards: the time from the last vote to the request's arrival at the target, and what
the gate costs for each mitigation.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.gate_attacks import attacks
from tests.bench.gate_failures import failures
from tests.bench.gate_figures import Line, heading
from tests.bench.gate_latency import latency
from tests.bench.gate_runs import random_runs

GOAL_MILLISECONDS = 50.0


def lines(folder: Path, *, runs: int, seed: int) -> Iterator[Line]:
    """Yield the line of each part as soon as it has been run."""
    yield from attacks(folder / "attacks")
    yield from failures(folder / "failures")
    yield from random_runs(folder / "runs", runs=runs, seed=seed)


def main() -> int:
    """Print the table; return 1 when something got through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begin = time.monotonic()
    total = Line("all", 0)
    # Not on a disk where there is memory: what is counted here does not hang on it.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        print(heading(), flush=True)
        for line in lines(Path(name), runs=given.runs, seed=given.seed):
            total += line
            print(line, flush=True)
        print(total)
    with tempfile.TemporaryDirectory() as name:
        measured = latency(Path(name))
    print(f"\n{measured}")
    print(f"\nin {time.monotonic() - begin:.0f} s")
    slow = measured.median_milliseconds >= GOAL_MILLISECONDS
    if slow:
        print(f"The median is not below {GOAL_MILLISECONDS:.0f} ms.")
    return int(total.bad or slow)


if __name__ == "__main__":
    sys.exit(main())
