"""A runbook of one's own: outputs lead to further looks, pipes run here, own signs decide."""

from pathlib import Path
from typing import Any

import pytest

from tests.contracts.clients.client_targets import Corner
from tests.journeys.command import Stanch
from tests.journeys.conftest import BEFORE, image, labels

RUNBOOK = """\
---
title: A release looks strange
owner: platform
alerts:
  - matchers: ['alertname=~"Release(Strange|Odd)"', 'severity!="info"']
params:
  namespace: {type: dns-label, from: labels.namespace}
  deployment: {type: dns-label, from: labels.deployment}
  set: {type: dns-subdomain, from: output.newest-set}
thresholds:
  revisions:
    step: history
    value: "double(steps['history'].revisions.size())"
    critical: 2
signs:
  image-is-new:
    about: The pods run the second image.
    needs: [set]
    cel: "steps['set'].object.spec.template.spec.containers.exists(c, c.image.endsWith(':v2'))"
  image-is-old:
    about: The pods run the first image.
    needs: [set]
    cel: "steps['set'].object.spec.template.spec.containers.exists(c, c.image.endsWith(':v1'))"
  disk-is-full:
    about: The disk of the host is full.
    needs: [space]
    cel: "steps['space'].lines.exists(l, l.contains('100%'))"
hypotheses:
  strange:
    claim: The newest release of <deployment> is strange.
    for: [image-is-new, revisions-critical]
    against: [image-is-old, disk-is-full]
    mitigations: [take-back]
  full:
    claim: A disk is full.
    for: [disk-is-full]
    against: [image-is-old]
---
# A release looks strange

## Investigation

```sh {name=history}
kubectl rollout history deployment/<deployment> -n <namespace>
```

```sh {name=newest}
NEWEST_SET=$(kubectl get replicasets -n <namespace> -l app=<deployment> -o name \\
  --sort-by='.metadata.annotations.deployment\\.kubernetes\\.io/revision' \\
  | tail -1 | cut -d/ -f2)
```

```sh {name=set}
kubectl describe replicaset/<set> -n <namespace>
```

```sh {name=elsewhere}
kubectl --context=other get pods -n <namespace>
```

```sh {name=space}
df -h
```

## Remediation

```sh {name=take-back verify=rollout-complete,capacity-kept undo=redo-rollout soak=1s deadline=40s}
kubectl rollout undo deployment/<deployment> -n <namespace>
```
"""


@pytest.fixture
def strange(stanch: Stanch, runbook_folder: Path) -> Stanch:
    """Put the runbook beside the others."""
    (runbook_folder / "strange.md").write_text(RUNBOOK, encoding="utf-8")
    return stanch


def test_an_own_runbook_is_followed_to_the_cure(strange: Stanch, released: Corner) -> None:
    said = strange.said(*labels("ReleaseOdd", released.name), "--label", "severity=critical")
    assert "INC-1 waits for a decision on A-1" in said, said
    shown = strange.json("show", "INC-1")
    by_step = {item["step"]: item for item in shown["evidence"]}

    # The output of one step is the parameter of the next.
    newest = by_step["newest"]["data"]["shown"]["text"].strip()
    assert newest.startswith(f"{released.name}-")
    assert shown["incident"]["params"]["set"] == newest
    assert by_step["set"]["data"]["object"]["metadata"]["name"] == newest

    # What was not looked at is written down as that, with the reason.
    assert by_step["space"]["status"] == "refused"
    assert "no host is known for this alert" in by_step["space"]["text"]
    assert by_step["elsewhere"]["status"] == "refused"
    assert "context other" in by_step["elsewhere"]["text"]

    [cause] = [one for one in _weighed(strange) if one["id"] == "strange#strange"]
    assert cause["state"] == "leading"
    assert _names(cause["supporting"]) == {"strange#image-is-new", "strange#revisions-critical"}
    assert _names(cause["opposing"]) == set()
    assert _names(cause["open"]) == {"strange#disk-is-full"}
    assert "Not checked" in cause["open"][0]["because"]

    strange.said("approve", "A-1", "--yes")
    assert image(released) == BEFORE
    assert strange.said("audit", "verify")


def _weighed(stanch: Stanch) -> list[dict[str, Any]]:
    store = stanch.store()
    try:
        [event] = [one for one in store.journal.events("INC-1") if one.type == "hypotheses.weighed"]
    finally:
        store.close()
    return list(event.data["hypotheses"])


def _names(signs: list[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in signs}


def test_an_alert_that_a_matcher_holds_back_leads_to_no_runbook(strange: Stanch) -> None:
    match = ("runbook", "match", "--label", "alertname=ReleaseOdd", "--label")
    found = {one["name"] for one in strange.json(*match, "severity=critical") if one["sure"]}
    assert found == {"strange"}
    found = {one["name"] for one in strange.json(*match, "severity=info") if one["sure"]}
    assert found == set()


OPEN = ("open", "A release looks strange", "--label", "alertname=ReleaseOdd", "--label")


def test_a_value_that_nobody_gave_is_told_with_the_way_to_give_it(strange: Stanch) -> None:
    said = strange.said(*OPEN, "severity=critical", "--label", "namespace=shop", code=4)
    assert "the parameter deployment has no value (the alert has no label 'deployment')" in said
    assert "--param deployment=..." in said


def test_a_value_of_the_wrong_type_hands_over_and_says_which(strange: Stanch) -> None:
    said = strange.said(*OPEN, "severity=critical", "--param", "set=No Name", code=4)
    assert "no runbook that matches can be used: strange: the value given for 'set'" in said
    assert "Traceback" not in said


def test_runbooks_that_share_words_with_an_unknown_alert_are_named_and_not_followed(
    strange: Stanch,
) -> None:
    said = strange.said("open", "The disk is full", "--label", "alertname=DiskTooFull", code=4)
    assert "no runbook matches the alert; by its words, these may help:" in said
    assert "linux/disk-full" in said
    assert strange.json("show", "INC-1")["evidence"] == []
