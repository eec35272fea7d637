"""The flow as a Mermaid diagram, drawn from the very table that the graph is built from."""

from langgraph.graph import END

from stanch.graph.build import FLOW

_ASKS = {"gate", "doubt", "unsure"}


def mermaid() -> str:
    """Return the diagram; nodes that wait for a person have six sides."""
    lines = ["flowchart TD", "  start([alert]) --> triage"]
    for name, (_, ways) in FLOW.items():
        lines.append(f"  {name}{{{{{name}}}}}" if name in _ASKS else f"  {name}[{name}]")
        lines += [f"  {name} --> {'done([closed])' if way == END else way}" for way in ways]
    return "\n".join(lines)
