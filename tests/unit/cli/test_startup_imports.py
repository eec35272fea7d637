"""What a command needs is imported when it runs, and what it does not need is not."""

from pathlib import Path

import pytest

from tests.bench.loaded import HEAVY, loaded_by

TARGETS_AND_MODELS = {"kubernetes", "langgraph", "openai", "paramiko"}


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_what_only_prints_text_loads_no_heavy_package(words: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(words, tmp_path)
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "words",
    [
        ["incidents"],
        ["pending"],
        ["approve", "--help"],
        ["audit", "verify"],
        ["runbook", "list"],
    ],
    ids=" ".join,
)
def test_a_command_that_moves_nothing_loads_neither_graph_nor_model_nor_target(
    words: list[str], tmp_path: Path
) -> None:
    assert loaded_by(words, tmp_path).isdisjoint(TARGETS_AND_MODELS)


def test_what_a_command_loads_is_really_seen(tmp_path: Path) -> None:
    assert {"pydantic", "sqlalchemy"} <= loaded_by(["incidents"], tmp_path)
    assert "langgraph" in loaded_by(["graph"], tmp_path)
