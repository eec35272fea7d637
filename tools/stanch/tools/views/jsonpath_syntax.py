"""Reading jsonpath templates: the part of kubectl's dialect that always means one thing.

Where kubectl takes an expression and then silently prints nothing, or prints something
that depends on chance, the expression is refused with the form that was probably meant.
"""

import re
from functools import lru_cache
from typing import Final, NoReturn, cast

from stanch.tools.views.errors import ViewError
from stanch.tools.views.jsonpath_nodes import (
    Deep,
    Everything,
    Field,
    Filter,
    Literal_,
    Node,
    Operator,
    Path,
    Range,
    Show,
    Slice,
    Step,
    Template,
    Text,
    Union,
)

_MOST_DEPTH: Final = 10
_FIELD: Final = re.compile(r"(?:[A-Za-z0-9_/:-]|\\[.\[\],/ -])+")
_SLICE: Final = re.compile(
    r"\[ *(?:(?P<all>\*)|(?P<start>-?[0-9]{1,6})?(?P<colon>:(?P<end>-?[0-9]{1,6})?"
    r"(?::(?P<step>[1-9][0-9]{0,5})?)?)?) *\]"
)
_KEY: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_OPERATOR: Final = re.compile(r"==|!=|<=|>=|<|>")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


@lru_cache(maxsize=256)
def parse(expression: str) -> Template:
    """Return the template of a jsonpath expression such as `{.items[*].metadata.name}`.

    Raises:
        ViewError: it is not in the dialect.
    """
    if "{" not in expression:
        raise ViewError("the jsonpath has no braces", f"Write {{{expression}}}.")
    reader = _Reader(expression)
    return reader.template(depth=0)


@lru_cache(maxsize=256)
def parse_path(expression: str) -> Path:
    """Return the path of a column or a sort key: `.a.b`, `{.a.b}` or `a.b`.

    Raises:
        ViewError: it is not one path.
    """
    text = expression.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    text = text if text.startswith((".", "[", "@", "$")) else f".{text}"
    reader = _Reader(text)
    path = reader.path()
    if reader.at < len(text):
        raise ViewError(f"'{expression}' is not one path", "Write it like .metadata.name.")
    return path


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self.at = 0

    def template(self, depth: int) -> Template:
        if depth > _MOST_DEPTH:
            raise ViewError("the jsonpath is nested too deeply", "Write fewer ranges.")
        nodes: list[Node] = []
        while self.at < len(self._source):
            found = self._node(depth)
            if found is None:
                return tuple(nodes)
            nodes.append(found)
        if depth:
            raise ViewError("a {range} of the jsonpath has no {end}", "Add {end}.")
        return tuple(nodes)

    def _node(self, depth: int) -> Node | None:
        """Return the next piece; None at the end of a range."""
        if not self._takes("{"):
            start = self.at
            end = self._source.find("{", start)
            self.at = len(self._source) if end < 0 else end
            return Text(self._source[start : self.at])
        self._blanks()
        if self._word("end"):
            self._close()
            if not depth:
                raise ViewError("an {end} of the jsonpath ends no {range}", "Remove it.")
            return None
        if self._word("range"):
            self._blanks()
            path = self.path()
            self._close()
            return Range(path, self.template(depth + 1))
        if self._here() in {'"', "'"}:
            text = self._string()
            self._close()
            return Text(text, quoted=True)
        if self._here() not in set(".[@$"):
            self._stop("a path begins with a dot", "Write it like {.metadata.name}.")
        path = self.path()
        self._close()
        return Show(path)

    def path(self) -> Path:
        """Read steps as long as there are any."""
        steps: list[Step] = []
        start = self.at
        if self._here() in {"@", "$"}:
            self.at += 1
        while self.at < len(self._source) and self._here() in {".", "["}:
            steps.append(self._step())
        if self.at == start:
            self._stop("a path is missing", "Write it like .metadata.name.")
        return tuple(steps)

    def _step(self) -> Step:
        if self._takes(".."):
            return Deep(self._field())
        if self._takes(".["):
            self._stop("kubectl finds nothing by a bracket behind a dot", "Leave the dot out.")
        if self._takes("."):
            if self._takes("*"):
                return Everything()
            return Field(self._field())
        if self._takes("[?("):
            return self._filter()
        return self._bracket()

    def _field(self) -> str:
        found = _FIELD.match(self._source, self.at)
        if found is None:
            self._stop("a name is missing behind a dot", "Write {@} for the object itself.")
        self.at = found.end()
        return re.sub(r"\\(.)", r"\1", found[0])

    def _bracket(self) -> Step:
        found = _SLICE.match(self._source, self.at)
        if found and (found["all"] or found["start"] or found["colon"]):
            self.at = found.end()
            return _slice(found)
        self.at += 1
        ways: list[Path] = []
        while True:
            self._blanks()
            ways.append(self._way())
            self._blanks()
            if self._takes("]"):
                break
            if not self._takes(","):
                self._stop("a bracket cannot be read", "Write ['name'], [0], [1:3] or [*].")
        if len(ways) == 1 and len(ways[0]) == 1:
            return ways[0][0]
        return Union(tuple(ways))

    def _way(self) -> Path:
        key = _KEY.match(self._source, self.at)
        if key:
            self.at = key.end()
            if not _FIELD.fullmatch(key[1]):
                raise ViewError(
                    f"kubectl takes '{key[1]}' for more than one name", "Write its dots as \\."
                )
            return (Field(re.sub(r"\\(.)", r"\1", key[1])),)
        if self._here() == '"':
            self._stop("a name stands in double quotes", "Write it in single quotes.")
        number = re.compile(r"-?[0-9]{1,6}").match(self._source, self.at)
        if number is None:
            self._stop("a bracket cannot be read", "Write ['name'], [0], [1:3] or [*].")
        self.at = number.end()
        return (Slice(start=int(number[0]), single=True),)

    def _filter(self) -> Filter:
        self._blanks()
        left = self.path()
        self._blanks()
        if self._takes(")]"):
            return Filter(left)
        operator = _OPERATOR.match(self._source, self.at)
        if operator is None:
            self._stop(
                "kubectl compares with ==, !=, <, <=, > and >= only, once in a filter",
                "Write one filter behind the other, or use jq.",
            )
        self.at = operator.end()
        self._blanks()
        right = self._operand()
        self._blanks()
        if not self._takes(")]"):
            self._stop("a filter is not closed", "Write [?(@.name=='value')].")
        return Filter(left, cast("Operator", operator[0]), right)

    def _operand(self) -> Literal_ | Path:
        if self._here() in {'"', "'"}:
            return Literal_(self._string())
        for word, value in (("true", True), ("false", False)):
            if self._word(word):
                return Literal_(value)
        number = _NUMBER.match(self._source, self.at)
        if number:
            self.at = number.end()
            return Literal_(float(number[0]) if number[1] else int(number[0]))
        if self._here() in {"@", "$", "."}:
            return self.path()
        return self._stop("a filter compares with nothing", "Put text in quotes.")

    def _string(self) -> str:
        quote = self._source[self.at]
        self.at += 1
        text = ""
        while self._here() != quote:
            here = self._here()
            if not here:
                raise ViewError("a string of the jsonpath is not closed", "Close it.")
            self.at += 1
            if here == "\\":
                here = _ESCAPES.get(self._here(), "")
                if not here:
                    self._stop(f"'\\{self._here()}' is no escape", "Write \\n, \\t or \\\\.")
                self.at += 1
            text += here
        self.at += 1
        return text

    def _word(self, word: str) -> bool:
        found = re.compile(rf"{word}(?![A-Za-z0-9_])").match(self._source, self.at)
        if found:
            self.at = found.end()
        return found is not None

    def _close(self) -> None:
        self._blanks()
        if not self._here():
            raise ViewError("braces of the jsonpath are not closed", "Close them with }.")
        if not self._takes("}"):
            self._stop("braces hold more than one path", "Write {.a}{' '}{.b}.")

    def _blanks(self) -> None:
        while self._here() == " ":
            self.at += 1

    def _takes(self, text: str) -> bool:
        if not self._source.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _here(self) -> str:
        return self._source[self.at : self.at + 1]

    def _stop(self, message: str, remedy: str) -> NoReturn:
        rest = self._source[self.at : self.at + 20]
        raise ViewError(f"{message} in the jsonpath, at '{rest}'", remedy)


def _slice(found: re.Match[str]) -> Slice:
    start = int(found["start"]) if found["start"] else None
    if found["all"]:
        return Slice()
    if not found["colon"]:
        return Slice(start=start, single=True)
    end = int(found["end"]) if found["end"] else None
    return Slice(start=start, end=end, step=int(found["step"] or 1))


def bare_texts(template: Template) -> list[str]:
    """Return the texts of `template` that stand outside its braces or strings."""
    texts: list[str] = []
    for node in template:
        if isinstance(node, Text) and not node.quoted:
            texts.append(node.text)
        elif isinstance(node, Range):
            texts += bare_texts(node.body)
    return texts
