"""Where the seconds of the unattended demo go.

`python -m tests.bench.demo`. It runs `stanch demo --approve` as a person would, in a fresh
home, notes when each line appears, and reads the journal afterwards. It fails when the demo
fails or takes more than thirty seconds of the wall.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tests.bench.figures import machine, table
from tests.bench.loaded import environment

MOST_SECONDS = 30.0
_MARKS = (
    ("A practice production is up", "start of the practice production"),
    ("The shop was broken", "breaking it"),
    ("INC-1 is open", "waiting for the alert (the run is imported meanwhile)"),
    ("triage ", "start of the run"),
    ("investigate ", "triage"),
    ("mitigate ", "reads and diagnosis"),
    ("Approved ", "proposal, dry run and approval"),
    ("Done ", "the change"),
    ("Verified ", "verification: recovery and 120 s of soak on the demo's clock"),
    ("INC-1 is closed", "resolving and post-mortem"),
    ("Referee:", "the referee"),
    ("Journal:", "verification of the journal"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a run: what it was, and when it was over, in seconds from the start."""

    what: str
    over: float


@click.command()
@click.option("--fault", default="bad-release", show_default=True)
def demo(fault: str) -> None:
    """Break the time of one demo down into its parts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        parts, status, last = _run(fault, Path(folder) / "home")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = parts[-1].over
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(f"stanch demo --approve --fault {fault}. {machine()}\n")
    starts = (0.0, *(part.over for part in parts))
    rows = [
        (part.what, f"{part.over - start:.2f}", f"{part.over:.2f}")
        for part, start in zip(parts, starts, strict=False)
    ]
    print(table(("part", "seconds", "over at"), rows))
    print(
        f"\n{total:.1f} s of the wall (at most {MOST_SECONDS:g}), {cpu:.1f} s on the processor "
        "(without the practice production, which is no child of the demo)."
    )
    if status != 0:
        raise click.ClickException(f"the demo ended with status {status}: {last}")
    if total > MOST_SECONDS:
        raise click.ClickException(f"the demo took {total:.1f} s")


def _run(fault: str, home: Path) -> tuple[Sequence[Part], int, str]:
    """Run the demo; return its parts, its exit status and its last line."""
    command = [str(Path(sys.executable).with_name("stanch")), "demo", "--approve"]
    # Else the lines would wait in a buffer, and appear all at once.
    env = environment(home) | {"PYTHONUNBUFFERED": "1", "COLUMNS": "100"}
    left = list(_MARKS)
    parts: list[Part] = []
    last = ""
    begin = time.perf_counter()
    with subprocess.Popen(
        [*command, "--fault", fault],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=os.sep,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            for number, (start, what) in enumerate(left):
                if line.startswith(start):
                    parts.append(Part(what, time.perf_counter() - begin))
                    left = left[number + 1 :]
                    break
    parts.append(Part("taking the practice production down", time.perf_counter() - begin))
    return parts, process.returncode, last


if __name__ == "__main__":
    demo()
