"""An alert's own word sets the first severity, by a table, and never the worst (SEV-21, CF-04)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.process import initial_severity, level
from stanch.process.severity import LEVELS


@pytest.mark.parametrize(
    ("word", "rank"),
    [
        ("critical", 2),
        ("page", 2),
        ("HIGH", 2),
        (" error ", 2),
        ("Major", 2),
        ("warning", 3),
        ("Warn", 3),
        ("medium", 3),
        ("ticket", 3),
        ("info", 4),
        ("low", 4),
        ("none", 4),
    ],
)
def test_a_known_word_has_its_rank_however_it_is_written(word: str, rank: int) -> None:
    found, rule = initial_severity({"severity": word})
    assert found == rank
    assert word.strip().lower() in rule


@pytest.mark.parametrize("labels", [{}, {"severity": ""}, {"severity": "  "}, {"priority": "low"}])
def test_an_alert_without_a_severity_counts_as_the_second_rank(labels: dict[str, str]) -> None:
    rank, rule = initial_severity(labels)
    assert rank == 2
    assert "names no severity" in rule


@given(st.dictionaries(st.text(), st.text()), st.text())
def test_no_label_whatever_it_says_makes_the_worst_rank(
    labels: dict[str, str], severity: str
) -> None:
    rank, rule = initial_severity(labels | {"severity": severity})
    assert rank in {2, 3, 4}
    assert rule
    assert len(rule) < 140


@pytest.mark.parametrize("word", ["SEV1", "p1", "emergency", "disaster", "0", "1", "kritisch"])
def test_an_unknown_word_counts_as_the_second_rank_and_is_quoted(word: str) -> None:
    rank, rule = initial_severity({"severity": word})
    assert rank == 2
    assert f"'{word.lower()}'" in rule
    assert "unsure means higher" in rule


def test_a_long_word_is_not_quoted_whole() -> None:
    assert len(initial_severity({"severity": "x" * 5000})[1]) < 140


def test_a_worse_rank_is_answered_sooner_and_told_of_more_often() -> None:
    ranks = [level(rank) for rank in sorted(LEVELS)]
    assert [one.label for one in ranks] == ["SEV1", "SEV2", "SEV3", "SEV4"]
    assert [one.rank for one in ranks] == [1, 2, 3, 4]
    for worse, better in pairwise(ranks):
        assert worse.respond_minutes < better.respond_minutes
        assert worse.cadence_minutes < better.cadence_minutes
