"""How the changing verbs of kubectl become intents.

An intent says what is wanted; only a look at the live object makes a change of it.
"""

from typing import Any

from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import slots
from stanch.runbook.grammar.arguments import Arguments
from stanch.runbook.grammar.kubectl_reads import Fields, namespace
from stanch.runbook.grammar.kubectl_resources import deployment


def rollout_undo(given: Arguments, form: str) -> Fields:
    """Turn `kubectl rollout undo` into an intent."""
    fields: dict[str, Any] = _named(given, form)
    if "to-revision" in given.flags:
        fields["to_revision"] = slots.number(given.flags["to-revision"], "--to-revision")
    return "intent.undo_rollout", fields


def rollout_restart(given: Arguments, form: str) -> Fields:
    """Turn `kubectl rollout restart` into an intent."""
    return "intent.restart", _named(given, form)


def scale(given: Arguments, form: str) -> Fields:
    """Turn `kubectl scale` into an intent."""
    if "replicas" not in given.flags:
        raise RefusedError("RB026", "The number of replicas is missing.", remedy=f"Write: {form}")
    replicas = slots.number(given.flags["replicas"], "--replicas")
    return "intent.scale", {**_named(given, form), "replicas": replicas}


def _named(given: Arguments, form: str) -> dict[str, Any]:
    return {"name": deployment(given.rest, form), "namespace": namespace(given, form)}
