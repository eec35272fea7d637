"""Reverts on remotes that fail, and in clones that set traps (MIT-02, DF-14)."""

from pathlib import Path

import pytest

from stanch.mitigation import differences
from stanch.mitigation.reverts import Reverts as Planned
from stanch.tools.errors import (
    OperationRefusedError,
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
    ToolError,
)
from stanch.tools.operations import PrepareRevert, ReadCommits
from stanch.tools.operations.git import Reverting
from tests.contracts.git.revert_scene import Scene, git, left_behind
from tests.contracts.git.web_remote import web_remote


def _server_hook(scene: Scene, text: str) -> Path:
    hook = scene.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    hook.chmod(0o755)
    return hook


def test_a_remote_that_dies_in_the_middle_leaves_a_doubt_that_a_look_settles(
    scene: Scene, bad: str
) -> None:
    change, made = scene.change(bad)
    hook = _server_hook(scene, "kill -9 $PPID")
    with pytest.raises(OutcomeUnknownError, match="broke off"):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.hands().probe(change, key="k") is False
    hook.unlink()
    scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.hands().probe(change, key="k") is True
    assert left_behind(scene) == []


def test_what_a_hook_of_the_remote_complains_of_is_not_taken_for_a_refused_login(
    scene: Scene, bad: str
) -> None:
    change, made = scene.change(bad)
    hook = _server_hook(scene, "echo 'mail: Permission denied' >&2; sleep 0.5; kill -9 $PPID")
    hook.rename(hook.with_name("post-receive"))
    with pytest.raises(OutcomeUnknownError, match="broke off"):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.hands().probe(change, key="k") is True


def test_a_push_that_takes_too_long_is_a_doubt_and_not_a_failure(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    _server_hook(scene, "sleep 60")
    with pytest.raises(OutcomeUnknownError, match="no answer in time"):
        scene.hands(seconds=2.5).apply(change, key="k", observed=made.observed)
    assert scene.hands().probe(change, key="k") is False


def test_what_the_remote_refuses_is_told_in_its_words(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    _server_hook(scene, "echo no new branches on a Friday >&2; exit 1")
    with pytest.raises(OperationRefusedError, match="pre-receive hook declined"):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.hands().probe(change, key="k") is False


def test_nothing_that_the_clone_or_the_user_configures_is_run(
    scene: Scene, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap, sprung = scene.folder / "trap", scene.folder / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 >> {sprung}\ncat\n", encoding="utf-8")
    trap.chmod(0o755)
    for name in (
        *("core.fsmonitor", "gpg.program", "core.sshCommand", "core.editor", "core.askPass"),
        *("credential.helper", "filter.lock.smudge", "merge.own.driver", "diff.external"),
        *("remote.origin.uploadpack", "remote.origin.receivepack", "sequence.editor"),
    ):
        git(scene.clone, "config", name, str(trap))
    git(scene.clone, "config", "commit.gpgSign", "true")
    for name in ("pre-push", "pre-commit", "post-checkout", "commit-msg", "reference-transaction"):
        (scene.clone / ".git" / "hooks").mkdir(exist_ok=True)
        (scene.clone / ".git" / "hooks" / name).symlink_to(trap)
    home = scene.folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f"[core]\n\thooksPath = {home}\n", encoding="utf-8")
    (home / "pre-push").symlink_to(trap)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_ASKPASS", str(trap))
    monkeypatch.setenv("GIT_SSH_COMMAND", str(trap))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    change, made = scene.change(bad)
    scene.hands().preview(change, key="k")
    scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches()[change.branch] == change.revert
    assert not sprung.exists()


def test_the_users_clone_is_not_touched_even_while_they_work_in_it(scene: Scene, bad: str) -> None:
    (scene.clone / "app.py").write_text("print('half done')\n", encoding="utf-8")
    git(scene.clone, "checkout", "--quiet", "-b", "mine")

    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in scene.clone.rglob("*") if path.is_file())
        return {str(one): (one.stat().st_mtime_ns, one.stat().st_size) for one in files}

    before = state()
    change, made = scene.change(bad)
    scene.hands().apply(change, key="k", observed=made.observed)
    assert state() == before
    assert left_behind(scene) == []


def test_a_shallow_clone_and_one_that_is_behind_give_the_same_commit(
    scene: Scene, bad: str
) -> None:
    change, _ = scene.change(bad)
    git(scene.folder, "clone", "--quiet", "--depth=1", f"file://{scene.remote}", "shallow")
    git(scene.folder, "clone", "--quiet", str(scene.remote), "old")
    git(scene.folder / "old", "reset", "--quiet", "--hard", "HEAD~2")
    for name in ("shallow", "old"):
        scene.settings = {"path": scene.folder / name}
        assert scene.change(bad)[0] == change


def test_an_abbreviated_commit_and_head_become_whole_ids(scene: Scene, bad: str) -> None:
    assert scene.change(bad[:8])[0].commit == bad
    head = scene.branches()["main"]
    assert scene.change("HEAD")[0].commit == head
    with pytest.raises(OperationRefusedError, match="no one commit"):
        scene.plan("0" * 40)


def test_files_that_come_and_go_and_are_no_text_are_shown(scene: Scene) -> None:
    (scene.clone / "blob").write_bytes(bytes(range(256)))
    (scene.clone / "empty").touch()
    (scene.clone / "app.py").unlink()
    made = scene.write("new ünïcode.txt", "--- a/tricky\n+++ b/tricky\nlast", "Everything")
    tried = scene.hands().preview(scene.change(made)[0], key="k")
    shown = {one.path: (one.before, one.after) for one in differences(tried.before, tried.after)}
    assert shown == {
        "new ünïcode.txt:1": ("--- a/tricky\n+++ b/tricky\nlast", ""),
        "app.py:0": ("", "print('one')"),
        "blob": ("as it is now", "as before the commit"),
        "empty": ("as it is now", "as before the commit"),
    }


def test_a_repository_that_is_not_set_up_says_what_is_missing(scene: Scene, bad: str) -> None:
    look = ReadCommits(repository="shop", reverting=Reverting(commit=bad))
    with pytest.raises(TargetUnreachableError, match=r"set 'remote' under .repositories.shop"):
        scene.client(remote=None).observe(look)
    with pytest.raises(TargetUnreachableError, match="not reached by https, ssh or a folder"):
        scene.client(remote="ext::sh -c id".replace(" ", "%20")).observe(look)
    with pytest.raises(TargetUnreachableError, match="Correct its path"):
        scene.client(path=scene.folder / "nowhere").observe(look)
    scene.settings = {"branch": None}
    assert scene.change(bad)[0].onto == "main", "the branch that the remote's HEAD names"


def test_a_client_that_was_closed_starts_nothing(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    client = scene.client()
    client.close()
    with pytest.raises(ToolError):
        client.reverts.apply(change, key="k", observed=made.observed)
    assert scene.branches().keys() == {"main"}


def test_the_change_names_the_one_commit_that_it_makes() -> None:
    change = PrepareRevert(
        repository="shop",
        commit="a" * 64,
        parents=("b" * 64,),
        onto="main",
        head="c" * 64,
        tree="d" * 64,
        about="x",
        author="stanch <stanch@localhost>",
        seconds=1,
    )
    assert len(change.revert) == 64, "as a repository of SHA-256 names it"
    assert change.revert != change.model_copy(update={"seconds": 2}).revert
    assert change.branch != change.model_copy(update={"seconds": 2}).branch


def test_a_remote_over_http_gets_the_token_and_nobody_else_does(scene: Scene, bad: str) -> None:
    git(scene.remote, "config", "http.receivepack", "true")
    with web_remote(scene.folder, "x-access-token", "remote-token") as url:
        scene.settings = {"remote": f"{url}/remote.git", "token": "remote-token"}
        change, made = scene.change(bad)
        scene.hands().apply(change, key="k", observed=made.observed)
        assert scene.branches()[change.branch] == change.revert
        assert scene.hands().probe(change, key="k") is True
        assert made.inverse is not None
        scene.hands().apply(made.inverse, key="k", observed=Planned().foretold(change, {}))  # type: ignore[arg-type]
        assert scene.branches().keys() == {"main"}
        for token in ("wrong-token", None):
            scene.settings["token"] = token
            with pytest.raises(TargetUnreachableError) as caught:
                scene.hands().apply(change, key="k", observed=made.observed)
            assert "token" not in str(caught.value).replace("x-access-token", "")
        git(scene.remote, "config", "http.receivepack", "false")
        scene.settings["token"] = "remote-token"
        with pytest.raises(OperationRefusedError, match="refused the login to push"):
            scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches().keys() == {"main"}


def test_two_processes_that_push_the_same_revert_leave_one_branch(scene: Scene, bad: str) -> None:
    change, made = scene.change(bad)
    scene.hands().apply(change, key="k", observed=made.observed)
    with pytest.raises(PreconditionFailedError, match="commit changed"):
        scene.hands().apply(change, key="k", observed=made.observed)
    assert scene.branches()[change.branch] == change.revert
