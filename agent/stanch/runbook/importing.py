"""Importing: a plain Markdown document becomes a runbook that loads.

Nothing is moved. A block that can be executed where it stands is a step; every other one
is called `text`, under a comment that says why. The caller brings the linter, and what it
finds in a block sets that block aside as well, so that the result is clean by itself.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from stanch.runbook import front_matter as front
from stanch.runbook.findings import Finding, RefusedError
from stanch.runbook.import_blocks import Taken, take
from stanch.runbook.import_params import declared, propose
from stanch.runbook.import_rewrite import assigned
from stanch.runbook.import_text import Head, Placed, body, front_matter
from stanch.runbook.markdown import Block, all_blocks, read_blocks
from stanch.runbook.model import Param
from stanch.runbook.read import refuse_hidden_in
from stanch.runbook.yaml_text import read_tree

Lint: TypeAlias = Callable[[str], Sequence[Finding]]
"""Takes the text of a runbook and returns what is wrong with it."""

_ALERT: Final = re.compile(r"[A-Za-z]+(?:[A-Z][a-z0-9]+)+[A-Za-z0-9]*|[A-Z][a-zA-Z0-9]+")
_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_QUOTED: Final = "it stands in a quotation or in HTML, which is never executed."
_OURS: Final = frozenset({"alerts", "hypotheses", "params"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A document that was imported."""

    text: str
    """The runbook."""
    blocks: tuple[Placed, ...]
    params: dict[str, Param]
    head: Head


def import_document(text: str, *, stem: str, lint: Lint) -> Imported:
    """Return the runbook that the document `text` becomes; `stem` is its file's name.

    Raises:
        RefusedError: it is a runbook already, or cannot be made to load.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n"
    if "\r" in text:
        raise RefusedError(
            "RB001",
            "A line ends with a carriage return alone.",
            remedy="Save the document with the line ends of Unix or of Windows.",
        )
    refuse_hidden_in(text)
    kept, plain = _own_front_matter(text)
    head = replace(_head(kept, plain, stem), kept=tuple(line for line in kept if line.strip()))
    own = {block.line for block in read_blocks(plain)}
    placed = [_placed(take(block), quoted=block.line not in own) for block in all_blocks(plain)]
    # Every round sets at least one block aside, or drops a parameter, or ends.
    for _ in range(2 * len(placed) + 10):
        imported, owners = _rendered(head, plain, placed)
        findings = [one for one in lint(imported.text) if not one.note]
        if not findings:
            return imported
        if not _set_aside(placed, findings, owners):
            break
    first = findings[0]
    raise RefusedError(
        first.code,
        f"What the import makes of the document is refused in line {first.line}: {first.message}",
        remedy=first.remedy,
    )


def _rendered(head: Head, plain: str, placed: list[Placed]) -> tuple[Imported, list[int | None]]:
    params = _params(placed)
    top = front_matter(head, params)
    lines, owners = body(plain, placed, head)
    text = "\n".join([*top, *lines]).rstrip("\n") + "\n"
    imported = Imported(text=text, blocks=tuple(placed), params=params, head=head)
    return imported, [*([None] * len(top)), *owners]


def _params(placed: list[Placed]) -> dict[str, Param]:
    """Return the declarations that the steps need, and set aside what none is found for."""
    while True:
        running = [one.taken for one in placed if one.runs]
        params = propose(running, told=_told(placed))
        known = params.keys() | {name for one in running for name in one.outputs}
        left = len(running)
        for at, one in enumerate(placed):
            if one.runs and (name := _undeclarable(one.taken, known)):
                placed[at] = replace(one, aside=f"RB040 no declaration of <{name}> fits it.")
                left -= 1
        if left == len(running):
            return params


def _undeclarable(taken: Taken, known: AbstractSet[str]) -> str | None:
    return next((name for name in taken.names if declared(name) not in known), None)


def _set_aside(
    placed: list[Placed], findings: Sequence[Finding], owners: Sequence[int | None]
) -> bool:
    """Set the blocks aside that findings stand in; return whether there was one."""
    changed = False
    for finding in findings:
        at = owners[finding.line - 1] if finding.line <= len(owners) else None
        if at is not None and placed[at].runs:
            why = f"{finding.code} {finding.message} {finding.remedy}".strip()
            placed[at] = replace(placed[at], aside=why)
            changed = True
    return changed


def _placed(taken: Taken, *, quoted: bool) -> Placed:
    return Placed(taken=taken, aside=_QUOTED if quoted else _aside(taken))


def _aside(taken: Taken) -> str:
    """Return why a block is not executed where it stands; empty when it is."""
    match taken.state:
        case "no-command":
            return "it holds no command."
        case "refused":
            return f"{taken.code} {taken.reason}".strip()
        case "change" if taken.block.section == "mitigation":
            return (
                f"it is a change ({taken.worst.word}: {', '.join(taken.kinds)}). To have it "
                "proposed, call it sh with name=, verify= and undo=, and name it under the "
                "mitigations of a hypothesis."
            )
        case "change":
            return (
                f"it is a change ({taken.worst.word}: {', '.join(taken.kinds)}), and stands "
                "outside Mitigation. Move it under that heading."
            )
        case _ if taken.block.section is None:
            return (
                "it stands outside Diagnosis and Mitigation. Put it under the heading "
                f"Diagnosis and call it {taken.form.language}."
            )
        case _:
            return ""


def _told(placed: Sequence[Placed]) -> dict[str, str]:
    told: dict[str, str] = {}
    for one in placed:
        if one.runs and one.taken.family == "shell":
            told |= assigned(one.taken.block.content)
    return told


def _own_front_matter(text: str) -> tuple[list[str], str]:
    """Return the lines of front matter that another program wrote, and the text after it."""
    parts = front.split(text)
    if parts is None:
        return [], text
    inside, first = parts
    try:
        keys = read_tree(inside).value.keys()
    except RefusedError:
        keys = {}.keys()
    if keys & _OURS:
        raise RefusedError(
            "RB003",
            "The document is a runbook of stanch already: its front matter has "
            f"{', '.join(sorted(keys & _OURS))}.",
            remedy="Check it with `stanch runbook lint`.",
        )
    return inside.split("\n"), "\n".join(text.split("\n")[first:])


def _head(kept: list[str], plain: str, stem: str) -> Head:
    try:
        said = read_tree("\n".join(kept)).value.get("title") if kept else None
    except RefusedError:
        said = None
    headings = [match[1].strip("` ") for match in _HEADING.finditer(_without_blocks(plain))]
    title = said if isinstance(said, str) and said.strip() else next(iter(headings), stem)
    named = next((one for one in (stem, *headings[:1]) if _ALERT.fullmatch(one)), None)
    made = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", title))
    return Head(title=title, alert=named or made or "Alert", guessed=named is None)


def _without_blocks(text: str) -> str:
    lines = text.split("\n")
    for block in read_blocks(text):
        _blank(lines, block)
    return "\n".join(lines)


def _blank(lines: list[str], block: Block) -> None:
    for at in range(block.line, min(block.line + 1 + block.content.count("\n"), len(lines))):
        lines[at] = ""
