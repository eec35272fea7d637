"""How a command of a runbook becomes a change of a practice host, as the graph does it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from stanch.mitigation import Plan, strategy_for
from stanch.runbook.grammar.registry import read
from stanch.runbook.grammar.typed import Surroundings
from stanch.tools.clients.ssh import SshClient
from stanch.tools.operations import HostAct, HostRead
from stanch.tools.operations.host import ChangeHost


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan(Plan):
    """A plan whose changes are of a host."""

    operation: HostAct
    inverse: HostAct | None


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def intent_of(line: str, host: str) -> ChangeHost:
    """Read one command line by the grammar of runbooks."""
    words = tuple((word,) for word in line.split())
    typed = read(words, Surroundings(read=read))
    assert typed.kind == "intent.host"
    return ChangeHost.model_validate({**typed.fields, "host": host})


def looks_of(client: SshClient, intent: ChangeHost) -> dict[str, dict[str, Any]]:
    """Run the looks of the strategy, and return their data by name."""
    strategy = strategy_for(intent)
    assert strategy is not None
    found: dict[str, dict[str, Any]] = {}
    for name, look in strategy.looks(intent).items():
        assert isinstance(look, HostRead)
        outcome = client.observe(look)
        assert not outcome.truncated
        found[name] = outcome.data
    return found


def plan_of(client: SshClient, line: str, host: str) -> HostPlan:
    """Look at the target and plan the change that the line asks for."""
    intent = intent_of(line, host)
    strategy = strategy_for(intent)
    assert strategy is not None
    made = strategy.plan(intent, looks_of(client, intent), now=NOW)
    assert isinstance(made.operation, HostAct)
    assert made.inverse is None or isinstance(made.inverse, HostAct)
    return HostPlan(**{one.name: getattr(made, one.name) for one in fields(made)})
