"""The rows of a labelled corpus of commands, one JSON object a line.

A row holds `text`, `kind`, `effect` (the truth), `accept` (the answers that a good
classifier may give) and `origin`; an injection row also `template`, with `{{name}}` in it,
and `values`. The file is never copied into the project: it is named on the command line,
or found beside the checkout.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

Word: TypeAlias = Literal["observe", "mutate", "destructive", "refuse"]
ORDER: tuple[Word, ...] = ("observe", "mutate", "destructive")


class CorpusError(Exception):
    """The corpus cannot be read; the sentence says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One command, with what is known about it."""

    line: int
    text: str
    kind: str
    origin: str
    effect: Word
    accept: frozenset[str]
    template: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The command on one line."""
        return " ⏎ ".join((self.template or self.text).splitlines())


def corpora() -> Path | None:
    """Return the folder of the corpora: STANCH_CORPORA, or beside the checkout; None without."""
    named = os.environ.get("STANCH_CORPORA")  # noqa: TID251 - the tests are told here
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "corpora"
    return folder if folder.is_dir() else None


def read_rows(path: Path) -> tuple[Row, ...]:
    """Read all rows of the file `path`.

    Raises:
        CorpusError: it cannot be opened, or a line is no row.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error
    return tuple(_row(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _row(path: Path, number: int, line: str) -> Row:
    try:
        found: dict[str, Any] = json.loads(line)
        row = Row(
            line=number,
            text=found["text"],
            kind=found["kind"],
            origin=found["origin"],
            effect=found["effect"],
            accept=frozenset(found["accept"]),
            template=found.get("template"),
            values=found.get("values", {}),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{path}:{number} is not a row of a corpus: {error!r}") from error
    if row.effect not in ORDER:
        raise CorpusError(f"{path}:{number}: '{row.effect}' is not an effect")
    return row
