"""The table of hypotheses, and what speaks for and against the one that leads."""

from typing import TYPE_CHECKING, Any

from stanch.cli.plain import one_line
from stanch.cli.terminal import LABEL, hang

if TYPE_CHECKING:
    from rich.console import Console

_KINDS = (("supporting", "+"), ("opposing", "-"), ("open", "?"))
_NARROW = 60


def show_hypotheses(console: "Console", hypotheses: list[dict[str, Any]]) -> None:
    """Print the table; below it the signs of the leading hypothesis, each sentence once."""
    if console.is_terminal and console.width >= _NARROW:
        _table(console, hypotheses)
    else:
        _lines(console, hypotheses)
    for one in hypotheses:
        if one["state"] == "leading":
            _signs(console, one)


def _table(console: "Console", hypotheses: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    for name in ("Score", "State", "+", "-", "?"):
        table.add_column(name, justify="left" if name == "State" else "right", no_wrap=True)
    table.add_column("Hypothesis (+ for, - against, ? not known)", overflow="fold")
    for one in hypotheses:
        counts = (str(len(one[kind])) for kind, _ in _KINDS)
        cells = (f"{one['score']:.2f}", one["state"], *counts, one["claim"])
        table.add_row(*(Text(one_line(cell), style=_style(one)) for cell in cells))
    console.print(table)


def _lines(console: "Console", hypotheses: list[dict[str, Any]]) -> None:
    for one in hypotheses:
        counts = " ".join(f"{mark}{len(one[kind])}" for kind, mark in _KINDS)
        head = f"{one['score']:.2f} {one['state']:<9} {counts}  "
        hang(console, head, one["claim"], _style(one))


def _style(hypothesis: dict[str, Any]) -> str:
    return {"leading": "bold", "rejected": "dim"}.get(hypothesis["state"], "")


def _signs(console: "Console", hypothesis: dict[str, Any]) -> None:
    """Two signs may rest on one reading; the reader needs its sentence once."""
    for kind, mark in _KINDS:
        told: set[str] = set()
        for sign in hypothesis[kind]:
            if sign["because"] in told:
                continue
            told.add(sign["because"])
            cites = f" [{', '.join(sign['evidence'])}]" if sign["evidence"] else ""
            hang(console, f"{mark:>{LABEL - 2}} ".ljust(LABEL), f"{sign['because']}{cites}")
