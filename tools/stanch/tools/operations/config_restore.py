"""Putting a ConfigMap back to a version that was good: what is asked for, and the look at it."""

import re
from typing import Final, Literal

from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, DnsLabel, DnsSubdomain, Effect
from stanch.tools.operations.kubernetes import ClusterRead

_HASHED: Final = re.compile(r"(.+)-[2456789bcdfghkmt]{10}")
"""A name to which kustomize added the hash of the content."""


class InspectConfigMap(ClusterRead):
    """Read a ConfigMap with the versions that it could be put back to.

    Data {"object": object, "applied": {key: value} | None, "earlier": [object, ...]}:
    `applied` is the data that was applied last, where kubectl kept it; `earlier` holds the
    ConfigMap `from_name`, or else those that differ by kustomize's hash only, the oldest
    first.
    """

    kind: Literal["kubernetes.config_map"] = "kubernetes.config_map"
    namespace: DnsLabel
    name: DnsSubdomain
    from_name: DnsSubdomain | None = None

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/configmaps/{self.name}"

    @override
    def as_text(self) -> str:
        if self.from_name is not None:
            return f"kubectl get configmap {self.name} {self.from_name} -n {self.namespace} -o yaml"
        return f"kubectl apply view-last-applied configmap/{self.name} -n {self.namespace}"


class RestoreConfigMap(BaseIntent):
    """Intent: put the data of a ConfigMap back to an earlier version.

    To that of `from_name`; else to what was applied last, where a hand edit drifted from it;
    else to the newest earlier one of the same kustomization.
    """

    kind: Literal["intent.restore_config_map"] = "intent.restore_config_map"
    namespace: DnsLabel
    name: DnsSubdomain
    from_name: DnsSubdomain | None = None

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @override
    def as_text(self) -> str:
        there = f"configmap/{self.name} -n {self.namespace}"
        if self.from_name is None:
            return f"kubectl apply view-last-applied {there} -o yaml | kubectl apply -f -"
        return (
            f"kubectl get configmap/{self.from_name} -n {self.namespace} -o json"
            ' | jq \'[{op: "add", path: "/data", value: .data}]\''
            f" | kubectl patch {there} --type=json --patch-file=/dev/stdin"
        )


def stem_of(name: str) -> str | None:
    """Return the name without the hash that kustomize gave it; None when it has none."""
    found = _HASHED.fullmatch(name)
    return found[1] if found else None
