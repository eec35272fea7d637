"""Reverts: `git revert` becomes a branch with one commit, and a draft for review (MIT-02, DF-14).

Nothing reaches production by it: people review the branch, their checks build and test it,
and they merge it. So it contains no harm by itself, and says so.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from stanch.mitigation.strategy import CannotPlanError, Plan, Seen
from stanch.tools.operations import DropBranch, PrepareRevert, Read, ReadCommits, RevertCommit
from stanch.tools.operations.git import Reverting
from stanch.tools.operations.git_acts import branch_facts, start_facts


class Reverts:
    """Prepares the revert of one commit; the way back deletes the branch."""

    intents = (RevertCommit,)

    def looks(self, intent: RevertCommit) -> Mapping[str, Read]:
        """Return the trial of the revert on the branch as the remote has it.

        Raises:
            CannotPlanError: no repository is named.
        """
        if intent.repository is None:
            raise CannotPlanError(
                "it names no repository: write `git -C NAME revert`, or name the repository of "
                "the service under [services]"
            )
        asked = Reverting(commit=intent.commit, mainline=intent.mainline)
        return {"target": ReadCommits(repository=intent.repository, reverting=asked)}

    def plan(self, intent: RevertCommit, seen: Seen, *, now: datetime) -> Plan:
        """Return the branch that undoes the commit on the newest state of the other.

        Raises:
            CannotPlanError: the commit is not there, is a merge without a mainline, is
                undone already, or conflicts with what came after it.
        """
        data = seen["target"]
        _refuse(intent, data)
        try:
            change = PrepareRevert(
                repository=data["repository"],
                commit=data["commit"],
                parents=tuple(data["parents"]),
                mainline=intent.mainline,
                onto=data["onto"],
                head=data["head"],
                tree=data["tree"],
                about=data["subject"],
                author=data["author"],
                seconds=int(now.timestamp()),
            )
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise CannotPlanError(f"{first['loc'][0]}: {first['msg']}") from error
        drop = DropBranch(repository=change.repository, branch=change.branch, commit=change.revert)
        return Plan(
            title=f'Prepare the revert of {change.commit[:10]} ("{change.about}") for review',
            operation=change,
            observed=start_facts(change.onto, change.head, change.branch, None),
            inverse=drop,
            inverse_note="deletes the branch, if nobody pushed to it; a draft of GitLab stays open",
            touches=_touches(change, data["files"]),
        )

    def foretold(self, change: Any, after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts about the new branch after the push."""
        del after
        if isinstance(change, PrepareRevert):
            return branch_facts(change.branch, change.revert)
        return {}


def _refuse(intent: RevertCommit, data: Mapping[str, Any]) -> None:
    name, onto = data["commit"][:10], data["onto"]
    parents, side = len(data["parents"]), intent.mainline
    if not data["contained"]:
        raise CannotPlanError(f"the commit {name} is not in {onto}")
    if parents > 1 and side is None:
        raise CannotPlanError(
            f"{name} is a merge of {parents} commits: write `-m 1` to keep the first of them"
        )
    if side is not None and (parents < 2 or side > parents):
        raise CannotPlanError(f"{name} has no parent {side} to choose: it has {parents}")
    if data["conflicts"]:
        raise CannotPlanError(
            f"the revert of {name} conflicts with what came after it, in: "
            f"{', '.join(data['conflicts'])}"
        )
    if data["tree"] == data["head_tree"]:
        raise CannotPlanError(f"nothing of {name} is left in {onto} that could be undone")


def _touches(change: PrepareRevert, files: list[Mapping[str, Any]]) -> tuple[str, ...]:
    names = ", ".join(one["path"] for one in files[:10])
    more = f" and {len(files) - 10} more" if len(files) > 10 else ""
    return (
        f"a new branch {change.branch} in {change.repository}, with one commit: {names}{more}",
        f"{change.onto} and every other branch stay as they are; nothing is merged or deployed",
        "whatever is built for every new branch is built for this one",
    )
