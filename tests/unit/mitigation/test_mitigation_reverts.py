"""A revert is prepared for review, or it is said why git could not make one (MIT-02, DF-14)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.tools.operations import DropBranch, PrepareRevert, ReadCommits, RevertCommit

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COMMIT, HEAD, PARENT, SIDE, TREE = (letter * 40 for letter in "abcde")


def asked(**more: Any) -> RevertCommit:
    return RevertCommit.model_validate({"repository": "shop", "commit": COMMIT, **more})


def trial(**more: Any) -> dict[str, Any]:
    """Return what the look at a revert tells of one that git could make."""
    return {
        "repository": "shop",
        "onto": "main",
        "head": HEAD,
        "commit": COMMIT,
        "parents": [PARENT],
        "subject": "Raise the limit",
        "contained": True,
        "author": "Ann <ann@example.com>",
        "tree": TREE,
        "head_tree": "f" * 40,
        "conflicts": [],
        "files": [{"path": "deploy/shop.yaml", "added": 1, "removed": 1}],
        **more,
    }


def plan(data: dict[str, Any], **more: Any) -> Plan:
    strategy = strategy_for(asked(**more))
    assert strategy is not None
    return strategy.plan(asked(**more), {"target": data}, now=NOW)


def test_the_look_tries_the_revert_and_writes_nothing() -> None:
    strategy = strategy_for(asked())
    assert strategy is not None
    look = strategy.looks(asked(mainline=1))["target"]
    assert isinstance(look, ReadCommits)
    assert look.reverting is not None
    assert (look.reverting.commit, look.reverting.mainline) == (COMMIT, 1)
    with pytest.raises(CannotPlanError, match="it names no repository"):
        strategy.looks(asked(repository=None))


def test_the_way_back_deletes_the_branch_only_with_the_commit_that_was_put_there() -> None:
    made = plan(trial())
    change = made.operation
    assert isinstance(change, PrepareRevert)
    assert made.title == f'Prepare the revert of {COMMIT[:10]} ("Raise the limit") for review'
    assert (change.head, change.tree, change.onto) == (HEAD, TREE, "main")
    assert change.seconds == int(NOW.timestamp())
    assert made.inverse == DropBranch(repository="shop", branch=change.branch, commit=change.revert)
    assert made.touches[0].endswith("with one commit: deploy/shop.yaml")
    strategy = strategy_for(asked())
    assert strategy is not None
    assert change.revert in repr(strategy.foretold(change, {}))
    assert strategy.foretold(made.inverse, {}) == {}


def test_of_many_files_the_first_ten_are_named() -> None:
    files = [{"path": f"f{at}", "added": 1, "removed": 0} for at in range(12)]
    assert plan(trial(files=files)).touches[0].endswith("f8, f9 and 2 more")


@pytest.mark.parametrize("mainline", [1, 2])
def test_a_merge_is_undone_towards_the_parent_that_is_named(mainline: int) -> None:
    change = plan(trial(parents=[PARENT, SIDE]), mainline=mainline).operation
    assert isinstance(change, PrepareRevert)
    assert f"changes made to {(PARENT, SIDE)[mainline - 1]}" in change.message


@pytest.mark.parametrize(
    ("data", "more", "why"),
    [
        ({"contained": False}, {}, "the commit aaaaaaaaaa is not in main"),
        ({"parents": [PARENT, SIDE]}, {}, "is a merge of 2 commits: write `-m 1`"),
        ({}, {"mainline": 1}, "has no parent 1 to choose: it has 1"),
        ({"parents": [PARENT, SIDE]}, {"mainline": 3}, "has no parent 3 to choose: it has 2"),
        ({"conflicts": ["a.yaml", "b.yaml"], "tree": None}, {}, "in: a.yaml, b.yaml"),
        ({"tree": "f" * 40}, {}, "nothing of aaaaaaaaaa is left in main"),
        ({"author": "nobody"}, {}, "author: String should match pattern"),
        ({"onto": "a..b"}, {}, "'a..b' is a range"),
    ],
)
def test_a_revert_that_git_would_not_make_is_told_why(
    data: dict[str, Any], more: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(trial(**data), **more)
