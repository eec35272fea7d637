"""Recent commits are read from real repositories, and nothing that they hold is ever run."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from stanch.settings.targets import GitSettings, Targets
from stanch.tools.clients.git import GitClient
from stanch.tools.clients.patience import NoAnswerError
from stanch.tools.errors import OperationRefusedError, TargetUnreachableError
from stanch.tools.operations import Effect, ReadCommits
from stanch.tools.outcome import Limits, Outcome
from tests.time_bounds import below

SHOP = ReadCommits(repository="shop")


def git(folder: Path, *words: str, at: int = 0) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    when = {"GIT_AUTHOR_DATE": f"@{at} +0200", "GIT_COMMITTER_DATE": f"@{at} +0200"}
    clean = {"GIT_CONFIG_GLOBAL": "/dev/null", "PATH": os.defpath, "HOME": str(folder)}
    done = subprocess.run(
        ("git", *identity, *words), cwd=folder, env={**clean, **when}, check=True, stdout=-1
    )
    return done.stdout.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for at in range(1, 6):
        git(folder, "commit", "--quiet", "--allow-empty", "-m", f"change {at}\n\nmore", at=at * 100)
    return folder


def client(path: Path, *, branch: str | None = None, limits: Limits | None = None) -> GitClient:
    settings = GitSettings(path=path, branch=branch)
    return GitClient(targets=Targets(repositories={"shop": settings}), limits=limits or Limits())


def subjects(outcome: Outcome) -> list[str]:
    return [one["subject"] for one in outcome.data["commits"]]


def test_the_newest_commits_come_first_with_their_times_in_utc(repository: Path) -> None:
    found = client(repository).observe(SHOP)
    assert subjects(found) == [f"change {at}" for at in (5, 4, 3, 2, 1)]
    newest = found.data["commits"][0]
    assert newest["commit"] == git(repository, "rev-parse", "HEAD").strip()
    assert (newest["at"], newest["parents"]) == ("1970-01-01T00:08:20Z", 1)
    assert set(newest) == {"commit", "at", "subject", "parents"}, "nobody is named"
    assert SHOP.effect is Effect.OBSERVE


def test_as_many_as_asked_for_and_no_older(repository: Path) -> None:
    few = ReadCommits(repository="shop", most=2)
    assert subjects(client(repository).observe(few)) == ["change 5", "change 4"]
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "now", at=int(time.time()))
    recent = ReadCommits(repository="shop", since_seconds=3600)
    assert subjects(client(repository).observe(recent)) == ["now"]


def test_a_bare_mirror_and_another_branch_are_read(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "hotfix")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "on the side", at=900)
    git(repository, "checkout", "--quiet", "main")
    git(tmp_path, "clone", "--quiet", "--mirror", str(repository), "mirror.git")
    mirror = tmp_path / "mirror.git"
    assert subjects(client(mirror).observe(SHOP))[0] == "change 5"
    side = client(mirror, branch="hotfix").observe(SHOP)
    assert subjects(side)[0] == "on the side"
    assert side.data["branch"] == "hotfix"


def test_a_merge_says_that_it_is_one(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "side", "HEAD~2")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "side", at=700)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "-m", "both", "side", at=800)
    newest = client(repository).observe(SHOP).data["commits"][0]
    assert (newest["subject"], newest["parents"]) == ("both", 2)


def test_nothing_that_a_repository_configures_is_run(repository: Path, tmp_path: Path) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 >> {sprung}\n", encoding="utf-8")
    trap.chmod(0o755)
    for name in (
        *("core.fsmonitor", "gpg.program", "core.pager", "pager.log", "core.sshCommand"),
        *("diff.external", "core.editor", "credential.helper", "alias.log"),
    ):
        git(repository, "config", name, str(trap))
    git(repository, "config", "log.showSignature", "true")
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction"):
        (hooks / name).symlink_to(trap)
    assert len(subjects(client(repository).observe(SHOP))) == 5
    assert not sprung.exists()


def test_reading_leaves_every_file_as_it_was(repository: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in repository.rglob("*") if path.is_file())
        return {str(one): (one.stat().st_mtime_ns, one.stat().st_size) for one in files}

    before = state()
    client(repository).observe(SHOP)
    assert state() == before


def test_a_subject_that_looks_like_a_field_or_an_option_is_only_text(repository: Path) -> None:
    words = "--output=/tmp/x %H $(id) \x1b[31m ünïcode"
    git(repository, "commit", "--quiet", "--allow-empty", "-m", words, at=900)
    assert subjects(client(repository).observe(SHOP))[0] == words


def test_what_is_wrong_is_said_with_what_to_do(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(TargetUnreachableError, match=r"name: shop .tables \[repositories"):
        client(repository).observe(ReadCommits(repository="other"))
    with pytest.raises(TargetUnreachableError, match="Correct its path"):
        client(tmp_path / "nowhere").observe(SHOP)
    with pytest.raises(OperationRefusedError, match="not a git repository"):
        client(tmp_path).observe(SHOP)
    with pytest.raises(OperationRefusedError, match="does the branch exist"):
        client(repository, branch="absent").observe(SHOP)
    with pytest.raises(OperationRefusedError, match="git refused"):
        client(repository, branch="--output=/tmp/x").observe(SHOP)


def test_a_repository_without_a_commit_is_refused_in_gits_words(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(OperationRefusedError, match="git refused"):
        client(tmp_path).observe(SHOP)


def test_commits_over_the_cap_are_left_out_and_said_to_be(repository: Path) -> None:
    found = client(repository, limits=Limits(bytes=300)).observe(SHOP)
    assert found.truncated
    assert 0 < len(found.data["commits"]) < 5
    assert subjects(found)[0] == "change 5"


@pytest.fixture
def stuck(repository: Path) -> Path:
    """Return a repository in which git waits for ever for the name of its branch."""
    head = repository / ".git" / "HEAD"
    head.unlink()
    os.mkfifo(head)
    return repository


def test_the_deadline_ends_what_hangs(stuck: Path) -> None:
    began = time.monotonic()
    with pytest.raises((NoAnswerError, OperationRefusedError)):
        client(stuck, limits=Limits(seconds=0.5)).observe(SHOP)
    below(time.monotonic() - began, 2)


def test_closing_ends_what_runs_and_nothing_is_started_afterwards(stuck: Path) -> None:
    reader = client(stuck)
    errors: list[Exception] = []

    def read() -> None:
        try:
            reader.observe(SHOP)
        except TargetUnreachableError as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join(0.3)
    began = time.monotonic()
    reader.close()
    thread.join(20)
    assert not thread.is_alive()
    below(time.monotonic() - began, 5)
    assert len(errors) == 1
    with pytest.raises(TargetUnreachableError):
        reader.observe(SHOP)


def test_many_threads_read_side_by_side(repository: Path) -> None:
    reader = client(repository)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(subjects(reader.observe(SHOP)))))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 10


def test_an_object_that_is_missing_is_fetched_from_nowhere_whatever_the_repository_allows(
    repository: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    program.chmod(0o755)
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{program}",
        "protocol.ext.allow": "always",
    }.items():
        git(repository, "config", name, value)
    missing = git(repository, "rev-parse", "HEAD~1").strip()
    (repository / ".git/objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises((OperationRefusedError, TargetUnreachableError)):
        client(repository).observe(SHOP)
    assert not marker.exists()
