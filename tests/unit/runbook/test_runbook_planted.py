"""Every kind of defect, planted in a good runbook, is found with its code and its line."""

from pathlib import Path
from typing import NamedTuple

import pytest

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.runbook.findings import CODES, NOTES, Finding, RunbookError
from stanch.runbook.read import read

GOOD = """\
---
title: The queue does not drain
owner: payments
alerts:
  - {alertname: QueueGrows}
params:
  namespace: {type: dns-label, from: labels.namespace}
  deployment: {type: dns-label, from: labels.deployment}
hypotheses:
  bad-release:
    claim: The newest release of <deployment> fails.
    for: [recent-rollout]
    against: [no-recent-rollout]
    mitigations: [undo-rollout]
sli:
  error_ratio: sum(rate(errors_total{namespace="<namespace>"}[1m]))
  limit: 0.01
risks:
  - The release before may have its own faults.
---

# The queue does not drain

## Meaning

Messages wait.

## Diagnosis

See the pods.

```sh {name=pods}
kubectl get pods -n <namespace>
```

See the rate.

```promql {name=rate range=30m}
sum(rate(messages_total{namespace="<namespace>"}[1m]))
```

## Mitigation

Go back.

```sh {name=undo-rollout verify=rollout-complete undo=redo-rollout}
kubectl rollout undo deployment/<deployment> -n <namespace>
```

## Related

Other runbooks.
"""

PODS = "kubectl get pods -n <namespace>\n"
UNDO = "kubectl rollout undo deployment/<deployment> -n <namespace>\n"
UNDO_FENCE = "```sh {name=undo-rollout verify=rollout-complete undo=redo-rollout}"
RATE = 'messages_total{namespace="<namespace>"}[1m]'
NAMESPACE = "  namespace: {type: dns-label, from: labels.namespace}\n"


class Planted(NamedTuple):
    """A defect: what is replaced, by what, and the text on the line where it must be found."""

    name: str
    code: str
    old: str
    new: str
    at: str


DEFECTS = (
    Planted("a hidden character", "RB001", "Messages wait.", "Messages\u202e wait.", "Messages"),
    Planted("no front matter", "RB002", GOOD[: GOOD.index("# The queue")], "", "# The queue"),
    Planted("an anchor", "RB002", "owner: payments", "owner: &o payments", "owner: &o"),
    Planted("an unknown key", "RB003", "owner: payments", "onwer: payments", "onwer"),
    Planted("a repeated key", "RB003", "owner: payments", "owner: a\nowner: b", "owner: b"),
    Planted("a wrong value", "RB004", "limit: 0.01", "limit: 7", "limit: 7"),
    Planted("no title", "RB004", "title: The queue does not drain\n", "", "owner:"),
    Planted("no alert", "RB005", "  - {alertname: QueueGrows}\n", "", "alerts:"),
    Planted("an unreadable info", "RB010", "{name=pods}", "{name = pods}", "{name = pods}"),
    Planted("an unknown attribute", "RB011", "{name=pods}", "{nam=pods}", "{nam=pods}"),
    Planted("a wrong attribute", "RB011", "verify=rollout-complete", "verify=hope", "verify=hope"),
    Planted(
        "attributes on prose",
        "RB012",
        "Messages wait.\n",
        "Messages wait.\n\n```sh {name=x}\nkubectl get pods -n shop\n```\n",
        "{name=x}",
    ),
    Planted("an open block", "RB013", "Other runbooks.\n", "## Diagnosis\n\n```sh\n", "```sh\n"),
    Planted("an empty block", "RB014", PODS, "# nothing yet\n", "```sh {name=pods}"),
    Planted(
        "indented code", "RB015", "See the rate.\n", f"See the rate.\n\n    {PODS}", f"    {PODS}"
    ),
    Planted("inline code", "RB016", "See the rate.", f"Run `{PODS.strip()}` first.", "Run `"),
    Planted(
        "HTML",
        "RB017",
        "See the rate.\n",
        f"See the rate.\n\n<pre>\n{PODS}</pre>\n",
        "<pre>",
    ),
    Planted(
        "a quoted block",
        "RB018",
        "See the rate.\n",
        f"See the rate.\n\n> ```sh\n> {PODS}> ```\n",
        "> ```sh",
    ),
    Planted(
        "a sentence in a block", "RB019", PODS, f"{PODS}Then look at the events.\n", "Then look"
    ),
    Planted("a separator", "RB020", PODS, f"{PODS[:-1]}; date\n", "; date"),
    Planted("a redirect", "RB020", PODS, f"{PODS[:-1]} > pods.txt\n", "pods.txt"),
    Planted("an unknown program", "RB021", PODS, "frobnicate -n x\n", "frobnicate"),
    Planted("an unknown verb", "RB022", PODS, "kubectl frob pods -n x\n", "kubectl frob"),
    Planted("another identity", "RB023", PODS, f"{PODS[:-1]} --as=admin\n", "--as=admin"),
    Planted("an unknown flag", "RB023", PODS, f"{PODS[:-1]} --frob\n", "--frob"),
    Planted("secrets", "RB024", PODS, "kubectl get secrets -n <namespace>\n", "get secrets"),
    Planted("no argument", "RB026", PODS, "kubectl describe -n <namespace>\n", "describe -n"),
    Planted("a program as parameter", "RB027", PODS, "<tool> get pods -n x\n", "<tool>"),
    Planted("an impossible name", "RB028", PODS, "kubectl get pods -n Shop_1\n", "Shop_1"),
    Planted(
        "a shell",
        "RB029",
        PODS,
        "kubectl exec web-0 -n <namespace> -- sh -c 'x'\n",
        "kubectl exec",
    ),
    Planted("broken PromQL", "RB030", "sum(rate(messages", "sum(rate((messages", "range=30m"),
    Planted(
        "a parameter in PromQL", "RB031", RATE, RATE.replace("1m", "<namespace>"), "{name=rate"
    ),
    Planted("no filter", "RB032", PODS, f"{PODS[:-1]} | tee pods.txt\n", "| tee"),
    Planted(
        "broken SQL",
        "RB033",
        "See the rate.\n",
        "```sql {database=orders}\nSELEKT 1\n```\n",
        "SELEKT",
    ),
    Planted(
        "SQL that sleeps",
        "RB034",
        "See the rate.\n",
        "```sql {database=orders}\nSELECT pg_sleep(60)\n```\n",
        "SELECT",
    ),
    Planted("a local file by curl", "RB035", PODS, "curl file:///etc/shadow\n", "curl file"),
    Planted("an endless log", "RB036", PODS, "journalctl -u web -f\n", "journalctl"),
    Planted("a secret file", "RB037", PODS, "cat /etc/shadow\n", "cat /etc"),
    Planted("no client", "RB038", PODS, "helm list\n", "helm list"),
    Planted(
        "an output too early",
        "RB039",
        PODS,
        "kubectl logs $POD -n <namespace>\nPOD=$(kubectl get pods -n <namespace> -o name)\n",
        "kubectl logs",
    ),
    Planted("undeclared", "RB040", PODS, "kubectl get pods -n <ns>\n", "-n <ns>"),
    Planted(
        "never used", "RB041", NAMESPACE, f"{NAMESPACE}  pod: {{type: dns-label}}\n", "  pod: {"
    ),
    Planted("no source", "RB042", "from: labels.namespace", "from: label.namespace", "label.name"),
    Planted(
        "a default that does not fit",
        "RB042",
        "from: labels.namespace}",
        "from: labels.namespace, default: A_B}",
        "default: A_B",
    ),
    Planted(
        "an enum without values",
        "RB043",
        NAMESPACE,
        "  namespace: {type: enum, from: labels.namespace}\n",
        "type: enum",
    ),
    Planted("a change under Diagnosis", "RB050", PODS, UNDO, UNDO),
    Planted("a read under Mitigation", "RB051", UNDO, PODS.replace("get", "describe"), "describe"),
    Planted("a false effect", "RB052", UNDO_FENCE[:-1], f"{UNDO_FENCE[:-1]} effect=observe", UNDO),
    Planted("no inverse", "RB053", " undo=redo-rollout", "", UNDO),
    Planted("no check", "RB053", " verify=rollout-complete", "", UNDO),
    Planted("a wrong inverse", "RB054", "undo=redo-rollout", "undo=scale-back", UNDO),
    Planted("two changes", "RB055", UNDO, UNDO + UNDO, "```sh {name=undo"),
    Planted(
        "an early deadline", "RB056", "=redo-rollout", "=redo-rollout soak=10m deadline=5m", UNDO
    ),
    Planted("a read with an inverse", "RB057", "{name=pods}", "{name=pods undo=none}", PODS),
    Planted("one name twice", "RB060", "{name=rate", "{name=pods", "sum(rate(messages"),
    Planted("no such mitigation", "RB061", "[undo-rollout]", "[undo-rolout]", "[undo-rolout]"),
    Planted("a change nobody names", "RB062", "    mitigations: [undo-rollout]\n", "", UNDO),
    Planted("an unknown sign", "RB063", "[recent-rollout]", "[pods-are-sad]", "[pods-are-sad]"),
    Planted("an unknown finding", "RB064", "labels.deployment", "finding.culprit", "culprit"),
    Planted(
        "no step", "RB065", GOOD[GOOD.index("## Diagnosis") : GOOD.index("## Related")], "", "---"
    ),
    Planted(
        "a broken sign",
        "RB066",
        "risks:",
        "signs:\n  full: {about: x, needs: [pods], cel: '1 +'}\nrisks:",
        "  full:",
    ),
    Planted(
        "a threshold without limits",
        "RB067",
        "risks:",
        "thresholds:\n  many: {step: rate, value: '1.0'}\nrisks:",
        "  many:",
    ),
    Planted(
        "a plan of steps that are not there",
        "RB070",
        "risks:",
        "plans:\n  careful: {steps: [undo-rollout, undo-more]}\nrisks:",
        "  careful:",
    ),
    Planted(
        "a step that nothing can follow",
        "RB070",
        UNDO_FENCE,
        UNDO_FENCE.replace("}", " then=more}"),
        UNDO,
    ),
    Planted(
        "a broken matcher",
        "RB068",
        "{alertname: QueueGrows}",
        "{matchers: ['alertname=~\"Queue(\"']}",
        "matchers",
    ),
)


def findings(folder: Path, text: str) -> tuple[Finding, ...]:
    path = folder / "planted.md"
    path.write_text(text, encoding="utf-8")
    try:
        found = read(path, root=folder, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS))
    except RunbookError as error:
        return error.findings
    return found.notes


def test_the_runbook_that_defects_are_planted_in_is_good(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == ()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: f"{one.code} {one.name}")
def test_a_planted_defect_is_found_with_its_code_and_its_line(
    defect: Planted, tmp_path: Path
) -> None:
    assert GOOD.count(defect.old) >= 1
    text = GOOD.replace(defect.old, defect.new, 1)
    found = findings(tmp_path, text)
    line = text.count("\n", 0, text.index(defect.at)) + 1
    assert (defect.code, line) in {(one.code, one.line) for one in found}, found
    assert all(one.message and (one.remedy or one.code in NOTES) for one in found)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: f"{one.code} {one.name}")
def test_a_planted_defect_brings_no_finding_of_another_place(
    defect: Planted, tmp_path: Path
) -> None:
    codes = {one.code for one in findings(tmp_path, GOOD.replace(defect.old, defect.new, 1))}
    # A part that is refused leaves what pointed to it, or what it used, without its other half.
    echoes = {
        "RB002": {"RB004", "RB005", "RB040", "RB041", "RB061", "RB062", "RB063"},
        "RB023": {"RB041"},
        "RB029": {"RB050"},
        "RB039": {"RB040"},
        "RB042": {"RB040", "RB041"},
        "RB043": {"RB040", "RB041"},
        "RB051": {"RB057", "RB061", "RB062", "RB041"},
        "RB055": {"RB062"},
        "RB061": {"RB062"},
        "RB065": {"RB041", "RB061"},
    }
    assert codes - {defect.code} <= echoes.get(defect.code, set())


def test_at_least_thirty_kinds_of_defect_are_planted() -> None:
    planted = {one.code for one in DEFECTS}
    assert len(planted) >= 30
    # A namespace that is not named is the parameter of that name; a date needs a calendar.
    assert set(CODES) - planted <= {"RB025", "RB069"}
