"""Filters give what the real programs print, on examples and on random text."""

import os
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.runbook.fill import fill
from stanch.runbook.grammar import filters
from stanch.runbook.words import scan
from stanch.tools.filters import FILTERS, run
from tests.unit.runbook.filter_samples import COMMANDS, DOCUMENT, JQ, LINES, RANDOM, TEXT


def _ours(command: str, text: str) -> str:
    template = filters.read(scan(command))
    made = FILTERS[template.kind].model_validate(fill(template.fields, {}))
    return run([made], text)


def _theirs(command: str, text: str) -> str:
    if shutil.which(command.split(maxsplit=1)[0]) is None:
        pytest.skip(f"{command.split(maxsplit=1)[0]} is not installed")
    path = os.environ["PATH"]  # noqa: TID251 - tests have no settings to ask
    done = subprocess.run(
        ["bash", "-c", command],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": path},
    )
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS.split("\n")[1:-1])
def test_a_filter_prints_what_its_program_prints(command: str) -> None:
    for text in (TEXT, TEXT + "\n", ""):
        assert _ours(command, text) == _theirs(command, text)


@pytest.mark.parametrize("program", JQ.split("\n")[1:-1])
def test_jq_prints_what_jq_prints(program: str) -> None:
    for flags in ("", "-r -c ", "-S "):
        command = f"jq {flags}'{program}'"
        assert _ours(command, DOCUMENT) == _theirs(command, DOCUMENT)


@pytest.mark.parametrize("command", RANDOM)
@settings(max_examples=12, deadline=None)
@given(lines=LINES, ended=st.booleans())
def test_a_filter_agrees_with_its_program_on_random_text(
    command: str, lines: list[str], ended: bool
) -> None:
    text = "\n".join(lines) + ("\n" if ended and lines else "")
    assert _ours(command, text) == _theirs(command, text)
