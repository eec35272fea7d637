"""What a command answers: what it prints, what it complains of, and its exit status."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one command."""

    out: str = ""
    err: str = ""
    status: int = 0


def lines(rows: list[str], *, status: int = 0) -> Answer:
    """Return an answer of whole lines."""
    return Answer("".join(f"{row}\n" for row in rows), status=status)
