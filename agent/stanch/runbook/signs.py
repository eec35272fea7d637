"""A runbook's own signs and thresholds: whether they can be read, and what they are called.

The expressions are compiled when the runbook is read, so that an error shows up in the
editor and not in an incident. They are computed in stanch.diagnosis.own_signs.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Final

from stanch.runbook import cel
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import OwnSign, Threshold
from stanch.runbook.yaml_text import Path, Tree

WARN: Final = "warn"
CRITICAL: Final = "critical"


def own_names(signs: Mapping[str, OwnSign], thresholds: Mapping[str, Threshold]) -> frozenset[str]:
    """Return the names of all signs that a runbook defines itself."""
    return frozenset(signs) | {
        f"{name}-{level}" for name, one in thresholds.items() for level in levels(one)
    }


def levels(threshold: Threshold) -> dict[str, float]:
    """Return the limits that `threshold` has, by their level."""
    pairs = ((CRITICAL, threshold.critical), (WARN, threshold.warn))
    return {level: limit for level, limit in pairs if limit is not None}


def check_signs(
    signs: Mapping[str, OwnSign],
    thresholds: Mapping[str, Threshold],
    *,
    tree: Tree,
    report: Callable[[str, int, str, str], None],
) -> None:
    """Report every expression and limit that cannot be used."""

    def wrong(code: str, path: Path, message: str, remedy: str) -> None:
        report(code, tree.line(path), f"{path[1]}: {message}", remedy)

    def compiles(code: str, path: Path, text: str, needs: Collection[str]) -> None:
        try:
            cel.check(text, steps=needs)
        except RefusedError as error:
            wrong(code, path, error.message, error.remedy)

    for name, sign in signs.items():
        compiles("RB066", ("signs", name, "cel"), sign.cel, sign.needs)
    for name, threshold in thresholds.items():
        path = ("thresholds", name)
        compiles("RB067", (*path, "value"), threshold.value, (threshold.step,))
        if not levels(threshold):
            wrong("RB067", path, "It has no limit.", "Write warn: 0.8, critical: 0.95, or both.")
        elif not _ordered(threshold):
            wrong(
                "RB067",
                (*path, "critical"),
                f"{threshold.critical} is reached before the warning at {threshold.warn}.",
                "Swap them, or write when: below where little of it is the trouble.",
            )
        for level in levels(threshold):
            if (taken := f"{name}-{level}") in signs:
                text = f"The threshold {name} gives a sign of this name, too."
                wrong("RB066", ("signs", taken), text, "Give one of them another name.")


def used_params(
    signs: Mapping[str, OwnSign], thresholds: Mapping[str, Threshold]
) -> dict[str, Path]:
    """Return the parameters that the expressions read, each with the place of the first.

    Expressions that cannot be read use none; `check_signs` reports them.
    """
    places: list[tuple[Path, str, tuple[str, ...]]] = [
        *((("signs", name, "cel"), one.cel, one.needs) for name, one in signs.items()),
        *(
            (("thresholds", name, "value"), one.value, (one.step,))
            for name, one in thresholds.items()
        ),
    ]
    found: dict[str, Path] = {}
    for path, text, needs in places:
        with suppress(RefusedError):
            for param in cel.params_of(text, steps=needs):
                found.setdefault(param, path)
    return found


def check_needs(
    signs: Mapping[str, OwnSign],
    thresholds: Mapping[str, Threshold],
    *,
    steps: Collection[str],
    taken: Collection[str],
    tree: Tree,
    report: Callable[[str, int, str, str], None],
) -> None:
    """Report signs that need a step that is not among `steps`, or have a name of `taken`.

    `steps` are the names of the steps that read, `taken` those of the built-in signs.
    """
    known = f"Steps that read: {', '.join(sorted(steps)) or 'none'}."
    for name, sign in signs.items():
        for at, step in enumerate(sign.needs):
            if step not in steps:
                line = tree.line(("signs", name, "needs", at))
                report("RB066", line, f"{name}: there is no step '{step}' that reads.", known)
    for name, threshold in thresholds.items():
        if threshold.step not in steps:
            line = tree.line(("thresholds", name, "step"))
            text = f"{name}: there is no step '{threshold.step}' that reads."
            report("RB067", line, text, known)
    for name in sorted(own_names(signs, thresholds) & set(taken)):
        key, code = ("signs", "RB066") if name in signs else ("thresholds", "RB067")
        path = (key, name if name in signs else name.rpartition("-")[0])
        report(code, tree.line(path), f"There is a built-in sign '{name}'.", "Rename yours.")


def _ordered(threshold: Threshold) -> bool:
    if threshold.warn is None or threshold.critical is None:
        return True
    if threshold.when == "above":
        return threshold.warn < threshold.critical
    return threshold.warn > threshold.critical
