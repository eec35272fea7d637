"""The columns that kubectl shows of each kind of object, and those that `-o wide` adds."""

from collections.abc import Mapping
from typing import Final

from stanch.tools.views import cells, pods, table

_NAME: Final = ("NAME", cells.at("metadata", "name"))
_AGE: Final = ("AGE", cells.age)
_PARTS: Final = (("CONTAINERS", cells.containers("name")), ("IMAGES", cells.containers("image")))
_CHOSEN: Final = (*_PARTS, ("SELECTOR", cells.selector))
Columns = tuple[tuple[str, cells.Cell], ...]

COLUMNS: Final[Mapping[str, tuple[Columns, Columns]]] = {
    "Pod": (
        (
            _NAME,
            ("READY", lambda pod, _: pods.ready(pod)),
            ("STATUS", lambda pod, _: pods.status(pod)),
            ("RESTARTS", pods.restarts),
            _AGE,
        ),
        (
            ("IP", cells.at("status", "podIP")),
            ("NODE", cells.at("spec", "nodeName")),
            ("NOMINATED NODE", cells.at("status", "nominatedNodeName")),
            ("READINESS GATES", lambda _, __: cells.NONE),
        ),
    ),
    "Deployment": (
        (
            _NAME,
            ("READY", cells.of("readyReplicas", "replicas")),
            ("UP-TO-DATE", cells.at("status", "updatedReplicas", missing="0")),
            ("AVAILABLE", cells.at("status", "availableReplicas", missing="0")),
            _AGE,
        ),
        _CHOSEN,
    ),
    "ReplicaSet": (
        (
            _NAME,
            ("DESIRED", cells.at("spec", "replicas", missing="1")),
            ("CURRENT", cells.at("status", "replicas", missing="0")),
            ("READY", cells.at("status", "readyReplicas", missing="0")),
            _AGE,
        ),
        _CHOSEN,
    ),
    "StatefulSet": ((_NAME, ("READY", cells.of("readyReplicas", "replicas")), _AGE), _PARTS),
    "DaemonSet": (
        (
            _NAME,
            ("DESIRED", cells.at("status", "desiredNumberScheduled", missing="0")),
            ("CURRENT", cells.at("status", "currentNumberScheduled", missing="0")),
            ("READY", cells.at("status", "numberReady", missing="0")),
            ("UP-TO-DATE", cells.at("status", "updatedNumberScheduled", missing="0")),
            ("AVAILABLE", cells.at("status", "numberAvailable", missing="0")),
            (
                "NODE SELECTOR",
                lambda thing, _: cells.labels_text(
                    thing.get("spec", {}).get("template", {}).get("spec", {}).get("nodeSelector")
                ),
            ),
            _AGE,
        ),
        _CHOSEN,
    ),
    "Job": (
        (
            _NAME,
            ("STATUS", cells.job_status),
            ("COMPLETIONS", cells.of("succeeded", "completions")),
            ("DURATION", cells.job_duration),
            _AGE,
        ),
        _CHOSEN,
    ),
    "CronJob": (
        (
            _NAME,
            ("SCHEDULE", cells.at("spec", "schedule")),
            ("TIMEZONE", cells.at("spec", "timeZone")),
            ("SUSPEND", lambda thing, _: str(bool(thing.get("spec", {}).get("suspend")))),
            ("ACTIVE", cells.count("status", "active")),
            (
                "LAST SCHEDULE",
                lambda thing, now: (
                    table.since(thing["status"]["lastScheduleTime"], now)
                    if thing.get("status", {}).get("lastScheduleTime")
                    else cells.NONE
                ),
            ),
            _AGE,
        ),
        _CHOSEN,
    ),
    "Service": (
        (
            _NAME,
            ("TYPE", cells.at("spec", "type", missing="ClusterIP")),
            ("CLUSTER-IP", cells.at("spec", "clusterIP")),
            ("EXTERNAL-IP", cells.external),
            ("PORT(S)", cells.ports),
            _AGE,
        ),
        (("SELECTOR", cells.selector),),
    ),
    "Endpoints": ((_NAME, ("ENDPOINTS", cells.endpoints), _AGE), ()),
    "ConfigMap": ((_NAME, ("DATA", cells.count("data")), _AGE), ()),
    "ServiceAccount": ((_NAME, ("SECRETS", cells.count("secrets")), _AGE), ()),
    "Namespace": ((_NAME, ("STATUS", cells.at("status", "phase")), _AGE), ()),
    "Node": (
        (
            _NAME,
            ("STATUS", cells.node_status),
            ("ROLES", cells.node_roles),
            _AGE,
            ("VERSION", cells.at("status", "nodeInfo", "kubeletVersion")),
        ),
        (
            ("INTERNAL-IP", cells.address("InternalIP")),
            ("EXTERNAL-IP", cells.address("ExternalIP")),
            ("OS-IMAGE", cells.at("status", "nodeInfo", "osImage", missing="<unknown>")),
            (
                "KERNEL-VERSION",
                cells.at("status", "nodeInfo", "kernelVersion", missing="<unknown>"),
            ),
            (
                "CONTAINER-RUNTIME",
                cells.at("status", "nodeInfo", "containerRuntimeVersion", missing="<unknown>"),
            ),
        ),
    ),
    "HorizontalPodAutoscaler": (
        (
            _NAME,
            ("REFERENCE", cells.scale_target),
            ("TARGETS", cells.metrics),
            ("MINPODS", cells.at("spec", "minReplicas", missing="1")),
            ("MAXPODS", cells.at("spec", "maxReplicas")),
            ("REPLICAS", cells.at("status", "currentReplicas", missing="0")),
            _AGE,
        ),
        (),
    ),
    "Event": (
        (
            ("LAST SEEN", cells.last_seen),
            ("TYPE", cells.at("type", missing="")),
            ("REASON", cells.at("reason", missing="")),
            ("OBJECT", cells.about),
            ("MESSAGE", cells.message),
        ),
        (),
    ),
    "PersistentVolumeClaim": (
        (
            _NAME,
            ("STATUS", cells.at("status", "phase")),
            ("VOLUME", cells.at("spec", "volumeName", missing="")),
            ("CAPACITY", cells.capacity),
            ("ACCESS MODES", cells.access_modes("status")),
            ("STORAGECLASS", cells.at("spec", "storageClassName", missing="")),
            (
                "VOLUMEATTRIBUTESCLASS",
                cells.at("spec", "volumeAttributesClassName", missing="<unset>"),
            ),
            _AGE,
        ),
        (("VOLUMEMODE", cells.at("spec", "volumeMode", missing="<unset>")),),
    ),
    "PersistentVolume": (
        (
            _NAME,
            ("CAPACITY", cells.at("spec", "capacity", "storage", missing="")),
            ("ACCESS MODES", cells.access_modes("spec")),
            ("RECLAIM POLICY", cells.at("spec", "persistentVolumeReclaimPolicy", missing="")),
            ("STATUS", cells.at("status", "phase")),
            ("CLAIM", cells.claim),
            ("STORAGECLASS", cells.at("spec", "storageClassName", missing="")),
            (
                "VOLUMEATTRIBUTESCLASS",
                cells.at("spec", "volumeAttributesClassName", missing="<unset>"),
            ),
            ("REASON", cells.at("status", "reason", missing="")),
            _AGE,
        ),
        (("VOLUMEMODE", cells.at("spec", "volumeMode", missing="<unset>")),),
    ),
    "Ingress": (
        (
            _NAME,
            ("CLASS", cells.at("spec", "ingressClassName")),
            ("HOSTS", cells.ingress_hosts),
            ("ADDRESS", cells.ingress_address),
            ("PORTS", lambda thing, _: "80, 443" if thing.get("spec", {}).get("tls") else "80"),
            _AGE,
        ),
        (),
    ),
}
"""The columns by kind, and those that are added when the table is wide."""

PLAIN: Final[tuple[Columns, Columns]] = ((_NAME, _AGE), ())
"""The columns of every other kind."""
