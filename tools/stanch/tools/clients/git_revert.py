"""Reverts: tried in a repository that is thrown away, and pushed as a branch that is new.

No branch that exists is moved and nothing is merged: the push demands that there be no
branch of that name, and the deletion that it still hold our commit. The commit is known
byte by byte beforehand, so that its id on the remote is the mark that it arrived.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from stanch.settings.targets import GitSettings, Targets
from stanch.tools.clients import git_diff, pulls
from stanch.tools.clients.git_process import Ended, GitProcesses
from stanch.tools.clients.git_scratch import Remote, Scratch, default_branch, heads, remote_of
from stanch.tools.clients.patience import Deadline
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations.git import Reverting
from stanch.tools.operations.git_acts import (
    DropBranch,
    GitAct,
    PrepareRevert,
    branch_facts,
    start_facts,
)
from stanch.tools.outcome import DryRun, Limits, Outcome

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST: Final = 200
_MOST_FILES: Final = 500
_REFUSED: Final = re.compile(r"returned error: 4\d\d|Authentication failed|ermission denied")


class Reverts:
    """Prepares reverts in the configured repositories; may be shared by many threads."""

    def __init__(self, *, targets: Targets, limits: Limits) -> None:
        self._repositories = targets.repositories
        self._limits = limits
        self._processes = GitProcesses()

    def tried(self, repository: str, asked: Reverting) -> Outcome:
        """Return what the revert of a commit would give; the data is that of `ReadCommits`.

        Raises:
            TargetUnreachableError: the repository is not configured, or gave no answer.
            OperationRefusedError: there is no such commit, or git is too old.
        """
        settings = self._settings(repository)
        remote = remote_of(repository, settings)
        with Deadline(settings.seconds) as deadline:
            onto = settings.branch or default_branch(remote, self._processes, deadline)
            with Scratch(repository, settings, self._processes, deadline) as scratch:
                head = scratch.fetch(remote, onto)
                data = _tried(scratch, head, asked)
            data |= {"repository": repository, "onto": onto, "author": settings.author}
            text = f"the revert of {data['commit'][:10]} on {onto} was tried"
            cut = len(data["files"]) > _MOST_FILES
            data["files"] = data["files"][:_MOST_FILES]
            return Outcome(data=data, text=text, duration=deadline.spent, truncated=cut)

    def look(self, change: GitAct) -> dict[str, Any]:
        """Return the branches of the remote that the change rests on."""
        settings = self._settings(change.repository)
        remote = remote_of(change.repository, settings)
        with Deadline(self._limits.seconds) as deadline:
            return self._facts(change, remote, deadline)

    def preview(self, change: GitAct, *, key: str) -> DryRun:
        """Try the revert again, and show each line that it changes."""
        del key
        if isinstance(change, DropBranch):
            before = {"branch": change.branch, "commit": change.commit}
            note = "the branch is deleted; its commit stays in no branch"
            after = {"branch": None, "commit": None}
            return DryRun(accepted=True, note=note, before=before, after=after, tried=False)
        settings = self._settings(change.repository)
        remote = remote_of(change.repository, settings)
        with (
            Deadline(settings.seconds) as deadline,
            Scratch(change.repository, settings, self._processes, deadline) as scratch,
        ):
            scratch.fetch(remote, change.onto)
            wrong = _differs(scratch, change)
            if wrong is not None:
                return DryRun(accepted=False, note=wrong, before={}, after={})
            now = _tree(scratch, change.head)
            changed = git_diff.files(scratch.ask(*git_diff.STAT, now, change.tree))
            text = scratch.ask(*git_diff.LINES, now, change.tree)
        before, after, missing = git_diff.shown(changed, text)
        return DryRun(
            accepted=True, note=_note(settings, changed, missing), before=before, after=after
        )

    def apply(self, change: GitAct, *, key: str, observed: Mapping[str, Any]) -> Outcome:
        """Push the new branch, or delete it, if the remote is as observed.

        Raises:
            PreconditionFailedError: it is not; nothing was changed.
            OutcomeUnknownError: the push was begun, and no answer came.
        """
        del key
        settings = self._settings(change.repository)
        remote = remote_of(change.repository, settings)
        with (
            Deadline(settings.seconds) as deadline,
            Scratch(change.repository, settings, self._processes, deadline) as scratch,
        ):
            if isinstance(change, PrepareRevert):
                _make(scratch, change, remote)
            self._require(change, remote, observed, deadline)
            if isinstance(change, DropBranch):
                _push(scratch, remote, change.branch, change.commit, new="")
                text = f"the branch {change.branch} is deleted"
            else:
                _push(scratch, remote, change.branch, "", new=change.revert)
                text = f"the branch {change.branch} was pushed; {_draft(settings, change)}"
            return Outcome(data={"branch": change.branch}, text=text, duration=deadline.spent)

    def probe(self, change: GitAct, *, key: str) -> bool | None:
        """Say whether the remote has the branch as this change leaves it."""
        del key
        remote = remote_of(change.repository, self._settings(change.repository))
        with Deadline(self._limits.seconds) as deadline:
            found = heads(remote, [change.branch], self._processes, deadline).get(change.branch)
        if isinstance(change, DropBranch):
            return True if found is None else False if found == change.commit else None
        return False if found is None else True if found == change.revert else None

    def close(self) -> None:
        """End what is running; nothing is started afterwards."""
        self._processes.close()

    def _settings(self, name: str) -> GitSettings:
        if name not in self._repositories:
            known = ", ".join(sorted(self._repositories)) or "none"
            raise TargetUnreachableError(
                f"No repository is called {name}. The settings name: {known} "
                "(tables [repositories.NAME])."
            )
        return self._repositories[name]

    def _facts(self, change: GitAct, remote: Remote, deadline: Deadline) -> dict[str, Any]:
        if isinstance(change, DropBranch):
            found = heads(remote, [change.branch], self._processes, deadline)
            return branch_facts(change.branch, found.get(change.branch))
        found = heads(remote, [change.onto, change.branch], self._processes, deadline)
        head, commit = found.get(change.onto), found.get(change.branch)
        return start_facts(change.onto, head, change.branch, commit)

    def _require(
        self, change: GitAct, remote: Remote, observed: Mapping[str, Any], deadline: Deadline
    ) -> None:
        now = self._facts(change, remote, deadline)
        if now != dict(observed):
            names = sorted(k for k in now.keys() | observed.keys() if now.get(k) != observed.get(k))
            raise PreconditionFailedError(
                f"the remote of {change.repository} is not as it was seen: "
                f"{', '.join(names)} changed"
            )


def _tried(scratch: Scratch, head: str, asked: Reverting) -> dict[str, Any]:
    name = head if asked.commit == "HEAD" else asked.commit
    found = scratch.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if found.status != 0:
        raise OperationRefusedError(
            f"There is no one commit {name} there. Write more of its digits."
        )
    commit = found.out.decode().strip()
    told = scratch.ask("show", "-s", "--no-show-signature", "--format=%P%x00%s", commit, "--")
    parents, _, subject = told.rstrip("\n").partition("\0")
    now = _tree(scratch, head)
    data: dict[str, Any] = {
        "head": head,
        "commit": commit,
        "parents": parents.split(),
        "subject": _CONTROL.sub(" ", subject)[:_LONGEST],
        "contained": scratch.run("merge-base", "--is-ancestor", commit, head).status == 0,
        "tree": None,
        "head_tree": now,
        "conflicts": [],
        "files": [],
    }
    side = _side(data["parents"], asked.mainline)
    if not data["contained"] or side is None:
        return data
    theirs = _tree(scratch, side) if side else scratch.write(b"", "tree")
    merged = scratch.merge(_tree(scratch, commit), now, theirs)
    data |= {"tree": merged.tree, "conflicts": list(merged.conflicts)}
    if merged.tree is not None:
        data["files"] = git_diff.files(scratch.ask(*git_diff.STAT, now, merged.tree))
    return data


def _side(parents: list[str], mainline: int | None) -> str | None:
    """Return the parent that is kept; "" of the first commit of all, None where none is named."""
    if len(parents) > 1:
        return parents[mainline - 1] if mainline is not None and mainline <= len(parents) else None
    if mainline is not None:
        return None
    return parents[0] if parents else ""


def _tree(scratch: Scratch, commit: str) -> str:
    return scratch.ask("rev-parse", "--verify", f"{commit}^{{tree}}").strip()


def _differs(scratch: Scratch, change: PrepareRevert) -> str | None:
    """Say why the revert does not give what the change states, if it does not."""
    again = Reverting(commit=change.commit, mainline=change.mainline)
    data = _tried(scratch, change.head, again)
    if data["conflicts"]:
        return f"the revert conflicts in {', '.join(data['conflicts'])}"
    if data["tree"] != change.tree:
        return "the revert gives other files than the ones that were seen"
    return None


def _make(scratch: Scratch, change: PrepareRevert, remote: Remote) -> None:
    """Make the commit that the change states, in the repository that is thrown away."""
    scratch.fetch(remote, change.onto)
    if scratch.run("cat-file", "-e", f"{change.head}^{{commit}}").status != 0:
        raise PreconditionFailedError(f"{change.onto} does not hold {change.head[:10]} any more")
    wrong = _differs(scratch, change)
    if wrong is not None:
        raise PreconditionFailedError(wrong)
    if scratch.write(change.content) != change.revert:
        raise OperationRefusedError("git made another commit than the one that was approved")


def _push(scratch: Scratch, remote: Remote, branch: str, expected: str, *, new: str) -> None:
    """Set a branch of the remote from `expected` to `new`; "" stands for no branch.

    Raises:
        PreconditionFailedError: the branch is not as expected.
        OperationRefusedError: the remote refused.
        OutcomeUnknownError: it may have arrived.
    """
    ref = f"refs/heads/{branch}"
    lease = f"--force-with-lease={ref}:{expected}"
    ended = scratch.push(remote, [lease, "--", remote.url, f"{new}:{ref}"])
    if ended.status == 0 and not ended.late:
        return
    raise _push_error(branch, ended)


def _push_error(branch: str, ended: Ended) -> Exception:
    lines = ended.out.decode(errors="replace").splitlines()
    said = next((one.rpartition("\t")[2] for one in lines if one.startswith("!")), "")
    if "remote rejected" in said:
        return OperationRefusedError(f"the remote refused the branch {branch}: {said[:300]}")
    if "rejected" in said:
        return PreconditionFailedError(f"the branch {branch} is not as expected: {said[:300]}")
    # What the remote's own programs complain of says nothing of the login.
    own = "\n".join(one for one in ended.errors.splitlines() if not one.startswith("remote:"))
    if not ended.late and _REFUSED.search(own):
        return OperationRefusedError(f"the remote refused the login to push: {ended.said}")
    why = "no answer in time" if ended.late else said or ended.said
    return OutcomeUnknownError(f"the push of {branch} broke off: {why}")


def _draft(settings: GitSettings, change: PrepareRevert) -> str:
    """Open the draft; say what became of it, for the branch is there in any case."""
    if settings.pulls is None:
        return "open a pull request for it, and have it reviewed"
    with Deadline(20.0) as deadline:
        try:
            return pulls.open_draft(settings.pulls, change, deadline)
        except pulls.NoDraftError as error:
            return f"no draft was opened ({error}), so open a pull request by hand"


def _note(settings: GitSettings, changed: list[dict[str, Any]], missing: int) -> str:
    added = sum(one["added"] or 0 for one in changed)
    removed = sum(one["removed"] or 0 for one in changed)
    count = f"{len(changed)} file" + ("s" if len(changed) != 1 else "")
    parts = [f"tried in a copy that was thrown away: {count}, +{added} -{removed} lines"]
    if missing:
        parts.append(f"{missing} of the changed places are not shown")
    if settings.pulls is not None:
        parts.append(f"a draft is opened in {settings.pulls.project}; it is never merged")
    else:
        parts.append("no draft is opened: [repositories.NAME.pulls] is not set")
    return "; ".join(parts)
