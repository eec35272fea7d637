"""Front matter: what a runbook says of itself before its text begins.

Each part is checked by itself, so that one wrong value hides no other finding.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from stanch.runbook.declared import check_param
from stanch.runbook.findings import RefusedError
from stanch.runbook.match_labels import fits_everything, read_matcher
from stanch.runbook.model import (
    AlertMatch,
    Detection,
    Drill,
    HypothesisSpec,
    LabelMatcher,
    OwnSign,
    Param,
    PlanSpec,
    Sli,
    Threshold,
)
from stanch.runbook.signs import check_signs
from stanch.runbook.yaml_text import Path, Tree, read_tree

_LabelValue: TypeAlias = str | list[str]
_T = TypeVar("_T")
_Model = TypeVar("_Model", bound=BaseModel)

Report: TypeAlias = Callable[[str, int, str, str], None]
"""Takes code, line (from 0), message and remedy of a finding."""

_FENCE: Final = re.compile(r"-{3}[ \t]*")
_TEXTS: Final = ("title", "owner", "service", "repo", "team", "channel", "on_call")
_LISTS: Final = ("escalate", "dashboards", "runbook_urls", "risks")
_DAYS: Final = ("last_drill", "last_tested")
KEYS: Final = (
    *_TEXTS,
    *("escalate", "dashboards", "runbook_url", "runbook_urls", "detection"),
    *("alerts", "params", "hypotheses", "plans", "signs", "thresholds"),
    *("sli", "risks", "drills", "last_drill", "last_tested"),
)
"""The keys of the front matter, in the order in which people write them."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL: Final = re.compile(r"https?://[^\s/@]+(?:/\S*)?")
# What is wrong in these has codes of its own; in all others it is RB004.
_CODES: Final = MappingProxyType({"signs": "RB066", "thresholds": "RB067", "plans": "RB070"})


@dataclass(slots=True)
class FrontMatter:
    """The parts that could be read; a wrong part is left out and was reported."""

    tree: Tree
    title: str = ""
    owner: str = ""
    service: str = ""
    repo: str = ""
    team: str = ""
    channel: str = ""
    on_call: str = ""
    escalate: tuple[str, ...] = ()
    dashboards: tuple[str, ...] = ()
    runbook_urls: tuple[str, ...] = ()
    detection: Detection | None = None
    alerts: tuple[AlertMatch, ...] = ()
    params: dict[str, Param] = field(default_factory=dict)
    hypotheses: dict[str, HypothesisSpec] = field(default_factory=dict)
    signs: dict[str, OwnSign] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    plans: dict[str, PlanSpec] = field(default_factory=dict)
    sli: Sli | None = None
    risks: tuple[str, ...] = ()
    drills: tuple[Drill, ...] = ()
    last_drill: str | None = None
    last_tested: str | None = None

    def head(self) -> dict[str, Any]:
        """Return all parts by the names that they have in stanch.runbook.model.Head."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "tree"}


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
    for key in tree.value.keys() - set(KEYS):
        report(
            "RB003",
            tree.line((key,)),
            f"'{key}' is not a key of the front matter.",
            f"Known: {', '.join(KEYS)}.",
        )
    return _Reader(tree, report).all()


class _Reader:
    def __init__(self, tree: Tree, report: Report) -> None:
        self._tree = tree
        self._report = report

    def all(self) -> FrontMatter:
        found = FrontMatter(self._tree)
        for key in _TEXTS:
            setattr(found, key, self._text(key) or "")
        if "title" not in self._tree.value:
            self._report("RB004", 0, "There is no title.", "Write 'title: What has happened'.")
        for key in _LISTS:
            setattr(found, key, self._list(key))
        if one := self._text("runbook_url"):
            found.runbook_urls = (one, *found.runbook_urls)
        self._check_urls(found)
        for key in _DAYS:
            setattr(found, key, self._day(key))
        found.alerts = self._alerts()
        found.params = self._named("params", Param)
        for name, param in found.params.items():
            check_param(name, param, self._tree, self._report)
        found.hypotheses = self._named("hypotheses", HypothesisSpec)
        found.plans = self._named("plans", PlanSpec)
        found.signs = self._named("signs", OwnSign)
        found.thresholds = self._named("thresholds", Threshold)
        check_signs(found.signs, found.thresholds, tree=self._tree, report=self._report)
        if "sli" in self._tree.value:
            found.sli = self._model(Sli, ("sli",))
        if "detection" in self._tree.value:
            found.detection = self._model(Detection, ("detection",))
        found.drills = self._drills()
        return found

    def _drills(self) -> tuple[Drill, ...]:
        written = self._tree.value.get("drills", [])
        if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
            self._wrong(
                ("drills",), "drills is not a list of drills.", "- {fault: oom, cause: too-small}"
            )
            return ()
        read = (self._model(Drill, ("drills", at)) for at in range(len(written)))
        return tuple(one for one in read if one is not None)

    def _list(self, key: str) -> tuple[str, ...]:
        if key not in self._tree.value:
            return ()
        found = self._value(TypeAdapter(tuple[str, ...]), (key,)) or ()
        for at, text in enumerate(found):
            if not text.strip():
                self._wrong((key, at), f"{key} holds an empty text.", "Write it, or remove it.")
        return found

    def _check_urls(self, found: FrontMatter) -> None:
        for key, urls in (("dashboards", found.dashboards), ("runbook_urls", found.runbook_urls)):
            for url in urls:
                if not _URL.fullmatch(url):
                    at = key if key in self._tree.value else "runbook_url"
                    self._wrong(
                        (at,),
                        f"{at}: '{url[:200]}' is not a URL that a person can open.",
                        "Write https://..., without a user or a password.",
                    )

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
        adapter: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(list[dict[str, _LabelValue]])
        found: list[AlertMatch] = []
        checked = self._value(adapter, ("alerts",))
        for at, written in enumerate(checked or []):
            if (one := self._alert(written, ("alerts", at))) is not None:
                found.append(one)
        return tuple(found)

    def _alert(self, written: dict[str, Any], path: Path) -> AlertMatch | None:
        """Read one alert: labels with their values, and matchers as Alertmanager has them."""
        labels: dict[str, str] = {}
        matchers: list[LabelMatcher] = []
        for name, value in written.items():
            if name == "matchers" and isinstance(value, list):
                for number, text in enumerate(value):
                    try:
                        matchers.append(read_matcher(text))
                    except RefusedError as error:
                        line = self._tree.line((*path, name, number))
                        self._report(error.code, line, error.message, error.remedy)
                        return None
            elif isinstance(value, list) or not value or not _LABEL.fullmatch(name):
                what = "a label is empty" if not value else f"'{name}' is not a label with a value"
                self._wrong(path, f"{what}.", "Write {alertname: SomeAlert}.")
                return None
            else:
                labels[name] = value
        alert = AlertMatch(labels=labels, matchers=tuple(matchers))
        if not written:
            self._wrong(path, "a label is empty.", "Write {alertname: SomeAlert}.")
            return None
        if fits_everything(alert):
            self._report(
                "RB068",
                self._tree.line(path),
                "An alert without any label fits these matchers, and so does every other.",
                "Name at least one label that must be there.",
            )
            return None
        return alert

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
        known = {one.alias or name for name, one in model.model_fields.items()}
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

    def _day(self, key: str) -> str | None:
        text = self._text(key)
        try:
            return text and date.fromisoformat(text).isoformat()
        except ValueError:
            self._wrong((key,), f"{key} is not a date: '{text}'.", "Write it as 2026-11-01.")
            return None

    def _wrong(self, path: Path, message: str, remedy: str) -> None:
        self._report(_CODES.get(str(path[0]), "RB004"), self._tree.line(path), message, remedy)
