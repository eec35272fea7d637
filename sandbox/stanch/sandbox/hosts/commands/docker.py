"""docker: the services of a swarm, on the machine that manages one; elsewhere there is none."""

import json
from collections.abc import Sequence

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import UsageError, parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.swarm import SETTLES, Service, Swarm, image_of, task_id

_SOCKET = "unix:///var/run/docker.sock"


def docker(argv: Sequence[str], see: Sight) -> Answer:
    """Answer docker service ls, inspect, ps and rollback."""
    swarm = see.machine.swarm
    if swarm is None:
        return Answer(err=f"bash: line 1: {argv[0]}: command not found\n", status=127)
    if see.user not in {"reader", "operator"}:
        return Answer(
            err="permission denied while trying to connect to the Docker daemon socket at"
            f" {_SOCKET}\n",
            status=1,
        )
    match list(argv[1:]):
        case ["service", "ls" | "list", *rest]:
            return _ls(rest, swarm, see)
        case ["service", "inspect", *rest]:
            return _inspect(rest, swarm, see)
        case ["service", "ps", *rest]:
            return _ps(rest, swarm, see)
        case ["service", "rollback", *rest]:
            return _roll_back(rest, swarm, see)
        case [first, *_]:
            raise UsageError(f"docker: '{first}' is not a docker command.\nSee 'docker --help'")
        case _:
            raise UsageError("Usage:  docker [OPTIONS] COMMAND")


def _release(service: Service) -> str:
    return image_of(service.spec).partition("@")[0]


def _replicas(service: Service) -> int:
    return int(service.spec["Mode"]["Replicated"]["Replicas"])


def _ls(rest: list[str], swarm: Swarm, see: Sight) -> Answer:
    options = parse(["docker", *rest], flags="q", long={"--quiet": "q"})
    services = [swarm.find(name, see.now) for name in sorted(swarm.services)]
    found = [one for one in services if one is not None]
    if "q" in options:
        return lines([one.id[:12] for one in found])
    rows = [("ID", "NAME", "MODE", "REPLICAS", "IMAGE", "PORTS")]
    for one in found:
        count = _replicas(one)
        cells = (one.id[:12], one.name, "replicated", f"{count}/{count}", _release(one), "")
        rows.append(cells)
    return lines(_table(rows))


def _inspect(rest: list[str], swarm: Swarm, see: Sight) -> Answer:
    options = parse(["docker", *rest])
    if not options.operands:
        raise UsageError('"docker service inspect" requires at least 1 argument.')
    found, complaints = [], ""
    for name in options.operands:
        service = swarm.find(name, see.now)
        if service is None:
            complaints += f"Error: no such service: {name}\n"
        else:
            found.append(service.shown())
    text = json.dumps(found, indent=4)
    return Answer(f"{text}\n", complaints, 1 if complaints else 0)


def _ps(rest: list[str], swarm: Swarm, see: Sight) -> Answer:
    options = parse(
        ["docker", *rest], flags="q", long={"--no-trunc": "full", "--no-resolve": "bare"}
    )
    rows = [("ID", "NAME", "IMAGE", "NODE", "DESIRED STATE", "CURRENT STATE", "ERROR", "PORTS")]
    for name in options.operands:
        service = swarm.find(name, see.now)
        if service is None:
            return Answer(err=f"no such service: {name}\n", status=1)
        age = see.now - (service.updated or service.created)
        state = f"Running {_ago(age)}" if age >= SETTLES else f"Preparing {_ago(age)}"
        for slot in range(1, _replicas(service) + 1):
            whole = task_id(service, slot)
            task = whole if "full" in options else whole[:12]
            host = see.machine.name
            named = f"{service.name}.{slot}"
            rows.append((task, named, _release(service), host, "Running", state, "", ""))
    return lines(_table(rows))


def _roll_back(rest: list[str], swarm: Swarm, see: Sight) -> Answer:
    long = {"--detach": "d", "--detach=true": "d", "--quiet": "q"}
    options = parse(["docker", *rest], flags="dq", long=long)
    if len(options.operands) != 1:
        raise UsageError('"docker service rollback" requires exactly 1 argument.')
    if see.user != "operator":
        return Answer(
            err="Error response from daemon: authorization denied by plugin: only to look\n",
            status=1,
        )
    service = swarm.find(options.operands[0], see.now)
    if service is None:
        return Answer(err=f"Error: no such service: {options.operands[0]}\n", status=1)
    if not service.roll_back(see.now):
        return Answer(
            err="Error response from daemon: rpc error: code = FailedPrecondition desc = service"
            f" {service.id} does not have a previous spec\n",
            status=1,
        )
    return lines([options.operands[0]])


def _ago(seconds: float) -> str:
    minutes, hours = int(seconds // 60), round(seconds / 3600)
    if minutes < 1:
        return f"{max(1, int(seconds))} seconds ago"
    if minutes == 1:
        return "about a minute ago"
    if minutes < 60:
        return f"{minutes} minutes ago"
    if hours == 1:
        return "about an hour ago"
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    each = [
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return [row.rstrip() for row in each]


COMMANDS = {"docker": docker}
