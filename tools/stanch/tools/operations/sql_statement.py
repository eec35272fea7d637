"""One SQL statement as data: its text, the values for its places, and its database."""

import re
from typing import Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, model_validator

from stanch.tools.operations.base import Frozen
from stanch.tools.operations.postgres.loads import check_number
from stanch.tools.operations.postgres.reading import Reading, read
from stanch.tools.operations.postgres.relations import is_secret_setting
from stanch.tools.operations.postgres.tree import check_character, name, nodes, parse, pieces, plain

_MARKS: Final = frozenset("'\"`;\\")
_PLACE: Final = re.compile(r"\$([0-9]+)")


def _plain(statement: object) -> object:
    return plain(statement) if isinstance(statement, str) else statement


def _value(value: str) -> str:
    for character in value:
        check_character(character, inside=True)
        if character in _MARKS or character in "\t\n":
            raise ValueError(f"a value holds no {character!r}")
    return value


Statement: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=20_000), BeforeValidator(_plain)
]
"""One statement, without comments and without the semicolon at its end."""

TextValue: TypeAlias = Annotated[str, Field(max_length=1000), AfterValidator(_value)]
"""A value for $1, $2 ...; without quotes, so that it stays one wherever it is copied to."""

DatabaseName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.$-]{0,62}$")]


ServerName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9/][A-Za-z0-9/._:-]{0,252}$")]
LoginName: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.@-]{0,62}$")]


class OnDatabase(Frozen):
    """Where a statement is meant to run; None wherever the settings say it."""

    database: DatabaseName | None = None
    host: ServerName | None = None
    """The server's name, or the folder of its socket."""
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    login: LoginName | None = None


class SqlStatement(OnDatabase):
    """One statement with the values for its $1, $2 ..."""

    statement: Statement
    # Not any int: a text that is refused must not come back as the number in it.
    values: tuple[StrictInt | TextValue, ...] = ()

    @property
    def reading(self) -> Reading:
        """What the statement does."""
        return read(self.statement)

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        wanted = set()
        if "$" in self.statement:
            found = nodes(parse(self.statement))
            wanted = {node.number for node in found if name(node) == "ParamRef"}
        if wanted != set(range(1, len(self.values) + 1)):
            raise ValueError(f"it has {len(wanted)} places for {len(self.values)} values")
        for place in self.reading.counted:
            check_number(self.values[place - 1])
        if "settings" in self.statement.lower():
            for value in self.values:
                if isinstance(value, str) and is_secret_setting(value):
                    raise ValueError(f"the setting '{value}' can hold a password")
        return self

    def as_text(self) -> str:
        """Return the statement with its values, as a person would write it; never executed."""
        return "".join(
            _PLACE.sub(self._written, piece) if kind == "code" else piece
            for kind, piece in pieces(self.statement)
        )

    def _written(self, place: re.Match[str]) -> str:
        at = int(place[1])
        if not 1 <= at <= len(self.values):
            return place[0]
        value = self.values[at - 1]
        return str(value) if isinstance(value, int) else f"'{value}'"
