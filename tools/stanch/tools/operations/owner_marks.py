"""The marks that deployment tools leave on the objects they keep; pure.

Which tool keeps an object is read off its labels and annotations first, then off the owner
that controls it, and last off the names under which its fields were written.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Tool: TypeAlias = Literal["argo", "flux", "flux-helm", "operator", "helm", "kubectl", "nobody"]

ARGO_TRACKING: Final = "argocd.argoproj.io/tracking-id"
FLUX_RECONCILE: Final = "kustomize.toolkit.fluxcd.io/reconcile"
FLUX_APPLY: Final = "kustomize.toolkit.fluxcd.io/ssa"
ARGO_SKIPS: Final = "argocd.argoproj.io/skip-reconcile"
_ARGO_INSTANCE: Final = "argocd.argoproj.io/instance"
_INSTANCE: Final = "app.kubernetes.io/instance"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_RELEASE: Final = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE: Final = "meta.helm.sh/release-namespace"
_KUSTOMIZE: Final = "kustomize.toolkit.fluxcd.io/"
_HELM_CONTROLLER: Final = "helm.toolkit.fluxcd.io/"
_ARGO_WRITERS: Final = frozenset({"argocd-controller", "argocd-application-controller"})
_BUILT_IN: Final = frozenset({"", "apps", "batch"})
"""Groups whose controllers own objects in the ordinary course of things."""
TELLING: Final = frozenset(
    {
        *(ARGO_TRACKING, _ARGO_INSTANCE, ARGO_SKIPS, _INSTANCE, _MANAGED_BY),
        *(_RELEASE, _RELEASE_NAMESPACE, FLUX_RECONCILE, FLUX_APPLY),
        *(f"{_KUSTOMIZE}{name}" for name in ("name", "namespace")),
        *(f"{_HELM_CONTROLLER}{name}" for name in ("name", "namespace")),
    }
)
"""The labels and annotations that say who keeps an object, or how."""


class Mark(NamedTuple):
    """Who keeps an object, as far as the object itself says."""

    tool: Tool
    name: str = ""
    """Of the Application, Kustomization, release, or custom resource; empty when unsaid."""
    namespace: str = ""
    kind: str = ""
    """Kind and group of the custom resource of an operator, such as Cluster.postgresql.cnpg.io."""


def mark_of(metadata: Mapping[str, Any]) -> Mark:
    """Return who keeps the object with this metadata.

    Argo CD and Flux come before Helm: both also deploy charts, whose objects then carry
    the marks of Helm as well.
    """
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    writers = writers_of(metadata)
    found = (
        _argo(labels, annotations, writers)
        or _flux(labels, writers)
        or _operator(metadata)
        or _helm(labels, annotations, writers)
    )
    if found:
        return found
    by_hand = next((one for one in sorted(writers) if one.startswith("kubectl")), "")
    return Mark("kubectl", by_hand) if by_hand else Mark("nobody")


def writers_of(metadata: Mapping[str, Any]) -> frozenset[str]:
    """Return the names under which fields other than the status were written."""
    listed = metadata.get("managers")
    if listed is not None:
        return frozenset(map(str, listed))
    entries: Iterable[Mapping[str, Any]] = metadata.get("managedFields") or ()
    return frozenset(
        str(one.get("manager", "")) for one in entries if one.get("subresource") != "status"
    )


def _argo(
    labels: Mapping[str, str], annotations: Mapping[str, str], writers: frozenset[str]
) -> Mark | None:
    tracking = annotations.get(ARGO_TRACKING, "")
    if tracking:
        # APP or NAMESPACE_APP, then :GROUP/KIND:NAMESPACE/NAME of the object.
        namespace, _, name = tracking.partition(":")[0].rpartition("_")
        return Mark("argo", name, namespace)
    if instance := labels.get(_ARGO_INSTANCE) or annotations.get(_ARGO_INSTANCE):
        return Mark("argo", instance)
    if writers & _ARGO_WRITERS:
        # Charts set this label too, so that it alone says nothing.
        return Mark("argo", labels.get(_INSTANCE, ""))
    return None


def _flux(labels: Mapping[str, str], writers: frozenset[str]) -> Mark | None:
    for prefix, tool, writer in (
        (_HELM_CONTROLLER, "flux-helm", "helm-controller"),
        (_KUSTOMIZE, "flux", "kustomize-controller"),
    ):
        name = labels.get(f"{prefix}name", "")
        if name or writer in writers:
            namespace = labels.get(f"{prefix}namespace", "")
            return Mark("flux" if tool == "flux" else "flux-helm", name, namespace)
    return None


def _operator(metadata: Mapping[str, Any]) -> Mark | None:
    for owner in metadata.get("ownerReferences") or ():
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        if owner.get("controller") and group not in _BUILT_IN:
            kind = f"{owner.get('kind', '')}.{group}"
            return Mark("operator", str(owner.get("name", "")), metadata.get("namespace", ""), kind)
    return None


def _helm(
    labels: Mapping[str, str], annotations: Mapping[str, str], writers: frozenset[str]
) -> Mark | None:
    if _RELEASE in annotations or labels.get(_MANAGED_BY) == "Helm" or "helm" in writers:
        name = annotations.get(_RELEASE) or labels.get(_INSTANCE, "")
        return Mark("helm", name, annotations.get(_RELEASE_NAMESPACE, ""))
    return None
