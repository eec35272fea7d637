"""Checking one command: what it becomes, the worst it can do, and what policy says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from pydantic import ValidationError

from stanch.policy import Policy, Verdict, judge
from stanch.policy.judge import CEILING
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.fill import fill
from stanch.runbook.import_guess import guess, in_query
from stanch.runbook.kinds import changes, effect, models, samples, unbounded
from stanch.runbook.model import Param, Template
from stanch.tools.operations import Effect, Operation

Way: TypeAlias = Literal["command", "sql", "promql"]

CHANGE_OF: Final[Mapping[str, str]] = {
    "intent.undo_rollout": "kubernetes.roll_back",
    "intent.restart": "kubernetes.restart",
    "intent.scale": "kubernetes.scale",
}
"""The exact change that an intent becomes when its target was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One command, understood."""

    text: str
    template: Template
    effect: Effect
    unbounded: bool
    verdict: Verdict
    output: str | None = None
    """The name of `NAME=$(command)`."""


def check_command(text: str, policy: Policy, *, way: Way = "command") -> Checked:
    """Return what `text` becomes, with the verdict of `policy`.

    Raises:
        RefusedError: it is not in the grammar.
    """
    output: str | None = None
    if way == "sql":
        template = sql_template(text, {})
    elif way == "promql":
        template = query_template(text, in_query(text))
    else:
        template, output = output_template(text, {})
    params = guess(template, {})
    return Checked(
        text=text,
        template=template,
        effect=effect(template, params),
        unbounded=unbounded(template, params),
        verdict=verdict(template, params, policy),
        output=output,
    )


def verdict(template: Template, params: Mapping[str, Param], policy: Policy) -> Verdict:
    """Return what `policy` says of what `template` becomes, whatever its parameters are.

    It is a forecast: the operation itself is judged again, with its values, before it runs.
    """
    if changes(template.kind):
        return _of_change(template, params, policy)
    values = next(samples(template, params))
    try:
        made = models()[template.kind].model_validate(fill(template.fields, values))
    except ValidationError:
        return Verdict("deny", "it can only be judged with the values of its parameters")
    return judge(policy, cast("Operation", made), approved=frozenset())


def _of_change(template: Template, params: Mapping[str, Param], policy: Policy) -> Verdict:
    worst = effect(template, params)
    if template.kind == "intent.manual":
        program = template.fields["program"]
        return Verdict("deny", f"stanch has no client for {program}; a person runs it")
    if unbounded(template, params):
        return Verdict("deny", "nobody can say what it does")
    if worst > CEILING:
        return Verdict("deny", f"its effect is {worst.word}, above the ceiling")
    kind = CHANGE_OF.get(template.kind)
    if kind is None:
        return Verdict("deny", f"no rule names {template.kind}")
    if kind not in policy.changes.kinds:
        return Verdict("deny", f"the policy does not list {kind} under changes.kinds")
    namespace: Any = template.fields.get("namespace")
    if isinstance(namespace, str):
        if namespace in policy.forbidden_namespaces:
            return Verdict("deny", f"the policy forbids changes in the namespace {namespace}")
        if namespace not in policy.changes.namespaces:
            return Verdict(
                "deny",
                f"the policy does not list the namespace {namespace} under changes.namespaces",
            )
    return Verdict("ask", "it changes the target, so a person is asked")
