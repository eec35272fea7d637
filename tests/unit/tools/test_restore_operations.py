"""What can be taken back is named narrowly: by identity and closed lists (MIT-02, MIT-09)."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.tools.operations import ArgoRollBack, Effect, FieldChange, PatchObject, RestoreSecret
from stanch.tools.operations.argo import revisions_of, shortened

SHA = "a" * 64
ARGO: dict[str, Any] = {
    "namespace": "argocd",
    "name": "web",
    "uid": "u",
    "history_id": 3,
    "entry_sha256": SHA,
    "revisions": ("b" * 40,),
    "from_revisions": ("c" * 40,),
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"history_id": -1},
        {"entry_sha256": "short"},
        {"revisions": ()},
        {"revisions": ("a\nb",)},
        {"automated_after": {"selfHeal": "no"}},
        {"automated_after": {"retry": {"limit": 1}}},
        {"name": "Web"},
        {"uid": ""},
        {"prune": True},
    ],
    ids=str,
)
def test_a_rollback_of_an_application_is_narrow(wrong: dict[str, Any]) -> None:
    assert ArgoRollBack(**ARGO).effect is Effect.MUTATE
    with pytest.raises(ValidationError):
        ArgoRollBack.model_validate(ARGO | wrong)


def test_each_difference_is_another_change() -> None:
    one = ArgoRollBack(**ARGO)
    others: list[dict[str, Any]] = [
        {"uid": "v"},
        {"history_id": 4},
        {"entry_sha256": "b" * 64},
        {"automated_before": {"selfHeal": True}},
        {"automated_after": {}},
    ]
    digests = {ArgoRollBack.model_validate(ARGO | more).digest for more in others}
    assert len(digests | {one.digest}) == len(others) + 1


def test_revisions_are_told_short_and_completely() -> None:
    assert shortened(("b" * 40, "1.2.3")) == "bbbbbbbb, 1.2.3"
    assert revisions_of({"revision": "a"}) == ("a",)
    assert revisions_of({"revision": "", "revisions": ["a", "b"]}) == ("a", "b")
    assert revisions_of({}) == ()


SECRET: dict[str, Any] = {
    "namespace": "shop",
    "name": "db",
    "uid": "u",
    "resource_version": "7",
    "from_name": "db-1",
    "from_uid": "v",
    "from_resource_version": "5",
}


@pytest.mark.parametrize(
    "wrong",
    [{"data": {"A": "x"}}, {"resource_version": ""}, {"from_name": "../x"}, {"from_uid": ""}],
    ids=str,
)
def test_a_restore_of_a_secret_has_no_place_for_a_value(wrong: dict[str, Any]) -> None:
    made = RestoreSecret(**SECRET)
    assert made.inverse.backup == made.backup
    assert made.inverse.target == made.target == "kubernetes/shop/secrets/db"
    with pytest.raises(ValidationError):
        RestoreSecret.model_validate(SECRET | wrong)


CANARY = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight"


def patch(resource: str, *changes: FieldChange, **more: Any) -> PatchObject:
    fields = {"resource": resource, "namespace": "shop", "name": "web", "uid": "u"}
    return PatchObject.model_validate({**fields, "changes": changes, **more})


@pytest.mark.parametrize("weight", ["0", "7", "50", "100", None])
def test_a_weight_of_a_canary_is_between_none_and_all(weight: str | None) -> None:
    made = patch("ingresses", FieldChange(path=CANARY, before="20", after=weight))
    assert made.inverse.changes[0].after == "20"


@pytest.mark.parametrize("weight", ["101", "-1", "050", "5.5", "all", "", 50, True])
def test_no_other_weight_is_set(weight: Any) -> None:
    with pytest.raises(ValidationError, match="weight between 0 and 100"):
        patch("ingresses", FieldChange(path=CANARY, before="20", after=weight))


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("ingresses", "/metadata/annotations/nginx.ingress.kubernetes.io~1server-snippet"),
        ("ingresses", "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight-total"),
        ("ingresses", "/metadata/annotations"),
        ("ingresses", "/metadata/labels/app"),
        ("services", CANARY),
        ("configmaps", CANARY),
    ],
)
def test_no_other_annotation_may_be_patched(resource: str, path: str) -> None:
    with pytest.raises(ValidationError, match="not a field that may be patched"):
        patch(resource, FieldChange(path=path, before="1", after="2"))


def test_only_an_ingress_leads_traffic_to_services() -> None:
    field = FieldChange(path="/data/A", before="1", after="2")
    with pytest.raises(ValidationError, match="only an Ingress"):
        patch("configmaps", field, behind=("web",))
    weight = FieldChange(path=CANARY, before="1", after="2")
    led = patch("ingresses", weight, behind=("web",))
    assert led.inverse.behind == (), "what was there before may be as dead as it was"
    assert led.digest != patch("ingresses", weight).digest
