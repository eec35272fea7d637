"""A runbook's own signs: CEL over the evidence of its steps, read like the built-in ones.

The expressions come from the front matter and were compiled when the runbook was read.
What was not looked at is unknown, and so is all that cannot be computed (INV-21). Of what
the evidence says nothing but figures is repeated, because a reason is taken for ours.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from stanch.diagnosis.reading import Reading, SignSpec, either, unknown
from stanch.diagnosis.view import View
from stanch.incident import Evidence
from stanch.runbook import cel
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import HypothesisSpec, OwnSign, Runbook, Threshold
from stanch.runbook.signs import levels, own_names
from stanch.tools.views import View as Format
from stanch.tools.views import ViewError, render


def own_signs(runbook: Runbook, seen: Mapping[str, Evidence]) -> dict[str, SignSpec]:
    """Return the signs that `runbook` defines itself, by their names in `own_hypotheses`.

    `seen` is the evidence of its steps, by the names that they have in the runbook, and
    only where it is that of the very operation that the step is.
    """
    found: dict[str, SignSpec] = {}
    for name, sign in runbook.signs.items():
        key = _scoped(runbook, name)
        read = partial(_read_sign, sign=sign, seen=seen)
        found[key] = SignSpec(
            name=key,
            about=sign.about,
            read=read,
            weight=float(sign.weight),
            needed=sign.needed,
            rejects=sign.rejects,
        )
    for name, threshold in runbook.thresholds.items():
        for level, limit in levels(threshold).items():
            key = _scoped(runbook, f"{name}-{level}")
            read = partial(_read_threshold, name=name, threshold=threshold, limit=limit, seen=seen)
            about = threshold.about or f"{name} is {threshold.when} its limit ({level})."
            weight = float(threshold.weight)
            found[key] = SignSpec(name=key, about=about, read=read, weight=weight)
    return found


def own_hypotheses(runbook: Runbook) -> dict[str, HypothesisSpec]:
    """Return the hypotheses of `runbook` by "runbook#name", own signs as "runbook#sign".

    Two runbooks may call different signs by one name, and both are weighed together.
    """
    own = own_names(runbook.signs, runbook.thresholds)

    def scoped(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_scoped(runbook, name) if name in own else name for name in names)

    return {
        _scoped(runbook, name): spec.model_copy(
            update={"supporting": scoped(spec.supporting), "opposing": scoped(spec.opposing)}
        )
        for name, spec in runbook.hypotheses.items()
    }


def _scoped(runbook: Runbook, name: str) -> str:
    return f"{runbook.name}#{name}"


def _read_sign(view: View, *, sign: OwnSign, seen: Mapping[str, Evidence]) -> Reading:
    value, reading = _computed(view, sign.cel, sign.needs, seen)
    if reading is not None:
        return reading
    used = [seen[step].id for step in sign.needs]
    if not isinstance(value, bool):
        return unknown("Not checked: its expression is neither true nor false.", *used)
    return either(value, _said(sign.about, holds=value), *used)


def _said(about: str, *, holds: bool) -> str:
    """Return what a sign says of itself, as a sentence of what was read."""
    about = about.strip().rstrip(".")
    if not about:
        return f"Its expression is {'true' if holds else 'false'} of what was read."
    return f"{about}." if holds else f"Not the case: {about[0].lower()}{about[1:]}."


def _read_threshold(
    view: View, *, name: str, threshold: Threshold, limit: float, seen: Mapping[str, Evidence]
) -> Reading:
    value, reading = _computed(view, threshold.value, (threshold.step,), seen)
    if reading is not None:
        return reading
    used = seen[threshold.step].id
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return unknown("Not checked: its value is not a number.", used)
    above = threshold.when == "above"
    reached = value >= limit if above else value <= limit
    unit = f" {threshold.unit}" if threshold.unit and threshold.unit != name else ""
    place = "at or" if reached else "not"
    return either(
        reached, f"{name} is {value:.6g}{unit}, {place} {threshold.when} {limit:.6g}{unit}.", used
    )


def _computed(
    view: View, text: str, needs: tuple[str, ...], seen: Mapping[str, Evidence]
) -> tuple[Any, Reading | None]:
    """Return the value of an expression, or the reading that says why it has none."""
    used = [seen[step].id for step in needs if step in seen]
    for step in needs:
        if step not in seen or seen[step].status != "ok":
            return None, unknown(f"Not checked: the step {step} has no answer.", *used)
        if seen[step].truncated or _shown(seen[step]).get("cut"):
            return None, unknown(f"Not checked: the answer of {step} was cut short.", *used)
    variables = {
        "steps": {step: _step(seen[step], view) for step in needs},
        "params": dict(view.params),
        "alert": {"labels": dict(view.alert.labels), "annotations": dict(view.alert.annotations)},
    }
    try:
        return cel.compute(text, variables), None
    except cel.ExpressionError as error:
        return None, unknown(f"Not checked: {error}.", *used)
    except RefusedError as error:
        return None, unknown(f"Not checked: {error.message}", *used)


def _step(one: Evidence, view: View) -> dict[str, Any]:
    """Return what an expression sees of a step: its data, and what it prints if it does."""
    data = {key: value for key, value in one.data.items() if key != "shown"}
    shown = _shown(one)
    text = shown.get("text")
    if not shown:
        try:
            text = render(str(one.operation.get("kind")), data, Format(), now=view.now)
        except ViewError:
            text = None
    step = data | {"status": one.status}
    return step if text is None else step | {"text": text, "lines": str(text).splitlines()}


def _shown(one: Evidence) -> Mapping[str, Any]:
    shown = one.data.get("shown")
    return shown if isinstance(shown, Mapping) else {}
