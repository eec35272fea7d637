"""Runbooks that need no metrics, one for each way that an incident can go.

Each is written into a folder of own runbooks under the name of its alert, so that a test
chooses the way by the alert that it opens an incident with.
"""

from pathlib import Path

_HEAD = """\
---
title: {title}
owner: platform
alerts:
  - {{alertname: {alert}}}
params:
  namespace: {{type: dns-label, from: labels.namespace}}
  deployment: {{type: dns-label, from: labels.deployment}}
hypotheses:
{hypotheses}
risks:
  - The release may have changed data that the one before it cannot read.
---
# {title}

## Diagnosis

See what was released, and when.

```sh {{name=history role=devops}}
kubectl rollout history deployment/<deployment> -n <namespace>
```

See the deployment and its pods.

```sh {{name=workload role=devops}}
kubectl describe deployment/<deployment> -n <namespace>
```

```sh {{name=deployments role=devops}}
kubectl get deployments -n <namespace> -l app=<deployment>
```

```sh {{name=logs role=devops}}
kubectl logs deployment/<deployment> -n <namespace> --tail=20
```

## Mitigation

{mitigations}
"""

_RELEASE = """\
  bad-release:
    claim: The newest release of <deployment> is at fault.
    for: [recent-rollout, image-changed-in-rollout]
    mitigations: [{mitigations}]"""

_UNDO = """\
```sh {name=undo-rollout undo=redo-rollout verify=rollout-complete,capacity-kept \
soak=1s deadline=600s}
kubectl rollout undo deployment/<deployment> -n <namespace>
```
"""

_HASTY = _UNDO.replace("deadline=600s", "deadline=3s")

_MORE = """\
```sh {name=more-pods undo=scale-back verify=rollout-complete,capacity-kept \
soak=1s deadline=600s}
kubectl scale deployment/<deployment> -n <namespace> --replicas=2
```
"""

_RESTART = """\
```sh {name=restart verify=rollout-complete undo=none soak=1s deadline=600s}
kubectl rollout restart deployment/<deployment> -n <namespace>
```
"""

# Long enough for a cluster, and soon over where nothing can be read.
_BRIEF = _UNDO.replace("deadline=600s", "deadline=200s")

_BRIEF_RESTART = _RESTART.replace("deadline=600s", "deadline=40s")

_HASTY_RESTART = _RESTART.replace("deadline=600s", "deadline=4s")

_HARM = """
sli:
  limit: 0.01
  error_ratio: sum(rate(http_requests_total{namespace="<namespace>",code=~"5.."}[1m]))"""

_PLAN = """
plans:
  careful:
    steps: [more-pods, undo-rollout]
    stop: all"""

_INSTEAD = """
plans:
  in-turn:
    steps: [undo-rollout, more-pods]
    stop: first-verified"""

_STAGED = """
plans:
  grow:
    step: grow-to
    over: count
    values: [2, 3]"""

_GROW = """\
```sh {name=grow-to undo=scale-back verify=rollout-complete,capacity-kept,change-holds \
soak=1s deadline=600s}
kubectl scale deployment/<deployment> -n <namespace> --replicas=<count>
```
"""

_CHAIN = _UNDO.replace("soak=1s", "then=more-pods soak=1s")

_FALSE_ALARM = """\
  false-alarm:
    claim: Nothing is wrong with <deployment>.
    for: [all-pods-ready]
    mitigations: []
    harmless: true"""

_RIDDLE = """\
  one-cause:
    claim: One thing is wrong with <deployment>.
    for: [recent-rollout]
    mitigations: [undo-rollout]
  other-cause:
    claim: Another thing is wrong with <deployment>.
    for: [image-changed-in-rollout]
    mitigations: [more-pods]"""


def _release(*names: str) -> str:
    return _RELEASE.format(mitigations=", ".join(names))


_TEXTS = {
    "OnlyUndo": (_release("undo-rollout"), _UNDO),
    "HastyUndo": (_release("undo-rollout"), _HASTY),
    "HastyUndoThenScale": (_release("undo-rollout", "more-pods"), _HASTY + "\n" + _MORE),
    "UndoThenScale": (_release("undo-rollout", "more-pods"), _UNDO + "\n" + _MORE),
    "OnlyRestart": (_release("restart"), _RESTART),
    "BriefUndo": (_release("undo-rollout"), _BRIEF),
    "BriefRestart": (_release("restart"), _BRIEF_RESTART),
    "HastyRestart": (_release("restart"), _HASTY_RESTART),
    "OnlyScale": (_release("more-pods"), _MORE),
    "Harmful": (
        _release("undo-rollout") + _HARM,
        _BRIEF.replace("kept", "kept,error-ratio-recovered"),
    ),
    "CarefulPlan": (_release("careful") + _PLAN, _MORE + "\n" + _UNDO),
    "HastyPlan": (_release("careful") + _PLAN, _MORE + "\n" + _HASTY),
    "InTurn": (_release("in-turn") + _INSTEAD, _UNDO + "\n" + _MORE),
    "HastyInTurn": (_release("in-turn") + _INSTEAD, _HASTY + "\n" + _MORE),
    "Staged": (_release("grow") + _STAGED, _GROW),
    "Chain": (_release("undo-rollout"), _CHAIN + "\n" + _MORE),
    "FalseAlarm": (_FALSE_ALARM, "There is nothing to do."),
    "Riddle": (_RIDDLE, _UNDO + "\n" + _MORE),
}
ALERTS = tuple(_TEXTS)


def write_runbooks(folder: Path) -> None:
    """Write every runbook into `folder`, as `way/ALERT.md`."""
    for alert in ALERTS:
        path = path_of(folder, alert)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(alert), encoding="utf-8")


def path_of(folder: Path, alert: str) -> Path:
    """Return where the runbook of `alert` lies in `folder`."""
    return folder / "way" / f"{alert.lower()}.md"


def text_of(alert: str) -> str:
    """Return the runbook of `alert`."""
    hypotheses, mitigations = _TEXTS[alert]
    text = _HEAD.format(
        title=f"The way {alert}", alert=alert, hypotheses=hypotheses, mitigations=mitigations
    )
    if "<count>" in text:
        text = text.replace("hypotheses:\n", "  count: {type: integer}\nhypotheses:\n", 1)
    return text
