"""The grammar of PromQL: where parameters may stand, and how values come into them.

An expression is parsed, its parameters may only stand in the strings of label matchers
and in place of a range, and after the values are put in it is parsed again: all but
those strings and ranges must be as it was. In a matcher that takes a regular expression a
value is quoted, so that it matches itself and nothing else.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

from stanch.runbook import placeholders
from stanch.runbook.findings import RefusedError

Shape: TypeAlias = tuple[Any, ...]
"""A parsed expression as nested tuples, equal for equal expressions."""

MOST_CHARACTERS: Final = 4000

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "AggregateExpr": ("op", "modifier", "param", "expr"),
    "AggModifier": ("type", "labels"),
    "UnaryExpr": ("expr",),
    "BinaryExpr": ("op", "modifier", "lhs", "rhs"),
    "BinModifier": ("card", "matching", "return_bool", "group_labels", "fill_values"),
    "LabelModifier": ("type", "labels"),
    "VectorMatchFillValues": ("lhs", "rhs"),
    "ParenExpr": ("expr",),
    "SubqueryExpr": ("expr", "offset", "at", "range", "step"),
    "AtModifier": ("type", "at"),
    "NumberLiteral": ("val",),
    "StringLiteral": ("val",),
    "Matchers": ("matchers", "or_matchers"),
    "VectorSelector": ("name", "matchers", "offset", "at"),
    "MatrixSelector": ("vector_selector", "range"),
    "Call": ("func", "args"),
    "Function": ("name",),
}
_LEAVES: Final = frozenset(
    {
        *("NoneType", "str", "int", "float", "bool", "timedelta", "datetime", "TokenType"),
        *("AggModifierType", "AtModifierType", "LabelModifierType", "VectorMatchCardinality"),
    }
)
"""What cannot be taken apart further. Any other node is refused: its shape is unknown."""
_EQUALITY: Final = frozenset({"MatchOp.Equal", "MatchOp.NotEqual"})
_RANGES: Final = frozenset({("MatrixSelector", "range"), ("SubqueryExpr", "range")})
_RANGE: Final = re.compile(r"(?<=\[)\s*<([A-Za-z][A-Za-z0-9_-]{0,62})>\s*(?=[\]:])")
_DOLLAR_RANGE: Final = re.compile(
    r"(?<=\[)\s*\$(?:\{(?P<braced>\w{1,63})\}|(?P<bare>\w{1,63}))\s*(?=[\]:])"
)
_SAMPLE: Final = "5m"
_DURATION: Final = re.compile(r"(?:[0-9]{1,6}(?:ms|[smhdwy]))+")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]")


def template_text(text: str, declared: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return `text` with its parameters as `<name>`, and their names.

    Raises:
        RefusedError: it is not PromQL, or a parameter stands where none may.
    """
    written = "".join(_angled(kind, piece, declared) for kind, piece in _pieces(text)).strip()
    for kind, piece in _pieces(written):
        if kind == "code" and (found := placeholders.ANGLE.search(_RANGE.sub("", piece))):
            raise _stray(found[1])
    held: list[str] = []

    def note(value: str, *, pattern: bool) -> str:  # noqa: ARG001 - both are noted alike
        held.extend(found[1] for found in placeholders.IN_TEXT.finditer(value))
        if unknown := placeholders.DOLLAR.search(value):
            raise RefusedError(
                "RB040",
                f"'{unknown[0]}' is not declared under params.",
                remedy="Declare it, or write the value out.",
            )
        return value

    _shape_of(written, note)
    in_strings = _names(written)
    if sorted(in_strings) != sorted(held):
        more = Counter(in_strings) - Counter(held)
        raise _stray(next(iter(more or Counter(held))))
    return written, names(written)


def names(text: str) -> tuple[str, ...]:
    """Return the names of the parameters of `text`, each once: in strings, then in ranges."""
    return tuple(dict.fromkeys((*_names(text), *ranges(text))))


def ranges(text: str) -> tuple[str, ...]:
    """Return the names of the parameters that stand for a range, `[<name>]`."""
    pieces = (piece for kind, piece in _pieces(text) if kind == "code")
    return tuple(found[1] for piece in pieces for found in _RANGE.finditer(piece))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the expression `text` with `values` in place of its parameters.

    Raises:
        KeyError: a value is missing.
        RefusedError: a value would change more than the string that it stands in.
    """
    bound, before = "", ""
    for kind, piece in _pieces(text):
        if kind == "code":
            bound += _RANGE.sub(lambda found: _duration(values[found[1]]), piece)
            before = piece
        elif kind == "string":
            bound += _filled_string(piece, values, pattern=before.rstrip().endswith("~"))
        else:
            bound += piece

    def put(value: str, *, pattern: bool) -> str:
        made = _quoted if pattern else str
        return placeholders.IN_TEXT.sub(lambda found: made(values[found[1]]), value)

    if _shape_of(text, put) != _shape_of(bound, lambda value, *, pattern: value):  # noqa: ARG005
        raise RefusedError(
            "RB031",
            "A value would change more than the string that it stands in.",
            remedy="Let it stand alone in a matcher.",
        )
    return bound


def _angled(kind: str, piece: str, declared: Collection[str]) -> str:
    if kind == "string":
        return placeholders.dollars_to_angles(piece, declared)
    if kind == "comment":
        return piece

    def named(found: re.Match[str]) -> str:
        # Grafana's own are called __rate_interval and so on.
        name = (found["braced"] or found["bare"]).lstrip("_")
        resolved = placeholders.resolve(name, declared)
        return f"<{resolved if resolved in declared else name.lower().replace('_', '-')}>"

    return _DOLLAR_RANGE.sub(named, piece)


def _filled_string(piece: str, values: Mapping[str, str], *, pattern: bool) -> str:
    made = _quoted if pattern else str
    return placeholders.IN_TEXT.sub(lambda found: _escaped(made(values[found[1]]), piece[0]), piece)


def _duration(value: str) -> str:
    if not _DURATION.fullmatch(value):
        raise RefusedError(
            "RB031",
            f"A range cannot be {value[:40]!r}.",
            remedy="Give its parameter the type duration.",
        )
    return value


def _quoted(value: str) -> str:
    """Return the regular expression that matches `value` and nothing else."""
    return "".join(one if _PLAIN.match(one) or ord(one) > 127 else f"\\{one}" for one in value)


def _shape_of(text: str, fill: "_Fill") -> Shape:
    # The parser is a compiled library: only a runbook with a query has to load it.
    import promql_parser  # noqa: PLC0415

    if len(text) > MOST_CHARACTERS:
        raise RefusedError(
            "RB030",
            f"The PromQL expression is longer than {MOST_CHARACTERS} characters.",
            remedy="Shorten it, or record a part of it as a rule.",
        )
    try:
        return _shape(promql_parser.parse(_with_ranges(text)), fill)
    except ValueError as error:
        raise RefusedError(
            "RB030",
            f"The PromQL expression cannot be parsed: {error}.",
            remedy='A parameter stands in the string of a matcher: label="<name>".',
        ) from error
    except RecursionError as error:
        raise RefusedError(
            "RB030", "The PromQL expression is nested too deeply.", remedy="Flatten it."
        ) from error


def _with_ranges(text: str) -> str:
    """Return `text` with a range that can be parsed in place of each parameter."""
    return "".join(
        _RANGE.sub(_SAMPLE, piece) if kind == "code" else piece for kind, piece in _pieces(text)
    )


class _Fill(Protocol):
    def __call__(self, value: str, *, pattern: bool) -> str:
        """Return what the value of a matcher is compared as."""


def _shape(node: object, fill: _Fill) -> Shape:
    """Return `node` as tuples; `fill` is given the values of matchers.

    How long a range is does not belong to the shape: a range is a duration or no range.
    """
    name = type(node).__name__
    if name == "Matcher":
        operator, label, value = (getattr(node, one) for one in ("op", "name", "value"))
        pattern = str(operator) not in _EQUALITY
        return (name, str(operator), label, fill(value, pattern=pattern))
    if name in _FIELDS:
        fields = (field for field in _FIELDS[name] if (name, field) not in _RANGES)
        return (name, *(_shape(getattr(node, field), fill) for field in fields))
    if isinstance(node, list):
        return ("list", *(_shape(item, fill) for item in node))
    if name not in _LEAVES:
        raise RefusedError(
            "RB030", f"The PromQL expression holds a {name}.", remedy="Write it without that."
        )
    # Tokens show themselves by their text only; two equal ones are not equal objects.
    return (name, str(node) if name == "TokenType" else repr(node))


def _stray(name: str) -> RefusedError:
    return RefusedError(
        "RB031",
        f"<{name}> stands outside a matcher.",
        remedy=f'Write it as label="<{name}>", label=~"<{name}>.*", or as a range, [<{name}>].',
    )


def _names(text: str) -> list[str]:
    strings = (piece for kind, piece in _pieces(text) if kind == "string")
    return [found[1] for piece in strings for found in placeholders.IN_TEXT.finditer(piece)]


def _pieces(text: str) -> Iterator[tuple[Literal["code", "string", "comment"], str]]:
    """Yield the pieces of `text` in order; a string has its quotes."""
    start = at = 0
    while at < len(text):
        if text[at] not in "\"'`#":
            at += 1
            continue
        yield "code", text[start:at]
        start = at
        if text[at] == "#":
            line_end = text.find("\n", at)
            at = len(text) if line_end < 0 else line_end
            yield "comment", text[start:at]
        else:
            at = _end_of_string(text, at)
            yield "string", text[start:at]
        start = at
    yield "code", text[start:]


def _end_of_string(text: str, start: int) -> int:
    quote, at = text[start], start + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" and quote != "`" else 1
    return min(at + 1, len(text))


def _escaped(value: str, quote: str) -> str:
    """Return `value` as it is written inside a literal that begins with `quote`."""
    if quote == "`":
        return value
    return "".join(
        f"\\{one}" if one in {"\\", quote} else one if one.isprintable() else _code(one)
        for one in value
    )


def _code(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
