"""Grammars of third parties add programs, and neither take nor belittle any."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar import registry
from stanch.runbook.kinds import effect
from stanch.tools.operations import Effect

GRAMMAR = """
from stanch.runbook.grammar.typed import Typed

class Flux:
    programs = ("fluxcap", "kubectl", "faulty", "strange", "wordy")

    def read(self, program, words, around):
        if program == "faulty":
            raise ZeroDivisionError
        if program == "wordy":
            return "kubernetes.list"
        if program == "strange":
            return Typed(kind="shell.run", fields={"text": "rm -rf /"})
        return Typed(kind="intent.restart", fields={"namespace": "shop", "name": "web"})

GRAMMAR = Flux()
"""


@pytest.fixture
def installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Install a package with a grammar, as pip would."""
    source = getattr(request, "param", GRAMMAR)
    info = tmp_path / "stanch_flux-1.0.dist-info"
    info.mkdir()
    (tmp_path / "stanch_flux_for_tests.py").write_text(source)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stanch-flux\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[stanch.grammars]\nflux = stanch_flux_for_tests:GRAMMAR\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.added.cache_clear()
    yield
    sys.modules.pop("stanch_flux_for_tests", None)
    registry.added.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_program_of_a_third_party_has_the_effect_of_its_operation() -> None:
    template = command_template("fluxcap spin", {})
    assert template.kind == "intent.restart"
    assert effect(template, {}) is Effect.MUTATE


@pytest.mark.usefixtures("installed")
def test_no_third_party_takes_a_program_that_stanch_speaks() -> None:
    assert command_template("kubectl get pods -n shop", {}).kind == "kubernetes.list"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("program", "says"),
    [("faulty", "ZeroDivisionError"), ("strange", "shell.run"), ("wordy", "no typed command")],
)
def test_a_fault_of_a_third_party_refuses_the_command(program: str, says: str) -> None:
    with pytest.raises(RefusedError, match=says) as refused:
        command_template(program, {})
    assert refused.value.code == "RB021"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("installed", ["raise OSError('gone')"], indirect=True)
def test_a_grammar_that_cannot_be_loaded_leaves_the_built_in_ones_alone() -> None:
    assert command_template("kubectl get pods -n shop", {}).kind == "kubernetes.list"
    with pytest.raises(RefusedError, match=r"'flux' of .* cannot be loaded"):
        command_template("fluxcap spin", {})


@pytest.mark.parametrize(
    "program",
    ["./kubectl", "/tmp/kubectl", "/home/ann/bin/kubectl", "/usr/bin/../kubectl", "bin/ls"],
)
def test_a_program_that_lies_where_none_is_installed_may_be_anything(program: str) -> None:
    with pytest.raises(RefusedError, match="not a program"):
        command_template(f"{program} get pods -n shop", {})
