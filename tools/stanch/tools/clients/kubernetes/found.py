"""What a read found."""

from typing import Any, NamedTuple


class Found(NamedTuple):
    """What a read found: its data, one line about it, and whether it was cut short."""

    data: dict[str, Any]
    text: str
    truncated: bool = False
