from typing import Any

import pytest

from stanch.runbook.bind import bind
from stanch.runbook.command import command_template
from stanch.runbook.findings import CODES, RefusedError
from stanch.runbook.grammar.kubectl import VERBS
from stanch.runbook.grammar.kubectl_verbs import Verb
from stanch.runbook.kinds import SAMPLES, models
from stanch.runbook.model import Joined, Param, ParamRef, Step
from stanch.tools.operations import BaseOperation
from stanch.tools.operations.kubernetes_names import ALL

PARAMS = {
    "namespace": Param(type="dns-label"),
    "deployment": Param(type="dns-subdomain"),
    "pod": Param(type="dns-subdomain"),
    "version": Param(type="label-value"),
    "count": Param(type="integer"),
}
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


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("scale deploy/web --replicas=1 -A", "RB023", "not a flag"),
        ("get pods -A -n shop", "RB025", "Both"),
        ("get secrets -n shop", "RB024", "Secrets are never read"),
        ("get secret/db -n shop", "RB024", "Secrets are never read"),
        ("describe Secret db -n shop", "RB024", "Secrets are never read"),
        ("get pods,secrets -n shop", "RB024", "Secrets are never read"),
        ("get secrets.v1. -n shop", "RB024", "Secrets are never read"),
        ("get pod/a secret/b -n shop", "RB024", "Secrets are never read"),
        ("describe secrets.example.org a -n shop", "RB024", "Secrets are never read"),
        ("get oauthaccesstokens", "RB024", "Secrets are never read"),
        ("wait --for=delete secret/a -n shop", "RB024", "Secrets are never read"),
        ("get serviceaccounts/default/token -n shop", "RB026", "mixed"),
        ("get pod/a web -n shop", "RB026", "mixed"),
        ("get pods kubectl delete ns prod", "RB026", "second command"),
        ("get 'pods?' -n shop", "RB024", "not the name of a resource"),
        ("rollout restart deploy -n shop", "RB026", "No object is named"),
        ("rollout status pod/web -n shop", "RB024", "do not roll out"),
        ("rollout status deploy/a deploy/b -n shop", "RB026", "More than one"),
        ("get pods web -n shop -l a=b", "RB026", "Keep one"),
        ("get -n shop", "RB026", "No resource"),
        ("logs -n shop", "RB026", "exactly one"),
        ("logs web -n shop -l a=b", "RB026", "exactly one"),
        ("logs pod web -n shop", "RB026", "as one word"),
        ("logs web app -c app -n shop", "RB026", "-c"),
        ("logs web -n shop --container=a --since=1m --since-time=x", "RB028", "since_time"),
        ("events web -n shop", "RB026", "takes no names"),
        ("events -n shop --for pod", "RB026", "names no object"),
        ("events -n shop --for pod/", "RB026", "names no object"),
        ("events -n shop --for event/x", "RB024", "have no events"),
        ("events -n shop --for secret/x", "RB024", "never read"),
        ("events -n shop --types=Normal", "RB023", "Warning"),
        ("top pods web -l a=b -n shop", "RB026", "by labels"),
        ("top nodes a b", "RB026", "by labels"),
        ("get pods/ -n shop", "RB026", "name is empty"),
        ("logs configmap/web -n shop", "RB024", "not read from configmap/"),
        ("get pods -n shop -l <pod>", "RB027", "key"),
        ("get pods -n shop -l <pod>=a", "RB027", "key"),
        ("get pods -n shop --field-selector status.phase", "RB026", "requirement"),
        ("get pods -n shop -l 'a in (b) c'", "RB026", "not a requirement"),
        ("get pods -n Shop", "RB028", "namespace cannot be 'Shop'"),
        ("get pods Web -n shop", "RB028", "name cannot be 'Web'"),
        ("get pods -n <version>", "RB028", "narrower type"),
        ("get pods -n <deployment>", "RB028", "narrower type"),
        ("scale deploy/web -n shop --replicas=<pod>", "RB028", "narrower type"),
        ("scale deploy/web -n shop --replicas=+2", "RB028", "whole number"),
        ("scale deploy/web -n shop --replicas=010", "RB028", "whole number"),
        ("scale deploy/web -n shop --replicas=99999", "RB028", "replicas cannot be '?99999"),
        ("scale deploy/web -n shop", "RB026", "replicas is missing"),
        ("rollout undo deploy/web -n shop --to-revision=0", "RB028", "to_revision cannot be '?0"),
        ("logs web -n shop --tail=-2", "RB028", "not a whole number"),
        ("logs web -n shop --since=10", "RB028", "90s"),
        ("logs web -n shop --since=<count>s", "RB027", "mixes text and a parameter"),
        ("logs web -n shop -f", "RB023", "never ends"),
        ("get pods -n shop -w", "RB023", "never ends"),
        ("get pods -n shop --watch", "RB023", "never ends"),
        ("get pods -n shop --as=admin", "RB023", "acts as somebody else"),
        ("get pods -n shop --kubeconfig=/x", "RB023", "settings"),
        ("--kubeconfig /x get pods -n shop", "RB023", "settings"),
        ("get pods -n shop --server https://x", "RB023", "settings"),
        ("get pods -n shop -s https://x", "RB023", "settings"),
        ("get pods -n shop --token=x", "RB023", "settings"),
        ("get pods -n shop --cluster prod", "RB023", "settings"),
        ("get -f x.yaml -n shop", "RB023", "refused"),
        ("get --filename=https://evil.example/x -n shop", "RB023", "local files"),
        ("get pods -v=9 -n shop", "RB023", "credentials included"),
        ("get --raw /api/v1/pods", "RB023", "any address"),
        ("get pods -n shop -o jsonpath", "RB023", "wide, json, yaml, name"),
        ("get pods -n shop -o jsonpath-file=/etc/passwd", "RB023", "local file"),
        ("get pods -n shop -o go-template-file=/etc/passwd", "RB023", "local file"),
        ("get pods -n shop -o go-template-file --template=/etc/passwd", "RB023", "local file"),
        ("get pods -n shop -o templatefile=/etc/passwd", "RB023", "local file"),
        ("get pods -n shop -o custom-columns-file=/etc/passwd", "RB023", "local file"),
        ("label pod a b=c -n shop -o jsonpath-file=/etc/passwd", "RB023", "local file"),
        ("get pods -n shop -Aw", "RB023", "never ends"),
        ("get pods -n shop -n other", "RB023", "twice"),
        ("get pods -n", "RB023", "no value"),
        ("get pods -n -A", "RB023", "no value"),
        ("get pods -n ''", "RB023", "empty"),
        ("get pods -n shop --tail=5", "RB023", "not a flag"),
        ("get pods -n shop -- x", "RB026", "behind"),
        ("-- get pods", "RB022", "nothing to do"),
        ("-it get pods -n shop", "RB023", "-i is not a flag"),
        ("--force delete pod a -n shop", "RB023", "--force is refused"),
        ("get pods -n shop --nam=x", "RB023", "not a flag"),
        ("get pods -n shop --show-labels<pod>", "RB023", "not a flag"),
        ("rollout undo deploy/web -n shop --dry-run=server", "RB023", "previews"),
        ("attach web -n shop", "RB022", "session"),
        ("port-forward web 80 -n shop", "RB022", "session"),
        ("proxy", "RB022", "session"),
        ("edit deploy/web", "RB022", "editor"),
        ("cluster-info dump", "RB022", "whole cluster"),
        ("cluster-info dump --output-directory=/x", "RB022", "whole cluster"),
        ("describe-all web", "RB022", "not in the grammar"),
        ("rollout frobnicate deploy/web", "RB022", "kubectl rollout undo"),
        ("config view --raw", "RB023", "any address"),
        ("config view --flatten", "RB023", "credential"),
        ("config set-credentials bob --token=x", "RB022", "settings"),
        ("wait pod/a -n shop", "RB026", "--for is missing"),
        ("wait pods -n shop --for=delete", "RB026", "not named"),
        ("wait pod/a -n shop --for=delete --timeout=-1s", "RB028", "duration"),
        ("wait pod/a -n shop --for=delete --timeout=2h", "RB028", "seconds cannot be '?7200"),
        ("auth can-i delete -n shop", "RB026", "verb and a resource"),
        ("version now", "RB026", "too many"),
        ("frobnicate", "RB022", "what is not in it is refused"),
        ("top", "RB022", "kubectl top nodes"),
        ("", "RB022", "nothing to do"),
        ("<pod>", "RB022", "refused"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused_with_its_reason(
    text: str, code: str, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason) as caught:
        command_template(f"kubectl {text}", PARAMS)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "program", ["rmdirs", "<pod>", "k9", "./kubectl", "/tmp/kubectl", "kubectI", "KUBECTL"]
)
def test_another_program_is_refused(program: str) -> None:
    with pytest.raises(RefusedError) as caught:
        command_template(f"{program} get pods -n shop", PARAMS)
    assert caught.value.code in {"RB021", "RB027"}


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
