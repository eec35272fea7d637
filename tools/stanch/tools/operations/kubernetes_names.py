"""The names of Kubernetes: of resources, which of them are never read, and of objects.

The table of built-in resources is the API's own of Kubernetes 1.20 to 1.36, with the
cluster-scoped resources that runbooks for OpenShift and well-known operators ask for. A
resource that is not in it is looked up in the cluster when it is read.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field

from stanch.tools.operations.base import Frozen


class BuiltIn(NamedTuple):
    """A resource that every cluster has."""

    kind: str
    group: str = ""
    short: tuple[str, ...] = ()
    namespaced: bool = True


BUILT_IN: Final[Mapping[str, BuiltIn]] = {
    "pods": BuiltIn("Pod", "", ("po",)),
    "deployments": BuiltIn("Deployment", "apps", ("deploy",)),
    "replicasets": BuiltIn("ReplicaSet", "apps", ("rs",)),
    "statefulsets": BuiltIn("StatefulSet", "apps", ("sts",)),
    "daemonsets": BuiltIn("DaemonSet", "apps", ("ds",)),
    "controllerrevisions": BuiltIn("ControllerRevision", "apps"),
    "replicationcontrollers": BuiltIn("ReplicationController", "", ("rc",)),
    "jobs": BuiltIn("Job", "batch"),
    "cronjobs": BuiltIn("CronJob", "batch", ("cj",)),
    "services": BuiltIn("Service", "", ("svc",)),
    "endpoints": BuiltIn("Endpoints", "", ("ep",)),
    "endpointslices": BuiltIn("EndpointSlice", "discovery.k8s.io"),
    "ingresses": BuiltIn("Ingress", "networking.k8s.io", ("ing",)),
    "networkpolicies": BuiltIn("NetworkPolicy", "networking.k8s.io", ("netpol",)),
    "configmaps": BuiltIn("ConfigMap", "", ("cm",)),
    "events": BuiltIn("Event", "", ("ev",)),
    "horizontalpodautoscalers": BuiltIn("HorizontalPodAutoscaler", "autoscaling", ("hpa",)),
    "poddisruptionbudgets": BuiltIn("PodDisruptionBudget", "policy", ("pdb",)),
    "persistentvolumeclaims": BuiltIn("PersistentVolumeClaim", "", ("pvc",)),
    "resourcequotas": BuiltIn("ResourceQuota", "", ("quota",)),
    "limitranges": BuiltIn("LimitRange", "", ("limits",)),
    "serviceaccounts": BuiltIn("ServiceAccount", "", ("sa",)),
    "roles": BuiltIn("Role", "rbac.authorization.k8s.io"),
    "rolebindings": BuiltIn("RoleBinding", "rbac.authorization.k8s.io"),
    "leases": BuiltIn("Lease", "coordination.k8s.io"),
    "nodes": BuiltIn("Node", "", ("no",), namespaced=False),
    "namespaces": BuiltIn("Namespace", "", ("ns",), namespaced=False),
    "persistentvolumes": BuiltIn("PersistentVolume", "", ("pv",), namespaced=False),
    "componentstatuses": BuiltIn("ComponentStatus", "", ("cs",), namespaced=False),
    "storageclasses": BuiltIn("StorageClass", "storage.k8s.io", ("sc",), namespaced=False),
    "volumeattachments": BuiltIn("VolumeAttachment", "storage.k8s.io", namespaced=False),
    "csinodes": BuiltIn("CSINode", "storage.k8s.io", namespaced=False),
    "csidrivers": BuiltIn("CSIDriver", "storage.k8s.io", namespaced=False),
    "clusterroles": BuiltIn("ClusterRole", "rbac.authorization.k8s.io", namespaced=False),
    "clusterrolebindings": BuiltIn(
        "ClusterRoleBinding", "rbac.authorization.k8s.io", namespaced=False
    ),
    "customresourcedefinitions": BuiltIn(
        "CustomResourceDefinition", "apiextensions.k8s.io", ("crd", "crds"), namespaced=False
    ),
    "apiservices": BuiltIn("APIService", "apiregistration.k8s.io", namespaced=False),
    "priorityclasses": BuiltIn("PriorityClass", "scheduling.k8s.io", ("pc",), namespaced=False),
    "runtimeclasses": BuiltIn("RuntimeClass", "node.k8s.io", namespaced=False),
    "ingressclasses": BuiltIn("IngressClass", "networking.k8s.io", namespaced=False),
    "certificatesigningrequests": BuiltIn(
        "CertificateSigningRequest", "certificates.k8s.io", ("csr",), namespaced=False
    ),
    "validatingwebhookconfigurations": BuiltIn(
        "ValidatingWebhookConfiguration", "admissionregistration.k8s.io", namespaced=False
    ),
    "mutatingwebhookconfigurations": BuiltIn(
        "MutatingWebhookConfiguration", "admissionregistration.k8s.io", namespaced=False
    ),
    "flowschemas": BuiltIn("FlowSchema", "flowcontrol.apiserver.k8s.io", namespaced=False),
    "prioritylevelconfigurations": BuiltIn(
        "PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", namespaced=False
    ),
}

_BY_NAME: Final[Mapping[str, str]] = {
    name: plural
    for plural, one in BUILT_IN.items()
    for name in (plural, one.kind.lower(), *one.short)
}

_CLUSTER_WIDE: Final = (
    *("clusteroperators", "clusteroperator", "co", "clusterversions", "clusterversion"),
    *("machineconfigs", "machineconfig", "mc", "machineconfigpools", "machineconfigpool", "mcp"),
    *("kubeletconfigs", "kubeletconfig", "infrastructures", "infrastructure"),
    *("projects", "project", "securitycontextconstraints", "scc", "clusterissuers"),
    *("clusterissuer", "volumesnapshotcontents", "volumesnapshotcontent", "vsc"),
    *("volumesnapshotclasses", "volumesnapshotclass", "ipaddresspools.config.openshift.io"),
)
CLUSTER_SCOPED: Final[frozenset[str]] = frozenset(
    {plural for plural, one in BUILT_IN.items() if not one.namespaced} | {*_CLUSTER_WIDE}
)
"""The resources of which it is known that their objects are in no namespace."""

ALL: Final = (
    *("pods", "replicationcontrollers", "services", "daemonsets", "deployments", "replicasets"),
    *("statefulsets", "horizontalpodautoscalers", "cronjobs", "jobs"),
)
"""What `kubectl get all` means among the built-in resources; no Secrets."""

_RESOURCE: Final = r"^[a-z][-a-z0-9]{0,62}(\.[a-z0-9][-a-z0-9.]{0,200})?$"
_VERSION: Final = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")


def canonical(name: str) -> str:
    """Return the plural of a built-in resource by any of its names; another name in small letters.

    `po`, `Pod`, `pods.v1.` and `pods` are one, as are `deploy` and `deployments.v1.apps`.
    """
    low = name.lower()
    base, dot, rest = low.partition(".")
    plural = _BY_NAME.get(base)
    if plural is None:
        return low
    version, _, group = rest.partition(".")
    if not _VERSION.fullmatch(version):
        group = rest
    return plural if not dot or group == BUILT_IN[plural].group else low


_CREDENTIALS: Final = frozenset(
    {
        *("secret", "secrets", "clustersecret", "clustersecrets"),
        *("oauthclient", "oauthclients", "oauth2client", "oauth2clients"),
        *("authcode", "authcodes", "signingkey", "signingkeys", "signingkeies"),
        *("offlinesession", "offlinesessions", "offlinesessionses"),
    }
)
"""Resources whose objects hold keys, passwords or client secrets themselves."""
_OF_CREDENTIALS: Final = frozenset({"dex.coreos.com"})
"""Groups all of whose resources do."""


def hidden(resource: str) -> bool:
    """Say whether objects of the resource hold credentials, so that none is ever read.

    What only refers to Secrets, or holds them encrypted, is not hidden.
    """
    base, _, rest = resource.lower().partition(".")
    version, _, group = rest.partition(".")
    if not _VERSION.fullmatch(version):
        group = rest
    named = base in _CREDENTIALS or base.endswith(("token", "tokens"))
    return named or group.rstrip(".") in _OF_CREDENTIALS


def _readable(resource: str) -> str:
    if hidden(resource):
        raise ValueError("secrets are never read")
    return resource


AnyResource = Annotated[str, Field(pattern=_RESOURCE)]
"""The name of any resource, such as pods or certificates.cert-manager.io."""
ResourceName = Annotated[str, Field(pattern=_RESOURCE), AfterValidator(_readable)]
"""The name of a resource that may be read."""
ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-a-z0-9.:]{0,251}[a-z0-9])?$", max_length=253)
]
"""The name of an object; roles and their bindings have colons in theirs."""
AnyName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.:]{0,251}[A-Za-z0-9])?$", max_length=253)
]
"""The name of an object or a namespace as an intent may have it: some APIs allow more."""


class ObjectRef(Frozen):
    """One object that is read, by resource and name."""

    resource: ResourceName
    name: ObjectName

    def as_text(self) -> str:
        """Return the object as kubectl takes it."""
        return f"{self.resource}/{self.name}"


class Subject(Frozen):
    """One object that is to be changed, by resource and name."""

    resource: AnyResource
    name: AnyName

    def as_text(self) -> str:
        """Return the object as kubectl takes it."""
        return f"{self.resource}/{self.name}"
