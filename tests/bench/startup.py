"""How long commands take to start, against a bare interpreter and `import click`.

`python -m tests.bench.startup`. Every command runs in a process of its own; the rounds
take turns, so that a busy moment of the machine falls on all alike. It fails when
`stanch --help` takes more than three times as long as `import click`, or loads a heavy
package.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from tests.bench.figures import Figure, figure, machine, table
from tests.bench.loaded import HEAVY, environment, loaded_by

MOST = 3.0
"""How many times the wall time of `import click` the help may take."""
PEER = "python -c 'import click'"
HELP = "stanch --help"
_STANCH = str(Path(sys.executable).with_name("stanch"))
_COMMANDS: Mapping[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    PEER: (sys.executable, "-c", "import click"),
    HELP: (_STANCH, "--help"),
    "stanch --version": (_STANCH, "--version"),
    "stanch approve --help": (_STANCH, "approve", "--help"),
    "stanch incidents": (_STANCH, "incidents"),
    "stanch pending": (_STANCH, "pending"),
    "stanch audit verify": (_STANCH, "audit", "verify"),
    "stanch runbook list": (_STANCH, "runbook", "list"),
}


@click.command()
@click.option("--rounds", type=click.IntRange(2), default=21, show_default=True)
def startup(rounds: int) -> None:
    """Measure how long commands take to start."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        wall, cpu = measure(rounds, home)
        loaded = {
            name: loaded_by(command[1:], home) & set(HEAVY)
            for name, command in _COMMANDS.items()
            if command[0] == _STANCH
        }
    print(f"Start-up, {rounds} rounds in turns. {machine()}\n")
    print(_table(wall, cpu, loaded))
    ratio = wall[HELP].median / wall[PEER].median
    print(f"\n{HELP} takes {ratio:.2f} times as long as {PEER} (at most {MOST:g}).")
    wrong = [f"{HELP} loads {', '.join(sorted(loaded[HELP]))}"] if loaded[HELP] else []
    if ratio > MOST:
        wrong.append(f"{HELP} is too slow")
    if wrong:
        raise click.ClickException("; ".join(wrong))


def measure(rounds: int, home: Path) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Return the wall and the CPU time of every command, in seconds.

    One more round goes before: it writes the byte code and the home.
    """
    env = environment(home)
    wall: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    cpu: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for number in range(-1, rounds):
        for name, command in _COMMANDS.items():
            took = _once(command, env)
            if number >= 0:
                wall[name].append(took[0])
                cpu[name].append(took[1])
    return (
        {name: figure(values) for name, values in wall.items()},
        {name: figure(values) for name, values in cpu.items()},
    )


def _once(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Run a command to its end; return its seconds by the wall and on the processor."""
    before, begin = _children(), time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin, _children() - before


def _children() -> float:
    """Return the processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _table(
    wall: Mapping[str, Figure], cpu: Mapping[str, Figure], loaded: Mapping[str, frozenset[str]]
) -> str:
    peer, peer_cpu = wall[PEER].median, cpu[PEER].median
    rows = [
        (
            name,
            wall[name].milliseconds(),
            f"{wall[name].median / peer:.2f}",
            f"{cpu[name].median * 1000:.0f}",
            f"{cpu[name].median / peer_cpu:.2f}",
            ", ".join(sorted(loaded.get(name, ()))) or "-",
        )
        for name in wall
    ]
    return table(("command", "wall ms", "x click", "CPU ms", "x click", "heavy packages"), rows)


if __name__ == "__main__":
    startup()
