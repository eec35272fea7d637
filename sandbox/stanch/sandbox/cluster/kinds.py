"""The kinds that the practice cluster serves, and the names under which clients ask for them."""

from dataclasses import dataclass
from functools import cache

_ALL_VERBS = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)
READ_ONLY = ("get", "list")
_LOOK_ONLY = ("get", "list", "watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One served resource in one version."""

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    has_status: bool = False
    has_scale: bool = False
    verbs: tuple[str, ...] = _ALL_VERBS

    @property
    def api_version(self) -> str:
        """The value of the field apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The name for one of them."""
        return self.kind.lower()

    @property
    def qualified(self) -> str:
        """The plural with its group, as refusals name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """The kind with its group, as refusals name it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def root(self) -> str:
        """The path of the group and version that serve it."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


_APPS = ("all",)

KINDS: tuple[Kind, ...] = (
    Kind(plural="configmaps", kind="ConfigMap", short=("cm",)),
    Kind(plural="endpoints", kind="Endpoints", short=("ep",)),
    Kind(plural="events", kind="Event", short=("ev",)),
    Kind(plural="limitranges", kind="LimitRange", short=("limits",)),
    Kind(plural="namespaces", kind="Namespace", namespaced=False, short=("ns",), has_status=True),
    Kind(plural="nodes", kind="Node", namespaced=False, short=("no",), has_status=True),
    Kind(
        plural="persistentvolumeclaims",
        kind="PersistentVolumeClaim",
        short=("pvc",),
        has_status=True,
    ),
    Kind(plural="pods", kind="Pod", short=("po",), categories=_APPS, has_status=True),
    Kind(plural="resourcequotas", kind="ResourceQuota", short=("quota",), has_status=True),
    Kind(plural="secrets", kind="Secret"),
    Kind(plural="serviceaccounts", kind="ServiceAccount", short=("sa",)),
    Kind(plural="services", kind="Service", short=("svc",), categories=_APPS, has_status=True),
    Kind(
        plural="deployments",
        kind="Deployment",
        group="apps",
        short=("deploy",),
        categories=_APPS,
        has_status=True,
        has_scale=True,
    ),
    Kind(
        plural="replicasets",
        kind="ReplicaSet",
        group="apps",
        short=("rs",),
        categories=_APPS,
        has_status=True,
        has_scale=True,
    ),
    Kind(
        plural="horizontalpodautoscalers",
        kind="HorizontalPodAutoscaler",
        group="autoscaling",
        version="v2",
        short=("hpa",),
        categories=_APPS,
        has_status=True,
    ),
    Kind(
        plural="horizontalpodautoscalers",
        kind="HorizontalPodAutoscaler",
        group="autoscaling",
        version="v1",
        short=("hpa",),
        categories=_APPS,
        has_status=True,
    ),
    Kind(plural="controllerrevisions", kind="ControllerRevision", group="apps"),
    Kind(
        plural="daemonsets",
        kind="DaemonSet",
        group="apps",
        short=("ds",),
        categories=_APPS,
        has_status=True,
    ),
    Kind(
        plural="statefulsets",
        kind="StatefulSet",
        group="apps",
        short=("sts",),
        categories=_APPS,
        has_status=True,
        has_scale=True,
    ),
    Kind(
        plural="cronjobs",
        kind="CronJob",
        group="batch",
        short=("cj",),
        categories=_APPS,
        has_status=True,
    ),
    Kind(plural="jobs", kind="Job", group="batch", categories=_APPS, has_status=True),
    Kind(
        plural="clusterroles",
        kind="ClusterRole",
        group="rbac.authorization.k8s.io",
        namespaced=False,
        verbs=_LOOK_ONLY,
    ),
    Kind(
        plural="clusterrolebindings",
        kind="ClusterRoleBinding",
        group="rbac.authorization.k8s.io",
        namespaced=False,
        verbs=_LOOK_ONLY,
    ),
    Kind(
        plural="rolebindings",
        kind="RoleBinding",
        group="rbac.authorization.k8s.io",
        verbs=_LOOK_ONLY,
    ),
    Kind(plural="leases", kind="Lease", group="coordination.k8s.io"),
    Kind(
        plural="networkpolicies",
        kind="NetworkPolicy",
        group="networking.k8s.io",
        short=("netpol",),
    ),
    Kind(
        plural="ingresses",
        kind="Ingress",
        group="networking.k8s.io",
        short=("ing",),
        has_status=True,
    ),
    # The custom resource of Argo CD, which has no status of its own to be written apart.
    Kind(
        plural="applications",
        kind="Application",
        group="argoproj.io",
        version="v1alpha1",
        short=("app", "apps"),
    ),
    Kind(plural="endpointslices", kind="EndpointSlice", group="discovery.k8s.io"),
    Kind(
        plural="poddisruptionbudgets",
        kind="PodDisruptionBudget",
        group="policy",
        short=("pdb",),
        has_status=True,
    ),
    Kind(
        plural="nodes",
        kind="NodeMetrics",
        group="metrics.k8s.io",
        version="v1beta1",
        namespaced=False,
        verbs=READ_ONLY,
    ),
    Kind(
        plural="pods",
        kind="PodMetrics",
        group="metrics.k8s.io",
        version="v1beta1",
        verbs=READ_ONLY,
    ),
)


@cache
def _stored() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for kind in KINDS:
        if kind.verbs != READ_ONLY:
            found.setdefault(kind.plural, kind)
    return found


@cache
def _served() -> dict[tuple[str, str, str], Kind]:
    return {(kind.group, kind.version, kind.plural): kind for kind in KINDS}


def stored(plural: str) -> Kind:
    """Return the kind under which objects of `plural` are kept.

    Raises:
        KeyError: no such resource is kept.
    """
    return _stored()[plural]


def stored_plurals() -> tuple[str, ...]:
    """Return the plurals of all kinds that are kept, in a fixed order."""
    return tuple(_stored())


def served(group: str, version: str, *, plural: str) -> Kind | None:
    """Return the kind that is served under this address, if any."""
    return _served().get((group, version, plural))


def group_versions() -> dict[str, list[str]]:
    """Return the versions of every named group, the preferred one first."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        versions = found.setdefault(kind.group, [])
        if kind.version not in versions:
            versions.append(kind.version)
    return found
