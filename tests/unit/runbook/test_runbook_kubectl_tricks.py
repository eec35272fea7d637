"""Commands of kubectl and oc that are more than they look, and honest ones that look like more.

What each does was compared with the requests that real kubectl sends for it.
"""

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import effect


def answer(text: str) -> str:
    try:
        return effect(command_template(text, {}), {}).word
    except RefusedError:
        return "refused"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # What a patch lets go, or makes run.
        ("kubectl patch pv a -p '{SPEC:{Q:\"Delete\"}}'", "destructive"),
        ("kubectl patch pv a -p '{SPEC:{Q:\"Retain\"}}'", "mutate"),
        ("kubectl patch pod a --subresource=ephemeralcontainers -p '{SPEC:{}}'", "destructive"),
        ("kubectl patch pod a -p '{SPEC:{\"ephemeralContainers\":[{}]}}'", "destructive"),
        ('kubectl patch deploy a -p \'{"metadata":{"ownerReferences":[{}]}}\'', "destructive"),
        ('kubectl patch node a -p \'{SPEC:{"taints":[{"effect":"NoExecute"}]}}\'', "destructive"),
        ("kubectl patch node a -p '{SPEC:{\"unschedulable\":true}}'", "mutate"),
        ("kubectl patch clusterrole a --type=merge -p '{\"rules\":[]}'", "destructive"),
        ("kubectl patch cronjob a -p '{SPEC:{\"suspend\":true}}'", "mutate"),
        ("kubectl annotate machine a cluster.x-k8s.io/delete-machine=yes", "destructive"),
        # A change that is only tried, and what is not certain to be.
        ("kubectl label pod a b=c --dry-run=server", "observe"),
        ("kubectl scale deploy/a --replicas=0 --dry-run=client", "observe"),
        ("kubectl scale deploy/a --replicas=0 --dry-run", "mutate"),
        ("kubectl scale deploy/a --replicas=0 --dry-run=none", "mutate"),
        ("kubectl scale deploy/a --replicas=0 --dry-run client", "refused"),
        ("kubectl scale deploy/a --replicas=0 --dry-run=client --dry-run=none", "refused"),
        ("kubectl scale deploy/a --replicas=0 -- --dry-run=client", "refused"),
        ("kubectl exec a -- rm -rf /data --dry-run=client", "destructive"),
        ("kubectl exec a --dry-run=client -- rm -rf /data", "refused"),
        ("kubectl annotate pod a b=--dry-run=client", "mutate"),
        ("kubectl delete pod a --force --dry-run=server", "destructive"),
        ("kubectl apply -f web.yaml --dry-run=server", "observe"),
        ("kubectl apply -f https://example.org/a.yaml --dry-run=server", "mutate"),
        ("kubectl apply -k github.com/example/a --dry-run=client", "mutate"),
        ("kubectl create configmap a --from-literal=b=c --dry-run=client -o yaml", "observe"),
        ("kubectl create configmap a --from-file=/etc/shadow --dry-run=client -o yaml", "mutate"),
        ("kubectl create configmap a --from-file=b=/etc/shadow --dry-run=client", "mutate"),
        ("kubectl create configmap a --from-file=../a --dry-run=client -o yaml", "mutate"),
        # Secrets that are printed by what is no read of them.
        ("kubectl label secret a b=c --dry-run=client", "mutate"),
        ("kubectl label secret a b=c --dry-run=client -o yaml", "refused"),
        ("kubectl label secret a b=c -o name", "mutate"),
        ("kubectl label cm,secret -l app=a b=c -o go-template='{{.data}}'", "refused"),
        ("kubectl annotate secrets.v1. a b=c -ojson", "refused"),
        ("kubectl label <kind> a b=c -o yaml", "refused"),
        ("kubectl apply view-last-applied deploy/a", "observe"),
        ("kubectl apply view-last-applied secret/a", "refused"),
        ("kubectl apply view-last-applied deploy/a Secret/b", "refused"),
        ("kubectl apply view-last-applied <kind> a", "refused"),
        ("kubectl set env deploy/a --list", "observe"),
        ("kubectl set env deploy/a --list A=b", "refused"),
        ("kubectl set env deploy/a --list --from=secret/b", "refused"),
        ("kubectl set env deploy/a --list --resolve", "refused"),
        ("oc set env secret/a --list", "refused"),
        ("oc adm inspect secret/a", "refused"),
        ("kubectl expose secret a --port=80", "refused"),
        ("kubectl get oauthclients", "refused"),
        ("kubectl get connectors.dex.coreos.com -A", "refused"),
        ("kubectl get passwords.v1.dex.coreos.com -A", "refused"),
        ("kubectl get externalsecrets -A", "observe"),
        ("kubectl get sealedsecrets -A", "observe"),
        ("kubectl get cm kube-root-ca.crt", "observe"),
        # What is fetched from elsewhere, or written here.
        ("kubectl kustomize https://example.org/a", "refused"),
        ("kubectl kustomize git@example.org:a", "refused"),
        ("kubectl kustomize overlays/prod", "observe"),
        ("kubectl diff -f https://example.org/a.yaml", "refused"),
        ("kubectl diff -k example.org/a", "refused"),
        ("kubectl diff -f a.yaml", "observe"),
        ("oc adm release info --changelog=/tmp/a", "mutate"),
        ("oc adm must-gather -- /usr/bin/gather/../sh", "destructive"),
        # The addresses at which a server says how it is, and all others.
        ("kubectl get --raw '/readyz?verbose'", "observe"),
        ("kubectl get --raw=/healthz", "observe"),
        ("kubectl get --raw /api/v1/secrets", "refused"),
        ("kubectl get --raw /healthz/../api/v1/secrets", "refused"),
        ("kubectl get --raw /healthz --raw /api/v1/secrets", "refused"),
        ("kubectl get pods --raw /healthz", "refused"),
        # Honest questions.
        ("kubectl scale deploy/a --replicas=3 --current-replicas=2", "mutate"),
        ("kubectl set image deploy/a b=c:1 --record", "mutate"),
        ("kubectl explain pods --output=plaintext", "observe"),
        ("oc whoami --show-server", "observe"),
        ("oc whoami -c", "observe"),
        ("oc whoami --show-token", "refused"),
        ("oc logs bc/a", "observe"),
        ("oc logs build/a-1 --tail=20", "observe"),
        ("kubectl logs build/a-1", "refused"),
        ("oc adm node-logs --raw worker-1 -u kubelet", "observe"),
        ("kubectl get deploy a --subresource=status", "observe"),
        ("kubectl get deploy a --subresource=scale", "refused"),
    ],
)
def test_a_command_is_what_it_does_and_not_what_it_looks_like(text: str, wanted: str) -> None:
    text = text.replace("SPEC", '"spec"').replace("Q:", '"persistentVolumeReclaimPolicy":')
    assert answer(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "create secret generic a --from-literal=b=hunter2",
        "create secret generic a --from-literal=b=hunter2 --dry-run=client -o yaml",
        "create secret docker-registry a --docker-password=x=hunter2",
        "create secret docker-registry a --docker-password=hunter2=",
        "--kubeconfig=/tmp/a create secret generic a --from-literal=b=hunter2",
        "create secret generic a --from-literal=b=hunter2 --help",
        "create secret generic a --from-literal=b=hunter2 -- c",
        "set env secret a b=hunter2",
        """patch secret a -p '{"stringData":{"b":"hunter2"}}'""",
        """patch secrets.v1. a -p '{"stringData":{"b":"hunter2"}}'""",
    ],
)
def test_no_value_of_a_secret_gets_into_a_template(text: str) -> None:
    try:
        held = command_template(f"kubectl {text}", {}).model_dump_json()
    except RefusedError as error:
        held = f"{error} {error.remedy}"
    assert "hunter2" not in held


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("""patch pv a -p '{"spec":{"persistentVolumeReclaimPolicy":"<x>"}}'""", False),
        ("""patch node a -p '{"spec":{"taints":[{"effect":"<x>"}]}}'""", False),
        (
            """patch pv a --type json -p '[{"op":"add","path":"/a/myPolicy","value":"<x>"}]'""",
            False,
        ),
        ("""patch deploy a -p '{"spec":{"template":{"metadata":{"labels":{"b":"<x>"}}}}}'""", True),
    ],
)
def test_a_parameter_cannot_decide_whether_something_is_lost(text: str, fine: bool) -> None:
    assert (answer(f"kubectl {text}") == "mutate") is fine
    assert (answer(f"kubectl {text}") == "refused") is not fine


@pytest.mark.parametrize(
    ("text", "namespaces"),
    [
        ("get pods -A", True),
        ("get pods --all-namespaces -o wide", True),
        ("get pods -n shop -o wide", None),
        ("events -A", True),
        ("get pods -A=false -n shop --no-headers", None),
    ],
)
def test_a_table_of_all_namespaces_names_them(text: str, namespaces: bool | None) -> None:
    view = command_template(f"kubectl {text}", {}).view
    assert (view or {}).get("namespaces") is namespaces


def test_an_object_in_no_namespace_is_read_and_not_looked_for_in_all() -> None:
    template = command_template("kubectl get node a -A", {})
    assert template.kind == "kubernetes.read"
    assert template.fields["namespace"] is None
