"""Randomised runs of the gate: votes, drifts, deaths, lost answers, jumps of the clock."""

import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.bench.gate_figures import Line
from tests.gate.gate_target import MOODS
from tests.gate.gate_world import PEOPLE, Killed, World, rules

_IN_ONE_STORE = 8


def random_runs(folder: Path, *, runs: int, seed: int) -> Iterator[Line]:
    """Yield one line for all runs of each quorum; a run is the life of one proposal."""
    for quorum in (1, 2, 3):
        chance = random.Random(seed * 1000 + quorum)
        count = runs // 3 + (runs % 3 if quorum == 1 else 0)
        line = Line(f"randomised: votes, drifts, deaths, clock jumps; quorum {quorum}", 0)
        ends: dict[str, int] = {}
        while line.tried < count:
            lives = min(_IN_ONE_STORE, count - line.tried)
            world = World(folder / f"{quorum}-{line.tried}", quorum=quorum)
            for _ in range(lives):
                _life(world, chance)
            _calm(world)
            line.take(world)
            for name in world.said:
                state = world.state(name).value
                ends[state] = ends.get(state, 0) + 1
            line.tried += lives
            world.store.close()
            shutil.rmtree(world.home)
        line.note = ", ".join(f"{name} {count}" for name, count in sorted(ends.items()))
        yield line


def _life(world: World, chance: random.Random) -> None:
    """Let one proposal live through a random course of events."""
    name = world.propose().id
    # It takes more votes to come to an execution where more are needed.
    for _ in range(chance.randint(2 + 2 * world.quorum, 8 + 4 * world.quorum)):
        if chance.random() < 0.25:
            world.left = chance.randint(0, 22)
        try:
            _event(world, chance, name)
        except Killed:
            world.reopen()
        finally:
            world.left = None


def _event(world: World, chance: random.Random, name: str) -> None:
    # Weighted so that most lives reach an execution.
    match chance.choices(range(9), (8, 8, 1, 1, 2, 1, 1, 1, 1))[0]:
        case 0:
            world.vote(name, chance.choice((*PEOPLE, "eve")), yes=chance.random() < 0.97)
        case 1:
            world.execute(name)
        case 2:
            world.drift()
        case 3:
            world.clock.moment += timedelta(minutes=chance.choice((-60, -5, 1, 10, 16, 120)))
        case 4:
            world.target.mood = chance.choice(MOODS)
        case 5:
            world.target.blind = not world.target.blind
        case 6:
            world.policy = None if world.policy else rules(world.quorum)
        case 7:
            world.settle(name)
        case _:
            world.target.deliver()


def _calm(world: World) -> None:
    """Let everything be well again, and every run come to its end."""
    world.reopen()
    world.policy = rules(world.quorum)
    world.target.mood, world.target.blind = "well", False
    for name in world.said:
        world.execute(name)
        world.settle(name)
