from typing import Any

import pytest

from stanch.runbook.bind import bind
from stanch.runbook.command import command_template
from stanch.runbook.findings import CODES
from stanch.runbook.grammar.kubectl import VERBS
from stanch.runbook.grammar.kubectl_verbs import Verb
from stanch.runbook.kinds import SAMPLES, models
from stanch.runbook.model import Joined, ParamRef, Step
from stanch.tools.operations import BaseOperation
from stanch.tools.operations.kubernetes_names import ALL
from tests.unit.runbook.kubectl_params import PARAMS

NS = ParamRef(param="namespace")
DEPLOYMENT = ParamRef(param="deployment")
POD = ParamRef(param="pod")
ABOUT_POD = "involvedObject.kind=Pod,involvedObject.name=<pod>"


READS: list[tuple[str, str, dict[str, Any]]] = [
    ("get pods -n <namespace>", "list", {"resource": "pods", "namespace": NS}),
    ("get po -A", "list", {"resource": "pods", "namespace": None}),
    ("get pods", "list", {"resource": "pods", "namespace": NS}),
    ("get Pods -n shop", "list", {"resource": "pods"}),
    ("get pods -n shop -w=false", "list", {"resource": "pods"}),
    ("get sts -n shop", "list", {"resource": "statefulsets"}),
    ("get certificates.cert-manager.io -A", "list", {"resource": "certificates.cert-manager.io"}),
    ("get deployments.v1.apps -n shop", "list", {"resource": "deployments"}),
    ("get nodes -n shop", "list", {"resource": "nodes", "namespace": None}),
    (
        "get ds web -A",
        "list",
        {"fields": [{"path": "metadata.name", "operator": "=", "value": "web"}]},
    ),
    ("get pv,pvc -n shop", "list_several", {"namespace": "shop"}),
    ("get all -n shop", "list_several", {"resources": list(ALL)}),
    (
        "get deploy/a svc/<deployment> -n shop",
        "read_several",
        {
            "objects": [
                {"resource": "deployments", "name": "a"},
                {"resource": "services", "name": DEPLOYMENT},
            ]
        },
    ),
    (
        "get svc <deployment>-rw -n shop",
        "read",
        {"name": Joined(parts=(DEPLOYMENT, "-rw"))},
    ),
    ("get pods -n shop -o wide --show-labels --no-headers", "list", {"namespace": "shop"}),
    ("-n shop get pods", "list", {"namespace": "shop"}),
    ("--namespace=shop get pods", "list", {"namespace": "shop"}),
    ("get pods -nshop", "list", {"namespace": "shop"}),
    ("get pods -n=shop", "list", {"namespace": "shop"}),
    ("get pods -n<namespace>", "list", {"namespace": NS}),
    ("get pods --namespace=<namespace>", "list", {"namespace": NS}),
    ("get nodes", "list", {"resource": "nodes", "namespace": None}),
    ("get deploy/<deployment> -n shop", "read", {"name": DEPLOYMENT}),
    ("get deployment <deployment> -n shop", "read", {"resource": "deployments"}),
    ("get cm app -n shop -o yaml", "read", {"resource": "configmaps", "name": "app"}),
    ("get hpa -n shop", "list", {"resource": "horizontalpodautoscalers"}),
    ("get no/<pod>", "read", {"resource": "nodes", "name": POD, "namespace": None}),
    (
        "get pods -n shop -l app=<deployment>,tier!=x",
        "list",
        {
            "labels": [
                {"key": "app", "operator": "=", "values": [DEPLOYMENT]},
                {"key": "tier", "operator": "!=", "values": ["x"]},
            ]
        },
    ),
    (
        "get pods -n shop -l 'env in (a, <version>), !canary, key'",
        "list",
        {
            "labels": [
                {"key": "env", "operator": "in", "values": ["a", ParamRef(param="version")]},
                {"key": "canary", "operator": "!exists"},
                {"key": "key", "operator": "exists"},
            ]
        },
    ),
    (
        "get pods -n shop --field-selector status.phase!=Running",
        "list",
        {"fields": [{"path": "status.phase", "operator": "!=", "value": "Running"}]},
    ),
    (
        "get events -n <namespace> --sort-by=.lastTimestamp",
        "events",
        {"namespace": NS, "warnings_only": False},
    ),
    (
        f"get events -n shop --field-selector {ABOUT_POD},type=Warning",
        "events",
        {"about_kind": "Pod", "about_name": POD, "warnings_only": True},
    ),
    (
        "get events -n shop --field-selector reason=BackOff",
        "list",
        {"fields": [{"path": "reason", "operator": "=", "value": "BackOff"}]},
    ),
    ("describe pod <pod> -n shop", "describe", {"resource": "pods", "name": POD}),
    ("describe node a", "describe", {"resource": "nodes", "namespace": None}),
    ("describe pods -n shop -l app=a", "describe_several", {"resources": ["pods"]}),
    ("describe pod a b -n shop", "describe_several", {"resources": []}),
    ("logs <pod> -n shop -c app", "logs", {"pod": POD, "container": "app"}),
    ("logs pod/<pod> -n shop -p", "logs", {"pod": POD, "previous": True}),
    ("logs <pod> app -n shop --tail=-1", "logs", {"container": "app", "tail": 100_000}),
    ("logs sts/db -n shop --all-containers", "logs", {"all_containers": True}),
    ("logs job/db -n shop -f=false", "logs", {"owner": {"resource": "jobs", "name": "db"}}),
    (
        "logs a -n shop --since-time=2026-11-21T00:00:00Z",
        "logs",
        {"since_time": "2026-11-21T00:00:00Z"},
    ),
    (
        "logs deploy/<deployment> -n shop --tail=<count> --since=1h30m --previous=false",
        "logs",
        {"deployment": DEPLOYMENT, "tail": ParamRef(param="count"), "since_seconds": 5400},
    ),
    (
        "logs -l app=<deployment> -n shop --timestamps --prefix",
        "logs",
        {"labels": [{"key": "app", "operator": "=", "values": [DEPLOYMENT]}]},
    ),
    (
        "events -n shop --for Pod/<pod> --types=Warning",
        "events",
        {"about_kind": "Pod", "about_name": POD, "warnings_only": True},
    ),
    (
        "events -A --types=Warning",
        "list",
        {
            "resource": "events",
            "fields": [{"path": "type", "operator": "=", "value": "Warning"}],
        },
    ),
    (
        "rollout status deploy/<deployment> -n shop --timeout=60s --watch=false",
        "rollout_status",
        {"name": DEPLOYMENT},
    ),
    (
        "rollout history deployment <deployment> -n shop",
        "rollout_history",
        {"name": DEPLOYMENT},
    ),
    ("top pods -n shop -l app=web --containers", "top_pods", {"namespace": "shop"}),
    ("top node", "top_nodes", {}),
    ("top pods -A", "top_pods", {"namespace": None}),
    ("top pod <pod> -n shop", "top_pods", {"name": POD}),
    ("top node -l role=db", "top_nodes", {}),
    ("rollout status sts/db -n shop", "workload_rollout_status", {"resource": "statefulsets"}),
    ("rollout history ds/x -n shop", "workload_rollout_history", {"resource": "daemonsets"}),
    (
        "wait --for=condition=Ready pod/<pod> -n shop --timeout=2m",
        "wait",
        {"condition": "condition=Ready", "seconds": 120},
    ),
    (
        "wait pods -l app=a -n shop --for=jsonpath='{.status.phase}'=Running",
        "wait",
        {"resource": "pods", "condition": "jsonpath={.status.phase}=Running"},
    ),
    ("wait deploy --all -n shop --for=delete", "wait", {"resource": "deployments", "labels": []}),
    ("auth can-i delete pods -n shop", "can_i", {"verb": "delete", "resource": "pods"}),
    ("auth can-i '*' '*' -A", "can_i", {"verb": "*", "namespace": None}),
    ("auth can-i get /metrics -n shop", "can_i", {"resource": "/metrics"}),
    (
        "auth can-i --list --as=system:serviceaccount:<namespace>:<deployment> -n shop",
        "can_i",
        {"list_all": True},
    ),
    ("auth whoami", "whoami", {}),
    ("api-resources --api-group=apps --namespaced=true", "api_resources", {"namespaced": True}),
    ("api-versions", "api_versions", {}),
    ("version --short", "version", {}),
    ("cluster-info", "list", {"resource": "services", "namespace": "kube-system"}),
]


@pytest.mark.parametrize(("text", "kind", "fields"), READS)
def test_a_read_becomes_the_template_of_an_operation(
    text: str, kind: str, fields: dict[str, Any]
) -> None:
    template = command_template(f"kubectl {text}", PARAMS)
    assert template.kind == f"kubernetes.{kind}"
    assert {name: template.fields[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("rollout undo deployment/<deployment> -n shop", "undo_rollout", {"name": DEPLOYMENT}),
        ("rollout undo deploy web -n shop --to-revision=3", "undo_rollout", {"to_revision": 3}),
        ("rollout restart deploy/<deployment> -n <namespace>", "restart", {"namespace": NS}),
        ("scale --replicas=4 deployment web -n shop", "scale", {"replicas": 4, "name": "web"}),
        (
            "scale deploy/web -n shop --replicas <count>",
            "scale",
            {"replicas": ParamRef(param="count")},
        ),
    ],
)
def test_a_change_becomes_the_template_of_an_intent(
    text: str, kind: str, fields: dict[str, Any]
) -> None:
    template = command_template(f"kubectl {text}", PARAMS)
    assert template.kind == f"intent.{kind}"
    assert {name: template.fields[name] for name in fields} == fields


@pytest.mark.parametrize("text", [text for text, _, _ in READS])
def test_an_operation_shown_as_a_command_is_read_as_the_same_operation(text: str) -> None:
    operation = bound(f"kubectl {text}")
    assert bound(operation.as_text()) == operation


def bound(text: str) -> BaseOperation:
    """Return the operation that a command is, with typical values for its parameters."""
    template = command_template(text, PARAMS)
    values = {name: SAMPLES[param.type] for name, param in PARAMS.items()}
    step = Step(name="x", section="diagnosis", text=text, template=template, line=1)
    operation = bind(step, values, params=PARAMS)
    assert isinstance(operation, BaseOperation)
    return operation


def test_the_parameters_of_a_template_are_named_once_each() -> None:
    text = "kubectl get pods -n <namespace> -l app=<deployment>,web!=<deployment>"
    assert command_template(text, PARAMS).params == ("namespace", "deployment")


def test_an_undeclared_parameter_is_kept_under_its_own_name_whatever_the_field() -> None:
    template = command_template("kubectl scale deploy/a -n shop --replicas=<nobody>", PARAMS)
    assert template.params == ("nobody",)


@pytest.mark.parametrize(
    "verb", [verb for verb in VERBS if " -" in verb.form], ids=lambda verb: verb.words
)
def test_the_form_that_a_verb_shows_in_its_errors_is_itself_accepted(verb: Verb) -> None:
    form = verb.form.replace("VERB", "get").replace("IMAGE", "img").replace("ACCOUNT", "robot")
    form = form.replace("POD:", "web:").replace("NAME=VALUE", "A=b").replace("TYPE", "deployment")
    form = form.replace("POD", "web").replace("NAME", "web")
    form = form.replace("[web]", "").replace("[-l SELECTOR]", "-l app=web")
    assert command_template(form, PARAMS).kind in models()


@pytest.mark.parametrize(
    ("flags", "view"),
    [
        ("-o wide", {"format": "wide"}),
        ("-oyaml", {"format": "yaml"}),
        ("-o=json --no-headers", {"format": "json", "headers": False}),
        ("-o name --show-labels", {"format": "name", "labels": True}),
        ("-o jsonpath='{.a}'", {"format": "jsonpath", "expression": "{.a}"}),
        ("-o=jsonpath='{.a}'", {"format": "jsonpath", "expression": "{.a}"}),
        ("-ojsonpath='{.a}'", {"format": "jsonpath", "expression": "{.a}"}),
        ("-o jsonpath --template='{.a}'", {"format": "jsonpath", "expression": "{.a}"}),
        ("-o custom-columns=A:.b", {"format": "custom-columns", "expression": "A:.b"}),
        ("--sort-by=.metadata.name", {"sort_by": ".metadata.name"}),
        ("-o go-template='{{.a}}'", None),
        ("", None),
    ],
)
def test_the_way_to_print_an_answer_becomes_a_view(flags: str, view: object) -> None:
    assert command_template(f"kubectl get pods -n shop {flags}", PARAMS).view == view


def test_the_context_is_kept_beside_the_operation() -> None:
    for text in ("--context prod get pods -n shop", "get pods -n shop --context=prod"):
        template = command_template(f"kubectl {text}", PARAMS)
        assert (template.kind, template.context) == ("kubernetes.list", "prod")


def test_every_reason_has_a_code_of_the_table() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(len(code) == 5 and meaning for code, meaning in CODES.items())
