"""The benchmark of commands counts rightly, and stanch holds its goals on the corpus."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.commands import commands, judge, speed
from tests.bench.commands_answer import Answer, answer, way
from tests.bench.commands_figures import Judged, shortfalls, tally
from tests.bench.commands_rows import CorpusError, Row, Word, corpora, read_rows
from tests.time_bounds import below, uncovered

CORPORA = corpora()
needs_corpora = pytest.mark.skipif(
    CORPORA is None, reason="no corpora: set STANCH_CORPORA to their folder"
)


def row(
    text: str = "kubectl get pods -n shop",
    *,
    kind: str = "kubectl",
    effect: Word = "observe",
    accept: str = "observe",
    origin: str = "corpus",
    template: str | None = None,
    values: dict[str, str] | None = None,
) -> Row:
    return Row(
        line=1,
        text=text,
        kind=kind,
        origin=origin,
        effect=effect,
        accept=frozenset(accept.split()),
        template=template,
        values=values or {},
    )


def judged(found: Row, word: Word) -> Judged:
    return Judged(row=found, answer=Answer(word=word), microseconds=1.0)


def test_a_lower_answer_is_under_classified_and_a_refusal_never_is() -> None:
    found = row(effect="destructive", accept="destructive refuse")
    assert judged(found, "mutate").under
    assert judged(found, "observe").under
    assert not judged(found, "refuse").under
    assert not judged(found, "destructive").under


def test_each_share_counts_its_own_rows() -> None:
    found = [
        judged(row(), "observe"),
        judged(row(), "refuse"),
        judged(row(accept="observe refuse"), "refuse"),
        judged(row(origin="adversarial", effect="mutate", accept="mutate"), "observe"),
        judged(row(origin="lookalike-benign"), "observe"),
        judged(row(origin="lookalike-benign"), "mutate"),
    ]
    counted = tally(found)
    assert (counted.rows, counted.under) == (6, 1)
    assert (counted.hits.some, counted.hits.all) == (3, 6)
    assert (counted.coverage.some, counted.coverage.all) == (1, 2)
    assert (counted.lookalikes.some, counted.lookalikes.all) == (1, 2)
    assert any("lower than they are" in sentence for sentence in shortfalls(found))


def test_a_program_without_a_client_counts_as_refused_in_the_strict_figure() -> None:
    manual = Answer(word="observe", kinds=("manual.read",))
    assert manual.strict == "refuse"
    assert Answer(word="observe", kinds=("host.read",)).strict == "observe"


def test_an_answer_is_the_worst_of_all_commands_of_a_block() -> None:
    both = answer(row("kubectl get pods -n shop\nkubectl rollout undo deployment/web -n shop\n"))
    assert (both.word, both.commands) == ("mutate", 2)
    one_refused = answer(row("kubectl get pods -n shop\nfrobnicate\n"))
    assert one_refused.word == "refuse"
    assert one_refused.reason.startswith("RB021 ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", "sql"),
        ("-- how many\nselect 1", "sql"),
        ("TRUNCATE t", "sql"),
        ("psql -c 'SELECT 1'", "lines"),
        ("sudo gitlab-psql -c 'SELECT 1'", "lines"),
        ("orders=# SELECT 1", "lines"),
    ],
)
def test_sql_rows_are_statements_unless_they_begin_with_a_client(text: str, expected: str) -> None:
    assert way(row(text, kind="sql")) == expected


def test_values_are_bound_and_hostile_ones_are_refused() -> None:
    template = "kubectl -n {{ns}} get pods"
    assert answer(row(template=template, values={"ns": "shop"})).word == "observe"
    hostile = answer(row(template=template, values={"ns": "shop; reboot"}))
    assert hostile.word == "refuse"
    assert hostile.reason.startswith("bind ")


def test_the_command_prints_the_figures_and_fails_on_an_under_classified_row(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [
        {"text": "kubectl get pods -n shop", "effect": "observe", "accept": ["observe"]},
        {"text": "kubectl get pods -n shop", "effect": "destructive", "accept": ["destructive"]},
    ]
    lines = [json.dumps(one | {"kind": "kubectl", "origin": "corpus"}) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = CliRunner().invoke(commands, [str(path), "--misses"])
    assert done.exit_code == 1
    assert "UNDER-CLASSIFIED line 2" in done.stdout
    assert "1/2 50.0 %" in done.stdout
    said = json.loads(CliRunner().invoke(commands, [str(path), "--json"]).stdout)
    assert said["under_classified"] == 1
    path.write_text(lines[0], encoding="utf-8")
    assert CliRunner().invoke(commands, [str(path)]).exit_code == 0


def test_a_file_that_is_no_corpus_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "x"}', encoding="utf-8")
    with pytest.raises(CorpusError, match=r"rows\.jsonl:1 is not a row"):
        read_rows(path)


@needs_corpora
def test_the_corpus_is_classified_as_well_as_promised() -> None:
    rows = read_rows((CORPORA or Path()) / "commands.jsonl")
    found = judge(rows, rounds=1)
    assert [one.row.shown for one in found if one.under] == []
    assert [one.answer.reason for one in found if one.answer.crash] == []
    assert shortfalls(found) == []


@needs_corpora
def test_a_command_is_classified_in_a_fraction_of_a_millisecond() -> None:
    rows = read_rows((CORPORA or Path()) / "commands.jsonl")[::5]
    with uncovered():
        median, _ = speed(judge(rows))
    # The goal is 200 microseconds; a machine that others use is given room.
    below(median / 1e6, 0.001)
