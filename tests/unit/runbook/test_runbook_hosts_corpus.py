"""Host commands as people really write them: none is ever classified lower than it is."""

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect
from stanch.tools.operations import Effect
from tests.bench.commands_rows import corpora, read_rows


def test_no_host_command_of_the_corpus_is_classified_lower_than_it_is() -> None:
    folder = corpora()
    if folder is None:
        pytest.skip("there are no corpora; STANCH_CORPORA names their folder")
    lower, typed = [], 0
    for row in read_rows(folder / "commands.jsonl"):
        if row.kind != "ssh/host" or row.template is not None:
            continue
        try:
            answer = effect(command_template(row.text, {}), {})
        except RefusedError:
            continue
        typed += 1
        if answer < Effect[row.effect.upper()]:
            lower.append(row.text)
    assert not lower
    assert typed >= 60
