"""The change of a process: it is told to end, by SIGTERM or, as a change of its own, SIGKILL.

A process id is used again, so a process is named by its id together with the moment at which
it was started, in ticks since the boot that is named too.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field
from typing_extensions import override

from stanch.tools.operations.base import BaseOperation, Effect
from stanch.tools.operations.host import Hostname, User
from stanch.tools.operations.reach import Reach

BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"
_BOOT: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_STAT: Final = re.compile(r"^(\d+) \((.*)\) ([A-Za-z])((?: -?\d+)+)$", re.DOTALL)
_CGROUP: Final = re.compile(r"^\d+:(?:|name=systemd):(/.*)$", re.MULTILINE)
_CONTAINER: Final = re.compile(
    r"docker|libpod|kubepods|crio|containerd|lxc|machine\.slice|buildkit"
)
_LEADER: Final = re.compile(r"^Tgid:\t(\d+)$", re.MULTILINE)
_KTHREAD: Final = 0x0020_0000
"""PF_KTHREAD in the flags of /proc/PID/stat."""
_PROTECTED: Final = re.compile(
    r"systemd.*|\(sd-pam\)|init|sshd.*|dropbear|dbus-(?:daemon|broker.*)|polkitd|agetty|login"
    r"|dockerd|containerd.*|kubelet|crio|conmon|runc|chronyd|rsyslogd|auditd|udevd|multipathd"
    r"|NetworkManager|dhclient|iscsid|tmux.*|screen"
)
"""What a host cannot do without, or what a login of a person hangs on."""
_DATABASES: Final = re.compile(r"postgres|postmaster|mysqld|mariadbd|mongod|redis-server")


class StopProcess(BaseOperation):
    """Tell one process on one host to end."""

    kind: Literal["host.stop_process"] = "host.stop_process"
    host: Hostname
    pid: Annotated[int, Field(ge=2, le=4_194_304)]
    started: Annotated[int, Field(ge=0)]
    """Ticks from the boot of the host to the start of the process."""
    boot_id: Annotated[str, Field(pattern=f"^{_BOOT}$")]
    command: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """The name of its program, as the kernel cuts it."""
    user: User
    """The user that it runs as, and as who it is told."""
    signal: Literal["TERM", "KILL"] = "TERM"

    @property
    @override
    def effect(self) -> Effect:
        return Effect.DESTRUCTIVE

    @property
    @override
    def target(self) -> str:
        return f"host/{self.host}/processes/{self.pid}"

    @property
    @override
    def subject(self) -> str:
        return f"{self.command} (process {self.pid}) on {self.host}"

    @property
    @override
    def reach(self) -> Reach:
        return Reach(thing=f"processes/{self.command}", host=self.host)

    @override
    def as_text(self) -> str:
        return shlex.join(("ssh", self.host, f"kill -s {self.signal} {self.pid}"))


class Seen(NamedTuple):
    """One process as /proc shows it."""

    command: str
    state: str
    parent: int
    flags: int
    started: int
    cgroup: str
    boot_id: str
    leader: int
    """The id of the process itself; another one than its own is that of a thread in it."""

    @property
    def unit(self) -> str:
        """The unit of systemd whose processes it is among; empty for none."""
        last = self.cgroup.rpartition("/")[2]
        return last if last.endswith((".service", ".scope")) else ""


def files_of(pid: int) -> tuple[str, ...]:
    """Return the files that show one process; `read_process` takes what `cat` prints of them."""
    return (f"/proc/{pid}/stat", f"/proc/{pid}/cgroup", f"/proc/{pid}/status", BOOT_ID)


def read_process(shown: str, pid: int) -> Seen | None:
    """Return the process in what `cat` prints of `files_of(pid)`; None when it has ended."""
    boot = re.search(rf"^({_BOOT})$", shown, re.MULTILINE)
    # A name may hold any character, and is too short for as many numbers as follow it.
    line = rf"\A{pid} \(.*?\) [A-Za-z](?: -?\d+){{19,}}$"
    head = re.search(line, shown, re.DOTALL | re.MULTILINE)
    found = _STAT.fullmatch(head[0]) if head else None
    # A name is shown as it is in the first of the files, and may look like a line of the third.
    leaders = _LEADER.findall(shown)
    if boot is None or found is None or not leaders:
        return None
    numbers = [int(one) for one in found[4].split()]
    groups = _CGROUP.findall(shown)
    return Seen(
        command=found[2],
        state=found[3],
        parent=numbers[0],
        flags=numbers[5],
        started=numbers[18],
        cgroup=groups[-1] if groups else "",
        boot_id=boot[1],
        leader=int(leaders[-1]),
    )


def process_facts(shown: str, owner: str, pid: int) -> dict[str, Any]:
    """Return the facts about a process that must still hold when it is told to end.

    `shown` is what `cat` prints of `files_of(pid)`, `owner` what `stat -c %U` prints of its
    folder. {"missing": True}: it has ended.
    """
    found = read_process(shown, pid)
    if found is None or not owner.strip() or found.state in {"Z", "X"}:
        return {"missing": True}
    return {
        "boot_id": found.boot_id,
        "started": found.started,
        "command": found.command,
        "user": owner.strip(),
        "unit": found.unit,
    }


def unfit(found: Seen, pid: int) -> str:
    """Return why a process is not one that may be told to end; empty when it is one."""
    name = f"{found.command} (process {pid})"
    if found.leader != pid:
        # The signal would end the whole process, under the name of one of its threads.
        return f"{pid} is a thread of process {found.leader}, which it would end: name that one"
    if pid < 2 or found.flags & _KTHREAD or 2 in {pid, found.parent}:
        return f"{name} is the kernel's or the first process of all"
    if _CONTAINER.search(found.cgroup):
        return f"{name} runs in a container: restart that by what runs it"
    if _DATABASES.fullmatch(found.command):
        return f"{name} is a database's: end the session in the database, or restart its unit"
    if found.unit.endswith(".service") and found.parent == 1:
        return f"{name} is the main process of {found.unit}: restart the unit instead"
    if _PROTECTED.fullmatch(found.command):
        return f"{name} is one that the host or a login hangs on"
    return ""


def same(facts: Mapping[str, Any], change: StopProcess) -> bool:
    """Return whether `facts` are of the very process that `change` names."""
    return (facts.get("boot_id"), facts.get("started")) == (change.boot_id, change.started)


def pattern_of(change: StopProcess) -> str:
    """Return what `grep -E` finds in /proc/PID/stat of this process, and of no other."""
    return rf"^{change.pid} \(.*\) [A-Za-z] (-?[0-9]+ ){{18}}{change.started} "
