"""A Secret that went bad, the one that is good, and the plan that restores it."""

import base64
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from stanch.mitigation import Plan, strategy_for
from stanch.tools.clients.kubernetes import KubernetesClient
from stanch.tools.operations import KubernetesRead, PutSecretBack, RestoreFromSecret, RestoreSecret
from tests.contracts.clients.client_front import Front
from tests.contracts.clients.client_targets import NAMESPACE, Corner, Json, Target

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Scene:
    """A Secret that went bad, and the one that is good, with values of this test alone."""

    def __init__(self, corner: Corner) -> None:
        self.corner = corner
        self.values: list[str] = []
        self.good = {name: self._value() for name in ("URL", "PASSWORD", "SAME")}
        self.bad = {**self.good, "PASSWORD": self._value(), "ODD": self._value()}
        del self.bad["URL"]
        self.source = f"{corner.name}-good"
        self._secret(self.source, self.good)
        self._secret(corner.name, self.bad)

    def _value(self) -> str:
        self.values.append(secrets.token_hex(12))
        return base64.b64encode(self.values[-1].encode()).decode()

    def _secret(self, name: str, data: dict[str, str], **more: Any) -> Json:
        metadata = {"name": name, "annotations": {"note": "kept"}}
        return self.corner.create("secrets", {"metadata": metadata, "data": data, **more})

    def get(self, name: str | None = None) -> Json:
        return self.corner.get("secrets", name)

    def there(self, name: str) -> bool:
        return self.corner.admin.get(self.corner.path("secrets", name)).is_success

    def merge(self, body: Json, name: str | None = None) -> None:
        answer = self.corner.admin.patch(
            self.corner.path("secrets", name or self.corner.name),
            content=json.dumps(body),
            headers={"Content-Type": "application/merge-patch+json"},
        )
        assert answer.is_success, answer.text

    def shows(self, *things: object) -> list[str]:
        """Return the values that can be read out of what `things` print, plain or encoded."""
        text = " ".join(f"{thing!r} {thing}" for thing in things)
        encoded = [base64.b64encode(one.encode()).decode() for one in self.values]
        return [one for one in (*self.values, *encoded) if one in text]


@pytest.fixture
def scene(corner: Corner) -> Iterator[Scene]:
    made = Scene(corner)
    yield made
    query = {"labelSelector": "stanch.dev/backup=secret"}
    for one in corner.admin.get(corner.path("secrets"), params=query).json()["items"]:
        if one["metadata"]["annotations"].get("stanch.dev/backup-of") == corner.name:
            corner.delete(corner.path("secrets", one["metadata"]["name"]))


def planned(client: KubernetesClient, scene: Scene) -> Plan:
    intent = RestoreFromSecret(namespace=NAMESPACE, name=scene.corner.name, from_name=scene.source)
    strategy = strategy_for(intent)
    assert strategy is not None
    seen = {}
    for name, read in strategy.looks(intent).items():
        assert isinstance(read, KubernetesRead)
        seen[name] = client.observe(read).data
    return strategy.plan(intent, seen, now=NOW)


def both(made: Plan) -> tuple[RestoreSecret, PutSecretBack]:
    assert isinstance(made.operation, RestoreSecret)
    assert isinstance(made.inverse, PutSecretBack)
    return made.operation, made.inverse


def expected(made: Plan) -> dict[str, Any]:
    strategy = strategy_for(RestoreFromSecret(namespace=NAMESPACE, name="a", from_name="b"))
    assert strategy is not None
    return strategy.foretold(made.operation, {})


@pytest.fixture
def fronted_admin(target: Target, tmp_path: Path) -> Iterator[tuple[Front, Path]]:
    """Start a front that what acts goes through, with all rights; what reads goes past it."""
    import httpx2

    door, config = target.door(), target.config()
    opened = Front(httpx2.Client(base_url=door.base_url, transport=door._transport, timeout=30))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    both = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "direct",
        "clusters": [
            {"name": "direct", "cluster": cluster},
            {"name": "front", "cluster": {"server": opened.url}},
        ],
        "users": [{"name": "admin", "user": user}],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": "admin"}}
            for name in ("direct", "front")
        ],
    }
    path = tmp_path / "fronted-admin.kubeconfig"
    path.write_text(yaml.safe_dump(both), encoding="utf-8")
    yield opened, path
    opened.close()
