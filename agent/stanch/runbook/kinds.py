"""Which model stands behind the kind of a template, and the worst that it can do."""

from functools import cache
from types import MappingProxyType
from typing import get_args

from stanch.runbook.model import Template
from stanch.tools.operations import Effect, Frozen, Intent, Read


@cache
def models() -> MappingProxyType[str, type[Frozen]]:
    """Return the models of all operations and intents that a runbook can ask for, by kind."""
    found = [model for union in (Read, Intent) for model in get_args(get_args(union)[0])]
    return MappingProxyType({model.model_fields["kind"].default: model for model in found})


def changes(kind: str) -> bool:
    """Return whether templates of `kind` ask for a change."""
    return kind.startswith("intent.")


def effect(template: Template) -> Effect:
    """Return the worst that `template` can do, as far as it is known before it is bound."""
    if not changes(template.kind):
        return Effect.OBSERVE
    ends_service = template.kind == "intent.scale" and template.fields["replicas"] == 0
    return Effect.DESTRUCTIVE if ends_service else Effect.MUTATE
