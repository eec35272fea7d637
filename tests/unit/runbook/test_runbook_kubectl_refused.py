"""A kubectl command outside the grammar is refused with its reason, whatever its form."""

import pytest

from stanch.runbook.command import command_template
from stanch.runbook.findings import RefusedError
from tests.unit.runbook.kubectl_params import PARAMS


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
