"""Record parked incidents of this release, for every later release to resume.

Run by hand when a release is made: `python -m tests.journeys.recorded.record v1`. It writes
one folder for each way of being parked, with both databases, the keys and the policy of the
home, and `about.json`. Recordings of earlier releases are kept as they are.
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from stanch.graph import build
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.store import StoreError
from tests.contracts.clients.client_front import Canned, Misdeed, Seen
from tests.journeys.kill_scene import Scene, Stage, fast_cluster, released, scene

HERE = Path(__file__).parent


def early(here: Scene) -> None:
    """Stop before anything was looked at."""

    def stopped(_context: Context, _state: State) -> State:
        raise StoreError("the machine is switched off")

    node, ways = build.FLOW["investigate"]
    build.FLOW["investigate"] = (stopped, ways)
    try:
        here.go()
    except StoreError:
        return
    finally:
        build.FLOW["investigate"] = (node, ways)


def asked(here: Scene) -> None:
    """Stop at the question about the change."""
    here.go()


def doubtful(here: Scene) -> None:
    """Stop at the question whether the change ran: it did not."""
    here.go()
    here.approve("A-1")

    def lose(seen: Seen) -> Misdeed | Canned | None:
        if seen.method == "PATCH" and "dryRun" not in seen.path:
            return "cut before"
        return Canned(500) if here.patches() else None

    here.stage.front.rule = lose
    here.go()
    here.stage.front.rule = lambda _: None


WAYS: dict[str, tuple[Callable[[Scene], None], str]] = {
    "early": (early, "investigate"),
    "asked": (asked, "gate"),
    "doubtful": (doubtful, "doubt"),
}


def main() -> None:
    """Record every way into the folder that is named."""
    target = HERE / sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = fast_cluster(folder / "cluster")
        stage = Stage(cluster, folder / "stage", clock=folder / "cluster" / "clock.json")
        try:
            for way, (park, node) in WAYS.items():
                here = scene(stage, folder / way)
                here.corner.name = f"recorded-{way}"
                released(here.corner)
                here.open("OnlyUndo")
                park(here)
                about = {
                    "release": version("stanch"),
                    "node": node,
                    "deployment": here.corner.name,
                    "at": here.events()[-1].at.isoformat(),
                }
                here.close()
                _keep(here.settings.home, target / way, about)
        finally:
            stage.close()


def _keep(home: Path, target: Path, about: dict[str, str]) -> None:
    """Copy what a resume needs, each database as one small file."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "keys").mkdir(parents=True)
    for file in ("stanch.db", "graph.db"):
        with sqlite3.connect(home / file) as connection:
            connection.execute("VACUUM INTO ?", (str(target / file),))
        connection.close()
    for file in ("keys/journal.key", "keys/journal.head", "policy.yaml"):
        shutil.copyfile(home / file, target / file)
    (target / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
