"""A process that votes and executes, and kills itself with SIGKILL where it is told to.

`python -m tests.gate.gate_victim HOME APPROVAL PORT [BOUNDARY]`.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from stanch.executor import Executor
from stanch.store import ConflictError
from tests.gate.gate_server import Remote
from tests.gate.gate_world import Killed, World, rules


def _world(home: Path, port: int) -> World:
    world = World(home)
    world.said["A-1"], world.unsure["A-1"] = set(), set()
    world.executor = Executor(
        store=world.store,
        clients=cast("Any", Remote(port, world.target.before)),
        policy=rules(1),
        reread=lambda: rules(1),
        clock=world.clock,
        secrets=(),
    )
    return world


def execute(home: Path, name: str, port: int) -> None:
    """Run the change of an approval; somebody else may be first."""
    world = _world(home, port)
    with suppress(ConflictError):
        world.execute(name)
    world.store.close()


def main() -> None:
    """Vote, execute, and die at the boundary that is named."""
    home, name, port, *more = sys.argv[1:]
    world = _world(Path(home), int(port))
    world.left = int(more[0]) if more else None
    try:
        world.vote(name, "ann")
        world.execute(name)
    except Killed:
        os.kill(os.getpid(), signal.SIGKILL)
    world.store.close()


if __name__ == "__main__":
    main()
