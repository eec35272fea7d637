"""A revert is prepared, reviewed by people, and the incident waits for it (MIT-02, DF-14)."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stanch.clock import Clock
from stanch.executor.record import ChangeRecord
from stanch.store import Store
from stanch.tools.operations import PrepareRevert
from tests.contracts.git.revert_scene import FILES, Scene, git
from tests.journeys.by_hand_scene import ByHand, Pair, pair
from tests.journeys.command import ME, Stanch
from tests.services.practice_forge import TOKEN, Forge, forge

RUNBOOK = """\
---
title: A commit made the limits wrong
owner: platform
alerts:
  - {{alertname: LimitsWrong}}
params:
  commit: {{type: commit, from: labels.commit}}
signs:
  limits-are-wrong:
    about: The service does not take the new limits.
    needs: [limits]
    needed: true
    cel: "steps['limits'].json.writable == false"
  limits-are-right:
    about: The service takes its limits.
    needs: [limits]
    cel: "steps['limits'].json.writable == true"
hypotheses:
  commit:
    claim: The commit <commit> made the limits wrong.
    for: [limits-are-wrong]
    against: [limits-are-right]
    mitigations: [take-back]
---
# A commit made the limits wrong

## Diagnosis

```sh {{name=limits}}
curl -s http://127.0.0.1:{port}/primary
```

```sh {{name=again}}
curl -s http://127.0.0.1:{port}/writes
```

```sh {{name=commits}}
git -C shop log -n 5
```

## Mitigation

Prepare the revert of the commit, for review.

```sh {{name=take-back verify=signs-cleared undo=restore soak=1s deadline={deadline}s}}
git -C shop revert --no-edit <commit>
```
"""
POLICY = """\
version: 1
environments:
  - name: code
    where:
      repositories: [shop]
    allow:
      - kinds: [git.prepare_revert]
    approval:
      approvers: [{people}]
reads:
  http: [{{host: "127.0.0.1"}}]
  repositories: [shop]
"""
SETTINGS = """\
[repositories.shop]
path = "{clone}"
branch = "main"
remote = "{remote}"

[repositories.shop.pulls]
kind = "github"
url = "{url}"
project = "acme/shop"
token_env = "FORGE_TOKEN"
"""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    (tmp_path / "code").mkdir()
    here = Scene(tmp_path / "code")
    here.begin()
    return here


@pytest.fixture
def server() -> Iterator[Pair]:
    with pair() as here:
        yield here


@pytest.fixture
def github(scene: Scene) -> Iterator[Forge]:
    with forge(scene.remote) as here:
        yield here


def begin(folder: Path, scene: Scene, server: Pair, github: Forge, *, deadline: int) -> ByHand:
    books, home = folder / "runbooks", folder / "home"
    books.mkdir()
    home.mkdir()
    text = RUNBOOK.format(port=server.port, deadline=deadline)
    (books / "limits-wrong.md").write_text(text, encoding="utf-8")
    (home / "policy.yaml").write_text(POLICY.format(people=ME), encoding="utf-8")
    settings = SETTINGS.format(clone=scene.clone, remote=scene.remote, url=github.url)
    (home / "stanch.toml").write_text(settings, encoding="utf-8")
    return ByHand(Stanch(home, {"STANCH_RUNBOOKS": str(books), "FORGE_TOKEN": TOKEN}), server)


def opened(here: ByHand, commit: str, *, code: int = 0) -> str:
    return here.stanch.said(
        *("open", "The limits are wrong", "--label", "alertname=LimitsWrong"),
        *("--label", f"commit={commit}", "--no-wait"),
        code=code,
    )


def test_a_revert_is_shown_approved_pushed_reviewed_and_verified(
    tmp_path: Path, scene: Scene, server: Pair, github: Forge
) -> None:
    bad = scene.write("limits.toml", FILES["limits.toml"].replace("5", "500"), "Wait longer")
    here = begin(tmp_path, scene, server, github, deadline=60)
    said = opened(here, bad[:12])
    assert f'Prepare the revert of {bad[:10]} ("Wait longer") for review' in said
    assert "-  seconds = 500" in said
    assert "+  seconds = 5" in said
    assert scene.branches().keys() == {"main"}, "nothing is pushed before the approval"

    people = threading.Timer(3.0, server.promote)
    people.start()
    said = here.stanch.said("approve", "A-1", "--yes")
    people.join()
    assert "INC-1 is closed" in said
    (branch,) = scene.branches().keys() - {"main"}
    assert branch.startswith("stanch/revert-")
    assert scene.branches()["main"] == bad, "people merge, and nobody else"
    assert [(method, path) for method, path, _ in github.asked] == [
        ("POST", "/repos/acme/shop/pulls")
    ]
    assert github.asked[0][2]["draft"] is True
    assert f"a draft was opened: {github.url}/acme/shop/1" in said.replace("\n           ", " ")
    told = here.stanch.said("postmortem", "INC-1")
    assert bad[:10] in told
    journal = "".join(str(event.data) for event in here.events())
    assert TOKEN not in journal + told + said


def test_a_revert_that_nobody_merged_in_time_is_taken_back(
    tmp_path: Path, scene: Scene, server: Pair, github: Forge
) -> None:
    bad = scene.write("limits.toml", FILES["limits.toml"].replace("5", "500"), "Wait longer")
    here = begin(tmp_path, scene, server, github, deadline=4)
    opened(here, bad)
    here.stanch.said("approve", "A-1", "--yes", code=4)
    assert scene.branches() == {"main": bad}
    undone = [one.data for one in here.events() if one.type == "mitigation.finished"]
    assert [one["result"] for one in undone] == ["done", "done"]


def test_a_branch_that_moves_before_the_approval_asks_anew(
    tmp_path: Path, scene: Scene, server: Pair, github: Forge
) -> None:
    bad = scene.write("limits.toml", FILES["limits.toml"].replace("5", "500"), "Wait longer")
    here = begin(tmp_path, scene, server, github, deadline=4)
    opened(here, bad)
    scene.write("app.py", "print('hotfix')\n", "A hotfix")
    here.stanch.run("approve", "A-1", "--yes", code=1)
    void = next(one for one in here.events() if one.type == "approval.superseded")
    assert "head changed" in void.data["reason"]
    assert scene.branches().keys() == {"main"}
    assert github.asked == []


def test_a_conflict_is_handed_to_people_with_its_files(
    tmp_path: Path, scene: Scene, server: Pair, github: Forge
) -> None:
    bad = scene.write("limits.toml", FILES["limits.toml"].replace("5", "500"), "Wait longer")
    scene.write("limits.toml", FILES["limits.toml"].replace("5", "900"), "Even longer")
    here = begin(tmp_path, scene, server, github, deadline=4)
    said = opened(here, bad, code=4)
    assert "conflicts with what came after it, in: limits.toml" in " ".join(said.split())
    assert git(scene.clone, "status", "--porcelain") == ""


@pytest.mark.parametrize("pushed", [True, False], ids=["after the push", "before the push"])
def test_a_process_that_is_killed_pushes_once_and_the_target_tells(
    tmp_path: Path, scene: Scene, server: Pair, github: Forge, pushed: bool
) -> None:
    bad = scene.write("limits.toml", FILES["limits.toml"].replace("5", "500"), "Wait longer")
    here = begin(tmp_path, scene, server, github, deadline=30)
    opened(here, bad)
    here.stanch.said("approve", "A-1", "--yes", "--no-run")
    with closing(Store(here.stanch.home)) as store:
        proposal = store.records.proposal("P-1")
        record = ChangeRecord(store, Clock())
        approval = store.approvals.get("A-1")
        record.begin(proposal, proposal.key, proposal.operation, approval=approval)
    change = proposal.operation
    assert isinstance(change, PrepareRevert)
    if pushed:
        scene.hands().apply(change, key=proposal.key, observed=proposal.observed)
    server.promote()
    assert "INC-1 is closed" in here.stanch.said("resume", "INC-1")
    assert scene.branches() == {"main": bad, change.branch: change.revert}
    found = [one.data["found"] for one in here.events() if one.type == "mitigation.probed"]
    assert found == [pushed]
    assert len(github.asked) == (0 if pushed else 1)
    assert here.kinds().count("mitigation.started") == 1
