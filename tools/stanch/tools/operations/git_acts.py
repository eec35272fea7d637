"""What can be changed in a repository: a revert is prepared as a branch of its own (DF-14).

The branch is new, and nothing else is written: no branch that exists is moved, and nothing
is merged. Every byte of the commit is stated by the change, so that its id is known before
it is made, and a branch that holds it is known to be the one that was approved.
"""

import hashlib
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, BaseOperation, Effect
from stanch.tools.operations.git import CommitName, Mainline, RepositoryName
from stanch.tools.operations.reach import Reach

CommitId = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]


def _branch(name: str) -> str:
    """Refuse what git takes for no name of a branch; no more than letters, digits, ._-/ is."""
    parts = name.split("/")
    if any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts):
        message = f"'{name}' is not the name of a branch"
        raise ValueError(message)
    if ".." in name:
        message = f"'{name}' is a range, and not the name of a branch"
        raise ValueError(message)
    return name


BranchName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$"), AfterValidator(_branch)
]
OWN: Final = "stanch/revert-"
"""What the branches that stanch makes begin with, and the only ones that it deletes."""
_OwnBranch = Annotated[str, Field(pattern=rf"^{OWN}[0-9a-f]{{10}}-[0-9a-f]{{10}}$")]


class RevertCommit(BaseIntent):
    """Intent: undo what one commit changed, by another commit that people review."""

    kind: Literal["intent.revert"] = "intent.revert"
    repository: RepositoryName | None = None
    """None: the repository of the service that the incident is about."""
    commit: CommitName
    mainline: Mainline | None = None

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @override
    def as_text(self) -> str:
        place = f" -C {self.repository}" if self.repository else ""
        side = f" -m {self.mainline}" if self.mainline else ""
        return f"git{place} revert --no-edit{side} {self.commit}"


class _RepositoryChange(BaseOperation):
    repository: RepositoryName

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE


class PrepareRevert(_RepositoryChange):
    """Push a new branch with one commit that undoes another, and open a draft for review.

    The commit has the tree `tree` and the one parent `head`, the newest commit of `onto`.
    """

    kind: Literal["git.prepare_revert"] = "git.prepare_revert"
    commit: CommitId
    """The commit that is undone."""
    parents: Annotated[tuple[CommitId, ...], Field(max_length=16)]
    mainline: Mainline | None = None
    onto: BranchName
    head: CommitId
    tree: CommitId
    about: Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
    """The first line of the message of the commit that is undone."""
    author: Annotated[
        str, Field(pattern=r"^[^<>\x00-\x1f\x7f]{1,100} <[^<>\s\x00-\x1f\x7f]{1,200}>$")
    ]
    seconds: Annotated[int, Field(ge=0)]
    """When it was planned, in seconds since 1970: the date of the commit."""

    @property
    @override
    def target(self) -> str:
        return f"git/{self.repository}"

    @property
    @override
    def subject(self) -> str:
        return f"commit {self.commit[:10]}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"branches/{self.branch}", repository=self.repository)

    @property
    def branch(self) -> str:
        """The new branch; its name is made of the commit and of this change."""
        return f"{OWN}{self.commit[:10]}-{self.digest[:10]}"

    @property
    def title(self) -> str:
        """The first line of the message of the commit that is made."""
        return f'Revert "{self.about}"'

    @property
    def message(self) -> str:
        """The message of the commit that is made, with the mark of this change."""
        undone = f"This reverts commit {self.commit}"
        if self.mainline is not None:
            kept = self.parents[self.mainline - 1]
            undone += f", reversing\nchanges made to {kept}"
        return f"{self.title}\n\n{undone}.\n\nStanch-Operation: {self.digest}\n"

    @property
    def content(self) -> bytes:
        """The commit that is made, byte by byte as git keeps it."""
        who = f"{self.author} {self.seconds} +0000"
        return (
            f"tree {self.tree}\nparent {self.head}\nauthor {who}\ncommitter {who}\n\n{self.message}"
        ).encode()

    @property
    def revert(self) -> str:
        """The id of the commit that is made."""
        whole = b"commit %d\0%s" % (len(self.content), self.content)
        # Git names its objects so; nobody is to be kept out by it.
        if len(self.head) == 64:
            return hashlib.sha256(whole).hexdigest()
        return hashlib.sha1(whole, usedforsecurity=False).hexdigest()

    @override
    def as_text(self) -> str:
        side = f" -m {self.mainline}" if self.mainline else ""
        return f"git -C {self.repository} revert --no-edit{side} {self.commit}  # on {self.branch}"


class DropBranch(_RepositoryChange):
    """Delete a branch that stanch made, if it still holds the commit that was put there."""

    kind: Literal["git.drop_branch"] = "git.drop_branch"
    branch: _OwnBranch
    commit: CommitId

    @property
    @override
    def target(self) -> str:
        return f"git/{self.repository}"

    @property
    @override
    def subject(self) -> str:
        return self.branch

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"branches/{self.branch}", repository=self.repository)

    @override
    def as_text(self) -> str:
        lease = f"--force-with-lease={self.branch}:{self.commit}"
        return f"git -C {self.repository} push {lease} --delete {self.branch}"


GitAct = PrepareRevert | DropBranch


def start_facts(onto: str, head: str | None, branch: str, commit: str | None) -> dict[str, Any]:
    """Return what must still hold of the remote when a revert is pushed.

    `head` is the newest commit of `onto`, `commit` what the new branch holds already: after
    the push these are also the facts of the branch (see `branch_facts`).
    {"missing": True} when there is no `onto`.
    """
    if head is None:
        return {"missing": True}
    return {"onto": onto, "head": head, "branch": branch, "commit": commit}


def branch_facts(branch: str, commit: str | None) -> dict[str, Any]:
    """Return what must still hold of the branch of a revert when it is deleted."""
    return {"missing": True} if commit is None else {"branch": branch, "commit": commit}
