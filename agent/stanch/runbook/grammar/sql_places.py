"""Places: where parameters stand in a statement, and what each can be there.

A parameter is a value (`$1`, sent beside the statement), a name (in double quotes), or a
part of a text that must stand in the statement itself (`interval '<n> minutes'`). While
the statement is read, names and texts hold a mark that no statement can hold.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import Joined, Param, ParamRef, Slot
from stanch.runbook.values import NARROW
from stanch.tools.operations.postgres.tree import pieces

Use: TypeAlias = Literal["value", "name", "text"]

MARK: Final = re.compile("\ue000([0-9]+)\ue001")
_RUN: Final = re.compile(
    rf"[A-Za-z0-9_$]*(?:(?:{placeholders.ANGLE.pattern}|{placeholders.DOLLAR.pattern})"
    r"[A-Za-z0-9_]*)+"
)
_LITERAL: Final = re.compile(
    r"\b(interval|date|time|timetz|timestamp|timestamptz)\s*\Z", re.IGNORECASE
)
_UNIT: Final = re.compile(r"\s*(?:year|month|day|hour|minute|second)\b", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"\$[0-9]")
_OLD_STATES: Final = frozenset({"IDLE", "FASTPATH", "DISABLED", "BACKEND", "NONE", "NULL"})
"""Texts in angle brackets that databases write themselves."""
_NARROW: Final = NARROW | {"sql-identifier"}
_NAMES: Final = _NARROW - {"integer", "duration", "quantity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One run of text and parameters in a statement."""

    parts: tuple[str | ParamRef, ...]
    use: Use
    uses: tuple[Use, ...]
    """What else it may be, the likeliest first."""

    @property
    def whole(self) -> str | None:
        """The one parameter that it is, if it is one."""
        only = self.parts[0]
        return only.param if len(self.parts) == 1 and isinstance(only, ParamRef) else None

    @property
    def slot(self) -> Slot:
        """The place as a field of its own."""
        return slot(self.parts)


Piece: TypeAlias = str | Place


def placeholder(param: str) -> str:
    """Return a parameter as it is written in a statement."""
    angled = f"<{param}>"
    return angled if placeholders.ANGLE.fullmatch(angled) else "${" + param + "}"


def slot(parts: tuple[str | ParamRef, ...]) -> Slot:
    """Return text and parameters as a field."""
    merged: list[str | ParamRef] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if len(merged) > 1:
        return Joined(parts=tuple(merged))
    return merged[0] if merged else ""


def places(text: str, params: Collection[str]) -> list[Piece]:
    """Return `text` as what is fixed in it and the places of parameters.

    Raises:
        RefusedError: a parameter stands where none can.
    """
    if MARK.search(text):
        raise RefusedError("RB034", "The statement holds private characters.")
    found = [one for kind, piece in pieces(text) for one in _of_piece(kind, piece, params)]
    return list(_cast(found))


def _cast(found: list[Piece]) -> Iterator[Piece]:
    """Yield the pieces with `interval '<n> h'` as a cast, which takes a value as well."""
    type_ = ""
    for index, piece in enumerate(found):
        before = found[index - 1] if index else ""
        after = found[index + 1] if index + 1 < len(found) else ""
        if isinstance(piece, Place):
            yield piece
            if type_:
                yield f" AS {type_})"
            continue
        literal = _LITERAL.search(piece) if isinstance(after, Place) and after.uses else None
        if type_ and isinstance(before, Place) and _UNIT.match(piece):
            raise RefusedError(
                "RB027",
                "A unit stands behind a text with a parameter.",
                remedy="Write the unit inside: interval '<n> minutes'.",
            )
        type_ = literal[1] if literal else ""
        yield piece[: literal.start()] + "CAST(" if literal else piece


def _of_piece(kind: str, piece: str, params: Collection[str]) -> Iterator[Piece]:
    if kind == "code":
        yield from _of_code(piece, params)
        return
    if kind in {"escape", "dollar"}:
        named = {placeholders.resolve(one, params) for one in placeholders.in_angles(piece)}
        if named & set(params):
            form = "E'...'" if kind == "escape" else "$$...$$"
            raise RefusedError(
                "RB027",
                f"A parameter stands in a text of the form {form}.",
                remedy="Write it as a plain text: '...'.",
            )
        yield piece
        return
    parts = _split(piece[1:-1], params, quoted=True)
    if not any(isinstance(part, ParamRef) for part in parts):
        yield piece
    elif kind == "name":
        yield Place(parts=parts, use="name", uses=())
    else:
        texts = tuple(part if isinstance(part, ParamRef) else _unquoted(part) for part in parts)
        yield Place(parts=texts, use="value", uses=("text",))


def _unquoted(text: str) -> str:
    return text.replace("''", "'")


def _of_code(piece: str, params: Collection[str]) -> Iterator[Piece]:
    if _NUMBERED.search(piece):
        raise RefusedError(
            "RB027", "'$1' stands in the statement.", remedy="Write a parameter as <name>."
        )
    at = 0
    for run in _RUN.finditer(piece):
        yield piece[at : run.start()]
        parts = _split(run[0], params, quoted=False)
        whole = len(parts) == 1
        # Beside a parameter in double quotes, the rest keeps the meaning that it had bare.
        lower = tuple(part.lower() if isinstance(part, str) else part for part in parts)
        yield Place(parts=lower, use="value" if whole else "name", uses=("name",) if whole else ())
        at = run.end()
    yield piece[at:]


def _split(text: str, params: Collection[str], *, quoted: bool) -> tuple[str | ParamRef, ...]:
    parts: list[str | ParamRef] = []
    at = begun = 0
    while at < len(text):
        found = placeholders.at(text, at)
        name = placeholders.resolve(found[0], params) if found else ""
        if found is None or (
            quoted and name not in params and not _meant(text[at : at + 2], found[0])
        ):
            at += 1
            continue
        parts += [text[begun:at], ParamRef(param=name)]
        at = begun = found[1]
    return tuple(part for part in (*parts, text[begun:]) if part != "")


def _meant(start: str, name: str) -> bool:
    """Return whether an undeclared name in a text is a placeholder all the same."""
    return name not in _OLD_STATES if start[0] == "<" else start == "${" or name.isupper()


def declared(piece: Piece, params: Collection[str]) -> Piece:
    """Return a place as what the type of its parameter makes of it."""
    if isinstance(piece, str) or piece.whole is None or not piece.uses:
        return piece
    type_ = _type(piece.whole, params)
    if type_ == "sql-identifier" and piece.uses == ("name",):
        return replace(piece, use="name", uses=())
    if type_ is not None and type_ not in _NAMES:
        return replace(piece, uses=tuple(use for use in piece.uses if use == "text"))
    return piece


def _type(name: str, params: Collection[str]) -> str | None:
    param = params.get(name) if isinstance(params, Mapping) else None
    return param.type if isinstance(param, Param) else None


def probe(found: list[Piece]) -> tuple[str, list[tuple[int, int]]]:
    """Return the statement with marks and `$1` in its places, and where each piece stands."""
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    at = value = 0
    for index, piece in enumerate(found):
        if isinstance(piece, str):
            text = piece
        elif piece.use == "value":
            value += 1
            text = f"${value}"
        else:
            quote = '"' if piece.use == "name" else "'"
            text = f"{quote}\ue000{index}\ue001{quote}"
        texts.append(text)
        spans.append((at, at + len(text)))
        at += len(text)
    return "".join(texts), spans


def filled(text: str, found: list[Piece]) -> Slot:
    """Return `text`, in which marks stand, as a field with the parameters in their places."""
    parts: list[str | ParamRef] = []
    at = 0
    for mark in MARK.finditer(text):
        place = found[int(mark[1])]
        parts.append(text[at : mark.start()])
        if isinstance(place, Place):
            doubled = place.use == "text"
            parts += [
                part.replace("'", "''") if doubled and isinstance(part, str) else part
                for part in place.parts
            ]
        at = mark.end()
    return slot((*parts, text[at:]))


def stray(place: Place) -> RefusedError:
    """Return why the place cannot be what it would have to be."""
    return RefusedError(
        "RB027",
        f"'{''.join(p if isinstance(p, str) else f'<{p.param}>' for p in place.parts)}' stands "
        "where PostgreSQL reads no such thing.",
        remedy="A name has the type sql-identifier; a value stands in a comparison.",
    )


def check_types(found: list[Piece], params: Collection[str]) -> None:
    """Make sure that only narrow values stand in the text of the statement.

    Raises:
        RefusedError: a parameter of another type does.
    """
    for piece in found:
        if isinstance(piece, Place) and piece.use != "value" and not is_narrow(piece, params):
            wide = "".join(f"<{one.param}>" for one in piece.parts if isinstance(one, ParamRef))
            raise RefusedError(
                "RB027",
                f"{wide} stands in the text of the statement, and its type allows any value.",
                remedy="Declare it as sql-identifier, or compare with it as '<name>'.",
            )


def check_comments(text: str, params: Collection[str]) -> None:
    """Make sure that no parameter stands in a comment and nowhere else.

    Raises:
        RefusedError: one does; whoever wrote it there expects something to come of it.
    """
    held: dict[bool, set[str]] = {True: set(), False: set()}
    for kind, piece in pieces(text):
        named = {placeholders.resolve(one, params) for one in placeholders.in_angles(piece)}
        held[kind == "comment"] |= named & set(params)
    for lost in sorted(held[True] - held[False]):
        raise RefusedError(
            "RB027",
            f"<{lost}> stands in a comment and nowhere else.",
            remedy="Write it in the statement, or remove it.",
        )


def is_narrow(place: Place, params: Collection[str]) -> bool:
    """Return whether no value of the place's parameters can end a name or a text."""
    types = {_type(one.param, params) for one in place.parts if isinstance(one, ParamRef)}
    return types <= {None, *_NARROW}
