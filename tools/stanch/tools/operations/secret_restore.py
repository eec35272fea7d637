"""Putting the data of one Secret in the place of another's, without ever naming a value.

The change names both Secrets by UID and version. Their values meet in the client when it
is carried out, and nowhere else: not in an operation, a proposal, the journal or a log.
What was there before is kept in a backup Secret, from which the inverse puts it back.
"""

from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import (
    BaseIntent,
    BaseOperation,
    DnsLabel,
    DnsSubdomain,
    Effect,
    Uid,
)
from stanch.tools.operations.kubernetes import ClusterRead
from stanch.tools.operations.reach import Reach

ResourceVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,128}$")]

TYPES: Final = frozenset(
    {
        *("Opaque", "kubernetes.io/tls", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth"),
        *("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"),
    }
)
"""The types that hold what people put in; all others are written by controllers."""
BACKUP_LABEL: Final = "stanch.dev/backup"
BACKUP_OF: Final = "stanch.dev/backup-of"
BACKUP_OF_UID: Final = "stanch.dev/backup-of-uid"


class InspectSecrets(ClusterRead):
    """Read how two Secrets differ: by the names of their keys, and by nothing else of them.

    Data {"target": {"metadata", "type", "immutable"}, "source": the same, "keys": {"added",
    "removed", "changed", "same"}, "owner"}: what would happen to the target, and the data of
    `kubernetes.owner` about it. Values are compared in
    the client and do not leave it. It is read as the identity that acts, for the one that
    reads has no right to Secrets.
    """

    kind: Literal["kubernetes.secret_keys"] = "kubernetes.secret_keys"
    namespace: DnsLabel
    name: DnsSubdomain
    from_name: DnsSubdomain

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/secrets/{self.name}"

    @override
    def as_text(self) -> str:
        return f"kubectl describe secret {self.name} {self.from_name} -n {self.namespace}"


class RestoreFromSecret(BaseIntent):
    """Intent: put the data of an earlier Secret in the place of a Secret's."""

    kind: Literal["intent.restore_secret"] = "intent.restore_secret"
    namespace: DnsLabel
    name: DnsSubdomain
    from_name: DnsSubdomain

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @override
    def as_text(self) -> str:
        return _by_hand(self.namespace, self.name, self.from_name)


class _SecretChange(BaseOperation):
    namespace: DnsLabel
    name: DnsSubdomain
    uid: Uid
    from_name: DnsSubdomain
    from_uid: Uid
    from_resource_version: ResourceVersion

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE

    @property
    @override
    def target(self) -> str:
        return f"kubernetes/{self.namespace}/secrets/{self.name}"

    @property
    @override
    def subject(self) -> str:
        return f"secrets/{self.name}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"secrets/{self.name}", namespace=self.namespace)


class RestoreSecret(_SecretChange):
    """Copy the data of one Secret into another, after a backup of that."""

    kind: Literal["kubernetes.restore_secret"] = "kubernetes.restore_secret"
    resource_version: ResourceVersion

    @property
    def backup(self) -> str:
        """The name of the Secret that keeps what was there; the same for the same change."""
        return f"stanch-backup-{self.digest[:20]}"

    @property
    def inverse(self) -> "PutSecretBack":
        """The change that puts the backup back."""
        return PutSecretBack(
            namespace=self.namespace,
            name=self.name,
            uid=self.uid,
            from_name=self.from_name,
            from_uid=self.from_uid,
            from_resource_version=self.from_resource_version,
            backup=self.backup,
        )

    @override
    def as_text(self) -> str:
        return _by_hand(self.namespace, self.name, self.from_name)


class PutSecretBack(_SecretChange):
    """Copy the backup of a Secret back into it, while it still holds what was restored."""

    kind: Literal["kubernetes.put_secret_back"] = "kubernetes.put_secret_back"
    backup: DnsSubdomain

    @override
    def as_text(self) -> str:
        return _by_hand(self.namespace, self.name, self.backup)


def _by_hand(namespace: str, name: str, source: str) -> str:
    """Return the pipeline by which a person does the same, without a value on the screen."""
    return (
        f"kubectl get secret/{source} -n {namespace} -o json"
        ' | jq \'[{op: "add", path: "/data", value: .data}]\''
        f" | kubectl patch secret/{name} -n {namespace} --type=json --patch-file=/dev/stdin"
    )
