"""Evidence that a change destroys, and the reads that save it beforehand (INV-18).

A pod that is replaced takes its logs with it, a session that is ended takes its statement
and its locks, a process its status. What is to be saved is known from what the change
touches; a flag that is switched or a weight that is set destroys nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from stanch.tools.operations import (
    Change,
    DescribeObject,
    HostRead,
    ListEvents,
    PatchObject,
    Read,
    ReadLogs,
)
from stanch.tools.operations.host import HostPart
from stanch.tools.operations.host_swarm import RollBackService
from stanch.tools.operations.kubernetes_names import ObjectRef
from stanch.tools.operations.reach import Reach
from stanch.tools.operations.sql import QuerySql

_LINES: Final = 500
_KINDS: Final = {
    "pods": "Pod",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "jobs": "Job",
}
_Saves: TypeAlias = Callable[[Change, Reach, str], Mapping[str, Read]]


def reads_before(change: Change) -> dict[str, Read]:
    """Return what is to be read before `change` is sent, by name; nothing when it is harmless."""
    reach = change.reach
    resource, _, name = reach.thing.partition("/")
    saves = _SAVES.get(resource)
    if saves is None or not _destroys(change):
        return {}
    return dict(saves(change, reach, name))


def lost(read: Read, data: Mapping[str, Any], status: str, text: str) -> str:
    """Return why the evidence of `read` was not saved; empty when it was.

    That a container has no earlier run, or an object no events, is no loss.
    """
    if status != "ok":
        return text
    if isinstance(read, ReadLogs):
        return _unread(read, data)
    if not isinstance(read, HostRead) or data.get("exit_status") in {0, None}:
        return ""
    # `systemctl status` says by 3 that the unit does not run, and tells of it all the same.
    if str(data.get("stdout") or "").strip():
        return ""
    return str(data.get("stderr") or "").strip() or f"{read.program} failed"


def _unread(read: ReadLogs, data: Mapping[str, Any]) -> str:
    """Return why containers that have run have no logs here; those that never ran have none."""
    if read.previous or data.get("streams"):
        return ""
    reasons = [str(one.get("reason", "")) for one in data.get("not_read") or []]
    return next((one for one in reasons if "waiting to start" not in one), "")


def _destroys(change: Change) -> bool:
    if isinstance(change, RollBackService):
        # The tasks are replaced, however many of them there are afterwards.
        return True
    sizes = [one for one in change.reach.sizes if one.name == "replicas"]
    if sizes and not isinstance(change, PatchObject):
        # More of them leave those alone that are there.
        return any(one.before is None or one.after < one.before for one in sizes)
    if isinstance(change, PatchObject):
        # Another template replaces every pod; other fields leave the pods alone.
        return any(one.path.startswith("/spec/template") for one in change.changes)
    return True


def _of_workload(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    del change
    if reach.namespace is None:
        return {}
    resource = reach.thing.partition("/")[0]
    here: dict[str, Any] = {"namespace": reach.namespace, "tail": _LINES, "all_containers": True}
    source: dict[str, Any]
    match resource:
        case "deployments":
            source = {"deployment": name}
        case "pods":
            source = {"pod": name}
        case _:
            source = {"owner": ObjectRef(resource=resource, name=name)}
    return {
        "describe": DescribeObject(resource=resource, namespace=reach.namespace, name=name),
        "logs": ReadLogs(**here, **source),
        "previous-logs": ReadLogs(**here, **source, previous=True),
        "events": ListEvents(
            namespace=reach.namespace, about_kind=_KINDS[resource], about_name=name
        ),
    }


def _of_sessions(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    del name
    many = getattr(change, "sessions", None)
    pids = [one.pid for one in many] if many is not None else [getattr(change, "pid", None)]
    named = ", ".join(str(int(pid)) for pid in pids if pid is not None)
    if not named:
        return {}
    columns = (
        "pid, usename, application_name, client_addr, backend_start, xact_start, query_start, "
        "state_change, state, wait_event_type, wait_event, query"
    )
    locks = (
        "SELECT pid, locktype, relation::regclass::text AS relation, mode, granted "  # noqa: S608 - numbers only
        f"FROM pg_locks WHERE pid IN ({named})"
    )
    return {
        "sessions": QuerySql(
            database=reach.database,
            statement=f"SELECT {columns} FROM pg_stat_activity WHERE pid IN ({named})",  # noqa: S608 - numbers only
        ),
        "locks": QuerySql(database=reach.database, statement=locks),
    }


def _of_unit(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    del change
    status = (HostPart(role="verb", text="status"), HostPart(text=name), _flag("--no-pager"))
    journal = (
        _flag("-u", name),
        _flag("-n", str(_LINES)),
        _flag("--no-pager"),
    )
    return {
        "status": HostRead(program="systemctl", args=status, host=reach.host),
        "journal": HostRead(program="journalctl", args=journal, host=reach.host),
    }


def _of_service(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    if reach.host is None:  # a Service of a cluster, which runs nothing itself
        return {}
    # Docker is asked as the change asks it: whoever is not in its group has to be root.
    user = "root" if getattr(change, "sudo", False) else None

    def read(*parts: HostPart) -> HostRead:
        words = (HostPart(role="verb", text="service"), *parts, HostPart(text=name))
        return HostRead(program="docker", args=words, host=reach.host, sudo=user)

    return {
        "tasks": read(HostPart(role="verb", text="ps"), _flag("--no-trunc")),
        "logs": read(HostPart(role="verb", text="logs"), _flag("--tail", str(_LINES))),
    }


def _of_process(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    pid = getattr(change, "pid", None) or name
    if not str(pid).isdecimal():
        return {}
    shown = (_flag("-o", "pid,ppid,user,stat,etime,pcpu,pmem,args"), _flag("-p", str(pid)))
    return {"process": HostRead(program="ps", args=shown, host=reach.host)}


def _of_file(change: Change, reach: Reach, name: str) -> Mapping[str, Read]:
    del change, name
    reads: dict[str, Read] = {}
    for count, thing in enumerate((reach.thing, *reach.also), start=1):
        tail = (_flag("-n", str(_LINES)), HostPart(text="/" + thing.partition("/")[2]))
        # What may not be read at all, a key or a database's own file, is not copied either.
        with suppress(ValidationError):
            called = "tail" if count == 1 else f"tail-{count}"
            reads[called] = HostRead(program="tail", args=tail, host=reach.host)
    return reads


def _flag(name: str, value: str | None = None) -> HostPart:
    return HostPart(role="flag", text=name, value=value, glue=" ")


_SAVES: Final[Mapping[str, _Saves]] = {
    **dict.fromkeys(_KINDS, _of_workload),
    "sessions": _of_sessions,
    "units": _of_unit,
    "services": _of_service,
    "processes": _of_process,
    "files": _of_file,
    "logs": _of_file,
}
