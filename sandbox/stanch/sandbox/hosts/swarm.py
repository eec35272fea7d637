"""A swarm of one node: its services, their specs before and now, and what an update does.

It is what Docker's API keeps and shows: the index of the version moves with every update,
and a rollback exchanges the spec and the one before it.
"""

import copy
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SETTLES = 12.0
"""Seconds until the tasks of a service are those of its newest spec."""


def iso(at: float) -> str:
    """Return a Unix time as Docker writes one."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Service:
    """One service of the swarm."""

    name: str
    spec: dict[str, Any]
    created: float
    """Unix seconds by the machine's own clock."""
    version: int
    previous: dict[str, Any] | None = None
    status: dict[str, Any] | None = None
    updated: float = 0.0

    @property
    def id(self) -> str:
        """Its identity, as the swarm gives one: 25 letters and digits."""
        return _identity(self.name)

    def settle(self, now: float) -> None:
        """Let what is under way come to its end, when it has had the time."""
        status = self.status
        if status and status["State"].endswith("started") and now - self.updated >= SETTLES:
            self.status = {
                "State": status["State"].replace("started", "completed"),
                "StartedAt": status["StartedAt"],
                "CompletedAt": iso(self.updated + SETTLES),
                "Message": status["Message"].replace("started", "completed"),
            }
            self.version += 1

    def update(self, spec: dict[str, Any], now: float) -> None:
        """Take a new spec, as `docker service update` does."""
        self.previous, self.spec = self.spec, spec
        self.updated, self.version = now, self.version + 4
        self.status = {
            "State": "completed",
            "StartedAt": iso(now),
            "CompletedAt": iso(now + SETTLES),
            "Message": "update completed",
        }

    def roll_back(self, now: float) -> bool:
        """Exchange the spec and the one before; return whether there is one."""
        if self.previous is None:
            return False
        self.previous, self.spec = self.spec, self.previous
        self.updated, self.version = now, self.version + 2
        self.status = {
            "State": "rollback_started",
            "StartedAt": iso(now),
            "Message": "rollback started",
        }
        return True

    def shown(self) -> dict[str, Any]:
        """Return what `docker service inspect` shows of it."""
        found: dict[str, Any] = {
            "ID": self.id,
            "Version": {"Index": self.version},
            "CreatedAt": iso(self.created),
            "UpdatedAt": iso(self.updated or self.created),
            "Spec": copy.deepcopy(self.spec),
        }
        if self.previous is not None:
            found["PreviousSpec"] = copy.deepcopy(self.previous)
        found["Endpoint"] = {"Spec": {"Mode": "vip"}}
        if self.status is not None:
            found["UpdateStatus"] = dict(self.status)
        return found


@dataclass(slots=True)
class Swarm:
    """The services that a manager knows."""

    services: dict[str, Service] = field(default_factory=dict)

    def find(self, name: str, now: float) -> Service | None:
        """Return the service of a name or an id, as it is at this moment."""
        for one in self.services.values():
            one.settle(now)
            if name in {one.name, one.id}:
                return one
        return None


def image(name: str, release: str) -> str:
    """Return an image as the swarm pins one: with the digest of what its tag stood for."""
    digest = hashlib.sha256(f"{name}:{release}".encode()).hexdigest()
    return f"registry.shop.example/{name}:{release}@sha256:{digest}"


def spec_of(name: str, release: str, *, replicas: int, env: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the spec of a service with the usual settings."""
    config = {
        "Parallelism": 1,
        "FailureAction": "pause",
        "Monitor": 5_000_000_000,
        "MaxFailureRatio": 0,
        "Order": "stop-first",
    }
    return {
        "Name": name,
        "Labels": {},
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": image(name, release),
                "Init": False,
                "Env": list(env),
                "StopGracePeriod": 10_000_000_000,
                "DNSConfig": {},
                "Isolation": "default",
            },
            "Resources": {"Limits": {}, "Reservations": {}},
            "RestartPolicy": {"Condition": "any", "Delay": 5_000_000_000, "MaxAttempts": 0},
            "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
            "ForceUpdate": 0,
            "Runtime": "container",
        },
        "Mode": {"Replicated": {"Replicas": replicas}},
        "UpdateConfig": dict(config),
        "RollbackConfig": dict(config),
        "EndpointSpec": {"Mode": "vip"},
    }


def image_of(spec: dict[str, Any]) -> str:
    """Return the image of a spec."""
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def task_id(service: Service, slot: int) -> str:
    """Return the identity of the task in one slot of a service, which a new spec changes."""
    return _identity(f"{service.name}.{slot} {service.spec['TaskTemplate']}")


def _identity(text: str) -> str:
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
    found = ""
    for _ in range(25):
        number, rest = divmod(number, 36)
        found += letters[rest]
    return found
