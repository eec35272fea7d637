"""The long fuzz run: strings against real shells, and hostile values against templates.

    python -m tests.bench.fuzz --strings 200000 --values 100000 [--seed N]

It ends with status 1 when one string means something else to bash or dash, or when one
value changes more than its own place in an operation.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from stanch.runbook.findings import RefusedError
from tests.bench.fuzz_shells import Asked, Difference, asked, can_be_asked, differences
from tests.bench.fuzz_strings import string
from tests.bench.fuzz_values import PARAMS, Change, attack, bindables, value

_BATCH: Final = 400
_SHOWN: Final = 20


@dataclass(slots=True)
class Strings:
    """What became of the strings."""

    accepted: int = 0
    refused: int = 0
    asked: int = 0
    """Questions put to each shell; a string may be two, its words being sent on once more."""
    different: list[Difference] = field(default_factory=list)


@dataclass(slots=True)
class Values:
    """What became of the values."""

    accepted: int = 0
    refused: int = 0
    changed: list[Change] = field(default_factory=list)


def fuzz_strings(count: int, *, seed: int, folder: Path) -> Strings:
    """Draw `count` strings and ask the shells about those that are accepted."""
    rng = Random(seed)
    result = Strings()
    batch: list[Asked] = []
    for _ in range(count):
        try:
            questions = asked(string(rng))
        except RefusedError:
            result.refused += 1
            continue
        result.accepted += 1
        batch.extend(one for one in questions if can_be_asked(one))
        if len(batch) >= _BATCH:
            result.asked += len(batch)
            result.different += differences(batch, folder)
            batch = []
    result.asked += len(batch)
    result.different += differences(batch, folder)
    return result


def fuzz_values(count: int, *, seed: int) -> Values:
    """Bind `count` values, most of them hostile, into the templates of the table in turn."""
    rng = Random(seed)
    targets = [one for one in bindables() if one.step.template.params]
    result = Values()
    for at in range(count):
        target = targets[at % len(targets)]
        name = rng.choice(target.step.template.params)
        accepted, change = attack(target, name, value(rng, PARAMS[name]))
        result.accepted += accepted
        result.refused += not accepted
        if change is not None:
            result.changed.append(change)
    return result


def main() -> int:
    """Run both parts, print their counts, and return the exit status."""
    parser = argparse.ArgumentParser(description="Fuzz the scanner and the binding of values.")
    parser.add_argument("--strings", type=int, default=200_000)
    parser.add_argument("--values", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"seed {given.seed}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "folder"
        folder.mkdir()
        strings = fuzz_strings(given.strings, seed=given.seed, folder=folder)
    share = 100 * strings.accepted / max(1, given.strings)
    print(
        f"strings: {given.strings}, accepted {strings.accepted} ({share:.0f} %), "
        f"refused {strings.refused}, put to bash and dash {strings.asked}, "
        f"different {len(strings.different)}, {time.monotonic() - start:.0f} s"
    )
    for one in strings.different[:_SHOWN]:
        print(f"  {one.shell}: {one.text!r}: {one.expected} but {one.found}")
    start = time.monotonic()
    values = fuzz_values(given.values, seed=given.seed)
    print(
        f"values: {given.values}, accepted {values.accepted}, refused {values.refused}, "
        f"structural changes {len(values.changed)}, {time.monotonic() - start:.0f} s"
    )
    for change in values.changed[:_SHOWN]:
        print(f"  {change.text}: {dict(change.values)!r}: {change.why}")
    return 1 if strings.different or values.changed else 0


if __name__ == "__main__":
    sys.exit(main())
