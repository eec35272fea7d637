"""The skin around every node: a fault of ours hands the incident over and loses nothing.

Two kinds of errors pass: the interrupt, which is how LangGraph waits, and errors of the
store, the clock or the policy file. Without these nothing can be recorded or decided, so
the run stops at the last checkpoint and is resumed when the cause is mended.
"""

from collections.abc import Callable

from langgraph.errors import GraphBubbleUp

from stanch.clock import ClockError
from stanch.executor import Redactor
from stanch.graph.context import Context
from stanch.graph.state import State
from stanch.policy import PolicyError
from stanch.store import StoreError


def safe(
    name: str, node: Callable[[Context, State], State], context: Context, state: State
) -> State:
    """Run a node; turn what it could not foresee into a reason to hand over."""
    try:
        return node(context, state)
    except (GraphBubbleUp, StoreError, ClockError, PolicyError):
        raise
    except Exception as error:
        said = f"the step '{name}' failed unexpectedly: {type(error).__name__}: {error}"
        reason = Redactor(context.settings.secrets).text(said)
        incident = context.store.records.incident(state["incident"])
        context.log(incident, "notice", {"text": reason})
        if name in {"hand_over", "postmortem"}:
            # There is nowhere further to go; the run ends here and can be resumed.
            raise StoreError(reason) from error
        return {"next": "hand_over", "reason": reason}
