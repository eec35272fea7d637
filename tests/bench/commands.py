"""How well commands are classified, against a labelled corpus, and how fast.

`python -m tests.bench.commands PATH [--kind K] [--misses] [--json]`. It fails when a single
command is classified lower than it is; with `--goals` also when a goal is missed.
"""

import gc
import json
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from tests.bench.commands_answer import answer
from tests.bench.commands_figures import Judged, Share, Tally, shortfalls, tally
from tests.bench.commands_rows import CorpusError, Row, corpora, read_rows
from tests.bench.figures import machine, table

ROUNDS = 3
_HEAD = (
    *("", "rows", "under", "accept hits", "hits, no client = refused"),
    *("coverage", "look-alikes"),
)


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--kind", help="Only the rows of this kind.")
@click.option("--misses", is_flag=True, help="List every row that is answered wrongly.")
@click.option("--goals", is_flag=True, help="Fail when a goal is missed, too.")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def commands(
    *, path: Path | None, kind: str | None, misses: bool, goals: bool, json_: bool
) -> None:
    """Classify the rows of the corpus PATH, and count."""
    try:
        rows = [row for row in read_rows(_path(path)) if kind in {None, row.kind}]
    except CorpusError as error:
        raise click.ClickException(str(error)) from error
    if not rows:
        raise click.ClickException(f"there is no row of the kind {kind}")
    judged = judge(rows)
    if json_:
        click.echo(json.dumps(_as_json(judged), ensure_ascii=False, indent=2))
    else:
        _print(judged, misses=misses)
    short = shortfalls(judged)
    if any(one.under or one.answer.crash for one in judged) or (goals and short):
        sys.exit(1)


def judge(rows: Iterable[Row], *, rounds: int = ROUNDS) -> tuple[Judged, ...]:
    """Return the answer to each row; each is asked `rounds` times after everything is warm."""
    found = tuple(rows)
    for row in found:
        answer(row)
    gc.collect()
    return tuple(_timed(row, rounds) for row in found)


def _timed(row: Row, rounds: int) -> Judged:
    given, best = answer(row), float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        answer(row)
        best = min(best, time.perf_counter() - begin)
    return Judged(row=row, answer=given, microseconds=best * 1e6 / given.commands)


def _path(path: Path | None) -> Path:
    folder = corpora()
    if path is None and folder is None:
        raise click.UsageError("name the file of a corpus, or set STANCH_CORPORA")
    return path or Path(folder or "") / "commands.jsonl"


def _print(judged: Sequence[Judged], *, misses: bool) -> None:
    kinds = sorted({one.row.kind for one in judged})
    origins = sorted({one.row.origin for one in judged})
    rows = [(kind, *_cells(_of(judged, kind=kind))) for kind in kinds]
    rows += [(origin, *_cells(_of(judged, origin=origin))) for origin in origins]
    rows.append(("all", *_cells(tally(judged))))
    click.echo(f"{machine()}\n")
    click.echo(table(_HEAD, rows))
    median, late = speed(judged)
    click.echo(f"\n{median:.0f} microseconds a command (median), {late:.0f} (95th percentile)")
    for sentence in shortfalls(judged):
        click.echo(f"short: {sentence}")
    if misses:
        for one in judged:
            if one.miss:
                click.echo(f"\n{miss(one)}")


def speed(judged: Sequence[Judged]) -> tuple[float, float]:
    """Return the median and the 95th percentile of the microseconds of a command."""
    values = [one.microseconds for one in judged]
    if len(values) < 2:
        return values[0], values[0]
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]


def miss(one: Judged) -> str:
    """Return a row that is answered wrongly, for a person who looks for the reason."""
    word = "UNDER-CLASSIFIED" if one.under else "miss"
    accepted = ", ".join(sorted(one.row.accept))
    lines = [
        f"{word} line {one.row.line} [{one.row.kind}, {one.row.origin}] {one.row.shown}",
        f"  answer {one.answer.word}; truth {one.row.effect}; accepted {accepted}",
    ]
    if one.row.values:
        lines.append(f"  values {dict(one.row.values)}")
    lines.append(f"  {one.answer.reason or ', '.join(one.answer.kinds)}")
    return "\n".join(lines)


def _of(judged: Sequence[Judged], *, kind: str | None = None, origin: str | None = None) -> Tally:
    return tally(
        one for one in judged if kind in {None, one.row.kind} and origin in {None, one.row.origin}
    )


def _cells(counted: Tally) -> tuple[str, ...]:
    shares: tuple[Share, ...] = (
        counted.hits,
        counted.strict_hits,
        counted.coverage,
        counted.lookalikes,
    )
    return (str(counted.rows), str(counted.under), *map(str, shares))


def _as_json(judged: Sequence[Judged]) -> dict[str, Any]:
    median, late = speed(judged)
    return {
        "rows": len(judged),
        "under_classified": sum(one.under for one in judged),
        "median_microseconds": round(median, 1),
        "p95_microseconds": round(late, 1),
        "short": shortfalls(judged),
        "answers": [
            {
                "line": one.row.line,
                "kind": one.row.kind,
                "origin": one.row.origin,
                "text": one.row.shown,
                "effect": one.row.effect,
                "accept": sorted(one.row.accept),
                "answer": one.answer.word,
                "kinds": one.answer.kinds,
                "reason": one.answer.reason,
                "under": one.under,
                "hit": one.hit,
                "microseconds": round(one.microseconds, 1),
            }
            for one in judged
        ],
    }


if __name__ == "__main__":
    commands()
