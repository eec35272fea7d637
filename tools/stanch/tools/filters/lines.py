"""Lines: the text of an answer taken apart and put together as the programs do."""

from collections.abc import Iterable


def split(text: str) -> list[str]:
    """Return the lines of `text`, without their ends; a last line needs no end."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def joined(lines: Iterable[str]) -> str:
    """Return `lines` as text; each of them is ended."""
    return "".join(f"{line}\n" for line in lines)


def kept(lines: list[str], text: str) -> str:
    """Return `lines`, the last of which is the last of `text`, ended only if it was."""
    whole = joined(lines)
    return whole if text.endswith("\n") else whole.removesuffix("\n")
