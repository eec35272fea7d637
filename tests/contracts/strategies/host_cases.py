"""The changes of practice hosts: units, logs, processes and services of a swarm, over SSH."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from stanch.sandbox.hosts.machine import Machine
from stanch.sandbox.hosts.processes import Program
from stanch.tools.outcome import DryRun
from tests.contracts.practice_hosts.changing import intent_of
from tests.contracts.practice_hosts.conftest import Loop, World
from tests.contracts.practice_hosts.reading import targets
from tests.contracts.strategies.strategy_owned import Json
from tests.contracts.strategies.strategy_places import Places
from tests.contracts.strategies.strategy_scene import Case, Scene

LOG = "/var/log/shop/access.json"
UNIT = "nginx.service"
SERVICE = "shop_prices"
REPORT = Program(name="report", args="report --year 2026", user="shop", cores=1.9, rss_mib=90.0)
_COPY = re.compile(r"(copying|renaming) (\S+) to (\S+)(?: \(.*)?")
_CUT = re.compile(r"truncating (\S+)")


class OnHost(Scene):
    """A machine of a practice world whose time stands still."""

    def __init__(self, stack: ExitStack, folder: Path, host: str = "edge-1") -> None:
        loop = Loop()
        stack.callback(loop.close)
        self.world = World(loop, folder)
        stack.callback(self.world.close)
        self.host = host
        self.settings = {"targets": targets(self.world)}

    @property
    def machine(self) -> Machine:
        """The machine itself, as the practice world keeps it."""
        return self.world.hosts.machines[self.host]

    def ask(self, line: str) -> None:
        """Take one line of a runbook for what is asked."""
        self.intent = intent_of(line, self.host)

    def capture(self) -> Json:
        """Return units, files, processes and services of the machine."""
        swarm = self.machine.swarm
        return {
            "units": {
                name: {"active": one.active, "invocation": one.invocation, "pid": one.main_pid}
                for name, one in self.machine.units.items()
            },
            "files": {
                path: {"size": one.size, "inode": one.inode, "user": one.user}
                for path, one in self.machine.tree.files.items()
            },
            "processes": {
                str(pid): {"name": one.name, "started": one.started, "user": one.user}
                for pid, one in self.machine.processes.items()
            },
            "services": {name: one.shown() for name, one in swarm.services.items()}
            if swarm
            else {},
        }


class Restarted(OnHost):
    """A unit that is to start anew."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        self.ask(f"systemctl restart {UNIT}")
        self.first: str = self.machine.units[UNIT].invocation

    def shown(self, tried: DryRun) -> Json:
        """Return the state of the unit; which run comes next nobody can foretell."""
        del tried
        unit = self.machine.units[UNIT]
        anew = unit.invocation != self.first
        return {
            "active_state": unit.active,
            "sub_state": "running" if unit.main_pid in self.machine.processes else "dead",
            "invocation_id": "a new one" if anew else unit.invocation,
        }


class Cut(OnHost):
    """A log that is to be cut to its first bytes."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        self.ask(f"truncate -s 100M {LOG}")

    def shown(self, tried: DryRun) -> Json:
        """Return the size of the log."""
        del tried
        return {"path": LOG, "bytes": self.machine.tree.files[LOG].size}


class Rotated(OnHost):
    """Logs that are to be rotated by the host's own configuration."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        self.ask("logrotate -f /etc/logrotate.d/shop")
        self.was = self.capture()["files"]

    def shown(self, tried: DryRun) -> Json:
        """Return those of logrotate's steps whose effect can be seen in the files."""
        now = self.capture()["files"]
        if now == self.was:
            return {"steps": []}
        return {"steps": [one for one in tried.after["steps"] if self._taken(one, now)]}

    def _taken(self, step: str, now: Json) -> bool:
        if found := _COPY.fullmatch(step):
            source, to = found[2], found[3]
            # logrotate also names the places of old logs that are not there yet.
            return bool(self.was.get(source, {}).get("size") == now.get(to, {}).get("size"))
        if found := _CUT.fullmatch(step):
            return bool(now[found[1]]["size"] == 0)
        raise AssertionError(f"no test knows what {step!r} does")


class Stopped(OnHost):
    """A process that somebody left behind, which is to end."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        self.process = self.machine.spawn(REPORT, parent=1, unit="session-7.scope", user="shop")
        self.world.wait(60)
        self.ask(f"kill -TERM {self.process.pid}")

    def shown(self, tried: DryRun) -> Json:
        """Return the process as it was seen, while it is there."""
        now = self.machine.processes.get(self.process.pid)
        if now is None:
            return {"missing": True}
        assert now is self.process
        assert (tried.before["command"], tried.before["user"]) == (now.name, now.user)
        return dict(tried.before)


class Swarmed(OnHost):
    """A service of a swarm that was updated, and is to be rolled back."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder, "jobs-1")
        self.ask(f"docker service rollback --detach {SERVICE}")

    def capture(self) -> Json:
        """Return the machine; times and versions of a service only tell that it was updated."""
        found = super().capture()
        found["services"] = {
            name: {"ID": one["ID"], "Spec": one["Spec"], "PreviousSpec": one.get("PreviousSpec")}
            for name, one in found["services"].items()
        }
        return found

    def shown(self, tried: DryRun) -> Json:
        """Return image and earlier image, and the digests that stand for the two specs."""
        one = self.capture()["services"][SERVICE]
        first: Json = tried.before
        images = {
            _image(spec): digest
            for spec, digest in (
                (self._spec(first["image"]), first["spec_sha256"]),
                (self._spec(first["previous_image"]), first["previous_sha256"]),
            )
        }
        now, before = _image(one["Spec"]), _image(one["PreviousSpec"])
        return {
            **first,
            "image": now,
            "previous_image": before,
            "spec_sha256": images[now],
            "previous_sha256": images[before],
        }

    def _spec(self, image: str) -> Json:
        one = self.capture()["services"][SERVICE]
        found: Json = next(
            spec for spec in (one["Spec"], one["PreviousSpec"]) if _image(spec) == image
        )
        return found


def _image(spec: Json) -> str:
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def _case(name: str, kind: str, scene: type[OnHost], **more: Any) -> Case:
    def open_scene(places: Places, stack: ExitStack, cluster: str, folder: Path) -> Scene:
        del places, cluster
        return scene(stack, folder)

    kind = f"host.{kind}"
    return Case(name=name, kind=kind, strategy="Hosts", where="hosts", open=open_scene, **more)


CASES = (
    _case("restart a unit", "restart_unit", Restarted, why="a restart has no way back"),
    _case("cut a log", "truncate_log", Cut, why="nothing can put the lines back"),
    _case("rotate logs", "rotate_log", Rotated, checks=(), why="put back into its place"),
    _case("stop a process", "stop_process", Stopped, checks=(), why="has no way back"),
    _case("roll back a service", "roll_back_service", Swarmed, back="host.roll_back_service"),
)
