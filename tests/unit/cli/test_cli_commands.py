"""The group of commands: help without imports, and errors that nobody foresaw."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from stanch.cli import app
from stanch.cli.lazy import LazyGroup

HEAVY = ("kubernetes", "langgraph", "openai", "sqlalchemy", "rich", "pydantic", "stanch.graph")


def test_help_and_version_import_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from stanch.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"
    assert "Commands:" in done.stdout


@pytest.mark.parametrize("name", app.list_commands(click.Context(app)))
def test_every_command_that_is_listed_is_there_and_has_a_help_text(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    assert command.name == name
    assert command.help
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_an_error_that_nobody_foresaw_is_not_hidden() -> None:
    group = LazyGroup(name="x", help="", commands={"init": ("tests.unit.cli.faulty:command", "")})
    done = CliRunner().invoke(group, ["init"])
    assert isinstance(done.exception, ZeroDivisionError)
