"""The text of an imported document: proposed front matter, and the blocks as they become.

Every line that does not open, close or belong to a block that changes stays as it is.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stanch.runbook.attributes import LANGUAGES
from stanch.runbook.import_blocks import Taken
from stanch.runbook.model import Param

_OPENING: Final = re.compile(r"^(?P<before>.*?)(?P<fence>`{3,}|~{3,})")
_ADDED: Final = """
{heading}<!-- stanch: the import added this step, because it could take none from the document. -->

See since when the alert fires, and for what.

```promql {{name=alert}}
ALERTS{{alertname="{alert}"}}
```
"""
_DIAGNOSIS: Final = re.compile(r"#{1,6}\s+diagnosis\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the front matter proposes, beside the parameters."""

    title: str
    alert: str
    guessed: bool
    """Whether the name of the alert is only made from the title."""
    kept: tuple[str, ...] = ()
    """Lines of front matter that another program wrote; kept as comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block with what the import does with it."""

    taken: Taken
    aside: str = ""
    """Why it is text in the result; empty when it is executed."""

    @property
    def runs(self) -> bool:
        """Whether it is a step of the result."""
        return not self.aside and self.taken.state == "read"


def front_matter(head: Head, params: Mapping[str, Param]) -> list[str]:
    """Return the lines of the proposed front matter."""
    lines = ["---", f"title: {_quoted(head.title)}", "alerts:"]
    said = "  # made from the title: put the alert's name here" if head.guessed else ""
    lines.append(f"  - {{alertname: {head.alert}}}{said}")
    if params:
        lines.append("params:")
        lines += [f"  {name}: {_param(param)}" for name, param in params.items()]
    if head.kept:
        lines += ["# What another program wrote here:", *(f"#   {line}" for line in head.kept)]
    return [*lines, "---"]


def body(text: str, blocks: Sequence[Placed], head: Head) -> tuple[list[str], list[int | None]]:
    """Return the lines of the document's body, and for each the block that it is part of."""
    source = text.split("\n")
    lines: list[str] = []
    owners: list[int | None] = []
    at = 0
    for number, placed in enumerate(blocks):
        start = placed.taken.block.line
        if _quoted_fence(source[start]):
            continue
        end, closed = _end(placed, source)
        lines += source[at:start]
        owners += [None] * (start - at)
        becomes = _block(source[start:end], placed, closed=closed)
        lines += becomes
        owners += [number] * len(becomes)
        at = end
    lines += source[at:]
    owners += [None] * (len(source) - at)
    if not any(placed.runs for placed in blocks):
        _add_step(lines, owners, head)
    return lines, owners


def _quoted_fence(line: str) -> bool:
    found = _OPENING.match(line)
    return found is not None and ">" in found["before"]


def _end(placed: Placed, source: Sequence[str]) -> tuple[int, bool]:
    """Return the line after a block, and whether a fence of its own closes it."""
    block = placed.taken.block
    at = min(block.line + 1 + block.content.count("\n"), len(source))
    closed = block.closed and at < len(source) and _OPENING.match(source[at]) is not None
    return at + closed, closed


def _block(source: list[str], placed: Placed, *, closed: bool) -> list[str]:
    block, form = placed.taken.block, placed.taken.form
    opening = _OPENING.match(source[0])
    if opening is None:
        raise AssertionError("a block begins with a fence")
    fence = opening["fence"]
    indent = " " * len(opening["before"])
    outer = opening["before"][: len(opening["before"]) - len(opening["before"].lstrip())]
    closing = [] if closed else [indent + fence]
    if not placed.runs:
        if placed.taken.state == "no-command" and placed.taken.family == "other":
            return _prose(source, placed) + closing
        return [
            f"{outer}{_comment('not executed: ' + placed.aside)}",
            f"{opening['before']}{fence}text",
            *source[1:],
            *closing,
        ]
    own = placed.taken.block.info.partition("{")[0].strip()
    same = own and LANGUAGES.get(own.lower()) == LANGUAGES.get(form.language)
    language = own if same else form.language
    said = " {effect=observe}" if block.section == "mitigation" else ""
    lines = [f"{outer}{_comment(form.note)}"] if form.note else []
    if form.content == block.content:
        return [*lines, f"{opening['before']}{fence}{language}{said}", *source[1:], *closing]
    lines.append(f"{opening['before']}{fence}{language}{said}")
    lines += [*_indented(form.content, indent), indent + fence]
    if form.rest:
        lines += ["", f"{indent}{fence}text", *_indented(form.rest, indent), indent + fence]
    return lines


def _prose(source: list[str], placed: Placed) -> list[str]:
    """Return a block that nobody would execute; a bare one could be taken for commands."""
    language = placed.taken.form.language
    if language and placed.taken.block.info == language:
        return source
    opening = _OPENING.match(source[0])
    if opening is None:
        raise AssertionError("a block begins with a fence")
    return [f"{opening[0]}{language or 'text'}", *source[1:]]


def _indented(text: str, indent: str) -> list[str]:
    return [(indent + line).rstrip() for line in text.rstrip("\n").split("\n")]


def _add_step(lines: list[str], owners: list[int | None], head: Head) -> None:
    headings = (i for i, line in enumerate(lines) if owners[i] is None and _DIAGNOSIS.match(line))
    at = next(headings, None)
    if at is None:
        while lines and not lines[-1].strip():
            lines.pop()
            owners.pop()
        at = len(lines)
        added = _ADDED.format(heading="## Diagnosis\n\n", alert=head.alert).split("\n")
    else:
        at += 1
        added = _ADDED.format(heading="", alert=head.alert).rstrip("\n").split("\n")
    lines[at:at] = added
    owners[at:at] = [None] * len(added)


def _comment(text: str) -> str:
    # Two hyphens or an end would close the comment within itself.
    safe = " ".join(text.split()).replace("--", "- -").replace("->", "- >")
    return f"<!-- stanch: {safe} -->"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _param(param: Param) -> str:
    parts = [f"type: {param.type}"]
    if param.source is not None:
        parts.append(f"from: {param.source}")
    if param.under is not None:
        parts.append(f"under: {_quoted(param.under)}")
    if param.default is not None:
        parts.append(f"default: {_quoted(param.default)}")
    return "{" + ", ".join(parts) + "}"
