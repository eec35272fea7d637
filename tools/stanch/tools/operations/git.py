"""What can be asked of a repository: its recent commits, and what the revert of one would give.

A commit is no deployment (DF-21).
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect, Frozen, Seconds

RepositoryName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9_])?$")
]
CommitName = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{7,64}|HEAD)$")]
"""A commit as a person writes it: its id, the first seven digits of it or more, or HEAD."""
Mainline = Annotated[int, Field(ge=1, le=16)]
"""Which parent of a merge commit is kept, counted from 1."""


class Reverting(Frozen):
    """Which commit would be reverted."""

    commit: CommitName
    mainline: Mainline | None = None


class ReadCommits(BaseOperation):
    """List the newest commits of a configured repository.

    Data {"repository", "branch", "commits": [{"commit", "at", "subject", "parents": int},
    ...]}, the newest first; `at` is when it was committed, RFC 3339 in UTC. Who made a
    commit is not asked: no finding rests on it.

    With `reverting` it tells instead what the revert of one commit would give on the branch
    as the remote has it; nothing is written there. Data {"repository", "onto", "head",
    "commit", "parents": [...], "subject", "contained": bool, "author", "tree", "head_tree",
    "conflicts": [path, ...], "files": [{"path", "added", "removed"}, ...]}. `tree` is None
    where it cannot be tried: the commit is not in the branch, or is a merge without a
    mainline, or there are conflicts. `added` and `removed` are lines, None of what is no text.
    """

    kind: Literal["git.commits"] = "git.commits"
    repository: RepositoryName
    most: Annotated[int, Field(ge=1, le=500)] = 20
    since_seconds: Annotated[Seconds, Field(ge=60, le=31_536_000)] | None = None
    reverting: Reverting | None = None

    @property
    @override
    def effect(self) -> Effect:
        return Effect.OBSERVE

    @property
    @override
    def target(self) -> str:
        return f"git/{self.repository}"

    @override
    def as_text(self) -> str:
        if self.reverting is not None:
            side = f" -m {self.reverting.mainline}" if self.reverting.mainline else ""
            return f"git -C {self.repository} revert --no-commit{side} {self.reverting.commit}"
        since = f' --since="{self.since_seconds} seconds ago"' if self.since_seconds else ""
        return f"git -C {self.repository} log -n {self.most}{since}"
