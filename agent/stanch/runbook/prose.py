"""Prose: lines of a block that are plainly meant for people, and asides that are not.

A sentence in a block of commands deserves a better answer than the name of a program
that nobody meant; a command outside of a block is worth a note.
"""

import re
from collections.abc import Iterator
from typing import Final

from stanch.runbook.attributes import LANGUAGES
from stanch.runbook.grammar.registry import built_in
from stanch.runbook.markdown import Aside, Block, Document

_SENTENCE: Final = re.compile(r"[A-Z][a-z']+(?:[ ,].*|)[.:!?]|[A-Z][a-z']+(?: [A-Za-z',]+){3,}")
_ITEM: Final = re.compile(r"(?:[*+-]|[0-9]{1,3}[.)]) +[A-Za-z`*].*")
_LOWER: Final = re.compile(r"[a-z']+(?: [A-Za-z',()]+){3,}[.:!?]")
_START: Final = re.compile(
    # Blanks only: over empty lines it would look for the end of all of them at each.
    r"^[ \t]*(?:[$#>][ \t]+)?(?:sudo[ \t]+)?([A-Za-z][\w.+-]*)([ \t]+\S)?",
    re.MULTILINE,
)
_TAG: Final = re.compile(r"<!--|-->|</?[a-zA-Z][^>]{0,200}>")
_NOTES: Final[dict[str, tuple[str, str, str]]] = {
    "indented": ("RB015", "A command in indented code is not executed.", "Fence it."),
    "inline": (
        "RB016",
        "A command in inline code is not executed.",
        "Write it as a fenced block if it is a step.",
    ),
    "html": ("RB017", "A command in HTML is not executed.", "Write it as a fenced block."),
    "enclosed": (
        "RB017",
        "A block inside an HTML element is not executed.",
        "Take it out of the element, or close that above it.",
    ),
    "quoted": (
        "RB018",
        "A block in a quotation is not executed.",
        "Take it out of the quotation if it is a step.",
    ),
    "nested": (
        "RB018",
        "A block inside another block is not executed.",
        "Close the outer block before it if it is a step.",
    ),
}


def is_prose(text: str) -> bool:
    """Return whether the line `text` is plainly a sentence or an item of a list."""
    first = text.partition("\n")[0].strip()[:400]
    if " -" in first or "|" in first:
        return bool(_ITEM.fullmatch(first))
    return any(form.fullmatch(first) for form in (_SENTENCE, _ITEM, _LOWER))


def notes(document: Document) -> Iterator[tuple[str, int, str, str]]:
    """Yield code, line, message and remedy for each command that stands in no block.

    Only the sections whose blocks are executed are looked at; lines count from 0.
    """
    inside = [one for one in document.asides if one.section is not None]
    executed = [block for block in document.blocks if _is_executed(block)]
    for aside in inside:
        if aside.kind == "nested" and any(_holds(block, aside) for block in executed):
            continue
        if _has_command(aside):
            code, message, remedy = _NOTES[aside.kind]
            yield code, aside.line, message, remedy


def _has_command(aside: Aside) -> bool:
    text = _TAG.sub("\n", aside.text) if aside.kind == "html" else aside.text
    programs = built_in()
    # A program by itself is a word of prose as well: `top` is one, `top -b` is not.
    alone = aside.kind != "inline"
    return any(
        found[1] in programs and (alone or found[2] is not None) for found in _START.finditer(text)
    )


def _is_executed(block: Block) -> bool:
    head = block.info.partition("{")[0].split()
    return (head[0].lower() if head else "") in LANGUAGES


def _holds(block: Block, aside: Aside) -> bool:
    return block.line < aside.line <= block.line + block.content.count("\n")
