"""`git revert` becomes a branch for review; whatever pushes stays with people (DF-14)."""

from typing import Any

import pytest

from stanch.runbook import kinds
from stanch.runbook.bind import bind
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.model import Param, Step
from stanch.tools.operations import Effect, RevertCommit

SHA = "0123456789abcdef0123456789abcdef01234567"
COMMIT = {"sha": Param(type="commit"), "repository": Param(type="dns-label")}


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (f"git revert {SHA}", {"commit": SHA}),
        ("git revert HEAD --no-edit", {"commit": "HEAD"}),
        ("git revert --no-edit -m 1 0a1b2c3", {"commit": "0a1b2c3", "mainline": 1}),
        ("git revert --mainline=2 0a1b2c3", {"commit": "0a1b2c3", "mainline": 2}),
        (f"git -C shop revert -m1 {SHA}", {"repository": "shop", "commit": SHA, "mainline": 1}),
        (f"git --no-pager -C shop revert {SHA}", {"repository": "shop", "commit": SHA}),
    ],
)
def test_a_revert_of_one_commit_is_an_intent(command: str, fields: dict[str, Any]) -> None:
    template = command_template(command, {})
    assert template.kind == "intent.revert"
    assert template.fields == {"repository": None, **fields}
    assert kinds.effect(template, {}) is Effect.MUTATE


def test_what_an_intent_shows_as_its_command_is_the_same_intent_again() -> None:
    intent = RevertCommit(repository="shop", commit=SHA, mainline=1)
    template = command_template(intent.as_text(), {})
    assert RevertCommit.model_validate(template.fields) == intent


def test_the_commit_may_come_from_the_alert() -> None:
    template = command_template("git -C <repository> revert <sha>", COMMIT)
    step = Step(name="take-back", section="mitigation", text="", template=template, line=1)
    made = bind(step, {"sha": SHA, "repository": "shop"}, params=COMMIT)
    assert made == RevertCommit(repository="shop", commit=SHA)


@pytest.mark.parametrize(
    "command",
    [
        "git revert",
        "git revert HEAD~1",
        "git revert main",
        f"git revert {SHA} HEAD",
        f"git revert {SHA}..HEAD",
        "git revert --abort",
        "git revert --no-commit HEAD",
        "git revert -n HEAD",
        "git revert -X theirs HEAD",
        "git revert --strategy=ours HEAD",
        "git revert -m one HEAD",
        "git revert -m 0 HEAD",
        "git revert -- HEAD",
        "git revert abc",
        "git revert HEAD --no-edit && git push",
        "git revert <branch>",
    ],
)
def test_anything_else_is_refused(command: str) -> None:
    with pytest.raises(RefusedError):
        command_template(command, {"branch": Param(type="label-value")})


@pytest.mark.parametrize(
    "command",
    [
        "git push origin main",
        "git push --force",
        "git -C shop push",
        "git -C /srv/x revert HEAD",
        "ssh web-1 git revert HEAD",
        "sudo git revert HEAD",
    ],
)
def test_a_push_and_a_folder_of_a_host_are_no_revert_for_review(command: str) -> None:
    try:
        kind = command_template(command, {}).kind
    except RefusedError:
        return
    assert kind == "intent.host", "a change of a host that no strategy carries out"
