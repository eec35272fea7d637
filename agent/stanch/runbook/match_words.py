"""Full text: runbooks that share words with an alert, for people to choose from.

SQLite's FTS5 keeps the index in memory for the one question, with English stems, so that
CrashLooping finds "crashes". What an alert says is text from outside: each of its words is
searched for as a word, and nothing in it is an operator.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from stanch.runbook.model import Runbook

MOST_FOUND: Final = 5
LEAST_SHARED: Final = 2
"""So many different words must be shared: one word alone says too little."""
_MOST_WORDS: Final = 40
_MOST_CHARACTERS: Final = 100_000
_SAID: Final = ("summary", "description", "message", "title")
_ASKED: Final = ("alertname", "service", "job", "app", "deployment", "reason")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[A-Za-z]+")
_SILENT_TEXT: Final = (
    "a about above after all alert alerts an and any are as at be been before below by can "
    "critical current currently did do does error errors fired firing for from had has have "
    "high how if in info into is it its last less low minute minutes more most no not now "
    "of on one only or other out over page please runbook second seconds see severity since "
    "so some than that the their them then there these they this to too under up value very "
    "warning was were what when where which while who why will with within you your http "
    "https www com svc"
)
_SILENT: Final = frozenset(_SILENT_TEXT.split())
"""Words that stand in every alert and every runbook."""


class Shared(NamedTuple):
    """A runbook, how well its words fit (more is better), and which of them are shared."""

    runbook: Runbook
    score: float
    why: str


def by_words(
    runbooks: Sequence[Runbook], labels: Mapping[str, str], annotations: Mapping[str, str]
) -> tuple[Shared, ...]:
    """Return the runbooks that share most words with an alert, the best first.

    Where this Python's SQLite has no full text search, nothing is found.
    """
    asked = _words(labels, annotations)
    if len(asked) < LEAST_SHARED or not runbooks:
        return ()
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.execute(
                "CREATE VIRTUAL TABLE said USING fts5"
                "(title, claims, prose, tokenize = 'porter unicode61')"
            )
        except sqlite3.OperationalError:
            return ()
        database.executemany(
            "INSERT INTO said (rowid, title, claims, prose) VALUES (?, ?, ?, ?)",
            [(at, *_texts(runbook)) for at, runbook in enumerate(runbooks)],
        )
        return _best(database, runbooks, asked)


def _best(
    database: sqlite3.Connection, runbooks: Sequence[Runbook], asked: Sequence[str]
) -> tuple[Shared, ...]:
    shared: dict[int, list[str]] = {}
    for word in asked:
        for (at,) in database.execute("SELECT rowid FROM said WHERE said MATCH ?", (f'"{word}"',)):
            shared.setdefault(at, []).append(word)
    whole = " OR ".join(f'"{word}"' for word in asked)
    scored = database.execute(
        "SELECT rowid, -bm25(said, 8.0, 4.0, 1.0) FROM said WHERE said MATCH ?", (whole,)
    )
    found = [
        Shared(runbooks[at], round(score, 3), f"words: {', '.join(shared[at])}")
        for at, score in scored
        if len(shared.get(at, ())) >= LEAST_SHARED
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, one.runbook.name))[:MOST_FOUND])


def _texts(runbook: Runbook) -> tuple[str, str, str]:
    claims = [spec.claim for spec in runbook.hypotheses.values()]
    symptoms = runbook.detection.symptoms if runbook.detection else ()
    steps = [f"{step.about} {step.name}" for step in runbook.steps]
    title = f"{runbook.title} {_apart(runbook.name)} {_apart(_alerts(runbook))}"
    prose = runbook.prose or "\n".join(steps)
    return title, "\n".join([*claims, *symptoms]), prose[:_MOST_CHARACTERS]


def _alerts(runbook: Runbook) -> str:
    values = (value for alert in runbook.alerts for value in alert.labels.values())
    return " ".join(dict.fromkeys(values))


def _words(labels: Mapping[str, str], annotations: Mapping[str, str]) -> list[str]:
    said = [labels.get(name, "") for name in _ASKED] + [annotations.get(name, "") for name in _SAID]
    found = (word.lower() for text in said for word in _WORD.findall(text[:2000]))
    kept = (word for word in found if len(word) > 1 and word not in _SILENT)
    return list(dict.fromkeys(kept))[:_MOST_WORDS]


def _apart(text: str) -> str:
    """Return `text` with the words in KubePodCrashLooping and bad-release apart."""
    return " ".join(_WORD.findall(text))
