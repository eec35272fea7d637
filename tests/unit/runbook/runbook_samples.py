"""Whole runbooks as text, for tests that read files."""

from pathlib import Path

from stanch.runbook.model import Runbook
from stanch.runbook.read import read

GOOD = """---
title: A rollout broke a deployment
owner: platform
alerts:
  - {alertname: KubeDeploymentReplicasMismatch}
  - {alertname: ShopErrorRatioHigh, severity: critical}
params:
  namespace: {type: dns-label, from: labels.namespace}
  deployment: {type: dns-subdomain, from: labels.deployment}
  dependency: {type: dns-subdomain, from: finding.failing-dependency}
  lines: {type: integer, default: 50}
hypotheses:
  bad-release:
    claim: The newest revision of <deployment> fails.
    for: [new-pods-fail, onset-follows-rollout]
    against: [old-pods-fail-too]
    mitigations: [undo-rollout]
sli:
  error_ratio: sum(rate(http_requests_total{namespace="$NAMESPACE",code=~"5.."}[1m]))
  limit: 0.02
risks:
  - A second rollback undoes the first.
last_drill: 2026-11-01
---
# A rollout broke a deployment

## Meaning

Not executed: `kubectl delete namespace shop`.

```sh
kubectl delete namespace shop
```

## Diagnosis

Look at the *pods*
of the deployment.

```sh {name=pods role=devops}
kubectl get pods -n <namespace> \\
  -l app=<deployment>
```

    kubectl delete namespace shop

> ```sh
> kubectl delete namespace shop
> ```

<!--
```sh
kubectl delete namespace shop
```
-->

- In a list:

  ```
  # what the called service says
  kubectl logs deploy/<dependency> -n <namespace> --tail=<lines>
  kubectl events -n <namespace>
  ```

```console
$ kubectl get pods -n <namespace>
NAME    READY
$ kubectl get pods -n <namespace> \\
> -o wide
```

```promql {name=errors role=db range=30m step=30s}
sum(rate(http_requests_total{namespace="<namespace>"}[1m]))
```

```yaml
kind: Deployment
```

## Mitigation

Go back.

~~~bash {"id":"1","name":"undo-rollout",VERIFY"undo":"redo-rollout","soak":"90s"}
kubectl rollout undo deployment/<deployment> -n $NAMESPACE
~~~

```sh {effect=observe}
kubectl rollout status deployment/<deployment> -n <namespace>
```

## Related

```sh
anything
```
""".replace("VERIFY", '"verify":"rollout-complete,capacity-kept",')


def written(folder: Path, text: str, name: str = "kubernetes/sample.md") -> Path:
    """Write a runbook file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def sample(folder: Path, text: str = GOOD) -> Runbook:
    """Return the runbook that `text` is."""
    return read(written(folder, text), root=folder)
