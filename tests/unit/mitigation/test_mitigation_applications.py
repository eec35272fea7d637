"""The rollback of an Argo CD application is one exact change with its duties (MIT-02, DF-15)."""

import copy
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect
from stanch.tools.operations import ArgoRollBack, Effect, RollBackApplication
from stanch.tools.operations.argo import (
    digests_of,
    entry_digest,
    foretold,
    is_busy,
    observed,
    spec_digest,
)

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SOURCE = {"repoURL": "https://git.local/shop.git", "path": "web", "targetRevision": "main"}


def entry(number: int, revision: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "revision": revision, "source": SOURCE, **more}


def application(*history: dict[str, Any], automated: Any = None, **parts: Any) -> dict[str, Any]:
    policy = {"syncOptions": ["Validate=false"]}
    policy |= {} if automated is None else {"automated": automated}
    metadata = {"name": "web", "namespace": "argocd", "uid": "a-1", **parts.pop("metadata", {})}
    status = {"history": list(history), **parts.pop("status", {})}
    spec = {"source": SOURCE, "destination": {"namespace": "shop"}, "syncPolicy": policy}
    return {"metadata": metadata, "spec": spec, "status": status, **parts}


HISTORY = (entry(0, "a" * 40), entry(1, "b" * 40), entry(2, "c" * 40))
HEALS = {"prune": True, "selfHeal": True}


def plan(target: dict[str, Any], history_id: int | None = None) -> Plan:
    intent = RollBackApplication(namespace="argocd", name="web", history_id=history_id)
    strategy = strategy_for(intent)
    assert strategy is not None
    look = {"object": target, "digests": digests_of(target)}
    return strategy.plan(intent, {"target": look}, now=NOW)


@pytest.mark.parametrize(
    ("where", "cluster"),
    [
        ({"server": "https://10.0.0.1:6443"}, "https://10.0.0.1:6443"),
        ({"name": "production-eu"}, "production-eu"),
    ],
)
def test_what_is_deployed_to_another_cluster_is_left_to_people(
    where: dict[str, str], cluster: str
) -> None:
    """DF-15: a policy knows namespaces, and not in which of several clusters they are."""
    target = application(*HISTORY)
    target["spec"]["destination"] |= where
    with pytest.raises(CannotPlanError, match=f"to the cluster {re.escape(cluster)}"):
        plan(target)


@pytest.mark.parametrize(
    "where", [{"server": "https://kubernetes.default.svc"}, {"name": "in-cluster"}]
)
def test_what_is_deployed_to_the_cluster_of_argo_cd_is_rolled_back(where: dict[str, str]) -> None:
    target = application(*HISTORY)
    target["spec"]["destination"] |= where
    assert plan(target).operation.reach.namespace == "shop"


def both(made: Plan) -> tuple[ArgoRollBack, ArgoRollBack]:
    assert isinstance(made.operation, ArgoRollBack)
    assert isinstance(made.inverse, ArgoRollBack)
    return made.operation, made.inverse


def test_it_goes_to_the_newest_entry_of_another_version_and_back() -> None:
    change, back = both(plan(application(*HISTORY, entry(3, "c" * 40), automated=HEALS)))
    assert (change.history_id, change.revisions) == (1, ("b" * 40,))
    assert change.entry_sha256 == entry_digest(HISTORY[1])
    assert (change.automated_before, change.automated_after) == (HEALS, None)
    assert (back.history_id, back.revisions) == (3, ("c" * 40,))
    assert (back.automated_before, back.automated_after) == (None, HEALS)
    assert change.effect is Effect.MUTATE
    assert (change.reach.thing, change.reach.namespace) == ("applications/web", "shop")
    assert change.target == "kubernetes/argocd/applications/web"
    assert change.as_text() == "argocd app rollback web 1 --app-namespace argocd"


def test_the_first_entry_has_no_id_and_is_found_all_the_same() -> None:
    first = {key: value for key, value in HISTORY[0].items() if key != "id"}
    change, _ = both(plan(application(first, HISTORY[1]), 0))
    assert (change.history_id, change.revisions) == (0, ("a" * 40,))


def test_all_sources_of_an_application_go_back_together() -> None:
    several = [
        {"id": number, "revisions": [revision, "1.2.3"], "sources": [SOURCE, {"chart": "redis"}]}
        for number, revision in enumerate(("a" * 40, "b" * 40))
    ]
    change, _ = both(plan(application(*several)))
    assert change.revisions == ("a" * 40, "1.2.3")


def test_the_duties_are_named_with_their_commands() -> None:
    made = plan(application(*HISTORY, automated=HEALS))
    duties = [said for said in made.touches if said.startswith("follow-up: ")]
    assert any("argocd app set web --app-namespace argocd --sync-policy" in one for one in duties)
    assert any("revert the commit" in one for one in duties)
    assert "bbbbbbbb in place of cccccccc" in made.touches[0]
    manual = plan(application(*HISTORY))
    assert not any("automated sync" in said for said in manual.touches)
    assert any("revert the commit" in said for said in manual.touches)


def test_automated_sync_that_is_turned_off_by_its_own_field_stays_as_it_is() -> None:
    off = {"enabled": False, "selfHeal": True}
    made = plan(application(*HISTORY, automated=off, metadata={"ownerReferences": SET}))
    change, back = both(made)
    assert (change.automated_before, change.automated_after) == (off, off)
    assert (back.automated_before, back.automated_after) == (off, off)
    assert not any("automated sync" in said for said in made.touches)


SET = [{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all"}]
REFUSED: dict[str, tuple[dict[str, Any], int | None, str]] = {
    "no history": (application(), None, "no history"),
    "one version only": (application(*HISTORY[:1]), None, "of another version"),
    "no such entry": (application(*HISTORY), 7, "no deployment 7"),
    "what is deployed": (application(*HISTORY), 2, "deployed already"),
    "being deleted": (
        application(*HISTORY, metadata={"deletionTimestamp": "2026-11-01T12:00:00Z"}),
        None,
        "being deleted",
    ),
    "a sync that is asked for": (
        application(*HISTORY, operation={"sync": {}}),
        None,
        "a sync of web is under way",
    ),
    "a sync that runs": (
        application(*HISTORY, status={"operationState": {"phase": "Running"}}),
        None,
        "terminate-op",
    ),
    "an ApplicationSet": (
        application(*HISTORY, automated={}, metadata={"ownerReferences": SET}),
        None,
        "ApplicationSet all",
    ),
    "an entry of an old Argo CD": (
        application({"id": 0, "revision": "a"}, HISTORY[1]),
        0,
        "does not say from where",
    ),
    "a policy that is not known": (
        application(*HISTORY, automated={"retries": 3}),
        None,
        "rolled back exactly: automated_before",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_not_planned(case: str) -> None:
    target, history_id, why = REFUSED[case]
    with pytest.raises(CannotPlanError, match=why):
        plan(target, history_id)


def test_an_application_set_does_not_mind_where_sync_is_by_hand() -> None:
    assert plan(application(*HISTORY, metadata={"ownerReferences": SET})).operation


def test_the_facts_see_every_move_but_those_of_the_status() -> None:
    target = application(*HISTORY, automated=HEALS)
    change, _ = both(plan(target))
    facts = observed(change, target)
    moved = copy.deepcopy(target)
    moved["status"]["health"] = {"status": "Degraded"}
    moved["status"]["history"][0]["deployedAt"] = "2026-11-01T12:00:00Z"
    assert observed(change, moved) == facts
    moved["spec"]["source"]["targetRevision"] = "v2"
    assert observed(change, moved) != facts
    assert not is_busy(target)


def test_what_is_foretold_holds_whether_the_sync_succeeds_or_not() -> None:
    target = application(*HISTORY, automated=HEALS)
    change, back = both(plan(target))
    after = copy.deepcopy(target)
    del after["spec"]["syncPolicy"]["automated"]
    told = foretold(change, {**after, "operation": {"sync": {}}, "status": {}} | target_status(()))
    for history in (HISTORY, (*HISTORY, entry(3, "b" * 40))):
        now = observed(back, {**after, "status": {"history": list(history)}})
        assert {name: now[name] for name in told} == told
    other = observed(back, {**after, "status": {"history": [*HISTORY, entry(3, "d" * 40)]}})
    assert {name: other[name] for name in told} != told
    assert spec_digest(target) == spec_digest(after), "automated sync is a fact of its own"


def target_status(history: tuple[Any, ...]) -> dict[str, Any]:
    return {"status": {"history": list(history)}}


ASKED: dict[str, dict[str, Any]] = {
    "argocd app rollback web": {"name": "web"},
    "argocd app rollback web 12": {"name": "web", "history_id": 12},
    "argocd app rollback argocd/web 0": {"namespace": "argocd", "name": "web", "history_id": 0},
    "argocd app rollback web 3 -N team": {"namespace": "team", "name": "web", "history_id": 3},
    "argocd app rollback --app-namespace=team web": {"namespace": "team", "name": "web"},
    "/usr/local/bin/argocd app rollback web --timeout 60": {"name": "web"},
}


@pytest.mark.parametrize("text", ASKED)
def test_the_command_of_argo_cd_is_an_intent(text: str) -> None:
    template = command_template(text, {})
    assert (template.kind, template.fields) == ("intent.argo_roll_back", ASKED[text])
    assert effect(template, {}) is Effect.MUTATE
    assert "argocd app rollback" in RollBackApplication(**ASKED[text]).as_text()


@pytest.mark.parametrize(
    ("text", "kind", "worst"),
    [
        ("argocd app rollback web --prune", "intent.manual", Effect.DESTRUCTIVE),
        ("argocd app rollback web --server other:443", "intent.manual", Effect.MUTATE),
        ("argocd app rollback", "intent.manual", Effect.MUTATE),
        ("argocd app rollback web 1 2", "intent.manual", Effect.MUTATE),
        ("argocd app rollback web --dry-run", "manual.read", Effect.OBSERVE),
        ("argocd app sync web", "intent.manual", Effect.MUTATE),
        ("argocd app history web", "manual.read", Effect.OBSERVE),
        ("argocd --core app rollback web", "intent.manual", Effect.MUTATE),
    ],
)
def test_every_other_command_of_argocd_is_for_a_person(text: str, kind: str, worst: Effect) -> None:
    template = command_template(text, {})
    assert (template.kind, effect(template, {})) == (kind, worst)


def test_a_history_id_is_a_number() -> None:
    with pytest.raises(RefusedError, match="whole number"):
        command_template("argocd app rollback web last", {})
