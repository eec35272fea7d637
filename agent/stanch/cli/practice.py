"""The practice production as the demo and the drills use it: another program, beside this one.

It is started, spoken to and ended through its own commands; the agent knows nothing of it
but addresses and names, which it reads from the settings file that the production writes.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from stanch.cli.init import make_folder

if TYPE_CHECKING:
    from stanch.settings import Settings


_ALWAYS = ("kubernetes.", "git.", "manual.")
"""The families of changes that may always be rehearsed; of others the parts list the kinds."""


class Practice:
    """A practice production that lives as long as the demo."""

    def __init__(self, home: Path, *, speed: float, seed: int, latency: float = 0.0) -> None:
        self._home = home
        self._speed = speed
        self._seed = seed
        self._latency = latency
        self.about: dict[str, Any] = {}

    def __enter__(self) -> Self:
        make_folder(self._home)
        self._run("down", check=False)
        text = self._run(
            "up",
            "--json",
            "--speed",
            f"{self._speed:g}",
            "--seed",
            str(self._seed),
            "--latency",
            str(self._latency),
            "--parent",
            str(os.getpid()),
        )
        self.about = json.loads(text)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("down", check=False)

    def tell(self, *words: str) -> str:
        """Run one of its commands and return what it printed.

        Raises:
            ClickException: the command failed; with its own words.
        """
        return self._run(*words)

    def judged(self) -> dict[str, Any]:
        """Return what the referee says; that the shop is not well is an answer, no failure.

        Raises:
            ClickException: there is no answer.
        """
        text = self._run("referee", "--json", check=False)
        try:
            verdict: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            raise click.ClickException("the practice production gave no verdict") from None
        return verdict

    def speed(self, speed: float | None = None) -> None:
        """Run at `speed`, or as fast as the demo began."""
        self._run("speed", f"{speed or self._speed:g}")

    def _run(self, word: str, *more: str, check: bool = True) -> str:
        command = [
            sys.executable,
            "-m",
            "stanch.sandbox.cli",
            word,
            "--home",
            str(self._home),
            *more,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if check and done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).removeprefix("Error: ")
            raise click.ClickException(f"the practice production failed: {said}")
        return done.stdout


def settings_for(base: "Settings", home: Path, practice: Practice) -> "Settings":
    """Return settings for the practice production, in a home of its own.

    They are written into that home's stanch.toml and policy.yaml, so that another terminal
    needs only STANCH_HOME to take part.
    """
    from stanch.settings import read

    text = Path(practice.about["settings"]).read_text(encoding="utf-8")
    (home / "stanch.toml").write_text(_keeping_secrets(text, home), encoding="utf-8")
    policy = _policy(base.user, practice.about["policy"])
    (home / "policy.yaml").write_text(policy, encoding="utf-8")
    there = read({"STANCH_HOME": str(home)})
    names = ("kubeconfig", "context", "act_context", "prometheus_url", "clock", "targets", "home")
    changed = {name: getattr(there, name) for name in names}
    return base.model_copy(update={**changed, "policy": None, "store": None})


def _policy(person: str, listed: Mapping[str, Any]) -> str:
    """Return a policy under which one person rehearses alone in the practice production.

    `listed` is what the production would have listed: {"reads": ..., "changes": {"kinds",
    "resources", "units", "databases", "hosts", "endpoints", ...}}.
    """
    import yaml

    from stanch.policy import kinds

    changes = dict(listed.get("changes", {}))
    things = {
        "kubernetes.patch": changes.pop("resources", []),
        "host.restart_unit": [f"units/{unit}" for unit in changes.pop("units", [])],
    }
    listed_kinds = changes.pop("kinds", [])
    allow = [
        {"kinds": [kind], "things": things.get(kind) or ["**"]}
        for kind in kinds()
        if kind in listed_kinds or (kind.startswith(_ALWAYS) and kind not in things)
    ]
    where = {"namespaces": ["shop"], "nodes": ["*"]}
    policy = {
        "version": 1,
        "groups": {"oncall": [person]},
        "environments": [
            {
                "name": "practice",
                "where": where | {place: list(names) for place, names in changes.items()},
                # Who rehearses is alone, and everything here can be made anew.
                "ceiling": "destructive",
                "allow": allow,
                "approval": {"approvers": ["oncall"], "destructive": {"quorum": 1}},
                "limits": {"hosts_at_once": 2},
                "rate": {"changes": 20, "minutes": 60},
            }
        ],
        "reads": dict(listed.get("reads", {})),
    }
    return yaml.safe_dump(policy, sort_keys=False)


def _keeping_secrets(text: str, home: Path) -> str:
    """Copy the secrets that settings name into `home`; return the settings that name the copies.

    The practice production takes its own away when it ends, and the home is read after that.
    """
    folder = home / "secrets"
    make_folder(folder)

    def kept(found: re.Match[str]) -> str:
        source = Path(found[2])
        copy = folder / f"{source.parent.name}-{source.name}"
        copy.touch(mode=0o600)
        copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
        return f'{found[1]} = "{copy}"'

    return re.sub(r'^(\w+_file) = "([^"]+)"$', kept, text, flags=re.MULTILINE)
