"""The INI form of an inventory: sections of hosts, of groups and of variables."""

import re
import shlex
from typing import Any

from stanch.settings.inventory_tree import InventoryError, Tree

_SECTION = re.compile(r"\[([^\]:\s]+)(?::(children|vars|hosts))?\]\s*(?:[#;].*)?")


def read_ini(tree: Tree, text: str) -> None:
    """Read `text` into `tree`.

    Raises:
        InventoryError: a line makes no sense.
    """
    group, kind = "ungrouped", "hosts"
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and (found := _SECTION.fullmatch(line)):
            group, kind = found[1], found[2] or "hosts"
            tree.group(group)
            continue
        try:
            _line(tree, group, kind, line)
        except ValueError as error:
            said = str(error).removeprefix(f"{tree.path}: ")
            raise InventoryError(f"{tree.path}, line {number}: {said}") from None


def _line(tree: Tree, group: str, kind: str, line: str) -> None:
    if kind == "vars":
        name, equals, value = line.partition("=")
        if not equals:
            raise InventoryError(f"'{line[:80]}' is not NAME=VALUE")
        tree.variables(group, {name.strip(): _plain(value)})
        return
    words = shlex.split(line, comments=True)
    if kind == "children":
        tree.child(group, words[0])
        return
    variables: dict[str, Any] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals:
            raise InventoryError(f"'{word[:80]}' is not NAME=VALUE")
        variables[name] = value
    tree.host(group, words[0], variables)


def _plain(value: str) -> str:
    words = shlex.split(value, comments=True)
    return words[0] if len(words) == 1 else value.strip()
