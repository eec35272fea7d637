"""The `stanch` command as the journeys run it: in this process, or as a program of its own.

A run in this process is quick, and shows an error that nobody foresaw as what it is; a
program of its own is for signals, pipes, terminals and two runs at once.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from stanch.cli import app
from stanch.settings import read
from stanch.store import Store

PROGRAM = [sys.executable, "-m", "tests.journeys.program"]
_OURS = ("STANCH_", "OPENAI_", "KUBECONFIG", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
ME = read({}).user


def bare_environment() -> dict[str, str]:
    """Return this process's environment without what would tell stanch anything."""
    every = dict(os.environ)  # noqa: TID251 - programs need a path and a home
    return {name: text for name, text in every.items() if not name.startswith(_OURS)}


@dataclass
class Stanch:
    """One home, with the settings that its commands get."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of a program that works on this home."""
        return bare_environment() | {"STANCH_HOME": str(self.home)} | self.settings

    def run(self, *words: str, code: int = 0, given: str | bytes | None = None) -> Result:
        """Run a command in this process, and require its exit status."""
        clear = dict.fromkeys(n for n in os.environ if n.startswith(_OURS))  # noqa: TID251
        env = clear | {"STANCH_HOME": str(self.home)} | self.settings
        done = CliRunner().invoke(app, list(words), input=given, env=env, prog_name="stanch")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise AssertionError(f"an error that nobody foresaw: {done.output}") from done.exception
        assert done.exit_code == code, f"status {done.exit_code}: {done.output}"
        return done

    def said(self, *words: str, code: int = 0) -> str:
        """Run a command and return what it printed."""
        return self.run(*words, code=code).stdout

    def json(self, *words: str) -> Any:
        """Run a command with --json and return its one document."""
        return json.loads(self.said(*words, "--json"))

    def refused(self, *words: str, code: int = 1, given: str | bytes | None = None) -> str:
        """Run a command that must fail with one error and nothing else; return the error."""
        done = self.run(*words, code=code, given=given)
        errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, done.output
        assert "Traceback" not in done.output
        return errors[0]

    def program(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a command as a program of its own."""
        values: dict[str, Any] = {
            "env": self.environment(),
            "text": True,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": Path(__file__).parents[2],
        }
        return subprocess.Popen([*PROGRAM, *words], **(values | options))

    def store(self) -> Store:
        """Open the store of the home; close it again."""
        return Store(self.home)
