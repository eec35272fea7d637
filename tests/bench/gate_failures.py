"""Failures around one change: deaths at every boundary, races, lost answers, disk and lock."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import event

from stanch.store import StoreError
from tests.bench.gate_figures import Line
from tests.gate.gate_server import serving
from tests.gate.gate_target import MOODS
from tests.gate.gate_world import PEOPLE, Killed, World

_ROOT = Path(__file__).parents[2]


def failures(folder: Path) -> Iterator[Line]:
    """Yield a line for each kind of failure."""
    folder.mkdir(parents=True)
    for quorum in (1, 2):
        yield _deaths(folder / f"deaths-{quorum}", quorum)
    yield _sigkills(folder / "sigkills")
    yield _races(folder / "races")
    for mood in sorted(set(MOODS) - {"well"}):
        yield _mood(folder / f"mood-{mood.replace(' ', '-')}", mood)
    yield _jumps(folder / "jumps")
    yield _full(folder / "full")
    yield _locked(folder / "locked")


def _deaths(folder: Path, quorum: int) -> Line:
    """End the process at every boundary of the way, in every mood of the target."""
    line = Line(f"the process ends at every boundary, in every mood; quorum {quorum}", 0)
    for mood in sorted(set(MOODS)):
        for left in range(200):
            world = World(folder / f"{mood.replace(' ', '-')}-{left}", quorum=quorum)
            name = world.propose().id
            world.target.mood = mood
            world.left = left
            died = False
            try:
                _way(world, name, quorum)
            except Killed:
                died = True
                world.reopen()
                _way(world, name, quorum)
            world.left = None
            world.settle(name)
            line.tried += 1
            line.take(world)
            world.store.close()
            if not died:
                break
    return line


def _way(world: World, name: str, quorum: int) -> None:
    for who in PEOPLE[:quorum]:
        world.vote(name, who)
    world.execute(name)


def _sigkills(folder: Path) -> Line:
    """Kill a real process with SIGKILL at every boundary; a new one goes on."""
    line = Line("SIGKILL of a real process at every boundary", 0)
    folder.mkdir()
    for left in range(200):
        with serving() as (target, port):
            home = folder / str(left)
            world = World(home)
            name = world.propose().id
            world.store.close()
            first = _victim(home, name, port, left)
            # Where it died before it had voted, the next one does.
            _victim(home, name, port, None)
            world.target.ran = list(target.ran)
            world.target.mark = target.mark
            world.unsure[name].add("ann")
            world.reopen()
            line.tried += 1
            line.take(world)
            line.expect(target.ran, f"the change never ran after a kill at {left}")
            world.store.close()
        if first == 0:
            break
    return line


def _victim(home: Path, name: str, port: int, left: int | None) -> int:
    words = [sys.executable, "-m", "tests.gate.gate_victim", str(home), name, str(port)]
    words += [] if left is None else [str(left)]
    done = subprocess.run(words, cwd=_ROOT, check=False, capture_output=True, text=True)
    if done.returncode not in {0, -9}:
        raise RuntimeError(done.stderr)
    return done.returncode


def _races(folder: Path) -> Line:
    """Let real processes race for the same approved change."""
    line = Line("six processes race for one approval", 0)
    context = multiprocessing.get_context("spawn")
    for number in range(10):
        with serving() as (target, port):
            home = folder / str(number)
            world = World(home)
            name = world.propose().id
            world.vote(name, "ann")
            world.store.close()
            from tests.gate.gate_victim import execute

            racers = [context.Process(target=execute, args=(home, name, port)) for _ in range(6)]
            for one in racers:
                one.start()
            for one in racers:
                one.join()
            world.target.ran = list(target.ran)
            world.reopen()
            line.tried += 1
            line.take(world)
            line.expect(len(target.ran) == 1, f"it ran {len(target.ran)} times")
            world.store.close()
    return line


def _mood(folder: Path, mood: str) -> Line:
    """Let the target misbehave, run again twice, and let a person settle what is left."""
    line = Line(f"the target's connection: {mood}")
    world = World(folder)
    name = world.propose().id
    world.vote(name, "ann")
    world.target.mood = mood
    for _ in range(3):
        world.execute(name)
    world.settle(name)
    entry = world.store.ledger.get(world.proposal(name).key)
    line.note = f"recorded as {entry.state}" if entry else "not begun"
    line.take(world)
    world.store.close()
    return line


def _jumps(folder: Path) -> Line:
    """Let the clock jump between vote and execution, forward and back."""
    line = Line("the clock jumps, forward past the expiry and back", 0)
    for number, minutes in enumerate((-600, -16, -1, 1, 14, 16, 600)):
        world = World(folder / str(number))
        name = world.propose().id
        world.vote(name, "ann")
        world.clock.moment += timedelta(minutes=minutes)
        world.expire(name)
        if minutes > 15:
            # The jump was a mistake of the clock: what ran out stays so.
            _quietly(partial(world.execute, name))
            world.clock.moment -= timedelta(minutes=minutes)
        _quietly(partial(world.execute, name))
        line.tried += 1
        ran = bool(world.target.ran)
        line.expect(not (ran and minutes > 15), f"it ran after {minutes} minutes")
        line.take(world)
        world.store.close()
    return line


def _full(folder: Path) -> Line:
    """Let the disk be full at every transaction of the way."""
    line = Line("the disk is full at every point of the way", 0)
    for room in range(12):
        world = World(folder / str(room))
        name = world.propose().id
        engine = world.store.database.backend.reading
        engine.dispose()

        @event.listens_for(engine, "connect")
        def _limit(connection: sqlite3.Connection, _record: object, room: int = room) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + room}")

        with suppress(StoreError):
            world.vote(name, "ann")
        with suppress(StoreError):
            world.execute(name)
        world.reopen()
        world.vote(name, "ann")
        world.execute(name)
        world.settle(name)
        line.tried += 1
        line.take(world)
        line.expect(world.target.ran, f"it never ran, with room for {room} pages")
        world.store.close()
    return line


def _locked(folder: Path) -> Line:
    """Let another program hold the database while somebody votes and while it is executed."""
    line = Line("the database is locked by another program for a while", 0)
    steps: tuple[Callable[[World, str], object], ...] = (
        lambda world, name: world.vote(name, "ann"),
        lambda world, name: world.execute(name),
    )
    for number, step in enumerate(steps):
        world = World(folder / str(number))
        name = world.propose().id
        if number:
            world.vote(name, "ann")
        with closing(sqlite3.connect(world.home / "stanch.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            thread = threading.Thread(target=_quietly, args=(partial(step, world, name),))
            thread.start()
            threading.Event().wait(0.5)
            line.expect(not world.target.ran, "it ran while nothing could be written")
            other.execute("ROLLBACK")
            thread.join()
        world.vote(name, "ann")
        world.execute(name)
        line.tried += 1
        line.take(world)
        line.expect(world.target.ran, "it never ran")
        world.store.close()
    return line


def _quietly(deed: Callable[[], object]) -> None:
    with suppress(StoreError):
        deed()
