"""A revert is tried again before it is pushed, and is pushed only if it gives the same (MIT-02)."""

import pytest

from stanch.tools.errors import PreconditionFailedError, TargetUnreachableError
from stanch.tools.operations import PrepareRevert
from stanch.tools.operations.git import Reverting
from stanch.tools.operations.git_acts import DropBranch
from tests.contracts.git.revert_scene import FILES, SLOW, Scene, git, left_behind


def newest(scene: Scene, name: str = "HEAD") -> str:
    return git(scene.clone, "rev-parse", name)


def merged(scene: Scene) -> str:
    """Merge a commit of the side into one of main, and return the merge."""
    git(scene.clone, "checkout", "--quiet", "-b", "side")
    scene.write("limits.toml", SLOW, "On the side")
    git(scene.clone, "checkout", "--quiet", "main")
    scene.write("app.py", "print('two')\n", "On main")
    git(scene.clone, "merge", "--quiet", "--no-ff", "-m", "Both", "side")
    git(scene.clone, "push", "--quiet", "origin", "main")
    return newest(scene)


def test_the_first_commit_of_all_is_undone_to_no_files(scene: Scene) -> None:
    data = scene.hands().tried("shop", Reverting(commit="HEAD")).data
    assert data["parents"] == []
    assert data["tree"] == "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "git's empty tree"
    lines = {one["path"]: (one["added"], one["removed"]) for one in data["files"]}
    assert lines == {name: (0, text.count("\n")) for name, text in FILES.items()}


@pytest.mark.parametrize(
    ("mainline", "kept"), [(None, None), (1, "On main"), (2, "On the side"), (3, None)]
)
def test_a_merge_is_tried_only_towards_a_parent_that_it_has(
    scene: Scene, mainline: int | None, kept: str | None
) -> None:
    merge = merged(scene)
    data = scene.hands().tried("shop", Reverting(commit=merge, mainline=mainline)).data
    assert len(data["parents"]) == 2
    if kept is None:
        assert (data["tree"], data["files"], data["conflicts"]) == (None, [], [])
    else:
        parent = next(one for one in data["parents"] if kept in git(scene.clone, "show", one))
        assert data["tree"] == newest(scene, f"{parent}^{{tree}}")


def test_an_ordinary_commit_has_no_side_to_choose(scene: Scene, bad: str) -> None:
    data = scene.hands().tried("shop", Reverting(commit=bad, mainline=1)).data
    assert (data["tree"], data["files"]) == (None, [])


@pytest.mark.parametrize("wrong", ["other files", "a conflict"])
def test_a_revert_that_gives_something_else_than_was_seen_is_not_pushed(
    scene: Scene, bad: str, wrong: str
) -> None:
    change, made = scene.change(bad)
    if wrong == "other files":
        change = change.model_copy(update={"tree": newest(scene, "HEAD^{tree}")})
        said = "gives other files than the ones that were seen"
    else:
        scene.write("limits.toml", SLOW.replace("500", "900"), "Even longer")
        change = change.model_copy(update={"head": newest(scene)})
        said = "the revert conflicts in limits.toml"
    before = scene.branches()
    tried = scene.hands().preview(change, key="k")
    assert (tried.accepted, tried.before, tried.after) == (False, {}, {})
    assert said in tried.note
    with pytest.raises(PreconditionFailedError, match=said):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches() == before
    assert left_behind(scene) == []


def test_a_head_that_the_remote_never_had_is_drift(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    change = change.model_copy(update={"head": "d" * 40})
    with pytest.raises(PreconditionFailedError, match="main does not hold dddddddddd any more"):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert set(scene.branches()) == {"main"}


def test_the_preview_of_a_deletion_shows_the_branch_and_deletes_nothing(
    scene: Scene, bad: str
) -> None:
    change, made = scene.change(bad)
    assert isinstance(change, PrepareRevert)
    scene.hands().apply(change, key="k", observed=made.observed)
    before = scene.branches()
    drop = made.inverse
    assert isinstance(drop, DropBranch)
    shown = scene.hands().preview(drop, key="k:inverse")
    assert (shown.accepted, shown.tried) == (True, False)
    assert shown.before == {"branch": change.branch, "commit": before[change.branch]}
    assert shown.after == {"branch": None, "commit": None}
    assert scene.branches() == before


def test_a_repository_that_no_settings_name_is_told_with_those_that_they_do(scene: Scene) -> None:
    with pytest.raises(TargetUnreachableError, match=r"called other\. The settings name: shop"):
        scene.hands().tried("other", Reverting(commit="HEAD"))
