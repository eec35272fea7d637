"""The figures of a corpus of commands: how often stanch is right, and that it never plays down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.bench.commands_answer import Answer
from tests.bench.commands_rows import ORDER, Row

GOALS = {"kubectl": 90, "oc": 90, "ssh/host": 85, "sql": 90, "http": 80, "promql": 100}
"""The coverage that a kind must have, in per cent."""
LEAST_HITS = 95
LEAST_LOOKALIKES = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row and the answer to it."""

    row: Row
    answer: Answer
    microseconds: float
    """How long one command of it took, at its fastest."""

    @property
    def under(self) -> bool:
        """Whether the answer is lower than the truth and no refusal: this may never be."""
        word = self.answer.word
        return word != "refuse" and ORDER.index(word) < ORDER.index(self.row.effect)

    @property
    def hit(self) -> bool:
        """Whether the answer is one that a good classifier may give."""
        return self.answer.word in self.row.accept

    @property
    def strict_hit(self) -> bool:
        """The same, with programs that stanch has no client for as refused."""
        return self.answer.strict in self.row.accept

    @property
    def counts_for_coverage(self) -> bool:
        """Whether the row comes from a public runbook and ought not to be refused."""
        return self.row.origin == "corpus" and "refuse" not in self.row.accept

    @property
    def miss(self) -> bool:
        """Whether a person should look at it."""
        return self.under or not self.hit or self.answer.crash


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    some: int
    all: int

    @property
    def percent(self) -> float:
        """The share in per cent; of nothing, everything."""
        return 100 * self.some / self.all if self.all else 100.0

    def __str__(self) -> str:
        return f"{self.some}/{self.all} {self.percent:.1f} %" if self.all else "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The figures of some rows."""

    rows: int
    under: int
    hits: Share
    strict_hits: Share
    coverage: Share
    lookalikes: Share


def tally(judged: Iterable[Judged]) -> Tally:
    """Count what the issue asks for."""
    found = tuple(judged)
    covered = [one for one in found if one.counts_for_coverage]
    alike = [one for one in found if one.row.origin == "lookalike-benign"]
    return Tally(
        rows=len(found),
        under=sum(one.under for one in found),
        hits=_share(found, lambda one: one.hit),
        strict_hits=_share(found, lambda one: one.strict_hit),
        coverage=_share(covered, lambda one: one.answer.word != "refuse"),
        lookalikes=_share(alike, lambda one: one.answer.word == "observe"),
    )


def shortfalls(judged: Iterable[Judged]) -> list[str]:
    """Return what is below its goal, one sentence each."""
    found = tuple(judged)
    whole = tally(found)
    short = []
    if whole.under:
        short.append(f"{whole.under} commands are classified lower than they are")
    if crashes := sum(one.answer.crash for one in found):
        short.append(f"{crashes} commands end in an error that nobody foresaw")
    if whole.hits.percent < LEAST_HITS:
        short.append(f"accept hits are {whole.hits}, and must be {LEAST_HITS} %")
    if whole.lookalikes.percent < LEAST_LOOKALIKES:
        short.append(f"look-alikes are {whole.lookalikes}, and must be {LEAST_LOOKALIKES} %")
    for kind, goal in GOALS.items():
        coverage = tally(one for one in found if one.row.kind == kind).coverage
        if coverage.percent < goal:
            short.append(f"the coverage of {kind} is {coverage}, and must be {goal} %")
    return short


def _share(judged: Iterable[Judged], right: Callable[[Judged], bool]) -> Share:
    answers = [right(one) for one in judged]
    return Share(sum(answers), len(answers))
