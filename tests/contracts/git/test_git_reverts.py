"""A revert is prepared as a branch of its own, on real repositories (MIT-02, DF-14)."""

import pytest

from stanch.mitigation import CannotPlanError, differences
from stanch.mitigation.reverts import Reverts as Planned
from stanch.tools.errors import (
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.operations import DropBranch, Effect
from tests.contracts.git.revert_scene import FILES, SLOW, Scene, git, left_behind


def test_a_new_branch_undoes_the_commit_and_nothing_else_is_moved(scene: Scene, bad: str) -> None:
    before = scene.branches()
    change, made = scene.change(bad)
    done = scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches() == before | {change.branch: change.revert}
    assert change.branch.startswith(f"stanch/revert-{bad[:10]}-")
    assert f"the branch {change.branch} was pushed" in done.text
    assert scene.at(change.branch, "limits.toml") == FILES["limits.toml"].strip()
    assert scene.at(change.branch, "app.py") == "print('two')", "what came after it is kept"
    parents = git(scene.remote, "log", "-1", "--format=%P", change.branch)
    assert parents == before["main"]
    assert change.effect is Effect.MUTATE
    assert change.reach.repository == "shop"


def test_the_commit_says_what_it_undoes_and_carries_the_mark(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    scene.hands().apply(change, key="k", observed=made.observed)
    told = git(scene.remote, "log", "-1", "--format=%an <%ae>|%s|%b", change.branch)
    assert told == (
        f'stanch <stanch@localhost>|Revert "Wait longer"|This reverts commit {bad}.\n\n'
        f"Stanch-Operation: {change.digest}"
    )


def test_the_preview_is_exactly_what_then_stands_on_the_branch(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    tried = scene.hands().preview(change, key="k")
    assert tried.accepted
    assert tried.tried
    (shown,) = differences(tried.before, tried.after)
    assert (shown.path, shown.before, shown.after) == (
        "limits.toml:1",
        "seconds = 500",
        "seconds = 5",
    )
    assert "1 file, +1 -1 lines" in tried.note
    assert scene.branches().keys() == {"main"}, "nothing is pushed by it"
    scene.hands().apply(change, key="k", observed=made.observed)
    assert git(scene.remote, "rev-parse", f"{change.branch}^{{tree}}") == change.tree
    assert git(scene.remote, "rev-parse", change.branch) == change.revert


def test_the_inverse_puts_the_captured_state_back(scene: Scene, bad: str) -> None:
    before = scene.branches()
    change, made = scene.change(bad)
    hands = scene.hands()
    assert isinstance(made.inverse, DropBranch)
    assert hands.look(change) == made.observed
    hands.apply(change, key="k", observed=made.observed)
    foretold = Planned().foretold(change, {})
    assert hands.look(made.inverse) == foretold, "as the dry run foretold it"
    hands.apply(made.inverse, key="k:inverse", observed=foretold)
    assert scene.branches() == before
    assert hands.look(change) == made.observed


def test_a_branch_that_somebody_pushed_to_is_not_deleted(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    hands = scene.hands()
    hands.apply(change, key="k", observed=made.observed)
    assert isinstance(made.inverse, DropBranch)
    foretold = Planned().foretold(change, {})
    git(scene.clone, "fetch", "--quiet", "origin", change.branch)
    git(scene.clone, "checkout", "--quiet", "-b", change.branch, "FETCH_HEAD")
    theirs = scene.write("notes.md", "reviewed\n", "A reviewer's commit")
    with pytest.raises(PreconditionFailedError, match="commit changed"):
        hands.apply(made.inverse, key="k:inverse", observed=foretold)
    assert scene.branches()[change.branch] == theirs
    assert hands.probe(made.inverse, key="k:inverse") is None
    assert hands.probe(change, key="k") is None


def test_a_merge_is_undone_towards_the_parent_that_is_named(scene: Scene) -> None:
    git(scene.clone, "checkout", "--quiet", "-b", "side")
    scene.write("limits.toml", SLOW, "On the side")
    git(scene.clone, "checkout", "--quiet", "main")
    scene.write("app.py", "print('two')\n", "On main")
    git(scene.clone, "merge", "--quiet", "--no-ff", "-m", "Both", "side")
    git(scene.clone, "push", "--quiet", "origin", "main")
    merge = git(scene.clone, "rev-parse", "HEAD")
    with pytest.raises(CannotPlanError, match="is a merge of 2 commits: write `-m 1`"):
        scene.plan(merge)
    with pytest.raises(CannotPlanError, match="has no parent 3"):
        scene.plan(merge, 3)
    change, made = scene.change(merge, 1)
    scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.at(change.branch, "limits.toml") == FILES["limits.toml"].strip()
    assert scene.at(change.branch, "app.py") == "print('two')"
    assert f"changes made to {change.parents[0]}" in git(
        scene.remote, "log", "-1", "--format=%b", change.branch
    )


def test_the_same_bytes_come_out_that_git_itself_would_commit(scene: Scene, bad: str) -> None:
    change, _ = scene.change(bad)
    git(scene.clone, "checkout", "--quiet", "-b", "by-hand")
    git(scene.clone, "revert", "--no-edit", bad)
    assert git(scene.clone, "rev-parse", "HEAD^{tree}") == change.tree


def test_a_conflict_names_the_files_and_leaves_nothing_behind(scene: Scene, bad: str) -> None:
    scene.write("limits.toml", SLOW.replace("500", "900"), "Even longer")
    before = scene.branches()
    with pytest.raises(CannotPlanError, match=r"conflicts with what came after it, in: limits.to"):
        scene.plan(bad)
    assert scene.branches() == before
    assert left_behind(scene) == []
    assert git(scene.clone, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("commit", "mainline", "why"),
    [("head", 1, "has no parent 1 to choose"), ("elsewhere", None, "is not in main")],
)
def test_what_cannot_be_reverted_is_said(
    scene: Scene, bad: str, commit: str, mainline: int | None, why: str
) -> None:
    git(scene.clone, "checkout", "--quiet", "-b", "elsewhere")
    other = scene.write("app.py", "print('three')\n", "Elsewhere")
    with pytest.raises(CannotPlanError, match=why):
        scene.plan({"head": bad, "elsewhere": other}[commit], mainline)


def test_what_is_undone_already_is_not_undone_again(scene: Scene, bad: str) -> None:
    scene.write("limits.toml", FILES["limits.toml"], "Put it back by hand")
    with pytest.raises(CannotPlanError, match=r"nothing of .* is left"):
        scene.plan(bad)


def test_a_branch_that_moved_meanwhile_is_drift(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    hands = scene.hands()
    moved = scene.write("app.py", "print('four')\n", "A hotfix in between")
    assert hands.look(change)["head"] == moved
    with pytest.raises(PreconditionFailedError, match="head changed"):
        hands.apply(change, key="k", observed=made.observed)
    assert scene.branches() == {"main": moved}


def test_a_branch_that_was_rewritten_meanwhile_is_drift_too(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    git(scene.clone, "reset", "--quiet", "--hard", "HEAD~2")
    git(scene.clone, "push", "--quiet", "--force", "origin", "main")
    with pytest.raises(PreconditionFailedError):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches().keys() == {"main"}


def test_a_branch_of_that_name_is_never_overwritten(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    theirs = scene.branches()["main"]
    git(scene.remote, "branch", change.branch, theirs)
    with pytest.raises(PreconditionFailedError, match="commit changed"):
        scene.hands().apply(change, key="k", observed=made.observed)
    # Also when it appears in the last moment, after everything was compared.
    with pytest.raises(PreconditionFailedError, match="stale info"):
        scene.hands().apply(change, key="k", observed=made.observed | {"commit": theirs})
    assert scene.branches()[change.branch] == theirs


def test_a_remote_that_is_gone_is_unreachable_and_nothing_was_sent(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    scene.remote.rename(scene.folder / "moved.git")
    with pytest.raises(TargetUnreachableError, match="could not be asked"):
        scene.hands().apply(change, key="k", observed=made.observed)
    with pytest.raises(TargetUnreachableError):
        scene.hands().probe(change, key="k")
    assert left_behind(scene) == []
