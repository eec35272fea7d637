"""Checking one command: what it becomes, the worst it can do, and what policy says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias, cast

from pydantic import ValidationError

from stanch.policy import Policy, Situation, Verdict, judge
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.fill import fill
from stanch.runbook.import_guess import guess, in_query
from stanch.runbook.kinds import changes, effect, models, samples, unbounded
from stanch.runbook.model import Param, Template
from stanch.service.forecast import forecast
from stanch.tools.operations import Effect, Operation

Way: TypeAlias = Literal["command", "sql", "promql"]


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


def check_command(
    text: str, policy: Policy, *, way: Way = "command", situation: Situation | None = None
) -> Checked:
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
        verdict=verdict(template, params, policy, situation),
        output=output,
    )


def verdict(
    template: Template,
    params: Mapping[str, Param],
    policy: Policy,
    situation: Situation | None = None,
) -> Verdict:
    """Return what `policy` says of what `template` becomes, whatever its parameters are.

    It is a forecast: the operation itself is judged again, with its values, before it runs.
    """
    if changes(template.kind):
        now = datetime.now(UTC)
        return forecast(policy, template, params, situation or Situation(now=now))
    values = next(samples(template, params))
    try:
        made = models()[template.kind].model_validate(fill(template.fields, values))
    except ValidationError:
        return Verdict("deny", "it can only be judged with the values of its parameters")
    return judge(policy, cast("Operation", made), approved=frozenset())
