"""A runbook as data: what the reader makes of a Markdown file."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from stanch.runbook.findings import Finding
from stanch.tools.operations import DnsLabel, Frozen

ParamType = Literal[
    "dns-label",
    "dns-subdomain",
    "label-value",
    "hostname",
    "path",
    "integer",
    "duration",
    "quantity",
    "enum",
    "sql-identifier",
    "sql-value",
    "commit",
]
CheckName = Literal[
    "rollout-complete",
    "capacity-kept",
    "error-ratio-recovered",
    "restarts-stopped",
    "signs-cleared",
    "latency-recovered",
    "harm-not-worse",
    "alert-silent",
    "no-new-failures",
    "no-new-alerts",
    "change-holds",
    "flag-evaluates",
]
"""What must hold after a change; `signs-cleared`: what spoke for the cause is gone."""
Undo = Literal["redo-rollout", "scale-back", "restore", "none"]
"""How a change is put back; `restore` writes the state that was captured before it."""


class Param(Frozen):
    """A value that a runbook needs, and where it comes from."""

    type: ParamType
    source: Annotated[str | None, Field(alias="from")] = None
    """`labels.NAME` or `annotations.NAME` of the alert, `finding.NAME` (see
    stanch.diagnosis.findings), or `output.NAME` of a step that is written NAME=$(command)."""
    values: tuple[str, ...] = ()
    """The values of an enum."""
    least: int | None = None
    """The smallest integer that is allowed."""
    most: int | None = None
    """The largest integer that is allowed."""
    under: str | None = None
    """The folder that a path must lie under."""
    default: str | None = None
    """The value where the source has none."""
    about: str = ""


class HypothesisSpec(Frozen):
    """A possible cause that the runbook knows, with the names of the signs it is weighed by."""

    claim: str
    supporting: Annotated[tuple[str, ...], Field(alias="for", min_length=1)]
    opposing: Annotated[tuple[str, ...], Field(alias="against")] = ()
    mitigations: tuple[str, ...] = ()
    """Names of mitigation steps, the first choice first; none: people have to act."""
    harmless: bool = False
    """Whether nothing is wrong if it leads, so that the incident is closed without a change."""


class LabelMatcher(Frozen):
    """One matcher as Alertmanager has it; a label that is absent has the value ""."""

    name: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str
    """A text, or a regular expression (RE2) that matches as a whole."""

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.op}"{escaped}"'


class AlertMatch(Frozen):
    """Labels that an alert must carry for the runbook to apply; values match as a whole."""

    labels: dict[str, str] = Field(default_factory=dict)
    """The labels that must have exactly these values."""
    matchers: tuple[LabelMatcher, ...] = ()
    """The matchers that must hold besides."""


class Sli(Frozen):
    """How the harm is measured: a PromQL expression with placeholders, and what is healthy."""

    error_ratio: str
    limit: Annotated[float, Field(gt=0, lt=1)] = 0.01
    latency: str | None = None
    """PromQL of how long users wait, in seconds: the 99th percentile, say."""
    latency_limit: Annotated[float | None, Field(gt=0, le=86_400)] = None
    """The seconds below which that is healthy; without it, it must not be above the baseline."""


class OwnSign(Frozen):
    """A sign that a runbook defines itself, as an expression of CEL over its evidence.

    `steps` has by the name of each needed step what its operation brought back, key by key
    (rows of a query, items of a list), and what it prints as `text` and `lines`. `params`,
    `alert.labels` and `alert.annotations` are texts. Where a needed step was not read, or
    the expression cannot be computed, the sign is "not checked".
    """

    cel: Annotated[str, Field(min_length=1, max_length=1000)]
    """True or false of the evidence: steps.df.lines.exists(l, l.contains(' 100% '))."""
    needs: Annotated[tuple[DnsLabel, ...], Field(min_length=1)]
    """The steps whose evidence it reads."""
    about: str = ""
    """What it says when it holds, as a sentence."""
    weight: Annotated[int, Field(ge=1, le=2)] = 1
    """2 for a sign that few causes share."""
    lasting: bool = False
    """Whether it speaks of the past, so that nothing makes it stop holding."""
    needed: bool = False
    """Whether a hypothesis that it stands for is rejected when it does not hold."""
    rejects: bool = False
    """Whether it alone rejects a hypothesis that it stands against."""


class Threshold(Frozen):
    """A number that a step measures, and from where on it is a trouble.

    It gives the signs NAME-warn and NAME-critical to weigh hypotheses by.
    """

    step: DnsLabel
    """The step whose evidence holds the number."""
    value: Annotated[str, Field(min_length=1, max_length=1000)]
    """A number as an expression of CEL: steps.pool.rows[0].used_ratio."""
    warn: Annotated[float | None, Field(allow_inf_nan=False)] = None
    critical: Annotated[float | None, Field(allow_inf_nan=False)] = None
    when: Literal["above", "below"] = "above"
    """Whether much or little of it is the trouble; at the limit itself it is one."""
    unit: Annotated[str, Field(max_length=20)] = ""
    """What is counted: ratio, %, s, MiB."""
    about: str = ""
    weight: Annotated[int, Field(ge=1, le=2)] = 1


class PlanSpec(Frozen):
    """Several changes in order, each proposed, approved and verified by itself.

    Either `steps` names them, or one `step` is made once for each of the values of the
    parameter `over`: the first is the canary. With `stop: all` what was kept is taken back
    in reverse order when a later one fails; with `stop: first-verified` the next one is
    tried only because the one before it did not help.
    """

    steps: Annotated[tuple[DnsLabel, ...], Field(max_length=20)] = ()
    """Names of mitigation steps, in order."""
    step: DnsLabel | None = None
    """The mitigation step that is made once for each value."""
    over: str | None = None
    """The parameter of that step that takes one value after the other."""
    values: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    """The values, the canary's first."""
    source: Annotated[Literal["hosts"] | None, Field(alias="from")] = None
    """Where the values come from when they are not written: the incident's hosts."""
    stop: Literal["first-verified", "all"] = "all"
    """When it ends: with the first change that helped, or with the last one."""
    about: str = ""


class Drill(Frozen):
    """A rehearsal of the runbook: a fault of the practice production, and what is right then."""

    fault: DnsLabel
    """The fault, by its name in the practice production."""
    cause: str
    """The hypothesis that has to lead; one of this runbook, or `runbook#name` of another."""
    action: str | None = None
    """The mitigation that has to be proposed; None: a person has to act, or nobody."""


class Detection(Frozen):
    """How the trouble is noticed, and how one tells that it is not a false alarm."""

    tool: str = ""
    """What raises the alert: Prometheus, Datadog, a customer."""
    symptoms: tuple[str, ...] = ()
    false_alarm: str = ""
    """What to look at before believing the alert."""


class Head(Frozen):
    """What a runbook says of itself in its front matter."""

    title: Annotated[str, Field(min_length=1)]
    """What has happened, as a sentence: A rollout broke a deployment."""
    owner: str = ""
    """Who keeps the runbook: a team or a person."""
    service: str = ""
    """The service that it is about, as alerts name it in a label."""
    repo: str = ""
    """Where the code of the service lives."""
    team: str = ""
    """The team that runs the service."""
    channel: str = ""
    """Where the team talks during an incident: #team-shop."""
    on_call: str = ""
    """How to reach who is on call: a schedule, a rota's URL or an address."""
    escalate: tuple[str, ...] = ()
    """Whom to call next, in order, when the runbook does not help."""
    dashboards: tuple[str, ...] = ()
    """URLs of the dashboards to look at."""
    runbook_urls: tuple[str, ...] = ()
    """URLs under which alerts name this runbook in their annotation runbook_url."""
    detection: Detection | None = None
    alerts: tuple[AlertMatch, ...]
    """The alerts that lead to the runbook."""
    params: dict[str, Param] = Field(default_factory=dict)
    """The values that its commands need, by name."""
    hypotheses: dict[str, HypothesisSpec] = Field(default_factory=dict)
    """The causes that it tells apart, by name."""
    signs: dict[str, OwnSign] = Field(default_factory=dict)
    """The runbook's own signs, by name."""
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    """The numbers that it watches, by name."""
    sli: Sli | None = None
    risks: tuple[str, ...] = ()
    """What can go wrong when its mitigations are carried out."""
    plans: dict[str, PlanSpec] = Field(default_factory=dict)
    """Mitigations of several changes in order, by name."""
    drills: tuple[Drill, ...] = ()
    """The faults of the practice production that rehearse it."""
    last_drill: str | None = None
    """The day on which it was last tried as an exercise: 2026-11-01."""
    last_tested: str | None = None
    """The day on which its commands were last tested."""


class ParamRef(Frozen):
    """A place in a template that a parameter fills; `integer` asks for a number."""

    param: str


class Joined(Frozen):
    """Text with parameters in it, all of it the value of one field: `<app>-rw`.

    Only parameters of the narrow types stand in it (see stanch.runbook.binding.NARROW);
    the field is checked as a whole after it was put together.
    """

    parts: Annotated[tuple[str | ParamRef, ...], Field(min_length=2)]


Slot = str | int | bool | None | ParamRef | Joined
"""A field of a template: a value, the parameter that will be, or text around parameters."""


class FilterTemplate(Frozen):
    """One filter after a pipe; `fields` are those of the filter's model, as Slots."""

    kind: str
    fields: dict[str, Any] = Field(default_factory=dict)


class Template(Frozen):
    """An operation or intent whose fields may still be parameters.

    `fields` mirrors the model named by `kind` (an operation's or an intent's), nested
    dicts and lists included; every leaf is a Slot. PromQL expressions are kept as text
    with `<name>` inside string literals, filled by `bind` with a value that was checked.
    """

    kind: str
    fields: dict[str, Any]
    params: tuple[str, ...]
    """The names of the parameters that it needs, those of view and filters included."""
    view: dict[str, Any] | None = None
    """The fields of stanch.tools.views.View, as Slots; None where nobody asked for a format."""
    filters: tuple[FilterTemplate, ...] = ()
    context: Slot = None
    """The kubectl context that the command names; another one than the configured is refused."""


class Step(Frozen):
    """One executable block, or one command of it."""

    name: DnsLabel
    section: Literal["diagnosis", "mitigation"]
    role: Literal["devops", "db"] = "devops"
    text: str
    """The command as it stands in the document."""
    template: Template
    line: int
    about: str = ""
    """The paragraph above the block: why one looks, or what the change does."""
    output: str | None = None
    """The parameter that the step's first line of output becomes: NAME=$(command)."""
    verify: tuple[CheckName, ...] = ()
    undo: Undo | None = None
    soak_seconds: float = 900.0
    """For how long its checks must hold; a quarter of an hour where the runbook says nothing."""
    deadline_seconds: float = 3600.0
    then: DnsLabel | None = None
    """The mitigation step that follows when this one has been verified."""


class Runbook(Head):
    """One runbook, read and checked."""

    name: str
    """Its path under the runbook folder, without the ending: kubernetes/bad-release."""
    path: Path
    sha256: str
    steps: tuple[Step, ...]
    prose: str = ""
    """Its Markdown, for the search by words."""
    notes: tuple[Finding, ...] = ()
    """What the reader has to say that does not refuse the runbook."""

    def step(self, name: str) -> Step:
        """Return the step called `name`; KeyError when there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
