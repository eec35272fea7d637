"""An application of Argo CD is rolled back once, as approved, and put back (MIT-02, DF-15)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, differences, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.clients.kubernetes.argo import ArgoHands
from stanch.tools.errors import OperationRefusedError, PreconditionFailedError
from stanch.tools.operations import InspectWorkload, RollBackApplication, UndoRollout
from stanch.tools.operations.argo import ReadApplication
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.workload import MARK
from tests.contracts.clients.argo_scene import (
    AUTOMATED,
    NOW,
    REVISIONS,
    SOURCE,
    Application,
    application,
    back_of,
    change_of,
    planned,
)
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json
from tests.contracts.clients.conftest import Connect

__all__ = ["application"]


@pytest.fixture
def hands(client: KubernetesClient) -> ArgoHands:
    return client.applications


OFF = {"enabled": False, "selfHeal": True}


@pytest.mark.parametrize(
    "automated", [None, {}, AUTOMATED, OFF], ids=["not set", "on", "self-heal", "turned off"]
)
def test_the_dry_run_foretells_field_by_field_what_the_rollback_then_does(
    client: KubernetesClient, hands: ArgoHands, application: Application, automated: Any
) -> None:
    before = application.create(automated)
    made = planned(client, application.name)
    change = change_of(made)
    assert (change.history_id, change.revisions) == (5, (REVISIONS[1],))
    assert hands.look(change) == made.observed
    tried = hands.preview(change, key="k")
    assert tried.accepted, tried.note
    assert application.get() == before, "a dry run changes nothing"
    assert hands.probe(change, key="k") is False

    done = hands.apply(change, key="k", observed=made.observed)
    after = application.get()
    shown = differences(tried.before, tried.after)
    assert shown == differences(done.data["before"], done.data["after"])
    paths = {one.path for one in shown if MARK not in one.path and "annotations" not in one.path}
    moved = {"spec.syncPolicy.automated"} if automated not in (None, OFF) else set()
    assert paths == {"operation"} | moved
    assert after["spec"]["syncPolicy"].get("automated") == (OFF if automated is OFF else None)
    assert after["spec"]["syncPolicy"]["syncOptions"] == ["CreateNamespace=true"]
    assert after["operation"] == {
        "initiatedBy": {"username": "stanch"},
        "sync": {
            "revision": REVISIONS[1],
            "source": SOURCE,
            "syncOptions": ["CreateNamespace=true"],
            "syncStrategy": {"apply": {}},
        },
    }
    assert "operationState" not in after["status"]
    assert (hands.probe(change, key="k"), hands.probe(change, key="x")) == (True, False)


def test_its_inverse_syncs_to_what_was_there_and_turns_automated_sync_on_again(
    client: KubernetesClient, hands: ArgoHands, application: Application
) -> None:
    before = application.create(AUTOMATED)
    made = planned(client, application.name)
    change, back = change_of(made), back_of(made)
    strategy = strategy_for(RollBackApplication(name="x"))
    assert strategy is not None
    expected = strategy.foretold(change, hands.preview(change, key="k").after)
    hands.apply(change, key="k", observed=made.observed)
    with pytest.raises(PreconditionFailedError, match="busy"):
        hands.apply(back, key="k:inverse", observed=hands.look(back))
    application.sync()

    now = hands.look(back)
    assert {name: now[name] for name in expected} == expected, "nobody touched it since"
    hands.apply(back, key="k:inverse", observed=now)
    application.sync()
    after = application.get()
    assert after["spec"] == before["spec"]
    assert after["status"]["history"][-1]["revision"] == REVISIONS[2]


def test_an_inverse_after_a_sync_that_failed_finds_what_it_needs(
    client: KubernetesClient, hands: ArgoHands, application: Application
) -> None:
    application.create(AUTOMATED)
    made = planned(client, application.name)
    change, back = change_of(made), back_of(made)
    strategy = strategy_for(RollBackApplication(name="x"))
    assert strategy is not None
    expected = strategy.foretold(change, hands.preview(change, key="k").after)
    hands.apply(change, key="k", observed=made.observed)
    application.merge({"operation": None, "status": {"operationState": {"phase": "Failed"}}})
    now = hands.look(back)
    assert {name: now[name] for name in expected} == expected
    hands.apply(back, key="k:inverse", observed=now)
    assert application.get()["spec"]["syncPolicy"]["automated"] == AUTOMATED


def test_a_sync_to_something_else_is_known_before_the_inverse(
    client: KubernetesClient, hands: ArgoHands, application: Application
) -> None:
    application.create()
    made = planned(client, application.name)
    change, back = change_of(made), back_of(made)
    strategy = strategy_for(RollBackApplication(name="x"))
    assert strategy is not None
    expected = strategy.foretold(change, hands.preview(change, key="k").after)
    hands.apply(change, key="k", observed=made.observed)
    application.sync()
    history = application.get()["status"]["history"]
    other = {"id": 99, "revision": "d" * 40, "source": SOURCE}
    application.merge({"status": {"history": [*history, other]}})
    now = hands.look(back)
    assert {name: now[name] for name in expected} != expected
    with pytest.raises(PreconditionFailedError, match="deployed"):
        hands.apply(back, key="k:inverse", observed=now)


Meddle = Callable[[Application], object]


def _recreate(application: Application) -> None:
    application.delete()
    application.create(AUTOMATED)


def _other_entry(application: Application) -> Json:
    history = application.get()["status"]["history"]
    history[1] = {**history[1], "source": {**SOURCE, "path": "elsewhere"}}
    return application.merge({"status": {"history": history}})


MEDDLED: dict[str, tuple[Meddle, str]] = {
    "another sync policy": (
        lambda one: one.merge({"spec": {"syncPolicy": {"automated": {"selfHeal": False}}}}),
        "automated",
    ),
    "automated sync turned off": (
        lambda one: one.merge({"spec": {"syncPolicy": {"automated": None}}}),
        "automated",
    ),
    "another source": (
        lambda one: one.merge({"spec": {"source": {"targetRevision": "v2"}}}),
        "spec_sha256",
    ),
    "a sync that began": (
        lambda one: one.merge({"operation": {"sync": {"revision": "main"}}}),
        "busy",
    ),
    "a sync that runs": (
        lambda one: one.merge({"status": {"operationState": {"phase": "Running"}}}),
        "busy",
    ),
    "another deployment": (
        lambda one: one.merge(
            {"status": {"history": [*one.get()["status"]["history"], {"id": 9, "revision": "d"}]}}
        ),
        "deployed",
    ),
    "another entry under its id": (_other_entry, "entry"),
    "no history": (lambda one: one.merge({"status": {"history": []}}), "deployed"),
    "made anew": (_recreate, "uid"),
    "gone": (lambda one: one.delete(), "missing"),
}


@pytest.mark.parametrize("case", MEDDLED)
def test_an_application_that_drifted_is_left_alone(
    client: KubernetesClient, hands: ArgoHands, application: Application, case: str
) -> None:
    meddle, named = MEDDLED[case]
    application.create(AUTOMATED)
    made = planned(client, application.name)
    change = change_of(made)
    meddle(application)
    then = application.corner.admin.get(application.path).json()
    with pytest.raises(PreconditionFailedError, match=named):
        hands.apply(change, key="k", observed=made.observed)
    assert hands.look(change) != made.observed
    now = application.corner.admin.get(application.path).json()
    assert (now.get("spec"), now.get("operation")) == (then.get("spec"), then.get("operation"))
    assert hands.probe(change, key="k") is (None if named in {"uid", "missing"} else False)


def test_the_status_may_move_and_the_rollback_lands_on_the_next_version(
    client: KubernetesClient, hands: ArgoHands, application: Application
) -> None:
    application.create(AUTOMATED)
    made = planned(client, application.name)
    application.merge({"status": {"health": {"status": "Degraded"}}})
    hands.apply(change_of(made), key="k", observed=made.observed)
    assert application.get()["operation"]["sync"]["revision"] == REVISIONS[1]


def test_a_named_entry_is_taken_and_an_unnamed_one_is_never_the_same_version(
    client: KubernetesClient, application: Application
) -> None:
    application.create()
    assert change_of(planned(client, application.name, 4)).revisions == (REVISIONS[0],)
    history = application.get()["status"]["history"]
    again = [*history, {**history[-1], "id": 7}]
    application.merge({"status": {"history": again}})
    assert change_of(planned(client, application.name)).revisions == (REVISIONS[1],)
    with pytest.raises(CannotPlanError, match="no deployment 3"):
        planned(client, application.name, 3)


def test_a_preview_shows_no_parameter_of_a_source(
    client: KubernetesClient, hands: ArgoHands, application: Application
) -> None:
    application.create()
    secret = {"helm": {"parameters": [{"name": "db", "value": "s3cr3t"}]}}
    history = [
        {**one, "source": {**SOURCE, **secret}} for one in application.get()["status"]["history"]
    ]
    application.merge({"status": {"history": history}})
    seen = client.observe(ReadApplication(namespace=NAMESPACE, name=application.name))
    made = planned(client, application.name)
    tried = hands.preview(change_of(made), key="k")
    done = hands.apply(change_of(made), key="k", observed=made.observed)
    asked = application.get()["operation"]["sync"]["source"]
    assert asked["helm"] == secret["helm"], "Argo CD gets the source as it was deployed"
    assert "s3cr3t" not in f"{seen} {tried} {done} {made}"


def test_it_is_found_in_whatever_namespace_it_is(
    client: KubernetesClient, application: Application
) -> None:
    application.create()
    found = client.observe(ReadApplication(name=application.name)).data["object"]
    assert found["metadata"]["namespace"] == NAMESPACE
    assert len(found["status"]["history"]) == 3
    with pytest.raises(OperationRefusedError, match="no application"):
        client.observe(ReadApplication(name="nobody-knows"))


def test_without_the_right_the_refusal_names_it(
    client: KubernetesClient, connect: Connect, application: Application, target_contexts: Path
) -> None:
    if application.corner.target.name != "practice":
        pytest.skip("what its reader may do is for the owner of that cluster to say")
    application.create(AUTOMATED)
    made = planned(client, application.name)
    reader = connect(kubeconfig=target_contexts, context="reader", act_context="reader")
    tried = reader.applications.preview(change_of(made), key="k")
    assert not tried.accepted
    assert "Grant 'patch' on applications.argoproj.io" in tried.note
    with pytest.raises(OperationRefusedError, match="Grant 'patch'"):
        reader.applications.apply(change_of(made), key="k", observed=made.observed)
    assert application.get()["spec"]["syncPolicy"]["automated"] == AUTOMATED


def test_a_deployment_that_argo_cd_heals_is_not_rolled_back_around_it(
    client: KubernetesClient, application: Application, corner: Corner
) -> None:
    application.create(AUTOMATED)
    tracking = f"{NAMESPACE}_{application.name}:apps/Deployment:{NAMESPACE}/{corner.name}"
    marks = {"annotations": {"argocd.argoproj.io/tracking-id": tracking}}
    corner.deploy(metadata=marks)
    corner.set_image("registry.local/web:v2", marks["annotations"])
    corner.settled()
    intent = UndoRollout(namespace=NAMESPACE, name=corner.name)
    seen = {
        "target": client.observe(InspectWorkload(namespace=NAMESPACE, name=corner.name)).data,
        "owner": client.observe(
            InspectOwner(resource="deployments", namespace=NAMESPACE, name=corner.name)
        ).data,
    }
    strategy = strategy_for(intent)
    assert strategy is not None
    with pytest.raises(CannotPlanError, match=f"argocd app rollback {application.name}"):
        strategy.plan(intent, seen, now=NOW)
    application.merge({"spec": {"syncPolicy": {"automated": None}}})
    owner = InspectOwner(resource="deployments", namespace=NAMESPACE, name=corner.name)
    seen["owner"] = client.observe(owner).data
    made = strategy.plan(intent, seen, now=NOW)
    assert any("its next sync" in said for said in made.touches)
