"""Stateful sets and daemon sets go back to a pinned revision, restart, scale (MIT-01, MIT-05).

DF-15: a revision's number moves when a set goes back to it, so nothing is chosen by number.
"""

from collections.abc import Callable, Iterator

import pytest

from stanch.mitigation import CannotPlanError
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import PatchObject, RestartSet, RollBackSet, ScaleSet, SetChange
from stanch.tools.operations.controller_revisions import data_digest
from stanch.tools.operations.kubernetes_intents import SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.workload import MARK
from tests.contracts.clients.client_sets import APPS, Rolling, foretold, planned
from tests.contracts.clients.client_targets import NAMESPACE, Corner

Meddle = Callable[[Rolling], object]

NOTED = {"spec": {"template": {"metadata": {"annotations": {"note": "meanwhile"}}}}}


@pytest.fixture(params=["statefulsets", "daemonsets"])
def rolling(request: pytest.FixtureRequest, corner: Corner) -> Iterator[Rolling]:
    found = Rolling(corner, request.param)
    yield found
    found.remove()


@pytest.fixture
def stateful(corner: Corner) -> Iterator[Rolling]:
    found = Rolling(corner, "statefulsets")
    yield found
    found.remove()


def released(rolling: Rolling, bad: str = "v2") -> None:
    rolling.make()
    rolling.release(bad)
    rolling.corner.until(rolling.revisions, lambda found: len(found) == 2)


def test_a_set_goes_back_to_the_revision_that_serves_and_again_to_where_it_was(
    client: KubernetesClient, rolling: Rolling
) -> None:
    released(rolling)
    rolling.settled()
    first, second = rolling.revisions()
    intent = rolling.asks("undo")
    made = planned(client, intent)
    change = made.operation
    assert isinstance(change, RollBackSet)
    assert (change.controller_revision_uid, change.data_digest) == (
        first["metadata"]["uid"],
        data_digest(first),
    )
    assert client.look(change) == made.observed
    before = rolling.get()
    tried = client.preview(change, key="k")
    assert tried.accepted, tried.note
    assert rolling.get()["spec"] == before["spec"]
    assert client.probe(change, key="k") is False

    client.apply(change, key="k", observed=made.observed)
    after = rolling.settled()
    assert after["spec"] == tried.after["spec"]
    assert after["metadata"]["annotations"][MARK] == "k"
    assert client.probe(change, key="k") is True
    assert set(rolling.images()) == {"v1"}
    numbers = {one["metadata"]["uid"]: one["revision"] for one in rolling.revisions()}
    assert numbers == {second["metadata"]["uid"]: 2, first["metadata"]["uid"]: 3}

    inverse, expected = made.inverse, foretold(intent, made, tried.after)
    assert isinstance(inverse, RollBackSet)
    now = client.look(inverse)
    assert {name: now[name] for name in expected} == expected
    client.apply(inverse, key="k:inverse", observed=now)
    assert rolling.settled()["spec"] == before["spec"]
    assert set(rolling.images()) == {"v2"}


def test_undoing_twice_by_plan_never_brings_the_bad_revision_back(
    client: KubernetesClient, rolling: Rolling
) -> None:
    released(rolling, "v2-notready")
    rolling.corner.until(rolling.images, lambda found: "v2-notready" in found)
    intent = rolling.asks("undo")
    made = planned(client, intent)
    client.apply(made.operation, key="k", observed=made.observed)  # type: ignore[arg-type]
    again = planned(client, intent)
    assert isinstance(again.operation, RollBackSet)
    with pytest.raises(OperationRefusedError, match="already"):
        client.apply(made.operation, key="k2", observed=client.look(made.operation))  # type: ignore[arg-type]


def test_a_stuck_stateful_set_needs_a_person_and_the_plan_says_which_pod(
    client: KubernetesClient, stateful: Rolling
) -> None:
    released(stateful, "v2-notready")
    stateful.corner.until(stateful.images, lambda found: found == ["v1", "v2-notready"])
    made = planned(client, stateful.asks("undo"))
    name = f"{stateful.corner.name}-1"
    [risk] = [text for text in made.touches if text.startswith("RISK")]
    assert f"kubectl delete pod {name} -n shop" in risk
    assert isinstance(made.operation, RollBackSet)
    client.apply(made.operation, key="k", observed=made.observed)
    stateful.corner.until(
        stateful.get,
        lambda found: found["status"]["observedGeneration"] == found["metadata"]["generation"],
    )
    assert stateful.images() == ["v1", "v2-notready"]
    stateful.corner.delete(stateful.corner.path("pods", name))
    stateful.settled()
    assert stateful.images() == ["v1", "v1"]


def test_a_set_is_restarted_with_the_same_template(
    client: KubernetesClient, rolling: Rolling
) -> None:
    rolling.make()
    before = {pod["metadata"]["uid"] for pod in rolling.corner.list("pods")}
    made = planned(client, rolling.asks("restart"))
    assert isinstance(made.operation, RestartSet)
    assert made.inverse is None
    assert "no way back" in made.inverse_note
    tried = client.preview(made.operation, key="k")
    client.apply(made.operation, key="k", observed=made.observed)
    after = rolling.settled()
    assert after["spec"] == tried.after["spec"]
    pods = rolling.corner.until(
        lambda: {pod["metadata"]["uid"] for pod in rolling.corner.list("pods")},
        lambda found: not found & before,
    )
    assert len(pods) == len(before)
    assert client.probe(made.operation, key="k") is True


def test_a_stateful_set_is_scaled_and_scaled_back(
    client: KubernetesClient, stateful: Rolling
) -> None:
    stateful.make()
    intent = stateful.scales(3)
    made = planned(client, intent)
    assert isinstance(made.operation, ScaleSet)
    tried = client.preview(made.operation, key="k")
    client.apply(made.operation, key="k", observed=made.observed)
    assert stateful.settled()["spec"] == tried.after["spec"]
    with pytest.raises(CannotPlanError, match="3 replicas already"):
        planned(client, intent)
    expected = foretold(intent, made, tried.after)
    assert isinstance(made.inverse, ScaleSet)
    assert client.look(made.inverse) == expected
    client.apply(made.inverse, key="k:inverse", observed=expected)
    assert stateful.get()["spec"]["replicas"] == 2


@pytest.mark.parametrize("action", ["undo", "restart"])
@pytest.mark.parametrize(
    ("meddle", "named"),
    [
        (lambda one: one.release("v9"), "spec_sha256"),
        (lambda one: one.patch(NOTED), "spec_sha256"),
        (lambda one: one.remove(), "missing"),
    ],
    ids=["image", "another field", "deleted"],
)
def test_a_set_that_drifted_is_left_alone(
    client: KubernetesClient, rolling: Rolling, action: str, meddle: Meddle, named: str
) -> None:
    released(rolling)
    change = planned(client, rolling.asks(action)).operation
    assert isinstance(change, SetChange)
    seen = client.look(change)
    meddle(rolling)
    if named == "missing":
        path = rolling.path
        rolling.corner.until(
            lambda: rolling.corner.admin.get(path).status_code, lambda code: code == 404
        )
    with pytest.raises(PreconditionFailedError, match=named):
        client.apply(change, key="k", observed=seen)
    if named == "missing":
        assert client.look(change) == {"missing": True}
        assert client.probe(change, key="k") is None
    else:
        assert MARK not in (rolling.get()["metadata"].get("annotations") or {})
        assert client.probe(change, key="k") is False


def test_a_set_that_was_made_anew_is_not_the_target(
    client: KubernetesClient, rolling: Rolling
) -> None:
    rolling.make()
    change = planned(client, rolling.asks("restart")).operation
    assert isinstance(change, SetChange)
    seen = client.look(change)
    rolling.remove()
    rolling.corner.until(
        lambda: rolling.corner.admin.get(rolling.path).status_code, lambda code: code == 404
    )
    rolling.corner.until(lambda: rolling.corner.list("pods"), lambda found: not found)
    rolling.make()
    with pytest.raises(PreconditionFailedError, match="uid"):
        client.apply(change, key="k", observed=seen)
    with pytest.raises(PreconditionFailedError, match="made anew"):
        client.apply(change, key="k", observed=client.look(change))
    assert client.probe(change, key="k") is None


def test_a_revision_that_went_is_not_gone_back_to(
    client: KubernetesClient, rolling: Rolling
) -> None:
    released(rolling)
    rolling.settled()
    made = planned(client, rolling.asks("undo"))
    change = made.operation
    assert isinstance(change, RollBackSet)
    path = f"{APPS}/controllerrevisions/{change.controller_revision}"
    rolling.corner.delete(path)
    rolling.corner.until(
        lambda: rolling.corner.admin.get(path).status_code, lambda code: code == 404
    )
    with pytest.raises(PreconditionFailedError, match=r"controller_revision\.missing"):
        client.apply(change, key="k", observed=made.observed)
    with pytest.raises(PreconditionFailedError, match="is gone"):
        client.apply(change, key="k", observed=client.look(change))
    assert set(rolling.images()) == {"v2"}


def test_a_revision_with_other_data_than_the_approved_is_refused(
    client: KubernetesClient, rolling: Rolling
) -> None:
    released(rolling)
    change = planned(client, rolling.asks("undo")).operation
    assert isinstance(change, RollBackSet)
    other = change.model_copy(update={"data_digest": "0" * 64})
    with pytest.raises(PreconditionFailedError, match="data_sha256"):
        client.apply(other, key="k", observed=client.look(other))
    assert not client.preview(other, key="k").accepted


def test_a_number_that_moved_still_means_the_same_revision(
    client: KubernetesClient, rolling: Rolling
) -> None:
    released(rolling)
    rolling.settled()
    made = planned(client, rolling.asks("undo"))
    rolling.release("v3")
    rolling.settled()
    [earlier] = [
        one
        for one in rolling.revisions()
        if one["metadata"]["uid"] == made.operation.controller_revision_uid  # type: ignore[union-attr]
    ]
    assert earlier["revision"] == 1
    change = made.operation
    assert isinstance(change, RollBackSet)
    client.apply(change, key="k", observed=client.look(change))
    rolling.settled()
    assert set(rolling.images()) == {"v1"}


def test_a_set_on_delete_says_that_nothing_moves_by_itself(
    client: KubernetesClient, rolling: Rolling
) -> None:
    rolling.make(updateStrategy={"type": "OnDelete"})
    rolling.release("v2")
    rolling.corner.until(rolling.revisions, lambda found: len(found) == 2)
    with pytest.raises(CannotPlanError, match="OnDelete"):
        planned(client, rolling.asks("restart"))
    made = planned(client, rolling.asks("undo"))
    assert any("OnDelete" in text for text in made.touches)
    assert isinstance(made.operation, RollBackSet)
    assert made.operation.images == ("registry.local/web:v1",)


def test_requests_of_a_set_are_raised_and_put_back(
    client: KubernetesClient, rolling: Rolling
) -> None:
    before = rolling.make()["spec"]
    subject = Subject(resource=rolling.resource, name=rolling.corner.name)
    intent = SetField(
        objects=(subject,), namespace=NAMESPACE, part="resources", values=("--requests=cpu=0.2",)
    )
    made = planned(client, intent)
    assert isinstance(made.operation, PatchObject)
    tried = client.objects.preview(made.operation, key="k")
    assert tried.accepted, tried.note
    client.objects.apply(made.operation, key="k", observed=made.observed)
    assert rolling.settled()["spec"] == tried.after["spec"]
    assert isinstance(made.inverse, PatchObject)
    expected = foretold(intent, made, tried.after)
    assert client.objects.look(made.inverse) == expected
    client.objects.apply(made.inverse, key="k:inverse", observed=expected)
    assert rolling.settled()["spec"] == before
