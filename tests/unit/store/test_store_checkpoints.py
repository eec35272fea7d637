"""Checkpoints in the store do what LangGraph's own savers do, and only under the lock."""

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

from stanch.graph.checkpoints import StoreSaver
from stanch.store import DatabaseError, LostLockError
from stanch.store.owner import Owner
from tests.unit.store.store_places import Place

CONFIG: Any = {"configurable": {"thread_id": "INC-1"}}


class State(TypedDict, total=False):
    seen: Annotated[list[str], operator.add]
    item: str
    answer: str


def graph(saver: BaseCheckpointSaver[Any], calls: list[str], *, fails: list[bool]) -> Any:
    """Return a graph that fans out, joins, asks, and may fail once after that."""

    def fan(_: State) -> list[Send]:
        return [Send("look", {"item": item}) for item in ("a", "b", "c")]

    def look(state: State) -> State:
        calls.append(f"look {state['item']}")
        return {"seen": [state["item"]]}

    def ask(state: State) -> State:
        return {"answer": interrupt({"seen": sorted(state["seen"])})}

    def act(state: State) -> State:
        calls.append("act")
        if fails and fails.pop():
            raise RuntimeError
        return {"seen": [f"acted on {state['answer']}"]}

    made: Any = StateGraph(State)
    for node in (look, ask, act):
        made.add_node(node.__name__, node)
    made.add_conditional_edges(START, fan, ["look"])
    made.add_edge("look", "ask")
    made.add_edge("ask", "act")
    made.add_edge("act", END)
    return made.compile(checkpointer=saver)


def serializer() -> JsonPlusSerializer:
    return JsonPlusSerializer(allowed_msgpack_modules=None)


def course(
    saver: BaseCheckpointSaver[Any], reopened: Callable[[], BaseCheckpointSaver[Any]]
) -> Any:
    """Run a graph over a question and a failure, each part in a saver of its own."""
    calls: list[str] = []
    first = graph(saver, calls, fails=[]).invoke({"seen": []}, CONFIG, durability="sync")
    [asked] = first["__interrupt__"]
    second = graph(reopened(), calls, fails=[True])
    assert second.get_state(CONFIG).interrupts[0].id == asked.id
    with pytest.raises(RuntimeError):
        second.invoke(Command(resume={asked.id: "yes"}), CONFIG, durability="sync")
    third = graph(reopened(), calls, fails=[])
    waiting = third.get_state(CONFIG)
    assert waiting.next == ("act",)
    ended = third.invoke(None, CONFIG, durability="sync")
    history = [
        (one.next, one.values, one.metadata and one.metadata["step"])
        for one in third.get_state_history(CONFIG)
    ]
    steps = [
        (one.metadata["step"], len(one.pending_writes or ()))
        for one in reopened().list(CONFIG, filter={"source": "loop"}, limit=3)
    ]
    return sorted(calls), asked.value, ended, history, steps


def test_a_graph_runs_as_with_the_saver_in_memory(place: Place) -> None:
    memory = InMemorySaver()
    store = place.store()
    own = course(
        StoreSaver(store.database, serde=serializer()),
        lambda: StoreSaver(place.store().database, serde=serializer()),
    )
    assert own == course(memory, lambda: memory)
    assert own[0].count("act") == 2


def test_threads_are_kept_apart_and_can_be_forgotten(place: Place) -> None:
    saver = StoreSaver(place.store().database, serde=serializer())
    other: Any = {"configurable": {"thread_id": "INC-2"}}
    for config in (CONFIG, other):
        graph(saver, [], fails=[]).invoke({"seen": []}, config, durability="sync")
    newest = saver.get_tuple(CONFIG)
    assert newest is not None
    before = list(saver.list(CONFIG, before=newest.config))
    assert [one.config for one in saver.list(CONFIG)][1:] == [one.config for one in before]
    assert newest.parent_config == before[0].config
    assert saver.get_tuple(before[0].config) == before[0]
    assert len(list(saver.list(None))) == 2 * (len(before) + 1)
    saver.delete_thread("INC-1")
    assert saver.get_tuple(CONFIG) is None
    assert list(saver.list(CONFIG)) == []
    assert saver.get_tuple(other) is not None


def test_who_lost_the_lock_moves_no_graph(place: Place) -> None:
    store = place.store()
    saver = StoreSaver(store.database, serde=serializer())
    with store.hold("INC-1"):
        graph(saver, [], fails=[]).invoke({"seen": []}, CONFIG, durability="sync")
        kept = list(saver.list(CONFIG))
        place.run("UPDATE locks SET token = token + 1")
        with pytest.raises(LostLockError):
            graph(saver, [], fails=[]).invoke({"seen": []}, CONFIG, durability="sync")
        with pytest.raises(LostLockError):
            saver.put_writes(kept[0].config, [("seen", ["x"])], "task")
        with pytest.raises(LostLockError):
            saver.delete_thread("INC-1")
    assert list(saver.list(CONFIG)) == kept


def test_a_database_that_is_gone_is_an_error_of_the_store(shared: Place) -> None:
    store = shared.store()
    saver = StoreSaver(store.database, serde=serializer())
    assert shared.server is not None
    shared.run("ALTER TABLE checkpoints RENAME TO gone")
    with pytest.raises(DatabaseError, match="cannot be used"):
        saver.get_tuple(CONFIG)


def test_no_type_is_built_from_a_checkpoint(place: Place) -> None:
    saver = StoreSaver(place.store().database, serde=serializer())
    made: Any = StateGraph(State)
    made.add_node("only", lambda _: {"answer": Owner(host="a", pid=1)})
    made.add_edge(START, "only")
    compiled = made.compile(checkpointer=saver)
    compiled.invoke({"seen": []}, CONFIG, durability="sync")
    answer = compiled.get_state(CONFIG).values.get("answer")
    assert not isinstance(answer, Owner)
