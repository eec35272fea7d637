"""The cells of kubectl's tables: one value of an object, as it is printed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from stanch.tools.views.table import moment, since, span

Thing = Mapping[str, Any]
Cell = Callable[[Thing, datetime], str]
NONE: Final = "<none>"


def at(*path: str, missing: str = NONE) -> Cell:
    """Return the cell that shows the value under the keys of `path`."""

    def cell(thing: Thing, _: datetime) -> str:
        value: Any = thing
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, bool):
            return str(value).lower()
        return missing if value is None or value == "" else str(value)

    return cell


def age(thing: Thing, now: datetime) -> str:
    """Show how old the object is."""
    return since(thing.get("metadata", {}).get("creationTimestamp"), now)


def containers(what: str) -> Cell:
    """Return the cell that shows one field of all containers."""

    def cell(thing: Thing, _: datetime) -> str:
        spec = thing.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
        return ",".join(c.get(what, "") for c in template.get("spec", {}).get("containers", []))

    return cell


def selector(thing: Thing, _: datetime) -> str:
    """Show the labels that the object selects by."""
    selector = thing.get("spec", {}).get("selector") or {}
    labels = selector.get("matchLabels", selector if "matchExpressions" not in selector else {})
    return labels_text(labels)


def labels_text(labels: Mapping[str, Any] | None) -> str:
    """Return labels as kubectl writes them: a=b,c=d."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def of(part: str, whole: str) -> Cell:
    """Return the cell `2/3`, from two fields of the status or spec."""

    def cell(thing: Thing, _: datetime) -> str:
        status, spec = thing.get("status", {}), thing.get("spec", {})
        total = spec.get(whole, status.get(whole, 1 if whole != "desiredNumberScheduled" else 0))
        return f"{status.get(part, 0)}/{total}"

    return cell


def ports(thing: Thing, _: datetime) -> str:
    """Show the ports of a service."""
    shown = []
    for port in thing.get("spec", {}).get("ports") or []:
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or NONE


def external(thing: Thing, _: datetime) -> str:
    """Show the addresses of a service outside the cluster."""
    spec, status = thing.get("spec", {}), thing.get("status", {})
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", NONE))
    shown = list(spec.get("externalIPs") or [])
    if spec.get("type") == "LoadBalancer":
        found = status.get("loadBalancer", {}).get("ingress") or []
        shown = [str(one.get("ip") or one.get("hostname")) for one in found] + shown
        return ",".join(shown) or "<pending>"
    return ",".join(shown) or NONE


def endpoints(thing: Thing, _: datetime) -> str:
    """Show the first three addresses."""
    shown = [
        f"{address.get('ip')}:{port.get('port')}" if port else str(address.get("ip"))
        for subset in thing.get("subsets") or []
        for port in subset.get("ports") or [None]
        for address in subset.get("addresses") or []
    ]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return (",".join(shown[:3]) + more) or NONE


def node_status(thing: Thing, _: datetime) -> str:
    """Show whether a node is ready, and whether pods may come to it."""
    conditions = thing.get("status", {}).get("conditions") or []
    ready = next((c for c in conditions if c.get("type") == "Ready"), None)
    word = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return word + (",SchedulingDisabled" if thing.get("spec", {}).get("unschedulable") else "")


def node_roles(thing: Thing, _: datetime) -> str:
    """Show the roles of a node."""
    prefix = "node-role.kubernetes.io/"
    labels = thing.get("metadata", {}).get("labels") or {}
    roles = {key.removeprefix(prefix) for key in labels if key.startswith(prefix)}
    roles |= {labels["kubernetes.io/role"]} if labels.get("kubernetes.io/role") else set()
    return ",".join(sorted(role for role in roles if role)) or NONE


def address(kind: str) -> Cell:
    """Return the cell that shows a node's address of one kind."""

    def cell(thing: Thing, _: datetime) -> str:
        found = thing.get("status", {}).get("addresses") or []
        return next((str(a.get("address")) for a in found if a.get("type") == kind), NONE)

    return cell


def scale_target(thing: Thing, _: datetime) -> str:
    """Show what an autoscaler scales."""
    target = thing.get("spec", {}).get("scaleTargetRef", {})
    return f"{target.get('kind')}/{target.get('name')}"


def metrics(thing: Thing, _: datetime) -> str:
    """Show the use and the goal of the first two metrics of an autoscaler."""
    spec, status = thing.get("spec", {}), thing.get("status", {})
    current = {
        one.get("resource", {}).get("name"): one["resource"].get("current", {})
        for one in status.get("currentMetrics") or []
        if one.get("type") == "Resource"
    }
    shown = []
    for one in spec.get("metrics") or []:
        resource = one.get("resource")
        if resource is None:
            shown.append(f"<unknown>/{one.get('type')}")
            continue
        use, goal = current.get(resource.get("name"), {}), resource.get("target", {})
        key, mark = (
            ("averageUtilization", "%") if "averageUtilization" in goal else ("averageValue", "")
        )
        now = f"{use[key]}{mark}" if key in use else "<unknown>"
        shown.append(f"{resource.get('name')}: {now}/{goal.get(key)}{mark}")
    more = f" + {len(shown) - 2} more..." if len(shown) > 2 else ""
    return (", ".join(shown[:2]) + more) or NONE


def last_seen(thing: Thing, now: datetime) -> str:
    """Show how long ago an event was seen last."""
    series = (thing.get("series") or {}).get("lastObservedTime")
    return since(
        series
        or thing.get("lastTimestamp")
        or thing.get("eventTime")
        or thing.get("metadata", {}).get("creationTimestamp"),
        now,
    )


def about(thing: Thing, _: datetime) -> str:
    """Show what an event is about."""
    about = thing.get("involvedObject") or thing.get("regarding") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


def message(thing: Thing, _: datetime) -> str:
    """Show the message of an event on one line."""
    return str(thing.get("message", "")).strip().replace("\n", " ")


def job_duration(thing: Thing, now: datetime) -> str:
    """Show how long a job ran, or has been running."""
    status = thing.get("status", {})
    start, end = moment(status.get("startTime")), moment(status.get("completionTime"))
    return "" if start is None else span((end or now) - start)


def job_status(thing: Thing, _: datetime) -> str:
    """Show how a job ended, or that it runs."""
    for condition in thing.get("status", {}).get("conditions") or []:
        if condition.get("status") == "True" and condition.get("type") in {
            "Complete",
            "Failed",
            "Suspended",
        }:
            return str(condition["type"])
    return "Running"


def capacity(thing: Thing, _: datetime) -> str:
    """Show the capacity of a claim."""
    return str(thing.get("status", {}).get("capacity", {}).get("storage", ""))


def access_modes(part: str) -> Cell:
    """Return the cell that shows access modes, shortened: what a volume has, a claim has got."""
    short = {
        "ReadWriteOnce": "RWO",
        "ReadOnlyMany": "ROX",
        "ReadWriteMany": "RWX",
        "ReadWriteOncePod": "RWOP",
    }

    def cell(thing: Thing, _: datetime) -> str:
        modes = thing.get(part, {}).get("accessModes") or []
        return ",".join(short.get(mode, mode) for mode in modes)

    return cell


def ingress_hosts(thing: Thing, _: datetime) -> str:
    """Show the first three hosts of an ingress."""
    hosts = [r["host"] for r in thing.get("spec", {}).get("rules") or [] if r.get("host")]
    more = f" + {len(hosts) - 3} more..." if len(hosts) > 3 else ""
    return (",".join(hosts[:3]) + more) or "*"


def ingress_address(thing: Thing, _: datetime) -> str:
    """Show the addresses of an ingress."""
    found = thing.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return ",".join(str(one.get("ip") or one.get("hostname")) for one in found)


def count(*path: str) -> Cell:
    """Return the cell that counts the items under the keys of `path`."""

    def cell(thing: Thing, _: datetime) -> str:
        value: Any = thing
        for key in path:
            value = (value or {}).get(key)
        return str(len(value or ()))

    return cell


def claim(thing: Thing, _: datetime) -> str:
    """Show the claim that a volume is bound to."""
    claim = thing.get("spec", {}).get("claimRef")
    return f"{claim.get('namespace')}/{claim.get('name')}" if claim else ""
