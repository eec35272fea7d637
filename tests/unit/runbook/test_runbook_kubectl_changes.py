"""Changes by kubectl: each is an intent whose effect follows from its fields, never too low."""

from typing import Any

import pytest

from stanch.runbook.findings import RefusedError
from stanch.runbook.kinds import unbounded
from stanch.runbook.model import ParamRef
from tests.unit.runbook.kubectl_effects import PARAMS, read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rollout restart sts/db", "rollout"),
        ("rollout restart deployment -l app=web", "rollout"),
        ("rollout restart deploy/a deploy/b", "rollout"),
        ("rollout pause deploy/web", "rollout"),
        ("rollout resume deploy/web", "rollout"),
        ("rollout undo ds/web --to-revision=3", "rollout"),
        ("scale --replicas=0 sts/db", "scale_objects"),
        ("scale deploy/a deploy/b --replicas=2", "scale_objects"),
        ("scale statefulset.apps --replicas=0 --all", "scale_objects"),
        ("autoscale deploy web --min=2 --max=5 --cpu-percent=80", "autoscale"),
        ("set image deploy/web app=reg/app:v2", "set"),
        ("set env deploy/web A=B C-", "set"),
        ("set resources deploy/web --limits=cpu=200m -c app", "set"),
        ("set serviceaccount deploy web robot", "set"),
        ("cordon a b", "cordon"),
        ("uncordon node/a", "cordon"),
        ("taint nodes <node> dedicated=gpu:NoSchedule", "taint"),
        ("taint nodes a dedicated=gpu:NoExecute-", "taint"),
        ("taint nodes a dedicated-", "taint"),
        ("""patch deploy web -p '{"spec":{"replicas":3}}'""", "patch"),
        ("""patch svc web -p 'spec: {type: NodePort}'""", "patch"),
        ("""patch deploy web -p '{"spec":{"nodeName":"<node>"}}'""", "patch"),
        (r"""patch deploy web -p '{"spec":{"a":"\"<pod>"}}'""", "patch"),
        ("""patch hpa web -p '{"spec":{"maxReplicas":<count>}}'""", "patch"),
        (
            """patch deploy web --type json -p '[{"op":"add","path":"/spec/a/b","value":2}]'""",
            "patch",
        ),
        ("annotate deploy web cause='roll out v2' --overwrite", "annotate"),
        ("annotate vm a 'kubevirt.io/jsonpatch-'", "annotate"),
        ("label pods --all status=ok", "label"),
        ("label node <node> <key>=<key>", "label"),
        ("create ns a", "create"),
        ("create -f a.yaml", "apply"),
        ("apply -f a.yaml --server-side", "apply"),
        ("apply -k overlays/prod", "apply"),
        ("replace -f a.yaml", "apply"),
        ("auth reconcile -f a.yaml", "apply"),
        ("create job a --from=cronjob/b", "create"),
        ("expose deploy web --port=80", "create"),
        ("certificate approve a", "manual"),
        ("config use-context prod", "manual"),
        ("config set-context --current --namespace=a", "manual"),
        ("run a --image=nginx", "manual"),
        ("cp web-0:/tmp/x x", "manual"),
        ("cnpg restart CLUSTER -n NS", "manual"),
        ("create ns a --dry-run=none", "create"),
        ("create ns a --dry-run", "create"),
    ],
)
def test_what_can_be_put_back_is_a_mutation(text: str, kind: str) -> None:
    template, worst = read(text)
    assert (template.kind, worst) == (f"intent.{kind}", "mutate")
    assert not unbounded(template, PARAMS)


@pytest.mark.parametrize(
    "text",
    [
        "delete pod <pod>",
        "delete pods --all",
        "delete pod -l app=web --field-selector=status.phase=Failed",
        "delete -f https://example.org/a.yaml",
        "delete -k overlays/prod",
        "delete secret db",
        "delete pvc,pv data",
        "delete deploy/X",
        "delete pod web --force --dry-run=client",
        "delete pod web --dry-run=none",
        "delete pod web --dry-run",
        "-n get delete pvc data-0",
        "-nget delete pvc data-0",
        "--namespace=get delete pvc data-0",
        "--namespace get delete pvc data-0",
        "--context get delete pvc data-0",
        "--request-timeout get delete pvc data-0",
        "-n logs --context get delete pvc data-0",
        "delete -n get pvc data-0",
        "drain a --ignore-daemonsets",
        "drain -l role=db",
        "taint nodes a dedicated=gpu:NoExecute",
        """patch deploy web -p '{"spec":{"template":null}}'""",
        """patch pv a --type=merge -p '{"metadata":{"finalizers":[]}}'""",
        """patch ns a -p 'metadata: {finalizers: }'""",
        """patch deploy web -p '{"spec":{"containers":[{"name":"x","$patch":"delete"}]}}'""",
        """patch deploy web --type json -p '[{"op":"remove","path":"/spec/a/b"}]'""",
        """patch deploy web --type json -p '[{"op":"replace","path":"/spec","value":{}}]'""",
        """patch a b --type json -p '[{"op":"add","path":"/metadata/finalizers/0","value":"x"}]'""",
        "apply -f a --prune -l app=web",
        "apply -f a --force",
        "replace --force -f a",
        "auth reconcile -f a --remove-extra-permissions",
        "config delete-context prod",
        "cp a web-0:/tmp/a",
        "cnpg destroy db 1",
        "--kubeconfig a delete pod b",
        "delete pod b --kubeconfig=a",
        "--kubeconfig a scale deploy/b --replicas=1",
    ],
)
def test_what_nothing_puts_back_is_destructive(text: str) -> None:
    template, worst = read(text)
    assert template.kind.startswith("intent.")
    assert worst == "destructive"


@pytest.mark.parametrize(
    "text",
    [
        "run -it --rm a --image=busybox -- sh",
        "run a --image=busybox -- ls",
        """run a --image=busybox --overrides='{"spec":{"hostPID":true}}'""",
        "create job a --image=busybox -- ls",
        "debug web-0 -it --image=busybox --target=app -- ls",
        "debug node/a --image=busybox --profile=sysadmin -- chroot /host journalctl",
        "cnpg psql db",
        "krew install a",
    ],
)
def test_what_nobody_can_foresee_is_destructive_and_unbounded(text: str) -> None:
    template, worst = read(text)
    assert worst == "destructive"
    assert unbounded(template, PARAMS)


@pytest.mark.parametrize(
    "text",
    [
        "apply -f a.yaml --dry-run=server",
        "delete pod a --dry-run=client",
        "create deployment a --image=b --dry-run=client -o yaml",
        "drain a --dry-run=client",
        "diff -f a.yaml",
        "delete ns prod --help",
        "delete -h",
        "explain deployment.spec --recursive",
        "apply view-last-applied deploy/web",
        "config view --minify",
        "config current-context",
        "config get-contexts",
        "cnpg status db -v",
        "ctx",
    ],
)
def test_what_only_looks_like_a_change_is_a_read_for_people(text: str) -> None:
    template, worst = read(text)
    assert (template.kind, worst) == ("manual.read", "observe")


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("delete ns", "RB026", "No object is named"),
        ("delete -f -", "RB026", "input"),
        ("delete pod a -l b=c", "RB026", "Keep one"),
        ("delete pod a --dry-run=client --dry-run=none", "RB023", "twice"),
        ("delete pod a --as=admin", "RB023", "somebody else"),
        ("delete pod a --token=b", "RB023", "another cluster"),
        ("delete pod a -- --dry-run=client", "RB026", "behind"),
        ("delete pod a kubectl get pods", "RB026", "second command"),
        ("--kubeconfig a get pods", "RB023", "another cluster"),
        ("rollout undo deploy/web --dry-run=server", "RB023", "previews"),
        ("patch deploy a --patch-file b", "RB023", "not a flag"),
        ("patch deploy a", "RB026", "patch is missing"),
        ("patch deploy a -p '{'", "RB026", "neither JSON nor plain YAML"),
        ("patch deploy a -p 'a: &b 1'", "RB026", "neither JSON nor plain YAML"),
        (f"patch deploy a -p '{'[' * 2000}'", "RB026", "neither JSON nor plain YAML"),
        (f"""patch deploy a -p '{{"a":{"[" * 60}1{"]" * 60}}}'""", "RB028", "too deeply"),
        ("patch deploy a -p 'x'", "RB028", "object with the fields"),
        ("patch deploy a --type json -p '{}'", "RB028", "list of operations"),
        ("""patch deploy a -p '{"a":1,"a":null}'""", "RB028", "repeated"),
        ("""patch deploy a -p '{"spec":{"<key>":null}}'""", "RB027", "what it does"),
        ("""patch deploy a -p '{"metadata":{"<key>":"x"}}'""", "RB027", "what it does"),
        ("""patch deploy a -p '{"spec":{"replicas":<pod>}}'""", "RB027", "outside the strings"),
        ("""patch deploy a -p '{"a\\"":<pod>}'""", "RB027", "outside the strings"),
        (
            """patch deploy a --type json -p '[{"op":"<key>","path":"/a/b"}]'""",
            "RB027",
            "what it does",
        ),
        (
            """patch deploy a --type json -p '[{"op":"add","path":"/a/<key>","value":1}]'""",
            "RB027",
            "what it does",
        ),
        ("""patch secret a -p '{"data":{"a":"b"}}'""", "RB024", "on record"),
        ("taint nodes a", "RB026", "No taint"),
        ("taint nodes a b=c:<key>", "RB027", "effect of a taint"),
        ("taint nodes a b=c", "RB026", "no effect"),
        ("taint nodes a b=c:Never", "RB028", "effect"),
        ("label pod a", "RB026", "Nothing is to be set"),
        ("label a=b", "RB026", "No resource"),
        ("cordon", "RB026", "named, or chosen"),
        ("scale --all --replicas=1", "RB026", "No resource"),
        ("autoscale deploy a", "RB026", "--max"),
        ("create token a", "RB022", "credential"),
        ("create -n a token b", "RB024", "credential"),
        ("create unicorn a", "RB024", "not known"),
        ("create", "RB026", "Nothing"),
        ("apply", "RB026", "One manifest"),
        ("apply -f -", "RB026", "input"),
        ("run a", "RB026", "image"),
        ("cp a b", "RB026", "in a pod"),
        ("cp a", "RB026", "Two places"),
        ("get-token", "RB022", "not in the grammar"),
        ("cnpg frobnicate", "RB022", "not in the grammar"),
    ],
)
def test_a_change_that_cannot_be_told_is_refused(text: str, code: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as caught:
        read(text)
    assert caught.value.code == code


def test_the_values_of_a_secret_are_not_kept() -> None:
    template, worst = read("create secret generic a --from-literal=password=hunter2")
    assert worst == "mutate"
    assert "hunter2" not in repr(template)
    assert "--from-literal=password=..." in template.fields["words"]


def test_a_secret_is_no_read_even_when_it_is_only_tried() -> None:
    text = "create secret generic a --from-literal=password=hunter2 --dry-run=client -o yaml"
    template, worst = read(text)
    assert (template.kind, worst) == ("intent.create", "mutate")
    assert "hunter2" not in repr(template)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("--cpu-percent=70", {"cpu": 70}),
        ("--cpu=70%", {"cpu": 70}),
        ("--min=3 --cpu=<count>%", {"least": 3, "cpu": ParamRef(param="count")}),
        ("--name=web-cpu", {"named": "web-cpu"}),
        ("", {}),
    ],
)
def test_an_autoscaler_keeps_the_share_and_the_name_that_are_asked_for(
    words: str, fields: dict[str, Any]
) -> None:
    template, _ = read(f"autoscale deploy web --max=20 {words} -n shop")
    assert template.kind == "intent.autoscale"
    found = {name: template.fields.get(name) for name in ("least", "cpu", "named")}
    assert {name: value for name, value in found.items() if value is not None} == fields


@pytest.mark.parametrize("target", ["--cpu=500m", "--cpu=500", "--memory=70%"])
def test_an_autoscaler_that_follows_something_else_is_left_to_people(target: str) -> None:
    template, worst = read(f"autoscale deploy web --max=20 {target} -n shop")
    assert (template.kind, worst) == ("intent.manual", "mutate")


@pytest.mark.parametrize("flag", ["--pod-selector=app=web", "--disable-eviction"])
def test_a_drain_of_some_pods_or_past_the_budgets_is_left_to_people(flag: str) -> None:
    template, worst = read(f"drain a --ignore-daemonsets {flag}")
    assert (template.kind, worst) == ("intent.manual", "destructive")


@pytest.mark.parametrize("flag", ["--delete-emptydir-data", "--delete-local-data"])
def test_a_drain_takes_local_data_only_when_it_is_said(flag: str) -> None:
    assert read("drain a --ignore-daemonsets")[0].fields["local_data"] is False
    assert read(f"drain a {flag}")[0].fields["local_data"] is True


@pytest.mark.parametrize(("what", "kind"), [("deploy/a", "scale"), ("sts/a", "scale_objects")])
def test_a_scale_that_is_meant_for_a_number_of_replicas_keeps_it(what: str, kind: str) -> None:
    template, worst = read(f"scale {what} --replicas=3 --current-replicas=2 -n shop")
    assert (template.kind, worst) == (f"intent.{kind}", "mutate")
    assert (template.fields["replicas"], template.fields["current"]) == (3, 2)
