"""oc speaks as kubectl does, with verbs of its own; commands in containers are read inside."""

from typing import Any

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from stanch.runbook.grammar.kubectl import GRAMMAR
from stanch.runbook.grammar.typed import Surroundings, Typed
from stanch.runbook.kinds import effect, models
from stanch.runbook.model import ParamRef, Template
from stanch.runbook.words import Word, scan

NS = ParamRef(param="namespace")


def worst(text: str) -> str:
    return effect(command_template(text, {}), {}).word


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("oc get co", "kubernetes.list"),
        ("oc -n shop get pods -o name", "kubernetes.list"),
        ("k get pods", "kubernetes.list"),
        ("oc adm top pods", "kubernetes.top_pods"),
        ("oc adm top node a", "kubernetes.top_nodes"),
        ("oc whoami", "kubernetes.whoami"),
        ("oc auth can-i update leases --as=bob", "kubernetes.can_i"),
        ("oc project", "manual.read"),
        ("oc status", "manual.read"),
        ("oc adm upgrade", "manual.read"),
        ("oc adm node-logs --role=master -u kubelet", "manual.read"),
        ("oc adm node-logs --help", "manual.read"),
        ("oc adm prune images --keep-younger-than=60m", "manual.read"),
        ("oc adm prune images --confirm=false", "manual.read"),
        ("oc adm policy who-can get pods", "manual.read"),
        ("oc adm release info", "manual.read"),
    ],
)
def test_a_read_of_oc_observes(text: str, kind: str) -> None:
    template = command_template(text, {})
    assert template.kind == kind
    assert worst(text) == "observe"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("oc project prod", "mutate"),
        ("oc adm upgrade --to-latest", "mutate"),
        ("oc adm upgrade --to=4.12 --force", "destructive"),
        ("oc adm prune images --confirm", "destructive"),
        ("oc adm cordon a", "mutate"),
        ("oc adm drain a --ignore-daemonsets", "destructive"),
        ("oc adm policy add-scc-to-user privileged -z default", "mutate"),
        ("oc adm must-gather -- /usr/bin/gather_audit_logs", "mutate"),
        ("oc adm must-gather -- rm -rf /", "destructive"),
        ("oc adm inspect clusteroperator/a --dest-dir=out", "mutate"),
        ("oc image extract --file /a/b quay.io/c --confirm", "mutate"),
        ("oc tag a:b c:d -d", "destructive"),
        ("oc debug node/a", "destructive"),
        ("oc debug node/a -- chroot /host crictl rmp -fa", "destructive"),
        ("oc rsh web-0", "destructive"),
        ("oc delete machineset -n a-b --all", "destructive"),
    ],
)
def test_a_change_of_oc_has_its_effect(text: str, wanted: str) -> None:
    assert worst(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("oc whoami -t", "oc whoami --show-token", "oc sa get-token a", "oc extract secret/a"),
        *("oc serviceaccounts get-token a", "oc login https://evil.example", "oc dev_tool audit"),
        *("oc rsync a web:/b", "oc get secret a -o yaml", "oc adm", "oc adm upgrade --frobnicate"),
        "oc adm upgrade -- --to-latest",
        *("kubectl rsh web df", "kubectl adm top pods", "kubectl status", "kubectl whoami"),
        *("kubectl project", "kubectl process", "k adm upgrade"),
    ],
)
def test_what_oc_must_not_do_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        command_template(text, {})


def inner(words: tuple[Word, ...], around: Surroundings) -> Typed:
    """Read commands of a container that this test knows."""
    assert around.inside == "container"
    program = words[0]
    said: dict[str, Any] = {"program": "a", "words": [], "reason": "a test"}
    match program:
        case ("look",):
            return Typed(kind="manual.read", fields=said)
        case ("break",):
            return Typed(kind="intent.manual", fields={**said, "worst": "destructive"})
        case ("kubectl",):
            return Typed(kind="intent.delete", fields={})
        case ("kubectl-get",):
            return Typed(kind="kubernetes.list", fields={})
        case _:
            raise RefusedError("RB021", "unknown")


def inside(text: str) -> Template:
    program, *words = scan(text)
    typed = GRAMMAR.read(str(program[0]), tuple(words), Surroundings(read=inner))
    return Template(kind=typed.kind, fields=typed.fields, params=())


@pytest.mark.parametrize(
    "text",
    [
        "kubectl exec web-0 -n shop -- look",
        "kubectl exec -it web-0 -n shop -c app -- look",
        "kubectl exec -ti -n shop web-0 -- look",
        "kubectl -n shop exec web-0 look",
        "oc rsh -n shop web-0 look",
        "oc rsh -n shop deploy/web look -x --delete",
        "oc rsh -nshop deploy/web -- look",
    ],
)
def test_the_effect_in_a_container_is_that_of_the_program_there(text: str) -> None:
    for program, kind, wanted in (
        ("look", "kubernetes.exec", "observe"),
        ("break", "intent.exec", "destructive"),
        ("kubectl", "intent.exec", "destructive"),
    ):
        found = inside(text.replace("look", program))
        assert found.kind == kind
        assert effect(found, {}).word == wanted
        assert found.fields["namespace"] == "shop"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("kubectl exec -it web-0 -n shop", "No command"),
        ("kubectl exec -n shop -- look", "No pod"),
        ("kubectl exec web-0 other -n shop -- look", "More than one pod"),
        ("kubectl exec web-0 -n shop -- kubectl-get", "no command for a container"),
        ("kubectl exec web-0 -n shop -- sh", "unknown"),
        ("kubectl exec secret/a -n shop -- look", "Secrets"),
        ("kubectl exec configmap/a -n shop -- look", "no containers"),
        ("kubectl exec -f a.yaml -- look", "-f is refused"),
        ("kubectl --as=root exec web-0 -- look", "somebody else"),
    ],
)
def test_a_command_for_no_container_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        inside(text)


def test_a_service_may_be_named_with_a_parameter_glued_to_its_name() -> None:
    found = inside("kubectl exec svc/<cluster>-rw -n <namespace> -- look")
    assert found.fields["resource"] == "services"
    model = models()["kubernetes.exec"]
    filled = {**found.fields, "name": "db-rw", "namespace": "shop"}
    assert model.model_validate(filled).as_text() == ("kubectl exec services/db-rw -n shop -- a")
