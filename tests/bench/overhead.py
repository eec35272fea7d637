"""What the engine adds to the tools' own time, beside peers that keep no record.

`python -m tests.bench.overhead`. First instant reads, by one, twenty and a hundred: all
that is measured is ours. Everything is as in production: SQLite with a sync for each
commit, the journal sealed, the mark of its end moved, evidence redacted and digested.
Then twenty reads of 200 ms from a real server on loopback, through the real clients.
The ways take turns, each run in a home of its own.
"""

import operator
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypedDict

import click
import yaml
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from stanch.executor import Clients, Request
from stanch.graph.build import build
from stanch.graph.drive import saver
from stanch.graph.state import VERSION
from stanch.settings import Settings
from stanch.store import Store
from stanch.tools.operations import Operation, QueryMetrics
from tests.bench import scale
from tests.bench.figures import Figure, figure, machine, table
from tests.bench.slow_server import slow_server

SIZES = (1, 20, 100)
READS, READ_SECONDS, GOAL_SECONDS = 20, 0.2, 0.3
_AT_ONCE = 32
Way = Callable[[Path, list[Request], Clients], tuple[float, float]]


@click.command()
@click.option("--rounds", type=click.IntRange(2), default=9, show_default=True)
def overhead(rounds: int) -> None:
    """Measure the engine's own time."""
    print(f"Engine time, {rounds} rounds in turns. {machine()}\n")
    for steps in SIZES:
        print(f"{steps} instant reads\n{_instant(rounds, steps)}\n")
    print(f"{READS} reads of {READ_SECONDS * 1000:.0f} ms each, the goal is {GOAL_SECONDS:g} s")
    text, medians = _slow(rounds)
    print(text)
    slowest = max(medians)
    if slowest > GOAL_SECONDS:
        raise click.ClickException(f"{READS} reads took {slowest * 1000:.0f} ms")


def _instant(rounds: int, steps: int) -> str:
    ways: dict[str, Way] = {
        "graph, triage to diagnose": _graph,
        "executor.observe": _observe,
        "peer: thread pool, no record": _pool,
        "peer: LangGraph Send, one node a step": _send,
    }
    clients = scale.Instant(scale.settings(Path()))
    wall, cpu = _turns(rounds, ways, scale.requests(steps), clients)
    rows = [
        (
            name,
            wall[name].milliseconds(),
            f"{wall[name].median * 1000 / steps:.2f}",
            f"{cpu[name].median * 1000:.1f}",
            f"{cpu[name].median * 1000 / steps:.2f}",
        )
        for name in ways
    ]
    return table(("way", "wall ms", "a step", "CPU ms", "a step"), rows)


def _slow(rounds: int) -> tuple[str, list[float]]:
    """Return the table of the slow reads, and the medians of our own ways."""
    rows, ours = [], []
    with slow_server(READ_SECONDS) as url, tempfile.TemporaryDirectory() as folder:
        metrics = [
            Request(step=f"m-{n}", role="devops", operation=QueryMetrics(expression=f"up + {n}"))
            for n in range(READS)
        ]
        kinds = {"metrics": metrics, "kubernetes": scale.requests(READS)}
        ways: dict[str, Way] = {"executor.observe": _observe, "peer: thread pool": _pool}
        for kind, requests in kinds.items():
            with _clients(Path(folder), url) as clients:
                wall, cpu = _turns(rounds, ways, requests, clients)
            ours.append(wall["executor.observe"].median)
            rows += [
                (f"{name}, {kind}", wall[name].milliseconds(), f"{cpu[name].median * 1000:.1f}")
                for name in ways
            ]
    return table(("way", "wall ms", "CPU ms"), rows), ours


def _turns(
    rounds: int, ways: dict[str, Way], requests: list[Request], clients: Clients
) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Return wall and processor seconds by way; one more round goes before, and warms."""
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-1, rounds):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                took = way(Path(folder), requests, clients)
            if number >= 0:
                wall[name].append(took[0])
                cpu[name].append(took[1])
    return (
        {name: figure(values) for name, values in wall.items()},
        {name: figure(values) for name, values in cpu.items()},
    )


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    begin, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - used


def _graph(folder: Path, requests: list[Request], clients: Clients) -> tuple[float, float]:
    """Run the real graph up to the weighed hypotheses, with checkpoints as in production."""
    known = scale.runbooks(folder / "runbooks", len(requests))
    with _store(folder) as store:
        name = scale.entered(store).id
        config: Any = {"configurable": {"thread_id": name}}
        start: Any = {"incident": name, "version": VERSION, "look": 0, "attempt": 0}
        with scale.context(store, clients, name, known) as context, saver(context) as checkpoints:
            graph = build(context, checkpoints)
            took = _timed(
                lambda: graph.invoke(start, config, durability="sync", interrupt_after=["diagnose"])
            )
        collected = len(store.records.collected(name, look=1))
        if collected != len(requests):
            raise AssertionError(f"{collected} of {len(requests)} reads were recorded")
    return took


def _observe(folder: Path, requests: list[Request], clients: Clients) -> tuple[float, float]:
    """Run the reads through the executor alone."""
    seen: dict[str, Any] = {}
    with _store(folder) as store:
        name = scale.entered(store).id
        with scale.context(store, clients, name) as context:
            look = partial(context.executor.observe, name, "investigate", requests, look=1)
            took = _timed(lambda: seen.update(look()))
    failed = [item.text for item in seen.values() if item.status != "ok"]
    if failed or len(seen) != len(requests):
        raise AssertionError(f"{len(seen)} of {len(requests)} reads came back; {failed[:1]}")
    return took


def _pool(_: Path, requests: list[Request], clients: Clients) -> tuple[float, float]:
    """Run the reads in threads, and keep nothing."""
    operations: list[Operation] = [request.operation for request in requests]

    def work() -> None:
        with ThreadPoolExecutor(min(len(operations), _AT_ONCE)) as pool:
            list(pool.map(clients.observe, operations))

    return _timed(work)


class _Fan(TypedDict, total=False):
    steps: list[int]
    step: int
    seen: Annotated[list[dict[str, Any]], operator.add]


def _send(folder: Path, requests: list[Request], clients: Clients) -> tuple[float, float]:
    """Run the reads as tasks of a graph; only its checkpoints keep what came back."""

    def read(state: _Fan) -> _Fan:
        return {"seen": [clients.observe(requests[state["step"]].operation).data]}

    graph = StateGraph(_Fan)
    graph.add_node("read", read)
    graph.add_node("join", lambda _: {}, defer=True)
    graph.add_conditional_edges(
        START, lambda state: [Send("read", {"step": n}) for n in state["steps"]], ["read"]
    )
    graph.add_edge("read", "join")
    graph.add_edge("join", END)
    connection = sqlite3.connect(folder / "graph.db", check_same_thread=False)
    try:
        # SQLite syncs every commit here too, as our own store does.
        connection.execute("PRAGMA synchronous=FULL")
        made = graph.compile(checkpointer=SqliteSaver(connection))
        config: Any = {"configurable": {"thread_id": "bench"}, "max_concurrency": _AT_ONCE}
        start: Any = {"steps": list(range(len(requests)))}
        return _timed(lambda: made.invoke(start, config, durability="sync"))
    finally:
        connection.close()


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    store = Store(folder / "home")
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _clients(folder: Path, url: str) -> Iterator[Clients]:
    """Give real clients of the server at `url`, which is both cluster and metrics."""
    config = folder / "kubeconfig"
    one = {"cluster": "slow", "user": "slow"}
    text = yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "slow",
            "clusters": [{"name": "slow", "cluster": {"server": url}}],
            "users": [{"name": "slow", "user": {"token": "none"}}],
            "contexts": [{"name": "slow", "context": one}],
        }
    )
    config.write_text(text, encoding="utf-8")
    clients = Clients(Settings(home=folder, user="bench", kubeconfig=config, prometheus_url=url))
    try:
        yield clients
    finally:
        clients.close()


if __name__ == "__main__":
    overhead()
