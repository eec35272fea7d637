"""Two machines, one PostgreSQL, one cluster: each machine is a process with its own home."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stanch.clock import Clock
from stanch.store import Store
from tests.contracts.clients.client_front import Seen
from tests.contracts.clients.client_targets import Corner
from tests.journeys.kill_scene import POLICY, Stage, alert_of
from tests.services import unmeasured
from tests.unit.store.store_places import KEY

LEASE = 5.0
_SECONDS = 60.0


class Machine:
    """A process that shares the store; see `machine`."""

    def __init__(self, stage: Stage, home: Path, url: str, *, lease: float = LEASE) -> None:
        home.mkdir(parents=True)
        (home / "policy.yaml").write_text(POLICY, encoding="utf-8")
        self.home = home
        self.settings = stage.settings(home)
        told = {
            "settings": {**self.settings.model_dump(mode="json", exclude_unset=True), "store": url},
            "key": KEY,
            "lease_seconds": lease,
        }
        file = home.with_suffix(".json")
        file.write_text(json.dumps(told), encoding="utf-8")
        self._errors = home.with_suffix(".err").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.contracts.store_shared.machine", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            bufsize=1,
            env=unmeasured.environment(),
        )
        assert self.answer() == {"ready": self.process.pid}

    def tell(self, do: str, **more: Any) -> None:
        """Give a command and do not wait for what comes of it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")

    def answer(self) -> dict[str, Any]:
        """Return what the next command that is not answered yet came to."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.home.with_suffix(".err").read_text()[-3000:]
        found: dict[str, Any] = json.loads(line)
        return found

    def do(self, do: str, **more: Any) -> dict[str, Any]:
        self.tell(do, **more)
        return self.answer()

    def until_stopped(self) -> None:
        """Wait until the process has stopped itself."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            if fields[0] == "T":
                return
            time.sleep(0.02)  # noqa: TID251 - the other process wakes nobody
        raise AssertionError(
            f"it did not stop: {self.home.with_suffix('.err').read_text()[-2000:]}"
        )

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        self._errors.close()


@dataclass
class SharedScene:
    """One deployment whose release is bad, and the machines that look after it."""

    stage: Stage
    corner: Corner
    folder: Path
    url: str
    machines: list[Machine] = field(default_factory=list)

    def machine(self, name: str, **more: Any) -> Machine:
        made = Machine(self.stage, self.folder / name, self.url, **more)
        self.machines.append(made)
        return made

    def opened(self, by: Machine) -> str:
        """Open the incident on one machine and return its id."""
        clock = Clock(self.stage.clock)
        alert = alert_of("OnlyUndo", self.corner.name, clock)
        found = by.do("open", alert=alert.model_dump(mode="json"))
        return str(found["incident"])

    def approved(self, by: Machine) -> str:
        """Open an incident, let it ask, and approve what it asks; return its id."""
        incident = self.opened(by)
        asked = by.do("go", incident=incident)
        assert asked["why"] == "waiting", asked
        assert by.do("approve", approval=asked["approval"])["state"] == "approved"
        return incident

    def sent(self) -> list[Seen]:
        """Return the changes of the deployment that arrived."""
        return self.stage.patches(self.corner.name)

    def image(self) -> str:
        spec = self.corner.get()["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"]).rpartition("/")[2]

    def store(self) -> Store:
        """Open the store as one more machine, to look at what is recorded."""
        return Store(self.folder / "looker", audit_key=KEY, url=self.url)

    def close(self) -> None:
        for machine in self.machines:
            machine.wake()
            machine.kill()
        self.corner.clean()
