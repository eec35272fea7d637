"""`git -C NAME log` asks a repository of the settings; every other git asks a host."""

from typing import Any

import pytest

from stanch.runbook import kinds
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import Param, ParamRef
from stanch.tools.operations import Effect
from stanch.tools.operations.git import ReadCommits


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("git -C shop log", {"most": 500}),
        ("git -C shop log -20", {"most": 20}),
        ("git -C shop log --oneline -n 5", {"most": 5}),
        ("git --no-pager -C shop log --max-count=7", {"most": 7}),
        ("git -C shop --no-pager log -n7", {"most": 7}),
        ('git -C shop log --since="2 hours ago"', {"most": 500, "since_seconds": 7200}),
        ("git -C shop log -3 --after=1.day.ago", {"most": 3, "since_seconds": 86_400}),
        ("git -C shop log --since=2.weeks", {"most": 500, "since_seconds": 1_209_600}),
    ],
)
def test_the_log_of_a_named_repository_is_a_typed_read(
    command: str, fields: dict[str, Any]
) -> None:
    template = command_template(command, {})
    assert template.kind == "git.commits"
    assert template.fields == {"repository": "shop", **fields}
    assert kinds.effect(template, {}) is Effect.OBSERVE


def test_what_the_read_shows_as_its_command_is_the_same_read_again() -> None:
    read = ReadCommits(repository="shop", most=9, since_seconds=90)
    template = command_template(read.as_text(), {})
    assert ReadCommits.model_validate(template.fields) == read


@pytest.mark.parametrize(
    "command",
    [
        "git log --oneline -3",
        "git -C /srv/x log -n 3",
        "git -C srv/x log",
        "git -C shop status",
        "git -C shop show HEAD",
        "ssh web-1 git -C shop log -3",
        "sudo git -C shop log -3",
        "sudo -u deploy time git -C shop log -3",
    ],
)
def test_a_folder_of_a_host_is_still_asked_of_the_host(command: str) -> None:
    assert command_template(command, {}).kind == "host.read"


@pytest.mark.parametrize(
    "command",
    [
        "git -C .. log",
        "git -C -x log",
        "git -C shop log main",
        "git -C shop log v1..v2",
        "git -C shop log -- src",
        "git -C shop log --stat",
        "git -C shop log --output=/etc/passwd",
        "git -C shop log --since=yesterday",
        "git -C shop log --since=1.hour.ago --after=1.day.ago",
        "git -C shop log --since=1.hour.ago --since=1.day.ago",
        "git -C shop log -n many",
        "git -C shop log -501",
        "git -C shop log -3 -n 4",
        "git -C shop log -0",
    ],
)
def test_more_than_the_newest_commits_is_refused(command: str) -> None:
    with pytest.raises(RefusedError) as refused:
        command_template(command, {})
    assert str(refused.value)


@pytest.mark.parametrize("command", ["git -C shop push", "git -C shop -c core.pager=id log"])
def test_a_named_repository_makes_no_read_of_anything_else(command: str) -> None:
    try:
        template = command_template(command, {})
    except RefusedError:
        return
    assert kinds.effect(template, {}) > Effect.OBSERVE


def test_the_repository_and_the_count_may_be_parameters_but_a_path_is_of_a_host() -> None:
    params = {
        "repository": Param(type="dns-label"),
        "count": Param(type="integer", least=1, most=50),
        "folder": Param(type="path", under="/srv"),
    }
    template = command_template("git -C <repository> log -n <count>", params)
    assert template.kind == "git.commits"
    assert template.fields == {
        "repository": ParamRef(param="repository"),
        "most": ParamRef(param="count"),
    }
    assert command_template("git -C <folder> log -n 3", params).kind == "host.read"
