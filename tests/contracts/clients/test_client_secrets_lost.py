"""A Secret is copied once, whatever becomes of the answer, and never unsaved (MIT-18)."""

from pathlib import Path

import pytest

from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import (
    OutcomeUnknownError,
    PreconditionFailedError,
    TargetUnreachableError,
)
from stanch.tools.outcome import Limits
from tests.contracts.clients.client_front import Front, Misdeed, Seen
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.secret_scene import Scene, both, fronted_admin, planned, scene

__all__ = ["fronted_admin", "scene"]


def test_a_secret_that_moves_under_the_copy_is_left_alone(
    connect: Connect, client: KubernetesClient, scene: Scene, fronted_admin: tuple[Front, Path]
) -> None:
    front, config = fronted_admin
    made = planned(client, scene)
    change, _ = both(made)

    def move(seen: Seen) -> None:
        if seen.method == "PATCH":
            scene.merge({"data": {"SAME": scene.good["URL"]}})

    front.rule = move
    hands = connect(kubeconfig=config, context="direct", act_context="front").secrets
    with pytest.raises(PreconditionFailedError, match="moved meanwhile"):
        hands.apply(change, key="k", observed=made.observed)
    assert scene.get()["data"] == {**scene.bad, "SAME": scene.good["URL"]}
    assert len(front.patches) == 1


@pytest.mark.parametrize(("misdeed", "ran"), [("cut before", False), ("cut after", True)])
def test_a_copy_whose_answer_is_lost_is_sent_once_and_probing_tells(
    connect: Connect,
    client: KubernetesClient,
    scene: Scene,
    fronted_admin: tuple[Front, Path],
    *,
    misdeed: Misdeed,
    ran: bool,
) -> None:
    front, config = fronted_admin
    made = planned(client, scene)
    change, _ = both(made)
    front.rule = lambda seen: misdeed if seen.method == "PATCH" else None
    limits = Limits(seconds=5)
    hands = connect(kubeconfig=config, act_context="front", limits=limits).secrets
    with pytest.raises(OutcomeUnknownError) as lost:
        hands.apply(change, key="k", observed=made.observed)
    assert len(front.patches) == 1
    assert client.secrets.probe(change, key="k") is ran
    assert scene.get()["data"] == (scene.good if ran else scene.bad)
    assert scene.there(change.backup), "the backup came first"
    assert not scene.shows(lost.value)


@pytest.mark.parametrize("misdeed", ["cut before", "cut after"])
def test_without_a_certain_backup_nothing_is_copied(
    connect: Connect,
    client: KubernetesClient,
    scene: Scene,
    fronted_admin: tuple[Front, Path],
    misdeed: Misdeed,
) -> None:
    front, config = fronted_admin
    made = planned(client, scene)
    change, _ = both(made)
    front.rule = lambda seen: misdeed if seen.method == "POST" else None
    limits = Limits(seconds=5)
    hands = connect(kubeconfig=config, act_context="front", limits=limits).secrets
    with pytest.raises(TargetUnreachableError, match="was not changed") as lost:
        hands.apply(change, key="k", observed=made.observed)
    assert scene.get()["data"] == scene.bad
    assert not front.patches
    assert not scene.shows(lost.value)
    client.secrets.apply(change, key="k", observed=made.observed)
    assert scene.get()["data"] == scene.good
