"""A runbook as data: what the reader makes of a Markdown file."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from stanch.tools.operations import DnsLabel, Frozen

ParamType = Literal["dns-label", "dns-subdomain", "integer", "label-value"]
CheckName = Literal[
    "rollout-complete", "capacity-kept", "error-ratio-recovered", "restarts-stopped"
]
Undo = Literal["redo-rollout", "scale-back", "none"]


class Param(Frozen):
    """A value that a runbook needs, and where it comes from."""

    type: ParamType
    source: Annotated[str | None, Field(alias="from")] = None
    """`labels.NAME` (of the alert) or `finding.NAME` (see stanch.diagnosis.findings)."""
    default: str | None = None
    about: str = ""


class HypothesisSpec(Frozen):
    """A possible cause that the runbook knows, with the names of the signs it is weighed by."""

    claim: str
    supporting: Annotated[tuple[str, ...], Field(alias="for", min_length=1)]
    opposing: Annotated[tuple[str, ...], Field(alias="against")] = ()
    mitigations: tuple[str, ...] = ()
    """Names of mitigation steps, the first choice first; none: nothing is to be changed."""


class AlertMatch(Frozen):
    """Labels that an alert must carry for the runbook to apply; values match as a whole."""

    labels: dict[str, str]


class Sli(Frozen):
    """How the harm is measured: a PromQL expression with placeholders, and what is healthy."""

    error_ratio: str
    limit: Annotated[float, Field(gt=0, lt=1)] = 0.01


class ParamRef(Frozen):
    """A place in a template that a parameter fills; `integer` asks for a number."""

    param: str


Slot = str | int | bool | None | ParamRef
"""A field of a template: a value, or the parameter that will be."""


class Template(Frozen):
    """An operation or intent whose fields may still be parameters.

    `fields` mirrors the model named by `kind` (an operation's or an intent's), nested
    dicts and lists included; every leaf is a Slot. PromQL expressions are kept as text
    with `<name>` inside string literals, filled by `bind` with a value that was checked.
    """

    kind: str
    fields: dict[str, Any]
    params: tuple[str, ...]
    """The names of the parameters that it needs."""


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
    verify: tuple[CheckName, ...] = ()
    undo: Undo | None = None
    soak_seconds: float = 120.0
    deadline_seconds: float = 600.0


class Runbook(Frozen):
    """One runbook, read and checked."""

    name: str
    """Its path under the runbook folder, without the ending: kubernetes/bad-release."""
    title: str
    owner: str = ""
    path: Path
    sha256: str
    alerts: tuple[AlertMatch, ...]
    params: dict[str, Param]
    hypotheses: dict[str, HypothesisSpec]
    sli: Sli | None = None
    steps: tuple[Step, ...]
    risks: tuple[str, ...] = ()
    last_drill: str | None = None

    def step(self, name: str) -> Step:
        """Return the step called `name`; KeyError when there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
