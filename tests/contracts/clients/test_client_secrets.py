"""A Secret is restored from another one without a value ever being seen (MIT-16, MIT-18)."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from stanch.mitigation import CannotPlanError, differences
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.secret_hands import SecretHands
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import RestoreSecret
from stanch.tools.operations.secret_restore import InspectSecrets
from stanch.tools.operations.workload import MARK
from tests.contracts.clients.client_targets import NAMESPACE
from tests.contracts.clients.conftest import Connect
from tests.contracts.clients.secret_scene import Scene, both, expected, planned, scene

__all__ = ["scene"]


@pytest.fixture
def hands(client: KubernetesClient) -> SecretHands:
    return client.secrets


def test_the_data_comes_back_and_the_backup_keeps_what_was_there(
    client: KubernetesClient, hands: SecretHands, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = planned(client, scene)
    change, _ = both(made)
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    assert scene.get()["data"] == scene.bad, "a dry run changes nothing"
    assert not scene.there(change.backup)
    assert hands.probe(change, key="k") is False
    shown = {one.path: (one.before, one.after) for one in differences(tried.before, tried.after)}
    assert shown == {
        "data.URL": (None, f"as in {scene.source}"),
        "data.PASSWORD": ("as it is", f"as in {scene.source}"),
        "data.ODD": ("as it is", None),
    }

    done = hands.apply(change, key="k", observed=made.observed)
    after, kept = scene.get(), scene.get(change.backup)
    assert after["data"] == scene.good
    assert after["metadata"]["annotations"] == {"note": "kept", MARK: "k"}
    assert (kept["data"], kept["immutable"]) == (scene.bad, True)
    assert kept["metadata"]["labels"]["stanch.dev/backup"] == "secret"
    assert kept["metadata"]["annotations"]["stanch.dev/backup-of"] == scene.corner.name
    assert done.data == {"before": tried.before, "after": tried.after}
    assert (hands.probe(change, key="k"), hands.probe(change, key="x")) == (True, False)
    read = InspectSecrets(namespace=NAMESPACE, name=scene.corner.name, from_name=change.backup)
    found = client.observe(read)
    assert not scene.shows(made, tried, done, found, change.as_text(), caplog.text)


def test_its_inverse_puts_the_backup_back(
    client: KubernetesClient, hands: SecretHands, scene: Scene
) -> None:
    made = planned(client, scene)
    change, back = both(made)
    hands.apply(change, key="k", observed=made.observed)
    now = hands.look(back)
    assert now == {**expected(made), "backup": "there"}, "nobody touched it since"
    held = hands.look(change)
    assert {name: held[name] for name in expected(made)} == expected(made), "the change holds"
    tried = hands.preview(back, key="k:inverse")
    assert tried.accepted, tried.note
    done = hands.apply(back, key="k:inverse", observed=hands.look(back))
    assert scene.get()["data"] == scene.bad
    assert hands.probe(back, key="k:inverse") is True
    assert not scene.shows(tried, done)
    with pytest.raises(PreconditionFailedError, match="as_restored"):
        hands.apply(back, key="k:inverse", observed=now)


Meddle = Callable[[Scene], object]


def _recreate(scene: Scene, name: str, data: dict[str, str]) -> None:
    scene.corner.delete(scene.corner.path("secrets", name))
    scene._secret(name, data)


MEDDLED: dict[str, tuple[Meddle, str]] = {
    "its value changed": (
        lambda one: one.merge({"data": {"SAME": one.good["URL"]}}),
        "resource_version",
    ),
    "its labels changed": (
        lambda one: one.merge({"metadata": {"labels": {"a": "b"}}}),
        "resource_version",
    ),
    "the good one changed": (
        lambda one: one.merge({"data": {"SAME": one.good["URL"]}}, one.source),
        "source",
    ),
    "the good one is gone": (
        lambda one: one.corner.delete(one.corner.path("secrets", one.source)),
        "source",
    ),
    "the good one made anew": (lambda one: _recreate(one, one.source, one.good), "source"),
    "made anew": (lambda one: _recreate(one, one.corner.name, one.bad), "uid"),
    "gone": (
        lambda one: one.corner.delete(one.corner.path("secrets", one.corner.name)),
        "missing",
    ),
}


@pytest.mark.parametrize("case", MEDDLED)
def test_what_drifted_is_left_alone_and_no_backup_is_made(
    client: KubernetesClient, hands: SecretHands, scene: Scene, case: str
) -> None:
    meddle, named = MEDDLED[case]
    made = planned(client, scene)
    change, _ = both(made)
    meddle(scene)
    then = scene.corner.admin.get(scene.corner.path("secrets", scene.corner.name)).json()
    with pytest.raises(PreconditionFailedError, match=named) as refused:
        hands.apply(change, key="k", observed=made.observed)
    assert hands.look(change) != made.observed
    tried = hands.preview(change, key="k")
    assert not tried.accepted
    now = scene.corner.admin.get(scene.corner.path("secrets", scene.corner.name)).json()
    assert now.get("data") == then.get("data")
    assert not scene.there(change.backup)
    assert not scene.shows(refused.value, tried)


@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda one, _: one.merge({"data": {"SAME": one.bad["ODD"]}}), "as_restored"),
        (
            lambda one, change: one.corner.delete(one.corner.path("secrets", change.backup)),
            "backup",
        ),
        (lambda one, _: one.merge({"metadata": {"labels": {"a": "b"}}}, one.source), "as_restored"),
    ],
    ids=["changed since", "no backup", "the good one changed"],
)
def test_what_others_did_since_is_not_undone(
    client: KubernetesClient,
    hands: SecretHands,
    scene: Scene,
    meddle: Callable[[Scene, RestoreSecret], object],
    named: str,
) -> None:
    made = planned(client, scene)
    change, back = both(made)
    hands.apply(change, key="k", observed=made.observed)
    meddle(scene, change)
    then = scene.get()["data"]
    seen = {**expected(made), "backup": "there"}
    assert hands.look(back) != seen
    with pytest.raises(PreconditionFailedError, match=named):
        hands.apply(back, key="k:inverse", observed=seen)
    with pytest.raises(PreconditionFailedError, match=f"{named}|source"):
        hands.apply(back, key="k:inverse", observed=hands.look(back))
    assert scene.get()["data"] == then


def test_a_backup_of_an_earlier_attempt_is_used_and_a_strange_secret_is_not(
    client: KubernetesClient, hands: SecretHands, scene: Scene
) -> None:
    made = planned(client, scene)
    change, _ = both(made)
    strange = scene._secret(change.backup, {"X": scene.good["URL"]})
    with pytest.raises(OperationRefusedError, match="is no backup of"):
        hands.apply(change, key="k", observed=made.observed)
    assert scene.get()["data"] == scene.bad
    scene.corner.delete(scene.corner.path("secrets", strange["metadata"]["name"]))
    body = {
        "metadata": {
            "name": change.backup,
            "labels": {"stanch.dev/backup": "secret"},
            "annotations": {"stanch.dev/backup-of-uid": change.uid},
        },
        "immutable": True,
        "data": scene.bad,
    }
    scene.corner.create("secrets", body)
    hands.apply(change, key="k2", observed=made.observed)
    assert scene.get()["data"] == scene.good


def test_the_planner_leaves_alone_what_it_cannot_restore(
    client: KubernetesClient, scene: Scene
) -> None:
    scene.merge({"data": {**scene.good, "ODD": None}})
    with pytest.raises(CannotPlanError, match=r"holds what .* holds already"):
        planned(client, scene)
    scene.merge({"data": {"ODD": scene.good["URL"]}, "immutable": True})
    with pytest.raises(CannotPlanError, match="immutable"):
        planned(client, scene)


def test_without_the_right_the_refusal_names_it(
    client: KubernetesClient, connect: Connect, scene: Scene, target_contexts: Path
) -> None:
    made = planned(client, scene)
    change, _ = both(made)
    reader = connect(kubeconfig=target_contexts, context="reader", act_context="reader")
    tried = reader.secrets.preview(change, key="k")
    assert not tried.accepted
    assert "Grant 'get' on secrets in namespace shop" in tried.note
    read = InspectSecrets(namespace=NAMESPACE, name=scene.corner.name, from_name=scene.source)
    with pytest.raises(OperationRefusedError, match="Grant 'get' on secrets"):
        reader.observe(read)
    # Who reads needs no right to Secrets: it is who acts that looks at the names of keys.
    acts = connect(kubeconfig=target_contexts, context="reader", act_context="admin")
    assert acts.observe(read).data["keys"]["added"] == ["URL"]
    assert acts.secrets.look(change) == made.observed
