"""Whoever keeps an object is found before it is changed around them (DF-15, MIT-01)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.mitigation.owners import Owner, owner_of
from stanch.tools.operations import (
    InspectWorkload,
    Intent,
    RestartWorkload,
    ScaleWorkload,
    UndoRollout,
)
from stanch.tools.operations.kubernetes_intents import PatchObjects, SetField
from stanch.tools.operations.kubernetes_names import Subject
from stanch.tools.operations.owner import InspectOwner
from stanch.tools.operations.owner_marks import Mark, mark_of

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HERE = {"namespace": "shop", "name": "web"}
ARGO = {"argocd.argoproj.io/tracking-id": "shop-web:apps/Deployment:shop/web"}
FLUX = {
    "kustomize.toolkit.fluxcd.io/name": "apps",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
}
FLUX_HELM = {
    "helm.toolkit.fluxcd.io/name": "web",
    "helm.toolkit.fluxcd.io/namespace": "shop",
    "app.kubernetes.io/managed-by": "Helm",
}
HELM = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}
OPERATOR = [
    {"apiVersion": "acid.zalan.do/v1", "kind": "postgresql", "name": "orders", "controller": True}
]


def thing(**metadata: Any) -> dict[str, Any]:
    return {"metadata": {**HERE, "uid": "u", **metadata}}


MARKS: dict[str, tuple[dict[str, Any], Mark]] = {
    "nothing": ({}, Mark("nobody")),
    "kubectl": (
        {"managedFields": [{"manager": "kubectl-client-side-apply"}, {"manager": "x"}]},
        Mark("kubectl", "kubectl-client-side-apply"),
    ),
    "a tracking id": ({"annotations": ARGO}, Mark("argo", "shop-web")),
    "an application in another namespace": (
        {"annotations": {"argocd.argoproj.io/tracking-id": "team_shop-web:apps/x:shop/web"}},
        Mark("argo", "shop-web", "team"),
    ),
    "Argo CD's own instance label": (
        {"labels": {"argocd.argoproj.io/instance": "web"}},
        Mark("argo", "web"),
    ),
    "the usual instance label, written by Argo CD": (
        {
            "labels": {"app.kubernetes.io/instance": "web"},
            "managedFields": [{"manager": "argocd-controller"}],
        },
        Mark("argo", "web"),
    ),
    "the usual instance label alone": (
        {"labels": {"app.kubernetes.io/instance": "web"}},
        Mark("nobody"),
    ),
    "a chart deployed by Argo CD": (
        {"annotations": ARGO, "labels": {"app.kubernetes.io/managed-by": "Helm"}},
        Mark("argo", "shop-web"),
    ),
    "a Kustomization": ({"labels": FLUX}, Mark("flux", "apps", "flux-system")),
    "a HelmRelease": (
        {"labels": FLUX_HELM, "annotations": HELM},
        Mark("flux-helm", "web", "shop"),
    ),
    "a release": ({"annotations": HELM}, Mark("helm", "web", "shop")),
    "an older release": (
        {"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "web"}},
        Mark("helm", "web"),
    ),
    "an operator": (
        {"ownerReferences": OPERATOR},
        Mark("operator", "orders", "shop", "postgresql.acid.zalan.do"),
    ),
    "a controller of Kubernetes itself": (
        {
            "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "controller": True}
            ]
        },
        Mark("nobody"),
    ),
    "an owner that does not control it": (
        {"ownerReferences": [{**OPERATOR[0], "controller": False}]},
        Mark("nobody"),
    ),
    "only its status is written by Argo CD": (
        {"managedFields": [{"manager": "argocd-controller", "subresource": "status"}]},
        Mark("nobody"),
    ),
}


@pytest.mark.parametrize("case", MARKS)
def test_the_owner_is_read_off_what_the_object_says(case: str) -> None:
    metadata, mark = MARKS[case]
    assert mark_of(thing(**metadata)["metadata"]) == mark


def look(keeper: dict[str, Any] | None, /, unread: str = "", **metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"object": thing(**metadata)}
    found |= {"keeper": keeper} if keeper is not None else {}
    return found | ({"unread": unread} if unread else {})


def application(automated: Any = None, **metadata: Any) -> dict[str, Any]:
    policy = {} if automated is None else {"syncPolicy": {"automated": automated}}
    return {"metadata": {"name": "shop-web", "namespace": "argocd", **metadata}, "spec": policy}


def flux(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "apps", "namespace": "flux-system"}, "spec": spec}


SKIPS = {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}
OWNERS: dict[str, tuple[dict[str, Any], bool | None, str]] = {
    "self-heal": (
        look(application({"selfHeal": True}), annotations=ARGO),
        True,
        "within seconds",
    ),
    "automated, without self-heal": (
        look(application({"prune": True}), annotations=ARGO),
        False,
        "the next commit",
    ),
    "automated, but turned off": (
        look(application({"enabled": False, "selfHeal": True}), annotations=ARGO),
        False,
        "its next sync",
    ),
    "an application that is skipped": (
        look(application({"selfHeal": True}, **SKIPS), annotations=ARGO),
        False,
        "its next sync",
    ),
    "no automated sync": (look(application(), annotations=ARGO), False, "its next sync"),
    "an application that cannot be read": (
        look(None, "Grant 'get' on applications.argoproj.io.", annotations=ARGO),
        None,
        "is not known (Grant 'get' on applications.argoproj.io)",
    ),
    "a Kustomization": (look(flux(interval="10m"), labels=FLUX), True, "within 10m"),
    "a suspended Kustomization": (
        look(flux(interval="10m", suspend=True), labels=FLUX),
        False,
        "is suspended",
    ),
    "an object that Flux leaves alone": (
        look(
            flux(interval="10m"),
            labels=FLUX,
            annotations={"kustomize.toolkit.fluxcd.io/reconcile": "disabled"},
        ),
        False,
        "leave this object alone",
    ),
    "a HelmRelease": (look(flux(interval="1h"), labels=FLUX_HELM), False, "next upgrade"),
    "a HelmRelease that corrects drift": (
        look(flux(interval="1h", driftDetection={"mode": "enabled"}), labels=FLUX_HELM),
        True,
        "within 1h",
    ),
    "a HelmRelease that only warns of drift": (
        look(flux(interval="1h", driftDetection={"mode": "warn"}), labels=FLUX_HELM),
        False,
        "next upgrade",
    ),
    "a Kustomization that cannot be read": (look(None, labels=FLUX), None, "is not known"),
    "an operator": (look(None, ownerReferences=OPERATOR), True, "looks at it"),
    "Helm": (look(None, annotations=HELM), False, "next `helm upgrade`"),
}


@pytest.mark.parametrize("case", OWNERS)
def test_it_is_known_whether_and_when_a_direct_change_is_put_back(case: str) -> None:
    seen, reverts, when = OWNERS[case]
    owner = owner_of(thing(), seen)
    assert (owner.reverts, when in owner.when) == (reverts, True), owner


def test_nobody_owns_what_carries_no_mark() -> None:
    assert owner_of(thing()) == Owner(tool="nobody", who="", reverts=False)
    by_hand = thing(managedFields=[{"manager": "kubectl-edit"}])
    assert owner_of(by_hand).who == ""


def template(image: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "web", "image": image, "resources": {}}]}}


def workload() -> dict[str, Any]:
    sets = [
        {
            "metadata": {
                "name": f"web-{number}",
                "uid": f"rs-{number}",
                "annotations": {"deployment.kubernetes.io/revision": str(number)},
            },
            "spec": {"template": template(f"web:{number}")},
        }
        for number in (2, 1)
    ]
    spec = {"replicas": 2, "template": template("web:2")}
    return {
        "deployment": {**thing(), "spec": spec, "status": {}},
        "replica_sets": sets,
        "pods": [],
        "autoscalers": [],
    }


def planned(intent: Intent, owner: dict[str, Any]) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    looks = strategy.looks(intent)
    assert isinstance(looks["owner"], InspectOwner)
    works = isinstance(looks["target"], InspectWorkload)
    target = workload() if works else {"object": {**thing(), "data": {"A": "1"}}}
    seen: dict[str, Any] = {name: {"items": []} for name in looks}
    seen |= {"target": target, "owner": owner}
    return strategy.plan(intent, seen, now=NOW)


CONFIG_MAP = PatchObjects(
    objects=(Subject(resource="configmaps", name="web"),),
    type="merge",
    patch=json.dumps({"data": {"A": "2"}}),
    namespace="shop",
)
LIMITS = SetField(
    objects=(Subject(resource="deployments", name="web"),),
    namespace="shop",
    part="resources",
    values=("--limits=cpu=1",),
)
CHANGES: list[Intent] = [
    *(UndoRollout(**HERE), ScaleWorkload(**HERE, replicas=4)),
    *(CONFIG_MAP, LIMITS),
]


@pytest.mark.parametrize("intent", CHANGES, ids=lambda one: one.kind)
@pytest.mark.parametrize("case", OWNERS)
def test_what_would_be_put_back_is_not_planned_and_what_would_not_names_the_duty(
    intent: Intent, case: str
) -> None:
    seen, reverts, when = OWNERS[case]
    if reverts is False:
        made = planned(intent, seen)
        assert any(when in said for said in made.touches), made.touches
        assert any(said.startswith("follow-up: ") for said in made.touches) or "leave" in when
        return
    with pytest.raises(CannotPlanError) as refused:
        planned(intent, seen)
    assert when in str(refused.value)


def test_a_rollback_under_argo_cd_points_to_the_rollback_of_the_application() -> None:
    seen = look(application({"selfHeal": True}), annotations=ARGO)
    with pytest.raises(CannotPlanError, match="`argocd app rollback shop-web --app-namespace arg"):
        planned(UndoRollout(**HERE), seen)
    with pytest.raises(CannotPlanError, match="commit the change to the repository"):
        planned(ScaleWorkload(**HERE, replicas=4), seen)


def test_a_rollback_under_helm_names_the_release_and_its_command() -> None:
    made = planned(UndoRollout(**HERE), look(None, annotations=HELM))
    assert any("helm rollback web REVISION -n shop" in said for said in made.touches)


def test_flux_is_to_be_suspended_and_an_operator_asked() -> None:
    with pytest.raises(CannotPlanError, match="flux suspend kustomization apps -n flux-system"):
        planned(UndoRollout(**HERE), look(flux(interval="10m"), labels=FLUX))
    with pytest.raises(CannotPlanError, match=r"kubectl edit postgresql\.acid\.zalan\.do/orders"):
        planned(UndoRollout(**HERE), look(None, ownerReferences=OPERATOR))


def test_a_restart_is_nobody_elses_business_but_an_operators() -> None:
    planned(RestartWorkload(**HERE), look(application({"selfHeal": True}), annotations=ARGO))
    planned(RestartWorkload(**HERE), look(flux(interval="1m"), labels=FLUX))
    with pytest.raises(CannotPlanError, match="operator"):
        planned(RestartWorkload(**HERE), look(None, ownerReferences=OPERATOR))


def test_what_nobody_owns_is_planned_as_ever() -> None:
    made = planned(UndoRollout(**HERE), look(None))
    assert not any("follow-up" in said for said in made.touches)
