"""langgraph.json leads LangGraph's own tools to the graph that runs incidents."""

import asyncio
import importlib.util
import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
from langgraph.graph.state import CompiledStateGraph

from stanch.clock import Clock
from stanch.graph.build import FLOW
from stanch.service.intake import by_hand
from stanch.service.opening import open_incident
from stanch.store import ConflictError, NotFoundError, Store, StoreError, held, hold

ROOT = Path(__file__).parents[2]
Graph = CompiledStateGraph[Any, Any, Any, Any]


class Factory(Protocol):
    """What LangGraph's tools call, with the configuration of a run."""

    def __call__(self, config: dict[str, Any]) -> AbstractAsyncContextManager[Graph]: ...


@pytest.fixture(scope="module")
def factory() -> Factory:
    described = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    file, _, name = described["graphs"]["incident"].partition(":")
    spec = importlib.util.spec_from_file_location("named_by_langgraph_json", ROOT / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Factory, getattr(module, name))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    monkeypatch.setenv("STANCH_HOME", str(home))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    store = Store(home)
    alert = by_hand("checkout answers slowly", {}, now=datetime(2026, 11, 1, tzinfo=UTC))
    open_incident(store, Clock(), alert, by="ann")
    store.close()
    yield home
    assert not held(home, "INC-1")


def named(incident: str) -> dict[str, Any]:
    return {"configurable": {"incident": incident}}


def nodes_of(factory: Factory, config: dict[str, Any]) -> tuple[set[str], Any]:
    async def look() -> tuple[set[str], Any]:
        async with factory(config) as graph:
            return set(graph.nodes) - {"__start__"}, graph.checkpointer

    return asyncio.run(look())


def test_the_graph_has_the_nodes_of_the_flow_and_leaves_checkpoints_to_its_server(
    factory: Factory, home: Path
) -> None:
    assert nodes_of(factory, named("INC-1")) == (set(FLOW), None)
    assert home.is_dir()


def test_the_graph_can_be_looked_at_without_settings_or_a_store(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANCH_HOME", str(tmp_path / "nothing"))
    assert nodes_of(factory, {}) == (set(FLOW), None)
    assert not (tmp_path / "nothing").exists()


def test_a_run_without_an_incident_in_its_configuration_is_refused(factory: Factory) -> None:
    async def run() -> None:
        async with factory({}) as graph:
            await graph.ainvoke({"incident": "INC-1"})

    with pytest.raises(StoreError, match=r"configurable.*incident"):
        asyncio.run(run())


def test_a_run_that_is_open_holds_the_lock_of_its_incident(factory: Factory, home: Path) -> None:
    async def while_open() -> bool:
        async with factory(named("INC-1")):
            return held(home, "INC-1")

    assert asyncio.run(while_open())


def test_an_incident_that_another_process_moves_is_not_opened(factory: Factory, home: Path) -> None:
    with hold(home, "INC-1"), pytest.raises(ConflictError, match="INC-1 is held"):
        nodes_of(factory, named("INC-1"))


def test_an_incident_that_does_not_exist_is_not_opened(factory: Factory, home: Path) -> None:
    with pytest.raises(NotFoundError, match="INC-7"):
        nodes_of(factory, named("INC-7"))
    assert not (home / "locks" / "INC-7.lock").exists()


def test_a_run_goes_through_the_flow_to_its_end(factory: Factory, home: Path) -> None:
    async def run() -> dict[str, Any]:
        async with factory(named("INC-1")) as graph:
            given = {"incident": "INC-1", "version": 1, "look": 0, "attempt": 0}
            done: dict[str, Any] = await graph.ainvoke(given)
            return done

    asyncio.run(run())
    store = Store(home)
    assert store.records.incident("INC-1").status.value == "handed over"
    store.close()
