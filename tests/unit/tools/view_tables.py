"""An object, and the cells that a table shows of it."""

import re
from datetime import UTC, datetime
from typing import Any

from stanch.tools.views import View, render

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
BORN = "2026-01-10T09:00:00Z"


def made(kind: str, **parts: Any) -> dict[str, Any]:
    """Return an object that was made three hours ago."""
    return {"kind": kind, "metadata": {"name": "x", "creationTimestamp": BORN}, **parts}


def cells(thing: dict[str, Any], **view: Any) -> dict[str, str]:
    """Return the cells of the only row by their heads, as they stand under them."""
    head, row = render("kubernetes.list", {"items": [thing]}, View(**view), now=NOW).splitlines()
    starts = [found.start() for found in re.finditer(r"(?:^|(?<= {3}))\S", head)]
    ends = [*starts[1:], None]
    return {
        head[start:end].strip(): row[start:end].strip()
        for start, end in zip(starts, ends, strict=True)
    }
