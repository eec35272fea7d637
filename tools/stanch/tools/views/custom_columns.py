"""custom-columns: a table whose columns are paths, as kubectl prints it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from stanch.tools.views import jsonpath
from stanch.tools.views.errors import ViewError
from stanch.tools.views.jsonpath_nodes import Path
from stanch.tools.views.jsonpath_syntax import parse_path

Column = tuple[str, Path]


@lru_cache(maxsize=256)
def parse(expression: str) -> tuple[Column, ...]:
    """Return the heads and paths of `NAME:.metadata.name,NODE:.spec.nodeName`.

    A head may be empty, which kubectl prints as an empty line.

    Raises:
        ViewError: a column has no colon, no path, or a path that cannot be read.
    """
    columns: list[Column] = []
    # kubectl divides at every comma, so that a path cannot hold one.
    for column in expression.split(","):
        head, colon, path = column.partition(":")
        if not (colon and path) or any(c in head for c in "\t\n"):
            raise ViewError(f"'{column}' is not a column", "Write it like NAME:.metadata.name.")
        columns.append((head, parse_path(path)))
    return tuple(columns)


def rows(columns: Sequence[Column], objects: Sequence[Any]) -> list[list[str]]:
    """Return a row of cells for each object.

    Raises:
        ViewError: a path goes beyond the end of a list.
    """
    return [[_cell(path, one) for _, path in columns] for one in objects]


def _cell(path: Path, one: Any) -> str:
    found = jsonpath.values(path, one)
    if not found:
        return "<none>"
    return ",".join(_in_go(value) for value in found)


def _in_go(value: Any) -> str:
    """Return a value as Go prints it: lists in brackets, objects as map[key:value]."""
    if isinstance(value, Mapping):
        items = sorted(value.items())
        return f"map[{' '.join(f'{key}:{_in_go(item)}' for key, item in items)}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(map(_in_go, value))}]"
    return jsonpath.plain(value)
