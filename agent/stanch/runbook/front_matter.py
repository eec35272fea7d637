"""Front matter: what a runbook says of itself before its text begins.

Each part is checked by itself, so that one wrong value hides no other finding.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from stanch.runbook.binding import fits
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import AlertMatch, HypothesisSpec, Param, Sli
from stanch.runbook.yaml_text import Path, Tree, read_tree

_T = TypeVar("_T")
_Model = TypeVar("_Model", Param, HypothesisSpec, Sli)

Report: TypeAlias = Callable[[str, int, str, str], None]
"""Takes code, line (from 0), message and remedy of a finding."""

_FENCE: Final = re.compile(r"-{3}[ \t]*")
_KEYS: Final = (
    *("title", "owner", "alerts", "params", "hypotheses"),
    *("sli", "risks", "last_drill"),
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELD_NAMES: Final = {
    Param: {"type", "from", "default", "about"},
    HypothesisSpec: {"claim", "for", "against", "mitigations"},
    Sli: {"error_ratio", "limit"},
}


@dataclass(slots=True)
class FrontMatter:
    """The parts that could be read; a wrong part is left out and was reported."""

    tree: Tree
    title: str = ""
    owner: str = ""
    alerts: tuple[AlertMatch, ...] = ()
    params: dict[str, Param] = field(default_factory=dict)
    hypotheses: dict[str, HypothesisSpec] = field(default_factory=dict)
    sli: Sli | None = None
    risks: tuple[str, ...] = ()
    last_drill: str | None = None


def split(text: str) -> tuple[str, int] | None:
    """Return the YAML between the first two `---` lines and the line after; None without."""
    lines = text.split("\n")
    if not _FENCE.fullmatch(lines[0]):
        return None
    for at, line in enumerate(lines[1:], start=1):
        if _FENCE.fullmatch(line):
            return "\n".join(lines[1:at]), at + 1
    return None


def read_front_matter(text: str, report: Report) -> FrontMatter:
    """Read the YAML `text`, reporting what is wrong with lines counted in it from 0."""
    try:
        tree = read_tree(text)
    except RefusedError as error:
        report(error.code, error.line, error.message, error.remedy)
        return FrontMatter(Tree({}))
    for key in tree.value.keys() - set(_KEYS):
        report(
            "RB003",
            tree.line((key,)),
            f"'{key}' is not a key of the front matter.",
            f"Known: {', '.join(_KEYS)}.",
        )
    return _Reader(tree, report).all()


class _Reader:
    def __init__(self, tree: Tree, report: Report) -> None:
        self._tree = tree
        self._report = report

    def all(self) -> FrontMatter:
        found = FrontMatter(self._tree)
        found.title = self._text("title") or ""
        if "title" not in self._tree.value:
            self._report("RB004", 0, "There is no title.", "Write 'title: What has happened'.")
        found.owner = self._text("owner") or ""
        found.alerts = self._alerts()
        found.params = self._named("params", Param)
        for name, param in found.params.items():
            self._check_param(name, param)
        found.hypotheses = self._named("hypotheses", HypothesisSpec)
        if "sli" in self._tree.value:
            found.sli = self._model(Sli, ("sli",))
        if "risks" in self._tree.value:
            found.risks = self._value(TypeAdapter(tuple[str, ...]), ("risks",)) or ()
        found.last_drill = self._last_drill()
        return found

    def _text(self, key: str) -> str | None:
        if key not in self._tree.value:
            return None
        text = self._value(TypeAdapter(str), (key,))
        if text is not None and not text.strip():
            self._wrong((key,), f"{key} is empty.", "Write it, or leave the key out.")
        return text

    def _alerts(self) -> tuple[AlertMatch, ...]:
        alerts = self._tree.value.get("alerts")
        if not alerts:
            self._report(
                "RB005",
                self._tree.line(("alerts",)),
                "No alert leads to this runbook.",
                "Write 'alerts:' with at least one '- {alertname: ...}'.",
            )
            return ()
        adapter: TypeAdapter[list[dict[str, str]]] = TypeAdapter(list[dict[str, str]])
        found: list[AlertMatch] = []
        checked = self._value(adapter, ("alerts",))
        for at, labels in enumerate(checked or []):
            wrong = next((name for name in labels if not _LABEL.fullmatch(name)), None)
            if wrong is not None or not labels or not all(labels.values()):
                what = f"'{wrong}' is not the name of a label" if wrong else "a label is empty"
                self._wrong(("alerts", at), f"{what}.", "Write {alertname: SomeAlert}.")
            else:
                found.append(AlertMatch(labels=labels))
        return tuple(found)

    def _named(self, key: str, model: type[_Model]) -> dict[str, _Model]:
        value = self._tree.value.get(key)
        if key not in self._tree.value:
            return {}
        if not isinstance(value, dict):
            self._wrong((key,), f"{key} is not a mapping.", "Write one name per line below it.")
            return {}
        found: dict[str, _Model] = {}
        for name in value:
            if not _NAME.fullmatch(name):
                self._wrong(
                    (key, name),
                    f"'{name}' is not a name.",
                    "Use lower-case letters, digits, '-' and '_', beginning with a letter.",
                )
            elif (one := self._model(model, (key, name))) is not None:
                found[name] = one
        return found

    def _model(self, model: type[_Model], path: Path) -> _Model | None:
        """Read one small mapping whose keys are those that the notation knows."""
        value = self._at(path)
        known = _FIELD_NAMES[model]
        unknown = sorted(value.keys() - known) if isinstance(value, dict) else []
        for key in unknown:
            self._report(
                "RB003",
                self._tree.line((*path, key)),
                f"'{key}' is not a key of {'.'.join(map(str, path))}.",
                f"Known: {', '.join(sorted(known))}.",
            )
        return None if unknown else self._value(TypeAdapter(model), path)

    def _value(self, adapter: TypeAdapter[_T], path: Path) -> _T | None:
        try:
            return adapter.validate_python(self._at(path))
        except ValidationError as error:
            for one in error.errors(include_url=False):
                where = ".".join(str(part) for part in (*path, *one["loc"]))
                message = one["msg"].removeprefix("Value error, ")
                self._wrong((*path, *one["loc"]), f"{where}: {message}.", "Correct the value.")
            return None

    def _at(self, path: Path) -> Any:
        value: Any = self._tree.value
        for part in path:
            value = value[part]
        return value

    def _check_param(self, name: str, param: Param) -> None:
        path = ("params", name)
        kind, dot, source = (param.source or "labels.any").partition(".")
        if kind not in {"labels", "finding"} or not dot or not source:
            self._report(
                "RB042",
                self._tree.line((*path, "from")),
                f"{name}: '{param.source}' is not a source.",
                "Write from: labels.NAME or from: finding.NAME.",
            )
        if param.default is not None and not fits(param.default, param.type):
            self._report(
                "RB042",
                self._tree.line((*path, "default")),
                f"{name}: the default '{param.default}' is not of the type {param.type}.",
                "Correct the default or the type.",
            )

    def _last_drill(self) -> str | None:
        text = self._text("last_drill")
        try:
            return text and date.fromisoformat(text).isoformat()
        except ValueError:
            self._wrong(
                ("last_drill",), f"last_drill is not a date: '{text}'.", "Write it as 2026-11-01."
            )
            return None

    def _wrong(self, path: Path, message: str, remedy: str) -> None:
        self._report("RB004", self._tree.line(path), message, remedy)
