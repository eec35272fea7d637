"""The whole flow on one screen: start reading here.

Every node may hand over: that is where an incident goes that needs people. Nodes choose
the next one by writing its name into the state, so that a router has nothing to decide
and cannot fail; the names of nodes are kept from release to release.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from stanch.graph.context import Context
from stanch.graph.diagnose import diagnose
from stanch.graph.execute import execute, undo
from stanch.graph.gate import doubt, gate
from stanch.graph.investigate import investigate
from stanch.graph.postmortem import postmortem
from stanch.graph.propose import propose
from stanch.graph.resolve import hand_over, resolve
from stanch.graph.safe import safe
from stanch.graph.state import State
from stanch.graph.triage import triage
from stanch.graph.unsure import unsure
from stanch.graph.verify import verify

Node = Callable[[Context, State], State]

FLOW: dict[str, tuple[Node, tuple[str, ...]]] = {
    "triage": (triage, ("investigate", "hand_over")),
    "investigate": (investigate, ("diagnose", "hand_over")),
    "diagnose": (diagnose, ("propose", "resolve", "hand_over")),
    "propose": (propose, ("gate", "propose", "unsure", "hand_over")),
    "gate": (gate, ("execute", "investigate", "propose", "gate", "hand_over")),
    "execute": (
        execute,
        ("verify", "gate", "doubt", "unsure", "undo", "investigate", "hand_over"),
    ),
    "doubt": (doubt, ("execute", "undo", "doubt", "hand_over")),
    "verify": (verify, ("resolve", "propose", "undo", "unsure", "hand_over")),
    "unsure": (
        unsure,
        ("resolve", "undo", "verify", "gate", "propose", "unsure", "hand_over"),
    ),
    "undo": (undo, ("investigate", "undo", "doubt", "hand_over")),
    "resolve": (resolve, ("postmortem", "hand_over")),
    "hand_over": (hand_over, ("postmortem",)),
    "postmortem": (postmortem, (END,)),
}


def build(context: Context, checkpointer: Any = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph of an incident, ready to run."""
    graph = StateGraph(State)
    for name, (node, ways) in FLOW.items():
        graph.add_node(name, partial(safe, name, node, context))
        if ways == (END,):
            graph.add_edge(name, END)
        else:
            graph.add_conditional_edges(name, partial(_next, ways[-1]), list(ways))
    graph.add_edge(START, "triage")
    return graph.compile(checkpointer=checkpointer, name="incident")


def _next(otherwise: str, state: State) -> str:
    """Read which node comes next."""
    return state.get("next", otherwise)
