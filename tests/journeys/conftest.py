"""A deployment on the practice cluster that a release has just changed, and `stanch` beside it.

The incidents of these journeys need no metrics and no patience: their runbook, beside the
shipped ones, undoes the release and lets its checks hold for one second.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.contracts.clients import client_targets
from tests.contracts.clients.client_targets import Corner, Target
from tests.journeys.command import ME, Stanch

RUNBOOK = """\
---
title: A release is to be taken back
owner: platform
alerts:
  - {alertname: ReleaseDoubted}
params:
  namespace: {type: dns-label, from: labels.namespace}
  deployment: {type: dns-label, from: labels.deployment}
hypotheses:
  doubted:
    claim: The newest release of <deployment> is doubted.
    for: [recent-rollout, image-changed-in-rollout]
    against: [no-recent-rollout]
    mitigations: [take-back]
---
# A release is to be taken back

## Diagnosis

```sh {name=workload role=devops}
kubectl describe deployment/<deployment> -n <namespace>
```

```sh {name=history role=devops}
kubectl rollout history deployment/<deployment> -n <namespace>
```

```sh {name=logs role=devops}
kubectl logs deployment/<deployment> -n <namespace> --since=15m --tail=20
```

## Mitigation

```sh {name=take-back verify=rollout-complete,capacity-kept undo=redo-rollout soak=1s deadline=40s}
kubectl rollout undo deployment/<deployment> -n <namespace>
```
"""
POLICY = """\
version: 1
environments:
  - name: production
    where:
      namespaces: [shop]
    allow:
      - kinds: [kubernetes.roll_back, kubernetes.restart, kubernetes.scale]
    approval:
      approvers: [{people}]
      expires_minutes: 15
"""
Words: TypeAlias = tuple[str, ...]
BEFORE, AFTER = "registry.local/web:v1", "registry.local/web:v2"


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Start a practice cluster without metrics."""
    found = client_targets.start("practice", tmp_path_factory.mktemp("bare"))
    yield found
    found.close()


@pytest.fixture
def released(bare: Target) -> Iterator[Corner]:
    """Deploy two releases, one after the other."""
    corner = Corner(bare)
    corner.deploy(BEFORE)
    corner.set_image(AFTER)
    corner.settled()
    yield corner
    corner.clean()


@pytest.fixture
def runbook_folder(tmp_path: Path) -> Path:
    """Return a folder of own runbooks with one in it."""
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "take-back.md").write_text(RUNBOOK, encoding="utf-8")
    return folder


@pytest.fixture
def stanch(bare: Target, runbook_folder: Path, tmp_path: Path) -> Stanch:
    """Return the command, with a policy that lists me, on the practice cluster."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "policy.yaml").write_text(POLICY.format(people=ME), encoding="utf-8")
    settings = {
        "STANCH_KUBECONFIG": str(bare.kubeconfig("operator")),
        "STANCH_RUNBOOKS": str(runbook_folder),
    }
    return Stanch(home, settings)


@pytest.fixture
def alert(released: Corner) -> Words:
    """Return the words that open an incident about the release by hand."""
    return labels("ReleaseDoubted", released.name)


def labels(alertname: str, deployment: str) -> Words:
    return (
        "open",
        "The new release looks wrong",
        "--label",
        f"alertname={alertname}",
        "--label",
        "namespace=shop",
        "--label",
        f"deployment={deployment}",
    )


def image(corner: Corner) -> str:
    """Return the image that the deployment asks for."""
    return str(corner.get()["spec"]["template"]["spec"]["containers"][0]["image"])
