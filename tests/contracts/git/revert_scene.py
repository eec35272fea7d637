"""A bare remote, the clone of a user, and what stanch needs to prepare a revert there."""

import os
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stanch.mitigation.reverts import Reverts as Planned
from stanch.mitigation.strategy import Plan
from stanch.settings.targets import GitSettings, PullsSettings, Targets
from stanch.tools.clients.git import GitClient
from stanch.tools.clients.git_revert import Reverts
from stanch.tools.operations import PrepareRevert, RevertCommit
from stanch.tools.outcome import Limits

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FILES = {"limits.toml": "seconds = 5\nretries = 3\nidle = 60\n", "app.py": "print('one')\n"}
SLOW = FILES["limits.toml"].replace("seconds = 5", "seconds = 500")


def git(folder: Path, *words: str) -> str:
    """Run git in `folder` as a user does, without this machine's configuration."""
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    clean = {"GIT_CONFIG_GLOBAL": "/dev/null", "PATH": os.defpath, "HOME": str(folder)}
    done = subprocess.run(("git", *identity, *words), cwd=folder, env=clean, check=True, stdout=-1)
    return done.stdout.decode().strip()


@dataclass(slots=True)
class Scene:
    """One remote with its branch main, and a clone that is checked out."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    @property
    def remote(self) -> Path:
        return self.folder / "remote.git"

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    def begin(self) -> None:
        git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.folder, "clone", "--quiet", str(self.remote), str(self.clone))
        git(self.clone, "checkout", "--quiet", "-B", "main")
        for name, text in FILES.items():
            (self.clone / name).write_text(text, encoding="utf-8")
        self.commit("the beginning")

    def write(self, name: str, text: str, message: str) -> str:
        """Commit one file on the branch that is checked out; return the commit."""
        (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / name).write_text(text, encoding="utf-8")
        return self.commit(message)

    def commit(self, message: str) -> str:
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "-m", message)
        git(self.clone, "push", "--quiet", "origin", "HEAD")
        return git(self.clone, "rev-parse", "HEAD")

    def client(self, **more: Any) -> GitClient:
        given = {"path": self.clone, "branch": "main", "remote": str(self.remote)}
        settings = GitSettings.model_validate(given | self.settings | more)
        return GitClient(targets=Targets(repositories={"shop": settings}), limits=self.limits)

    def hands(self, **more: Any) -> Reverts:
        return self.client(**more).reverts

    def plan(self, commit: str, mainline: int | None = None) -> Plan:
        """Plan the revert of a commit on what the client sees, as the graph does."""
        intent = RevertCommit(repository="shop", commit=commit, mainline=mainline)
        (look,) = Planned().looks(intent).values()
        seen = self.client().observe(look)  # type: ignore[arg-type]
        return Planned().plan(intent, {"target": seen.data}, now=NOW)

    def change(self, commit: str, mainline: int | None = None) -> tuple[PrepareRevert, Plan]:
        made = self.plan(commit, mainline)
        assert isinstance(made.operation, PrepareRevert)
        return made.operation, made

    def branches(self) -> dict[str, str]:
        """Return all branches of the remote with their commits."""
        lines = git(self.remote, "for-each-ref", "--format=%(refname:short) %(objectname)")
        return dict(line.split(" ", 1) for line in lines.splitlines())

    def at(self, revision: str, name: str) -> str:
        """Return a file of the remote as a commit or branch has it."""
        return git(self.remote, "show", f"{revision}:{name}")


def left_behind(scene: Scene) -> list[str]:
    """Return what is left of the scratch folders."""
    return [one.name for one in (scene.folder / "scratch").iterdir()]


def pulls(kind: str, url: str, token: str) -> PullsSettings:
    return PullsSettings.model_validate(
        {"kind": kind, "url": url, "project": "acme/shop", "token": token}
    )
