"""Looks: the reading steps of runbooks, bound to values, as requests for the executor."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from stanch.executor import Request, output
from stanch.graph import targets
from stanch.graph.context import Context
from stanch.incident import Evidence, Incident
from stanch.runbook.bind import bind, bind_context, bind_shown
from stanch.runbook.binding import BindingError
from stanch.runbook.model import Runbook, Step
from stanch.tools.operations import BaseIntent, digest_of
from stanch.tools.views import View

_TARGET = ("namespace", "deployment", "service")


def of_runbooks(
    context: Context,
    incident: Incident,
    runbooks: Sequence[Runbook],
    taken: Mapping[str, Request],
) -> dict[str, Request]:
    """Return the reads of `runbooks` by name, those left out that are `taken` already.

    The same read is wanted once, however many runbooks ask for it. A name stands for the
    same step in every wave, whatever values are known by then.
    """
    known = {digest(request) for request in taken.values()}
    wanted: dict[str, Request] = {}
    for runbook, step, name in _named(runbooks, taken):
        request = of_step(context, incident, runbook, step, name=name)
        if request is not None and digest(request) not in known:
            known.add(digest(request))
            wanted[name] = request
    return wanted


def answers(
    context: Context,
    incident: Incident,
    runbook: Runbook,
    wanted: Mapping[str, Request],
    seen: Mapping[str, Evidence],
) -> dict[str, Evidence]:
    """Return the evidence of each step of `runbook`, by the step's own name.

    The evidence is that of the very read that the step is, whoever else asked for it;
    `wanted` are all reads of the candidates, and `seen` what came back, by their names.
    """
    by_digest = {digest(request): name for name, request in wanted.items()}
    found: dict[str, Evidence] = {}
    for step in runbook.steps:
        request = of_step(context, incident, runbook, step, name=step.name)
        name = by_digest.get(digest(request)) if request is not None else None
        if name is not None and name in seen:
            found[step.name] = seen[name]
    return found


def of_step(
    context: Context, incident: Incident, runbook: Runbook, step: Step, *, name: str
) -> Request | None:
    """Return a diagnosis step as a request called `name`; None while a value is unknown.

    A value that this runbook cannot take, because another one declares the parameter more
    widely, is as good as none: what it was found by is not ours to trust.
    """
    params = values(incident, runbook)
    if step.section != "diagnosis" or any(one not in params for one in step.template.params):
        return None
    try:
        operation = bind(step, params, params=runbook.params)
        view, filters = bind_shown(step, params, params=runbook.params)
        named = bind_context(step, params, params=runbook.params)
    except BindingError:
        return None
    if isinstance(operation, BaseIntent):
        return None
    if step.output is not None and view is None:
        # What becomes a parameter is the first line of what the command prints.
        view = View()
    exact, unfit = targets.of_read(targets.place(context.settings, incident), operation)
    return Request(
        step=name,
        role=step.role,
        operation=exact,
        view=view,
        filters=filters,
        unfit=unfit or _elsewhere(context, named),
    )


def values(incident: Incident, runbook: Runbook) -> dict[str, str]:
    """Return the values of the parameters of `runbook`, its own before the shared ones."""
    own = f"{runbook.name}#"
    shared = {name: value for name, value in incident.params.items() if "#" not in name}
    return shared | {
        name.removeprefix(own): value
        for name, value in incident.params.items()
        if name.startswith(own)
    }


def adopted(incident: Incident, runbook: Runbook) -> bool:
    """Say whether a runbook has values of its own, from another alert than the incident's."""
    return any(name.startswith(f"{runbook.name}#") for name in incident.params)


def elsewhere(incident: Incident, runbook: Runbook) -> bool:
    """Say whether a runbook is about another target than the incident's own alert."""
    return any(f"{runbook.name}#{name}" in incident.params for name in _TARGET)


def digest(request: Request) -> str:
    """Return the name of what is read and of how it is printed."""
    if not request.printed:
        return request.operation.digest
    view = request.view.model_dump(mode="json") if request.view else None
    filters = [one.model_dump(mode="json") for one in request.filters]
    return digest_of([request.operation.digest, view, filters])


def outputs(runbook: Runbook, found: Mapping[str, Evidence]) -> dict[str, str]:
    """Return the outputs of the steps that were written NAME=$(command), by NAME.

    `found` is the evidence of its steps (see `answers`).
    """
    values = {
        step.output: output(found[step.name].data)
        for step in runbook.steps
        if step.output is not None and step.name in found and found[step.name].status == "ok"
    }
    return {name: value for name, value in values.items() if value is not None}


def stem(runbook: Runbook) -> str:
    """Return the last part of the runbook's name."""
    return runbook.name.rsplit("/", 1)[-1]


def _named(
    runbooks: Sequence[Runbook], taken: Collection[str]
) -> Iterator[tuple[Runbook, Step, str]]:
    """Yield every diagnosis step with its name; the first of equal names keeps it bare."""
    stems = Counter(stem(runbook) for runbook in runbooks)
    used = set(taken)
    for runbook in runbooks:
        prefix = stem(runbook)
        if stems[prefix] > 1:
            prefix = runbook.name.replace("/", ".")
        for step in runbook.steps:
            if step.section == "diagnosis":
                name = f"{prefix}.{step.name}" if step.name in used else step.name
                used.add(name)
                yield runbook, step, name


def _elsewhere(context: Context, named: str | None) -> str:
    """Return why a command for the kubectl context `named` is not run here, or nothing."""
    if named is None or named == context.settings.context:
        return ""
    here = context.settings.context or "none, so that it cannot be compared"
    return f"the command is for the kubectl context {named}; STANCH_CONTEXT is {here}"
