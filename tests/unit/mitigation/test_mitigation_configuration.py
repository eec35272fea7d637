"""Configuration is put back exactly, and no value of a Secret is ever named (MIT-16, MIT-18)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from stanch.mitigation import CannotPlanError, Plan, strategy_for
from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect
from stanch.tools.operations import (
    Effect,
    Intent,
    PatchObject,
    PutSecretBack,
    RestoreConfigMap,
    RestoreFromSecret,
    RestoreSecret,
)
from stanch.tools.operations.config_restore import stem_of

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HERE = {"namespace": "shop", "name": "app"}


def config(data: Any, name: str = "app", made: str = "2026-11-01", **more: Any) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": name, "uid": f"u-{name}", "creationTimestamp": made}
    return {"metadata": metadata, **({} if data is None else {"data": data}), **more}


def plan(intent: Intent, look: dict[str, Any], **also: Any) -> Plan:
    strategy = strategy_for(intent)
    assert strategy is not None
    seen: dict[str, Any] = {name: {"items": []} for name in strategy.looks(intent)}
    seen |= {"owner": {"object": config(None)}} if "owner" in seen else {}
    return strategy.plan(intent, {**seen, "target": look, **also}, now=NOW)


def look(
    thing: dict[str, Any], applied: dict[str, str] | None = None, *earlier: dict[str, Any]
) -> dict[str, Any]:
    return {"object": thing, "applied": applied, "earlier": list(earlier)}


def moved(made: Plan) -> dict[str, tuple[Any, Any]]:
    assert isinstance(made.operation, PatchObject)
    assert made.inverse == made.operation.inverse
    return {one.path: (one.before, one.after) for one in made.operation.changes}


def test_a_hand_edit_goes_back_to_what_was_applied_key_by_key() -> None:
    thing = config({"A": "2", "B": "1", "c/d": "odd"})
    made = plan(RestoreConfigMap(**HERE), look(thing, {"A": "1", "B": "1", "E": "new"}))
    assert moved(made) == {
        "/data/A": ("2", "1"),
        "/data/E": (None, "new"),
        "/data/c~1d": ("odd", None),
    }
    assert made.title == "Put config map app back to what was applied last (A, E, c~1d)"


def test_data_that_is_all_gone_comes_back_as_a_whole() -> None:
    made = plan(RestoreConfigMap(**HERE), look(config(None), {"A": "1"}))
    assert moved(made) == {"/data": (None, {"A": "1"})}


def test_the_newest_earlier_sibling_is_taken_and_never_a_later_one() -> None:
    older = config({"A": "old"}, "app-2gh4567k89", "2026-10-01")
    newer = config({"A": "1"}, "app-4gh4567k89", "2026-10-20")
    later = config({"A": "later"}, "app-5gh4567k89", "2026-11-09")
    target = look(config({"A": "2"}), None, older, newer, later)
    assert moved(plan(RestoreConfigMap(**HERE), target)) == {"/data/A": ("2", "1")}
    named = RestoreConfigMap(**HERE, from_name="app-5gh4567k89")
    named_look = look(config({"A": "2"}), {"A": "applied"}, later)
    assert moved(plan(named, named_look)) == {"/data/A": ("2", "later")}


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (look(config({"A": "1"}), {"A": "1"}), "what was applied last already"),
        (look(config({"A": "1"})), "Name one: --from"),
        (look(config({"A": "1"}), None, config({"A": "2"}, "x", "2027-01-01")), "Name one"),
        (look(config({"A": "1"}, immutable=True), {"A": "2"}), "immutable"),
        (
            look(config({"A": "1"}), None, config({"A": "2"}, "x", binaryData={"b": "AA=="})),
            "binary data",
        ),
    ],
)
def test_what_cannot_be_put_back_exactly_is_left_to_people(
    target: dict[str, Any], why: str
) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(RestoreConfigMap(**HERE), target)


def test_a_config_map_under_argo_cd_is_not_edited_around_it() -> None:
    keeper = {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"syncPolicy": {"automated": {"selfHeal": True}}},
    }
    thing = config({"A": "2"})
    thing["metadata"]["annotations"] = {
        "argocd.argoproj.io/tracking-id": "shop:/ConfigMap:shop/app"
    }
    owner = {"object": thing, "keeper": keeper}
    with pytest.raises(CannotPlanError, match="within seconds"):
        plan(RestoreConfigMap(**HERE), look(thing, {"A": "1"}), owner=owner)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("app-7bt2c4g9hk", "app"),
        ("app-config-2gh4567k89", "app-config"),
        ("app", None),
        ("app-production", None),
        ("app-1234567890", None),
    ],
)
def test_a_hash_of_kustomize_is_told_from_a_word(name: str, stem: str | None) -> None:
    assert stem_of(name) == stem


def secret(name: str = "db", kind: str = "Opaque", **more: Any) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": name, "uid": f"u-{name}", "resourceVersion": "7"}
    metadata |= more.pop("metadata", {})
    return {"metadata": metadata, "type": kind, "immutable": False, **more}


def secrets(
    target: dict[str, Any] | None = None,
    source: dict[str, Any] | None = None,
    owner: dict[str, Any] | None = None,
    **keys: list[str],
) -> dict[str, Any]:
    target = target or secret()
    names = {name: keys.get(name, []) for name in ("added", "removed", "changed", "same")}
    return {
        "target": target,
        "source": source or secret("db-1"),
        "keys": names,
        "owner": owner or {"object": target},
    }


RESTORE = RestoreFromSecret(namespace="shop", name="db", from_name="db-1")


def test_a_secret_is_restored_by_versions_and_its_preview_names_keys_only() -> None:
    made = plan(RESTORE, secrets(changed=["PASSWORD"], added=["URL"], same=["USER"]))
    change, back = made.operation, made.inverse
    assert isinstance(change, RestoreSecret)
    assert isinstance(back, PutSecretBack)
    assert (change.uid, change.resource_version) == ("u-db", "7")
    assert (change.from_uid, change.from_resource_version) == ("u-db-1", "7")
    assert back.backup == change.backup
    assert (change.reach.thing, change.reach.namespace) == ("secrets/db", "shop")
    assert "keys of secret db that get another value: PASSWORD" in made.touches
    assert any(change.backup in said and "delete" in said for said in made.touches)
    assert set(change.model_dump()) == {
        *("kind", "namespace", "name", "uid", "resource_version"),
        *("from_name", "from_uid", "from_resource_version"),
    }, "nothing in it could hold a value"


def test_the_backup_is_one_for_each_change_and_a_name_that_kubernetes_takes() -> None:
    first, second = (
        plan(RESTORE, secrets(secret(metadata={"resourceVersion": version}), changed=["A"]))
        for version in ("7", "8")
    )
    assert isinstance(first.operation, RestoreSecret)
    assert isinstance(second.operation, RestoreSecret)
    assert first.operation.backup != second.operation.backup
    assert len(first.operation.backup) <= 63


OPERATOR = [
    {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "name": "db",
        "controller": True,
    }
]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (secrets(same=["A"]), "holds already"),
        (secrets(secret(immutable=True), changed=["A"]), "immutable"),
        (secrets(source=secret("db-1", "kubernetes.io/tls"), changed=["A"]), "of type Opaque"),
        (
            secrets(
                secret(kind="helm.sh/release.v1"),
                secret("db-1", "helm.sh/release.v1"),
                changed=["release"],
            ),
            "written by a controller",
        ),
        (
            secrets(secret(metadata={"deletionTimestamp": "2026-11-01T12:00:00Z"}), changed=["A"]),
            "being deleted",
        ),
        (
            secrets(
                owner={"object": secret(metadata={"ownerReferences": OPERATOR})}, changed=["A"]
            ),
            "kubectl edit externalsecret.external-secrets.io/db",
        ),
    ],
)
def test_a_secret_that_somebody_else_writes_is_left_alone(target: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotPlanError, match=why):
        plan(RESTORE, target)


def test_a_secret_is_not_restored_from_itself() -> None:
    with pytest.raises(CannotPlanError, match="from itself"):
        plan(RestoreFromSecret(namespace="shop", name="db", from_name="db"), secrets())


ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "stanch restore configmap/app -n shop": ("intent.restore_config_map", HERE),
    "stanch restore cm/app --namespace=shop --from configmap/app-1": (
        "intent.restore_config_map",
        {**HERE, "from_name": "app-1"},
    ),
    "stanch restore secret/app --from secret/app-1 -n shop": (
        "intent.restore_secret",
        {**HERE, "from_name": "app-1"},
    ),
}


@pytest.mark.parametrize("text", ASKED)
def test_the_words_for_a_restore_are_an_intent(text: str) -> None:
    template = command_template(text, {})
    assert (template.kind, template.fields) == ASKED[text]
    assert effect(template, {}) is Effect.MUTATE


@pytest.mark.parametrize(
    "text",
    [
        "stanch restore secret/app -n shop",
        "stanch restore secret/app -n shop --from configmap/app",
        "stanch restore configmap/app -n shop --from secret/app",
        "stanch restore configmap/app",
        "stanch restore configmap -n shop",
        "stanch restore pods/app -n shop",
        "stanch restore configmap/a configmap/b -n shop",
        "stanch restore configmap/a -n shop --force",
        "stanch approve P-1",
        "stanch",
    ],
)
def test_no_other_words_of_stanch_stand_in_a_runbook(text: str) -> None:
    with pytest.raises(RefusedError):
        command_template(text, {})


def test_a_person_could_do_the_same_without_a_value_on_the_screen() -> None:
    assert RESTORE.as_text().count("secret/db") == 2
    assert RESTORE.as_text().endswith("--patch-file=/dev/stdin")
    assert "view-last-applied" in RestoreConfigMap(**HERE).as_text()
    with pytest.raises(ValidationError):
        RestoreFromSecret(namespace="shop", name="db", from_name="x; rm -rf /")
