"""Reading what git prints of the difference between two trees."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_HUNK: Final = re.compile(r"@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")
_MOST: Final = 60_000
"""The characters of a difference that are shown."""

LINES: Final = (
    *("diff-tree", "-r", "-p", "-U0", "--no-renames", "--no-color", "--no-ext-diff"),
    *("--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
)
STAT: Final = ("diff-tree", "-r", "-z", "--numstat", "--no-renames")


class Hunk(NamedTuple):
    """Some lines of one file that change; `line` is where they stand now."""

    path: str
    line: int
    before: str
    after: str


def files(stat: str) -> list[dict[str, Any]]:
    """Return {"path", "added", "removed"} of each file; None of what is no text."""
    found = []
    for record in filter(None, stat.split("\0")):
        added, removed, path = record.split("\t", 2)
        count = (None, None) if added == "-" else (int(added), int(removed))
        found.append({"path": path, "added": count[0], "removed": count[1]})
    return found


def hunks(text: str) -> Iterator[Hunk]:
    """Yield the changed lines of a difference without context, file by file."""
    lines = iter(text.split("\n"))
    old = path = ""
    for line in lines:
        if line.startswith("diff --git "):
            old = path = ""
        elif line.startswith("--- "):
            old = _name(line[4:])
        elif line.startswith("+++ "):
            path = _name(line[4:]) or old
        elif found := _HUNK.match(line):
            first, before, _, after = (1 if one is None else int(one) for one in found.groups())
            old_lines, new_lines = _take(lines, before), _take(lines, after)
            if old_lines == new_lines:
                new_lines += " (only the newline at the end of the file changes)"
            yield Hunk(path, first, old_lines, new_lines)


def shown(changed: list[dict[str, Any]], text: str) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return the lines before and after by `path:line`, and how many changes are left out."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    left, missing, named = _MOST, 0, set()
    for hunk in hunks(text):
        named.add(hunk.path)
        left -= len(hunk.before) + len(hunk.after)
        if left < 0:
            missing += 1
            continue
        before[f"{hunk.path}:{hunk.line}"] = hunk.before
        after[f"{hunk.path}:{hunk.line}"] = hunk.after
    for one in changed:
        if one["path"] not in named:
            # No line of it is text, or only its mode changes, or it is empty.
            before[one["path"]], after[one["path"]] = "as it is now", "as before the commit"
    return before, after, missing


def _take(lines: Iterator[str], count: int) -> str:
    found: list[str] = []
    while len(found) < count:
        line = next(lines, None)
        if line is None:
            break
        if not line.startswith("\\"):
            found.append(line[1:])
    return "\n".join(found)


def _name(text: str) -> str:
    bare = text.split("\t", 1)[0]
    if bare.startswith('"') and bare.endswith('"'):
        bare = bare[1:-1]
    return "" if bare == "/dev/null" else bare[2:]
