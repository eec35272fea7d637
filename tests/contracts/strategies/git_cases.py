"""The change of a repository: a branch that undoes one commit."""

import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

from stanch.settings.targets import GitSettings, Targets
from stanch.tools.operations import RevertCommit
from stanch.tools.outcome import DryRun
from tests.contracts.git import revert_scene
from tests.contracts.git.revert_scene import SLOW, git
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene

_LINE = re.compile(r"(.+):([0-9]+)")


class Bad(Scene):
    """A commit that is to be undone; another came after it."""

    def __init__(self, folder: Path) -> None:
        self.repository = revert_scene.Scene(folder)
        self.repository.begin()
        self.commit = self.repository.write("limits.toml", SLOW, "Wait longer\n\nand more")
        self.repository.write("app.py", "print('two')\n", "Say two")
        self.intent = RevertCommit(repository="shop", commit=self.commit, mainline=None)
        settings = GitSettings.model_validate(
            {
                "path": self.repository.clone,
                "branch": "main",
                "remote": str(self.repository.remote),
            }
        )
        self.settings = {"targets": Targets(repositories={"shop": settings})}

    def capture(self) -> Json:
        """Return every branch of the remote with its commit, and what main holds."""
        names = git(self.repository.remote, "ls-tree", "-r", "--name-only", "main").splitlines()
        held = {name: self.repository.at("main", name) for name in names}
        return {"branches": self.repository.branches(), "main": held}

    def shown(self, tried: DryRun) -> Json:
        """Return each line that the preview names, of main or of the branch that was made."""
        made = [one for one in self.repository.branches() if one != "main"]
        return {place: self._line(place, (made or ["main"])[0]) for place in tried.before}

    def _line(self, place: str, branch: str) -> str | None:
        found = _LINE.fullmatch(place)
        assert found is not None, place
        lines = self.repository.at(branch, found[1]).splitlines()
        return lines[int(found[2]) - 1]


def _open(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
    del places, stack, cluster
    inner = Path(tempfile.mkdtemp(dir=folder))
    return Bad(inner)


CASES = (
    Case(
        name="revert a commit",
        kind="git.prepare_revert",
        strategy="Reverts",
        where="repository",
        open=_open,
        back="git.drop_branch",
    ),
)
