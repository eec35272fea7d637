"""The kubectl programs of this machine, and one call of one of them against one server.

Looked for: on the PATH, where the real control plane is built, and where STANCH_TEST_KUBECTL says.
"""

import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.cluster.kube_targets import Cluster

VARIABLE = "STANCH_TEST_KUBECTL"


def found() -> dict[str, Path]:
    """Return the programs by the name that test ids show, each only once."""
    given = os.environ.get(VARIABLE, "")  # noqa: TID251 - tests have no settings to ask
    built = Path("~/.cache/stanch-cluster/bin/kubectl").expanduser()
    on_path = shutil.which("kubectl")
    candidates = {
        "given": Path(given).expanduser() if given else None,
        "path": Path(on_path) if on_path else None,
        "built": built if built.is_file() else None,
    }
    programs: dict[str, Path] = {}
    for name, program in candidates.items():
        if program and program.resolve() not in {known.resolve() for known in programs.values()}:
            programs[name] = program
    return programs


def notice(programs: dict[str, Path]) -> str:
    """Return the line that says which programs are tried."""
    if not programs:
        return f"kubectl suite: NO KUBECTL FOUND, NOTHING IS TRIED WITH IT. Set {VARIABLE} to one."
    return f"kubectl suite: {', '.join(map(str, programs.values()))}"


@functools.cache
def version(program: Path) -> tuple[int, int]:
    """Return the major and minor version of a program."""
    command = [str(program), "version", "--client", "-o", "json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    client = said["clientVersion"]
    return int(client["major"]), int(client["minor"].rstrip("+"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """One program, pointed at the namespace `shop` of one server, with a home of its own."""

    program: Path
    cluster: Cluster
    home: Path

    @property
    def version(self) -> tuple[int, int]:
        """The major and minor version of the program."""
        return version(self.program)

    def __call__(self, *words: str, user: str = "admin", stdin: str | None = None) -> str:
        """Run the command, which must succeed, and return what it prints."""
        done = self.run(*words, user=user, stdin=stdin)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run the command with `-o json` and return what it prints, parsed."""
        return json.loads(self(*words, "-o", "json"))

    def refused(self, *words: str, user: str = "admin", stdin: str | None = None) -> str:
        """Run the command, which must fail with status 1, and return its complaint."""
        done = self.run(*words, user=user, stdin=stdin)
        assert done.returncode == 1, f"{words}: {done.returncode} {done.stdout} {done.stderr}"
        return done.stderr

    def run(
        self, *words: str, user: str = "admin", stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command, whatever comes of it."""
        return subprocess.run(
            self.command(*words, user=user),
            input=stdin if stdin is not None else "",
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command that goes on until it is stopped."""
        return subprocess.Popen(
            self.command(*words),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def command(self, *words: str, user: str = "admin") -> list[str]:
        """Return the whole command line; plugins want their name before any flag."""
        config = self.cluster.kubeconfigs[user]
        return [str(self.program), *words, "--kubeconfig", str(config), "--namespace", "shop"]

    def environment(self) -> dict[str, str]:
        """Return an environment without this machine's own kubeconfig."""
        return {"HOME": str(self.home), "PATH": os.defpath, "LC_ALL": "C"}
