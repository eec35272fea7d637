"""YAML as plain text: mappings, lists and texts with their lines, and nothing else.

Front matter is written by many hands. No type is guessed (`no` stays "no", a date stays
as it is written), no object is made, no anchor repeats anything, and every value knows
its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

import yaml

from stanch.runbook.findings import RefusedError

Path: TypeAlias = tuple[str | int, ...]

MOST_CHARACTERS: Final = 64 * 1024
DEEPEST: Final = 12

_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "seq", "map")
)
# The reader refuses them in the file itself; YAML can write them as escapes.
_HIDDEN: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Tree:
    """The value of a document, and the line of each part of it, counted from 0."""

    value: dict[str, Any]
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of the part at `path`, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_tree(text: str) -> Tree:
    """Read one YAML mapping.

    Raises:
        RefusedError: it is not YAML, not a mapping, or uses more than plain YAML.
    """
    if len(text) > MOST_CHARACTERS:
        _refuse(f"The front matter is longer than {MOST_CHARACTERS} characters.", "Shorten it.", 0)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for _ in _shallow(yaml.parse(text, Loader=loader)):
            pass
        node = yaml.compose(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        _refuse(
            f"The front matter is not YAML: {problem}.",
            "Put texts with ': ', '#', '<' or braces in quotes.",
            mark.line if mark else 0,
        )
    if not isinstance(node, yaml.MappingNode):
        _refuse("The front matter is not a mapping.", "Write 'title: ...' and so on.", 0)
    tree = Tree({})
    tree.value.update(_mapping(node, (), tree.lines))
    return tree


def _shallow(events: Iterator[Any]) -> Iterator[Any]:
    """Yield the events, and refuse what only serves to surprise, before anything is built."""
    depth = 0
    for event in events:
        line = event.start_mark.line
        if getattr(event, "anchor", None):
            _refuse("Anchors and aliases are not read.", "Write the value out.", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            _refuse(f"Values are nested deeper than {DEEPEST}.", "Flatten them.", line)
        if isinstance(event, yaml.DocumentStartEvent) and line > 0:
            _refuse("There is a second YAML document.", "Keep one.", line)
        yield event


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line
    if node.tag not in _PLAIN_TAGS:
        _refuse(f"The tag {node.tag} is not read.", "Leave it out.", node.start_mark.line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, at), lines) for at, item in enumerate(node.value)]
    if hidden := _HIDDEN.search(node.value):
        _refuse(
            f"A text holds the invisible character U+{ord(hidden[0]):04X}, written as an escape.",
            "Leave it out: what a person reads must be what is used.",
            node.start_mark.line,
        )
    return None if node.tag == _NULL else node.value


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line
        if not isinstance(key, yaml.ScalarNode) or key.tag not in _PLAIN_TAGS:
            _refuse("A key is not plain text.", "Write it as a word.", line)
        if key.value in found:
            raise RefusedError(
                "RB003",
                f"The key '{key.value}' stands twice.",
                remedy="Keep one of them.",
                line=line,
            )
        found[key.value] = _plain(value, (*path, key.value), lines)
        lines[*path, key.value] = line
    return found


def _refuse(message: str, remedy: str, line: int) -> NoReturn:
    raise RefusedError("RB002", message, remedy=remedy, line=line)
