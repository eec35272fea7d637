"""What stanch answers to one row of a corpus: an effect, or a refusal with its reason.

The text goes the way that a block of a runbook goes. An injection row is read with its
placeholders, and its values are bound, as they would be in an incident.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from stanch.runbook.bind import bind, bind_shown
from stanch.runbook.binding import BindingError
from stanch.runbook.command import output_template, query_template, sql_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.import_guess import guess, in_query
from stanch.runbook.kinds import effect
from stanch.runbook.lines import command_lines
from stanch.runbook.model import Param, ParamType, Step, Template
from stanch.runbook.statements import statements
from stanch.tools.operations import Effect
from tests.bench.commands_rows import Row, Word

Way: TypeAlias = Literal["sql", "promql", "lines"]

_CLIENT: Final = re.compile(
    r"\s*(?:\$\s|sudo\s|\S*psql\b|\S*mysql\w*\b|\S*mariadb\w*\b|sqlite3\b|\S*mongo\w*\b"
    r"|pg_\w+\b|createdb\b|dropdb\b|vacuumdb\b|reindexdb\b|pgbench\b|kubectl\b|oc\b|docker\b"
    r"|ssh\b|[\w.-]+[=-]+[#>]\s)"
)
"""How a row that is called SQL begins when it is a command line, or holds a prompt."""
_HOLE: Final = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\s*\}\}")
_TYPES: Final[tuple[ParamType, ...]] = (
    *("dns-label", "label-value", "sql-identifier", "hostname", "integer"),
    *("duration", "quantity", "path"),
)
"""The narrowest first: a parameter gets the first type that its place takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What stanch says to a command."""

    word: Word
    reason: str = ""
    """Why it is refused."""
    kinds: tuple[str, ...] = ()
    """The operations and intents that it became."""
    commands: int = 1
    crash: bool = False
    """Whether it ended in an error that nobody foresaw."""

    @property
    def strict(self) -> Word:
        """The answer when what stanch has no client for counts as refused."""
        return "refuse" if any("manual" in kind for kind in self.kinds) else self.word


def answer(row: Row) -> Answer:
    """Return what stanch answers to `row`: the worst of its commands, or a refusal."""
    try:
        if row.template is not None:
            return _bound(row.template, row)
        found = templates(row.text, way(row), {})
        worst = max(effect(template, guess(template, {})) for template in found)
    except (RefusedError, BindingError) as error:
        return Answer(word="refuse", reason=_reason(error))
    except Exception as error:  # noqa: BLE001 - one crash must not hide the other rows
        return Answer(word="refuse", reason=f"CRASH {error!r}", crash=True)
    return Answer(
        word=cast("Word", worst.word),
        kinds=tuple(template.kind for template in found),
        commands=len(found),
    )


def way(row: Row) -> Way:
    """Return how the text of `row` would stand in a runbook: as which kind of block."""
    if row.kind == "promql":
        return "promql"
    return "sql" if row.kind == "sql" and not _CLIENT.match(row.text) else "lines"


def templates(text: str, way: Way, params: Mapping[str, Param]) -> tuple[Template, ...]:
    """Return the templates of all commands of a block.

    Raises:
        RefusedError: one of them is refused, or there is none.
    """
    if way == "promql":
        return (query_template(text.strip(), {**in_query(text), **params}),)
    if way == "sql":
        found = statements(text)
        if not found:
            raise RefusedError("RB014", "The block holds no statement.")
        return tuple(sql_template(one.text, params) for one in found)
    lines = command_lines(text, "lines")
    if not lines:
        raise RefusedError("RB014", "The block holds no command.")
    return tuple(output_template(line.text, params)[0] for line in lines)


def _bound(template: str, row: Row) -> Answer:
    """Read the template, then bind the values that the row brings along."""
    text = _HOLE.sub(r"<\1>", template)
    params, found = _declared(text, way(row), tuple(dict.fromkeys(_HOLE.findall(template))))
    worst = Effect.OBSERVE
    for one in found:
        step = Step(name="row", section="diagnosis", text=text, template=one, line=1)
        worst = max(
            worst, bind(step, row.values, params=params).effect, effect(one, guess(one, params))
        )
        bind_shown(step, row.values, params=params)
    return Answer(
        word=cast("Word", worst.word), kinds=tuple(one.kind for one in found), commands=len(found)
    )


def _declared(
    text: str, way: Way, names: tuple[str, ...]
) -> tuple[dict[str, Param], tuple[Template, ...]]:
    """Return the narrowest declarations with which `text` can be read, and what it becomes.

    Raises:
        RefusedError: no declarations do.
    """
    first: RefusedError | None = None
    for params in _declarations(names):
        try:
            return params, templates(text, way, params)
        except RefusedError as error:
            first = first or error
    raise first or RefusedError("RB027", "No parameter may stand there.")


def _declarations(names: tuple[str, ...]) -> Iterator[dict[str, Param]]:
    for types in itertools.product(_TYPES, repeat=len(names)):
        yield {
            name: Param(type=type_, under="/var" if type_ == "path" else None)
            for name, type_ in zip(names, types, strict=True)
        }


def _reason(error: Exception) -> str:
    code = getattr(error, "code", "bind")
    return f"{code} {' '.join(str(error).split())}"
