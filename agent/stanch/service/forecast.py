"""What a policy will say of a change that a runbook asks for, before its target was seen.

It is a forecast. The exact change is judged again, with its values and in its incident,
before anybody is asked and once more before it is made.
"""

from collections.abc import Mapping
from typing import Any, Final

from stanch.policy import (
    Asked,
    Environment,
    Policy,
    Situation,
    Verdict,
    judge_change,
    kinds,
)
from stanch.policy.environment import PLACES, effect_of
from stanch.policy.reads import fits_any
from stanch.runbook.kinds import effect, unbounded
from stanch.runbook.model import Param, Template
from stanch.tools.operations import Effect
from stanch.tools.operations.reach import Reach

BECOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "intent.undo_rollout": ("kubernetes.roll_back",),
    "intent.restart": ("kubernetes.restart",),
    "intent.scale": ("kubernetes.scale",),
    "intent.scale_objects": ("kubernetes.scale", "kubernetes.scale_set", "kubernetes.patch"),
    "intent.delete": ("kubernetes.evict",),
    "intent.restore_config_map": ("kubernetes.patch",),
    "intent.patch": ("kubernetes.patch",),
    "intent.set": ("kubernetes.patch",),
    "intent.cordon": ("kubernetes.patch",),
    "intent.drain": ("kubernetes.evict", "kubernetes.patch"),
    "intent.autoscale": ("kubernetes.patch", "kubernetes.create_autoscaler"),
    "intent.argo_roll_back": ("kubernetes.argo_roll_back",),
    "intent.restore_secret": ("kubernetes.restore_secret",),
    "intent.cancel_query": ("sql.cancel",),
    "intent.terminate_session": ("sql.terminate",),
    "intent.sql_terminate_sessions": ("sql.terminate", "sql.end_idle"),
    "intent.create_index": ("sql.create_index",),
    "intent.drop_index": ("sql.drop_index",),
    "intent.sql": ("sql.connection_limit",),
    "intent.host": ("host.*",),
    "intent.http": ("http.*",),
    "intent.revert": ("git.prepare_revert",),
    "intent.guide": ("manual.do",),
}
"""The exact changes that an intent can become when its target was looked at."""

_ROLLOUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "undo": ("kubernetes.roll_back_set",),
    "restart": ("kubernetes.restart_set",),
    "pause": ("kubernetes.pause",),
    "resume": ("kubernetes.pause",),
}
_OF_DEPLOYMENTS: Final = ("intent.undo_rollout", "intent.restart", "intent.scale")


def forecast(
    policy: Policy, template: Template, params: Mapping[str, Param], situation: Situation
) -> Verdict:
    """Return what `policy` is going to say of what `template` becomes."""
    worst = effect(template, params)
    if template.kind == "intent.manual":
        program = template.fields["program"]
        return Verdict("deny", f"stanch has no client for {program}; a person runs it")
    if unbounded(template, params):
        return Verdict("deny", "nobody can say what it does")
    wanted = tuple(kind for kind in kinds() if fits_any(_becomes(template), kind))
    if not wanted:
        return Verdict("deny", f"stanch has no way to make an exact change of {template.kind}")
    found = [_of_kind(policy, kind, worst, template, situation) for kind in wanted]
    return next((one for one in found if one.answer != "deny"), found[0])


def _becomes(template: Template) -> tuple[str, ...]:
    """Return the kinds of changes that a template can become, by what it says of itself."""
    if template.kind == "intent.rollout":
        # Of a Deployment, undo and restart are intents of their own.
        return _ROLLOUTS.get(str(template.fields.get("action")), ())
    return BECOMES.get(template.kind, ())


def _thing(template: Template) -> str | None:
    """Return the one object that a template names for good; None when it names none."""
    name: Any = template.fields.get("name")
    if template.kind in _OF_DEPLOYMENTS and isinstance(name, str):
        return f"deployments/{name}"
    objects: Any = template.fields.get("objects")
    if isinstance(objects, list) and len(objects) == 1:
        resource, named = objects[0].get("resource"), objects[0].get("name")
        if isinstance(resource, str) and isinstance(named, str):
            return f"{resource}/{named}"
    return None


def _of_kind(
    policy: Policy, kind: str, worst: Effect, template: Template, situation: Situation
) -> Verdict:
    where = {
        place: value for place in PLACES if isinstance(value := template.fields.get(place), str)
    }
    if template.kind == "intent.http" and "host" in where:
        # The host of a URL stands for an endpoint of the settings.
        where = {"endpoint": where.get("endpoint", where["host"])}
    thing = _thing(template)
    if thing is not None and set(where) == {"namespace"}:
        reach = Reach(thing=thing, namespace=where["namespace"])
        return judge_change(policy, Asked(kind=kind, effect=worst, reach=reach), situation)
    forbidden = policy.forbidden.where
    for place, value in where.items():
        if fits_any(forbidden.patterns(place), value):
            told = f"the policy forbids changes in the {place} {value}"
            return Verdict("deny", told, "forbidden")
    homes = [
        one
        for one in policy.environments
        if all(fits_any(one.where.patterns(place), value) for place, value in where.items())
    ]
    return _in_one_of(homes, kind, worst, where)


def _in_one_of(
    homes: list[Environment], kind: str, worst: Effect, where: Mapping[str, str]
) -> Verdict:
    """Return whether some environment that it may lie in lets it be asked for."""
    named = " and ".join(f"the {place} {value}" for place, value in where.items())
    if not homes:
        told = f"no environment of the policy lists {named}" if named else "it lists none"
        return Verdict("deny", told, "environments")
    able = [one for one in homes if any(fits_any(rule.kinds, kind) for rule in one.allow)]
    if not able:
        names = ", ".join(one.name for one in homes)
        return Verdict("deny", f"no rule of {names} allows {kind}", "environments")
    under = [one for one in able if worst <= effect_of(one.ceiling)]
    if not under:
        return Verdict(
            "deny",
            f"its effect is {worst.word}, above the ceiling of {able[0].name}",
            f"environments.{able[0].name}.ceiling",
        )
    return Verdict(
        "ask", "it changes the target, so people are asked", f"environments.{under[0].name}"
    )
