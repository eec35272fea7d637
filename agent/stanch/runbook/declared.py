"""Declared parameters: whether what the front matter says of one makes sense."""

from collections.abc import Callable
from typing import Final

from stanch.runbook.binding import SOURCES
from stanch.runbook.model import Param
from stanch.runbook.values import CHOICE, fits, is_folder, wanted
from stanch.runbook.yaml_text import Path, Tree

_BELONGS: Final = (("values", "enum"), ("least", "integer"), ("most", "integer"), ("under", "path"))


def check_param(
    name: str, param: Param, tree: Tree, report: Callable[[str, int, str, str], None]
) -> None:
    """Report what is wrong with the declaration of the parameter `name`."""
    path: Path = ("params", name)
    bounds = _bounds(param)
    if bounds is not None:
        key, what, remedy = bounds
        report("RB043", tree.line((*path, key)), f"{name}: {what}.", remedy)
    kind, dot, source = (param.source or "labels.any").partition(".")
    if kind not in SOURCES or not dot or not source:
        report(
            "RB042",
            tree.line((*path, "from")),
            f"{name}: '{param.source}' is not a source.",
            "Write from: labels.NAME, annotations.NAME, finding.NAME or output.NAME.",
        )
    if param.default is not None and bounds is None and not fits(param.default, param):
        report(
            "RB042",
            tree.line((*path, "default")),
            f"{name}: the default '{param.default}' is not of the type {param.type} "
            f"({wanted(param)}).",
            "Correct the default or the type.",
        )


def _bounds(param: Param) -> tuple[str, str, str] | None:
    """Return the key, the fault and the remedy where the type's bounds make no sense."""
    for key, type_ in _BELONGS:
        if key in param.model_fields_set and param.type != type_:
            return key, f"'{key}' says nothing of a {param.type}", f"It belongs to {type_}."
    match param.type:
        case "enum":
            return _choices(param)
        case "integer":
            return _range(param)
        case "path":
            return _folder(param)
        case _:
            return None


def _choices(param: Param) -> tuple[str, str, str] | None:
    if not param.values:
        return "type", "an enum has no values", "Write values: [one, another]."
    if len(set(param.values)) < len(param.values):
        return "values", "a value stands twice", "Keep one of them."
    wrong = next((value for value in param.values if not CHOICE.fullmatch(value)), None)
    if wrong is not None:
        return (
            "values",
            f"'{wrong[:80]}' cannot be a value of an enum",
            "Use letters, digits, '-', '_' and '.', with a letter or digit at both ends.",
        )
    return None


def _range(param: Param) -> tuple[str, str, str] | None:
    for key, bound in (("least", param.least), ("most", param.most)):
        if bound is not None and abs(bound) > 999_999_999:
            return key, f"{bound} is out of reach", "Stay within nine digits."
    if param.least is not None and param.most is not None and param.least > param.most:
        return "least", f"least {param.least} is more than most {param.most}", "Swap them."
    if param.most is not None and param.least is None and param.most < 0:
        return "most", f"most {param.most} is less than 0, the least", "Write least, too."
    return None


def _folder(param: Param) -> tuple[str, str, str] | None:
    if param.under is None:
        return "type", "a path lies under no folder", "Write under: /var/log."
    if not is_folder(param.under.removesuffix("/")):
        return (
            "under",
            f"'{param.under[:80]}' cannot be the folder of a path",
            "Write an absolute path below /, without '..', blanks or wildcards.",
        )
    return None
