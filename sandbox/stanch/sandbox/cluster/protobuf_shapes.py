"""The fields of the objects that kubectl sends as protobuf: their numbers, names and kinds.

The numbers are those of the published `generated.proto` files of Kubernetes.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, Union

Scalar: TypeAlias = Literal["text", "texts", "map", "data", "count", "number", "flag"]
"""A `map` holds texts, `data` bytes. A `count` is sent only when set, a `number` also as 0."""
Shape: TypeAlias = dict[int, "Field"]
Field: TypeAlias = tuple[str, Union[Scalar, Shape, "Each"]]


@dataclass(frozen=True, slots=True)
class Each:
    """A list of messages of one shape."""

    shape: Shape


TYPE: Shape = {1: ("apiVersion", "text"), 2: ("kind", "text")}
_METADATA: Shape = {
    1: ("name", "text"),
    2: ("generateName", "text"),
    3: ("namespace", "text"),
    11: ("labels", "map"),
    12: ("annotations", "map"),
}

_RESOURCE: Shape = {
    1: ("namespace", "text"),
    2: ("verb", "text"),
    3: ("group", "text"),
    4: ("version", "text"),
    5: ("resource", "text"),
    6: ("subresource", "text"),
    7: ("name", "text"),
}
_PATH: Shape = {1: ("path", "text"), 2: ("verb", "text")}
_ACCESS: Shape = {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", _PATH)}

_REQUIREMENT: Shape = {1: ("key", "text"), 2: ("operator", "text"), 3: ("values", "texts")}
_SELECTOR: Shape = {1: ("matchLabels", "map"), 2: ("matchExpressions", Each(_REQUIREMENT))}
_PORT: Shape = {
    1: ("name", "text"),
    2: ("hostPort", "number"),
    3: ("containerPort", "number"),
    4: ("protocol", "text"),
}
_CONTAINER: Shape = {
    1: ("name", "text"),
    2: ("image", "text"),
    3: ("command", "texts"),
    4: ("args", "texts"),
    5: ("workingDir", "text"),
    6: ("ports", Each(_PORT)),
    14: ("imagePullPolicy", "text"),
}
_POD_SPEC: Shape = {2: ("containers", Each(_CONTAINER)), 3: ("restartPolicy", "text")}
_TEMPLATE: Shape = {1: ("metadata", _METADATA), 2: ("spec", _POD_SPEC)}
_DEPLOYMENT: Shape = {
    1: ("replicas", "count"),
    2: ("selector", _SELECTOR),
    3: ("template", _TEMPLATE),
    4: ("strategy", {1: ("type", "text")}),
    5: ("minReadySeconds", "number"),
    6: ("revisionHistoryLimit", "count"),
    9: ("progressDeadlineSeconds", "count"),
}

_SCALED: Shape = {1: ("kind", "text"), 2: ("name", "text"), 3: ("apiVersion", "text")}
_AUTOSCALER: Shape = {
    1: ("scaleTargetRef", _SCALED),
    2: ("minReplicas", "count"),
    3: ("maxReplicas", "number"),
}
_TARGET: Shape = {1: ("type", "text"), 4: ("averageUtilization", "count")}
_METRIC: Shape = {
    1: ("type", "text"),
    4: ("resource", {1: ("name", "text"), 2: ("target", _TARGET)}),
}

SHAPES: dict[tuple[str, str], Shape] = {
    ("v1", "Namespace"): {1: ("metadata", _METADATA)},
    ("v1", "ConfigMap"): {
        1: ("metadata", _METADATA),
        2: ("data", "map"),
        3: ("binaryData", "data"),
        4: ("immutable", "flag"),
    },
    ("v1", "Secret"): {
        1: ("metadata", _METADATA),
        2: ("data", "data"),
        3: ("type", "text"),
        4: ("stringData", "map"),
        5: ("immutable", "flag"),
    },
    ("apps/v1", "Deployment"): {1: ("metadata", _METADATA), 2: ("spec", _DEPLOYMENT)},
    ("autoscaling/v1", "HorizontalPodAutoscaler"): {
        1: ("metadata", _METADATA),
        2: ("spec", {**_AUTOSCALER, 4: ("targetCPUUtilizationPercentage", "count")}),
    },
    ("autoscaling/v2", "HorizontalPodAutoscaler"): {
        1: ("metadata", _METADATA),
        2: ("spec", {**_AUTOSCALER, 4: ("metrics", Each(_METRIC))}),
    },
    ("authentication.k8s.io/v1", "SelfSubjectReview"): {},
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"): {2: ("spec", _ACCESS)},
    ("authorization.k8s.io/v1", "SelfSubjectRulesReview"): {
        2: ("spec", {1: ("namespace", "text")})
    },
}
"""What is known of each kind, by its apiVersion and kind."""
