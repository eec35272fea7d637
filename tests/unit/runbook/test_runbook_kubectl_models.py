"""The operations hold whoever builds them by hand to the rules that the grammar follows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stanch.runbook.kinds import models
from stanch.tools.operations.kubernetes_names import BUILT_IN, canonical, hidden

WEB = {"resource": "deployments", "name": "web"}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("kubernetes.list", {"resource": "secrets", "namespace": "shop"}),
        ("kubernetes.list", {"resource": "pods/log", "namespace": "shop"}),
        ("kubernetes.list", {"resource": "../secrets", "namespace": "shop"}),
        ("kubernetes.read", {"resource": "secret", "namespace": "shop", "name": "a"}),
        ("kubernetes.read", {"resource": "pods", "namespace": "shop", "name": "a/../b"}),
        ("kubernetes.describe", {"resource": "secrets.v1", "namespace": "shop", "name": "a"}),
        ("kubernetes.list_several", {"resources": ["pods", "secrets"]}),
        ("kubernetes.read_several", {"objects": [{"resource": "secrets", "name": "a"}]}),
        ("kubernetes.read_several", {"objects": []}),
        ("kubernetes.describe_several", {}),
        ("kubernetes.describe_several", {"objects": [WEB], "resources": ["pods"]}),
        ("kubernetes.logs", {"namespace": "a", "owner": {"resource": "secrets", "name": "a"}}),
        ("kubernetes.logs", {"namespace": "a", "owner": WEB, "pod": "b"}),
        ("kubernetes.logs", {"namespace": "a", "pod": "b", "container": "c", "all_containers": 1}),
        ("kubernetes.wait", {"objects": [WEB], "condition": "forever"}),
        ("kubernetes.wait", {"objects": [WEB], "condition": "delete", "seconds": -1}),
        ("kubernetes.wait", {"objects": [WEB], "condition": "delete", "seconds": 3601}),
        ("kubernetes.wait", {"condition": "delete"}),
        ("kubernetes.can_i", {"verb": "get"}),
        ("kubernetes.can_i", {"verb": "get", "resource": "pods", "list_all": True}),
        ("kubernetes.top_pods", {"namespace": None, "name": "a"}),
        ("kubernetes.top_nodes", {"name": "a", "labels": [{"key": "a", "operator": "exists"}]}),
        (
            "kubernetes.exec",
            {
                "namespace": "a",
                "name": "b",
                "inner": {"kind": "intent.manual", "program": "rm", "reason": "a test"},
            },
        ),
        (
            "kubernetes.exec",
            {"namespace": "a", "name": "b", "inner": {"kind": "kubernetes.list"}},
        ),
        ("intent.delete", {}),
        ("intent.delete", {"resources": ["pods"]}),
        ("intent.delete", {"objects": [WEB], "every": True}),
        ("intent.label", {"objects": [WEB]}),
        ("intent.patch", {"objects": [WEB], "patch": "[]"}),
        ("intent.taint", {"resources": ["nodes"], "every": True, "taints": []}),
        ("intent.apply", {"verb": "apply", "files": []}),
        ("intent.apply", {"verb": "apply", "files": ["a\x1b[2K"]}),
        ("intent.annotate", {"objects": [WEB], "assign": [{"key": "a", "value": "\x9b2K"}]}),
        ("intent.patch", {"objects": [{"resource": "secrets", "name": "a"}], "patch": '{"a":1}'}),
        ("intent.patch", {"objects": [WEB], "patch": '{"a":\r1}'}),
        ("intent.create", {"resource": "secrets", "words": ["--from-literal=a=b"]}),
        ("intent.create", {"resource": "token", "words": ["web"]}),
        ("intent.set", {"objects": [{"resource": "secrets", "name": "a"}], "part": "data"}),
        ("intent.set", {"resources": ["pods", "secrets"], "every": True, "part": "env"}),
    ],
)
def test_an_operation_outside_the_rules_cannot_be_made(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        models()[kind].model_validate(fields)


def test_a_read_of_the_cluster_observes_and_a_change_does_not() -> None:
    for kind, fields, wanted in (
        ("kubernetes.list", {"resource": "pods"}, "observe"),
        ("intent.delete", {"objects": [WEB]}, "destructive"),
        ("intent.rollout", {"objects": [WEB], "action": "restart"}, "mutate"),
    ):
        assert models()[kind].model_validate(fields).effect.word == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("po", "pods"),
        ("Pod", "pods"),
        ("pods.v1.", "pods"),
        ("deploy", "deployments"),
        ("deployments.v1.apps", "deployments"),
        ("deployments.apps", "deployments"),
        ("deployments.example.org", "deployments.example.org"),
        ("pods.metrics.k8s.io", "pods.metrics.k8s.io"),
        ("Certificates.cert-manager.io", "certificates.cert-manager.io"),
    ],
)
def test_a_resource_has_one_name_however_it_is_written(name: str, wanted: str) -> None:
    assert canonical(name) == wanted


@given(
    base=st.sampled_from(["secret", "secrets", "SECRET", "Secrets", "accesstokens", "token"]),
    rest=st.sampled_from(["", ".v1.", ".", ".v1", ".example.org", ".v1.core"]),
)
def test_no_spelling_of_a_secret_is_taken_for_something_else(base: str, rest: str) -> None:
    assert hidden(base + rest)
    assert hidden(canonical(base + rest))


def test_no_built_in_resource_that_is_known_holds_secrets() -> None:
    assert not any(map(hidden, BUILT_IN))
    assert all(canonical(one.kind) == plural for plural, one in BUILT_IN.items())
