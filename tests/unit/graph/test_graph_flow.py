"""The table of the flow: its names are kept, its ways are closed, and the picture shows it."""

import re
from typing import get_type_hints

import pytest
from langgraph.errors import GraphInterrupt
from langgraph.graph import END

from stanch.clock import ClockError
from stanch.graph.build import FLOW, build
from stanch.graph.context import Context
from stanch.graph.picture import mermaid
from stanch.graph.safe import safe
from stanch.graph.state import State
from stanch.store import DatabaseError, Store, StoreError
from tests.unit.graph.graph_contexts import context, put

NODES_OF_V1 = {
    "triage",
    "investigate",
    "diagnose",
    "propose",
    "gate",
    "execute",
    "doubt",
    "verify",
    "undo",
    "resolve",
    "hand_over",
    "postmortem",
}
KEYS_OF_V1 = {
    "version": int,
    "incident": str,
    "look": int,
    "attempt": int,
    "tried": list[str],
    "leading": str,
    "mitigation": str,
    "proposal": str,
    "reason": str,
    "next": str,
}


def test_no_node_that_an_incident_may_be_parked_at_was_renamed() -> None:
    assert set(FLOW) >= NODES_OF_V1


def test_no_key_that_a_checkpoint_holds_was_renamed_or_means_something_else() -> None:
    keys = get_type_hints(State)
    assert {name: keys.get(name) for name in KEYS_OF_V1} == KEYS_OF_V1


def test_every_way_leads_to_a_node_and_every_node_to_the_end() -> None:
    for _, ways in FLOW.values():
        assert set(ways) <= FLOW.keys() | {END}
    reach = {END}
    while more := {name for name, (_, ways) in FLOW.items() if reach & set(ways)} - reach:
        reach |= more
    assert reach == FLOW.keys() | {END}


def test_people_can_be_handed_the_incident_from_every_node_but_the_last_two() -> None:
    without = {name for name, (_, ways) in FLOW.items() if "hand_over" not in ways}
    assert without == {"hand_over", "postmortem"}


def test_a_change_is_only_reached_through_the_gate() -> None:
    before = {name for name, (_, ways) in FLOW.items() if "execute" in ways}
    # A doubt is about a change that was approved and begun before.
    assert before == {"gate", "doubt"}
    # What a plan has kept is taken back when a later change of it is refused or failed.
    assert {name for name, (_, ways) in FLOW.items() if "undo" in ways} == {
        "execute",
        "verify",
        "unsure",
        "undo",
        "doubt",
    }


def test_the_graph_has_the_nodes_of_the_table(store: Store) -> None:
    graph = build(context(store))
    assert set(graph.nodes) - {"__start__"} == set(FLOW)


def test_the_picture_shows_every_node_and_every_way() -> None:
    text = mermaid()
    assert text.startswith("flowchart TD\n")
    arrows = re.findall(r"^  (\w+) --> (\w+)", text, flags=re.MULTILINE)
    wanted = {
        (name, "done" if way == END else way) for name, (_, ways) in FLOW.items() for way in ways
    }
    assert set(arrows) == wanted
    assert "start([alert]) --> triage" in text
    asks = {"gate", "doubt", "unsure"}
    assert set(re.findall(r"(\w+)\{\{", text)) == asks
    assert set(re.findall(r"^  (\w+)\[", text, flags=re.MULTILINE)) == set(FLOW) - asks


def raising(error: Exception) -> State:
    raise error


def test_what_a_node_returns_passes_unchanged(store: Store) -> None:
    state: State = {"incident": "INC-1"}

    def node(_: Context, seen: State) -> State:
        assert seen is state
        return {"next": "verify"}

    assert safe("execute", node, context(store), state) == {"next": "verify"}


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by nought"), KeyError("gone"), OSError("no disk"), TypeError()]
)
def test_a_fault_becomes_a_reason_to_hand_over(store: Store, error: Exception) -> None:
    put(store)
    here = context(store)
    state = safe("diagnose", lambda _c, _s: raising(error), here, {"incident": "INC-1"})
    assert state["next"] == "hand_over"
    assert "'diagnose' failed unexpectedly" in state["reason"]
    assert type(error).__name__ in state["reason"]
    [event] = store.journal.events("INC-1")
    assert event.data == {"text": state["reason"]}


@pytest.mark.parametrize(
    "error", [DatabaseError("full"), ClockError("stopped"), GraphInterrupt(())]
)
def test_what_stops_a_run_and_the_question_to_people_pass(store: Store, error: Exception) -> None:
    put(store)
    with pytest.raises(type(error)):
        safe("gate", lambda _c, _s: raising(error), context(store), {"incident": "INC-1"})
    assert store.journal.events("INC-1") == ()


@pytest.mark.parametrize("name", ["hand_over", "postmortem"])
def test_a_fault_at_the_end_stops_the_run_so_that_it_can_be_resumed(
    store: Store, name: str
) -> None:
    put(store)
    with pytest.raises(StoreError, match="failed unexpectedly") as caught:
        safe(name, lambda _c, _s: raising(KeyError("x")), context(store), {"incident": "INC-1"})
    assert isinstance(caught.value.__cause__, KeyError)
