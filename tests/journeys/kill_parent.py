"""A prepared parent: it has imported everything, and forks a process for each run.

Started as `python -m tests.journeys.kill_parent`. Each line on standard input names a file
with cases; the answer is the line `done`, with `results.json` beside that file. What a run
has imported late is imported here before the next batch. No thread runs here, so that a
fork is a whole copy.
"""

import importlib
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from stanch.approvals import Identity, approve
from stanch.clock import Clock
from stanch.graph import drive, opening  # noqa: F401 - imported before any fork
from stanch.incident import Alert, ApprovalState
from stanch.policy import load
from stanch.service.opening import open_incident
from stanch.service.runbooks import runbooks
from stanch.service.running import run
from stanch.settings import Settings
from stanch.store import Store
from tests.journeys.kill_points import Points

_AT_ONCE = 3
_SECONDS = 60
_IN_DOUBT = 3


def main() -> None:
    """Run batches of cases until standard input ends."""
    for line in sys.stdin:
        file = Path(line.strip())
        cases = json.loads(file.read_text(encoding="utf-8"))
        for case in cases[:1]:
            # Read once, before the forks: every run reads the same files.
            runbooks(Settings.model_validate(case["settings"]))
        _batch(cases)
        _import_what(cases)
        found = {case["name"]: json.loads(_ended(case).read_text()) for case in cases}
        (file.parent / "results.json").write_text(json.dumps(found), encoding="utf-8")
        sys.stdout.write("done\n")
        sys.stdout.flush()


def _batch(cases: list[dict[str, Any]]) -> None:
    running = 0
    for case in cases:
        if running == _AT_ONCE:
            os.wait()
            running -= 1
        if os.fork() == 0:
            _supervise(case)
        running += 1
    for _ in range(running):
        os.wait()


def _import_what(cases: list[dict[str, Any]]) -> None:
    """Import what the runs had to import, so that the next ones need not."""
    for case in cases:
        file = Path(case["settings"]["home"]).with_suffix(".modules")
        for name in json.loads(file.read_text()) if file.exists() else ():
            if name not in sys.modules:
                importlib.import_module(name)
    assert threading.active_count() == 1


def _supervise(case: dict[str, Any]) -> None:
    """Run a case in one process after the other, until one of them is not killed."""
    endings = []
    for kill in (*case["kills"], None):
        child = os.fork()
        if child == 0:
            _work(case, kill)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        endings.append("killed" if killed else f"status {os.waitstatus_to_exitcode(status)}")
        if not killed:
            break
    _ended(case).write_text(json.dumps(endings), encoding="utf-8")
    os._exit(0)


def _ended(case: dict[str, Any]) -> Path:
    return Path(case["settings"]["home"]).with_suffix(".ended")


def _work(case: dict[str, Any], kill: str | int | None) -> None:
    """Be the process of one run."""
    home = Path(case["settings"]["home"])
    signal.alarm(_SECONDS)
    points = Points(kill)
    points.arm()
    status = 1
    try:
        status = _run(case)
        home.with_suffix(".points").write_text(json.dumps(points.passed), encoding="utf-8")
        home.with_suffix(".modules").write_text(json.dumps(list(sys.modules)), encoding="utf-8")
    except BaseException:  # noqa: BLE001 - whatever ends a run is written down for the test
        home.with_suffix(".error").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(status)


def _run(case: dict[str, Any]) -> int:
    """Open the incident if it is not, and move it on, approving what is asked."""
    settings = Settings.model_validate(case["settings"])
    store, clock = Store(settings.home), Clock(settings.clock)
    alert = Alert.model_validate(case["alert"])
    name = open_incident(store, clock, alert, by="ann").incident.id
    while (stopped := run(settings, store, name, wait=False)).why != "final":
        if stopped.approval is None:
            return _IN_DOUBT
        asked = store.approvals.get(stopped.approval)
        if asked.state is ApprovalState.PENDING:
            who = Identity("ann", "test")
            approve(store, load(settings.policy_file), clock, asked, who=who)
    return 0


if __name__ == "__main__":
    main()
