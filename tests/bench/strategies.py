"""Every strategy drilled on its practice target, and every drift around its change.

`python -m tests.bench.strategies [--only TEXT]` prints one line for each strategy: how many
fields of the preview were so in the deed, which success checks verified it, how many fields
the inverse brought back, and the milliseconds of the gate and of the target. Afterwards one
line for each drift, between approval and change and between change and inverse. Whatever is
not as it is required to be ends the program with status 1. The real API server is drilled
too when STANCH_TEST_KUBECONFIG is set.
"""

import argparse
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.contracts.strategies.strategy_cases import BY_NAME, CASES, DRIFTS, LATER, clusters
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_runs import Drift, drifted, drifted_after, drilled
from tests.contracts.strategies.strategy_scene import Case
from tests.contracts.strategies.strategy_world import open_drill

_DRILLS = (
    "| strategy | kind | preview = deed | verified by | inverse restores | gate ms | target ms |\n"
    "|---|---|---|---|---|---|---|"
)
_DRIFTS = "| drift | strategy | result | why |\n|---|---|---|---|"
_Run = Callable[[ExitStack, Path], str]
_On = Callable[[str], _Run]


class Table:
    """Runs one line after the other, and keeps count of those that are not as required."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lines = 0
        self.wrong = 0

    def line(self, name: str, run: _Run) -> None:
        """Run one line in a folder of its own, and print it, or why it failed."""
        self.lines += 1
        folder = self._folder / str(self.lines)
        folder.mkdir()
        try:
            with ExitStack() as stack:
                said = run(stack, folder)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - one line of many
            self.wrong += 1
            traceback.print_exc()
            said = f"WRONG: {_short(error)} |"
        print(f"| {name} | {said}", flush=True)


def _drill(case: Case, places: Places) -> _On:
    def run(cluster: str, stack: ExitStack, folder: Path) -> str:
        found = drilled(open_drill(case, places, stack, folder, cluster))
        back = "no inverse" if found.restored is None else _many(found.restored)
        by = ", ".join(found.verified) or "nothing is left to be read"
        cost = f"{found.gate * 1000:.0f} | {found.target * 1000:.0f}"
        return f"{case.kind} | {_many(found.fields)} | {by} | {back} | {cost} |"

    return lambda cluster: partial(run, cluster)


def _drift(drift: Drift, places: Places) -> _On:
    case = BY_NAME[drift.case]

    def run(cluster: str, stack: ExitStack, folder: Path) -> str:
        result = drifted(drift, case, places, stack, folder, cluster)
        if re.search(drift.says, result.text) is None:
            raise AssertionError(f"{result.text!r} does not say {drift.says!r}")
        why = result.text.replace("|", "/")
        return f"{case.name} | {result.state}, target untouched | {why} |"

    return lambda cluster: partial(run, cluster)


def _later(drift: Drift, places: Places) -> _On:
    case = BY_NAME[drift.case]

    def run(cluster: str, stack: ExitStack, folder: Path) -> str:
        result = drifted_after(drift, case, places, stack, folder, cluster)
        why = result.text.replace("|", "/")
        return f"{case.name} | inverse {result.state}, target untouched | {why} |"

    return lambda cluster: partial(run, cluster)


def _many(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.replace("|", "/")[:200]


def main() -> int:
    """Print both tables; return 1 when a line is not as it is required to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run the lines whose name holds this text")
    only = parser.parse_args().only
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places, table = Places(folder / "places"), Table(folder)
        try:
            print(_DRILLS)
            _run(table, only, ((case.name, case, _drill(case, places)) for case in CASES))
            print(f"\n{_DRIFTS}")
            _run(table, only, _drifts(places))
        finally:
            places.close()
    print(
        f"\n{table.lines} lines, {table.wrong} of them wrong, in {time.monotonic() - begin:.0f} s"
    )
    return int(table.wrong > 0 or table.lines == 0)


def _drifts(places: Places) -> Iterator[tuple[str, Case, _On]]:
    for drift in DRIFTS:
        yield drift.name, BY_NAME[drift.case], _drift(drift, places)
    for drift in LATER:
        yield f"{drift.name}, after the change", BY_NAME[drift.case], _later(drift, places)


def _run(table: Table, only: str, lines: Iterable[tuple[str, Case, _On]]) -> None:
    for name, case, on in lines:
        for cluster in clusters(case.where):
            if only in name:
                table.line(_named(name, cluster), on(cluster))


def _named(name: str, cluster: str) -> str:
    return name if cluster == "practice" else f"{name} (real API server)"


if __name__ == "__main__":
    sys.exit(main())
