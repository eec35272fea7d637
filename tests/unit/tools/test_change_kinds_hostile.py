"""What a change of any kind must not hide: its worst, its places, its things, its secrets."""

from typing import Any

import pytest
from pydantic import ValidationError

from stanch.mitigation.evictions import drain_of
from stanch.tools.operations import (
    DoByHand,
    Effect,
    EndIdleSessions,
    EvictPod,
    FieldChange,
    PatchObject,
    SetWeight,
    SwitchFlag,
)
from stanch.tools.operations.evictions import Controller, evicted_facts, local_volumes, own_kind
from stanch.tools.operations.host_rotation import LastRotated, RotateLogs
from stanch.tools.operations.sql_session_acts import IdleSession
from tests.unit.mitigation.test_mitigation_evictions import pod

ONE = "/spec/template/spec/containers/0"
UID = "11111111-2222-3333-4444-555555555555"
MOMENT = "2026-11-01T12:00:00.000000+00:00"

TEMPLATE: dict[str, Any] = {"volumeClaimTemplate": {"spec": {}}}
ENDING: list[dict[str, Any]] = [
    {"name": "data", "emptyDir": {}},
    {"name": "data", "ephemeral": TEMPLATE},
    {"name": "data", "csi": {"driver": "local.example"}},
]
STAYING: list[dict[str, Any]] = [
    {"name": "data", "persistentVolumeClaim": {"claimName": "a"}},
    {"name": "data", "configMap": {"name": "a"}},
    {"name": "data", "csi": {"driver": "secrets-store.csi.k8s.io", "readOnly": True}},
]
"""Volumes whose content does not end with the pod, or is no data of it."""


def with_volume(volume: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = pod("web-1")
    found["spec"]["volumes"] = [volume]
    return found


@pytest.mark.parametrize("volume", ENDING)
def test_the_eviction_of_a_pod_whose_volume_ends_with_it_is_destructive(
    volume: dict[str, Any],
) -> None:
    """MIT-08, MIT-19."""
    one = with_volume(volume)
    assert local_volumes(one) == ["data"]
    assert evicted_facts(one)["loses"] == ["data"]
    assert not drain_of([one], []).evict
    change = EvictPod(
        namespace="shop",
        name="web-1",
        uid=UID,
        node="node-1",
        controller=Controller(kind="ReplicaSet", name="web", uid=UID),
        loses=tuple(local_volumes(one)),
    )
    assert change.effect is Effect.DESTRUCTIVE


@pytest.mark.parametrize("volume", STAYING)
def test_a_volume_that_outlives_its_pod_is_not_lost(volume: dict[str, Any]) -> None:
    assert local_volumes(with_volume(volume)) == []


@pytest.mark.parametrize("volume", [*ENDING, *STAYING])
def test_what_a_look_keeps_of_a_volume_says_whether_it_ends_with_its_pod(
    volume: dict[str, Any],
) -> None:
    kept = {"name": "data", **(own_kind(volume) or {})}
    assert local_volumes(with_volume(kept)) == local_volumes(with_volume(volume))


def test_a_rotation_names_every_log_that_it_moves() -> None:
    paths = ("/var/log/shop/a.log", "/var/log/bank/b.log")
    logs = tuple(LastRotated(path=path, last="never") for path in paths)
    change = RotateLogs(host="web-1", config="/etc/logrotate.d/shop", sha256="0" * 64, logs=logs)
    assert change.reach.things == tuple(f"logs{path}" for path in paths)


def test_the_end_of_idle_sessions_names_every_role_whose_sessions_end() -> None:
    sessions = tuple(
        IdleSession(
            pid=pid, backend_start=MOMENT, xact_start=None, state_change=MOMENT, login=login
        )
        for pid, login in ((10, "app"), (11, "billing"), (12, "app"), (13, ""))
    )
    change = EndIdleSessions(database="orders", sessions=sessions)
    assert change.reach.things == (
        *("sessions/orders", "sessions/app", "sessions/billing", "sessions/13"),
    )


def test_a_policy_can_tell_the_environment_of_a_flag_and_the_backend_of_a_server() -> None:
    flag = SwitchFlag(
        endpoint="flags", project="shop", environment="production", flag="search", enabled=False
    )
    assert flag.reach.part == "shop/production"
    weight = SetWeight(endpoint="edge", backend="bank", server="s1", weight=256, from_weight=1)
    assert weight.reach.part == "bank"
    assert [(one.name, one.after) for one in weight.reach.sizes] == [("weight", 256)]


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "API_TOKEN", "STRIPE_KEY", "DATABASE_DSN", "client_secret", "DB_PWD"]
)
def test_the_value_of_a_secret_variable_is_in_no_change(name: str) -> None:
    named = FieldChange(path=f"{ONE}/env/0/name", before=name, after=name)
    value = FieldChange(path=f"{ONE}/env/0/value", before="hunter2", after="hunter3")
    with pytest.raises(ValidationError, match=f"the variable {name} may be a secret") as caught:
        patch(named, value)
    assert "hunter" not in str(caught.value.errors(include_input=False)[0]["msg"])


@pytest.mark.parametrize(
    "value",
    ["postgres://app:hunter2@db/orders", "Authorization: Bearer abcdefgh12345678"],
)
def test_a_value_in_the_form_of_a_credential_is_in_no_change(value: str) -> None:
    named = FieldChange(path=f"{ONE}/env/0/name", before="UPSTREAM", after="UPSTREAM")
    for before, after in (("x", value), (value, "x")):
        one = FieldChange(path=f"{ONE}/env/0/value", before=before, after=after)
        with pytest.raises(ValidationError, match="holds a credential"):
            patch(named, one)
        data = FieldChange(path="/data/app.yaml", before=before, after=after)
        with pytest.raises(ValidationError, match="holds a credential"):
            patch(data, resource="configmaps")
        whole = FieldChange(path="/data", before=None, after={"a": {"b": [after, before]}})
        with pytest.raises(ValidationError, match="holds a credential"):
            patch(whole, resource="configmaps")


@pytest.mark.parametrize(
    "name",
    [
        *("LUA_INIT", "LUA_PATH_5_4", "PHPRC", "PHP_INI_SCAN_DIR", "PYTHONBREAKPOINT"),
        *(
            "PROMPT_COMMAND",
            "SHELLOPTS",
            "BASH_FUNC_ls%%",
            "PS4",
            "OPENSSL_CONF",
            "OPENSSL_MODULES",
        ),
        *("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "GUNICORN_CMD_ARGS", "GEM_HOME", "GEM_PATH"),
        *("BUNDLE_GEMFILE", "ERL_FLAGS", "ERL_LIBS", "GIT_CONFIG_COUNT", "GIT_EXEC_PATH"),
        *("EDITOR", "VISUAL", "PAGER", "GLIBC_TUNABLES", "SHELL", "R_PROFILE_USER"),
    ],
)
def test_no_variable_that_has_a_program_load_another_is_changed(name: str) -> None:
    named = FieldChange(path=f"{ONE}/env/0/name", before=name, after=name)
    value = FieldChange(path=f"{ONE}/env/0/value", before="a", after="b")
    with pytest.raises(ValidationError, match="says which program runs"):
        patch(named, value)


@pytest.mark.parametrize(
    "value",
    [
        "-Xmx2g -javaagent:/tmp/a.jar",
        "-agentpath:/tmp/a.so",
        "-agentlib:jdwp=transport=dt_socket,server=y",
        "-XX:OnOutOfMemoryError='sh -c id'",
        "-XX:+UseG1GC -XX:OnError=id",
        "-Xbootclasspath/a:/tmp/a.jar",
    ],
)
def test_no_value_has_a_java_machine_load_a_program(value: str) -> None:
    named = FieldChange(path=f"{ONE}/env/0/name", before="JAVA_OPTS", after="JAVA_OPTS")
    where = f"{ONE}/env/0/value"
    for before, after in (("-Xmx1g", value), (value, "-Xmx1g")):
        with pytest.raises(ValidationError, match="says which program runs"):
            patch(named, FieldChange(path=where, before=before, after=after))
    # What it has loaded all along does not keep its heap from being changed.
    more = patch(named, FieldChange(path=where, before=value, after=f"{value} -Xmx9g"))
    assert PatchObject.model_validate(more.inverse.model_dump()) == more.inverse


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200e", "\u200f", "\u061c", "\u00ad", "\u2060", "\ufeff", "\U000e0041"]
)
def test_no_line_for_a_person_holds_what_is_not_seen(hidden: str) -> None:
    for more in ({"lines": (f"kubectl get po{hidden}",)}, {"title": f"fail{hidden} over"}):
        fields = {"name": "over", "title": "fail over", "lines": ("x",), **more}
        with pytest.raises(ValidationError, match="is not seen"):
            DoByHand.model_validate(fields)


def patch(*changes: FieldChange, resource: str = "deployments") -> PatchObject:
    return PatchObject.model_validate(
        {
            "resource": resource,
            "namespace": "shop",
            "name": "web",
            "uid": UID,
            "changes": changes,
        }
    )
