"""One client of the benchmark, in a process of its own: reads on so many hosts, twice.

`python fanout_client.py PEER JSON` asks all hosts once cold and several times warm, and
prints what each round took as JSON. It imports only the peer that it is, because each
peer has an environment of its own.
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

PROGRAM = "uptime"
COMMAND = f"timeout -k 2 600s {PROGRAM}"
"""What every peer sends: stanch adds the limit by itself, and hosts pay for it."""


def stanch(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with the client of this project."""
    from pathlib import Path

    from stanch.settings.targets import HostSettings, SshSettings, Targets
    from stanch.tools.clients.ssh import SshClient, wire
    from stanch.tools.operations.host import HostRead
    from stanch.tools.outcome import Limits

    # The time to import packages is left out for every peer.
    wire.transport_class()
    ssh = SshSettings(
        user=given["user"],
        identities=(Path(given["key"]),),
        known_hosts=(Path(given["known_hosts"]),),
        config=Path(given["config"]),
        agent=False,
        connect_seconds=60.0,
    )
    hosts = {one: HostSettings(port=given["port"]) for one in given["hosts"]}
    client = SshClient(targets=Targets(ssh=ssh, hosts=hosts), limits=Limits(seconds=600.0))
    operation = HostRead(program=PROGRAM, hosts=tuple(given["hosts"]))
    return lambda: len(client.observe(operation).data["hosts"]), client.close


def asyncssh(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with asyncssh, keys and known hosts parsed once, connections kept."""
    import asyncio

    import asyncssh as peer

    loop = asyncio.new_event_loop()
    key = peer.read_private_key(given["key"])
    known = peer.read_known_hosts(given["known_hosts"])
    connections: dict[str, Any] = {}

    async def one(host: str, limit: Any) -> bool:
        async with limit:
            if host not in connections:
                connections[host] = await peer.connect(
                    host,
                    given["port"],
                    username=given["user"],
                    client_keys=[key],
                    known_hosts=known,
                    config=None,
                    agent_path=None,
                    login_timeout=600,
                    connect_timeout=600,
                )
            ran = await connections[host].run(COMMAND)
            return bool(ran.exit_status == 0)

    async def every() -> int:
        limit = asyncio.Semaphore(100)
        return sum(await asyncio.gather(*(one(host, limit) for host in given["hosts"])))

    def close() -> None:
        for connection in connections.values():
            connection.abort()
        loop.run_until_complete(asyncio.sleep(0))

    return lambda: loop.run_until_complete(every()), close


def ssh(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with OpenSSH, whose masters keep the connections."""
    import subprocess
    from concurrent.futures import ThreadPoolExecutor

    common = (
        *("ssh", "-F", "none", "-i", given["key"], "-p", str(given["port"])),
        *("-o", f"UserKnownHostsFile={given['known_hosts']}", "-o", "BatchMode=yes"),
        *("-o", "ControlMaster=auto", "-o", f"ControlPath={given['folder']}/%C"),
        *("-o", "ControlPersist=120", "-o", "LogLevel=ERROR"),
    )

    def one(host: str) -> bool:
        ran = subprocess.run(
            [*common, f"{given['user']}@{host}", COMMAND],
            check=False, stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
        return ran.returncode == 0

    pool = ThreadPoolExecutor(32)

    def close() -> None:
        for host in given["hosts"]:
            subprocess.run([*common, "-O", "exit", host], check=False, capture_output=True)
        pool.shutdown()

    return lambda: sum(pool.map(one, given["hosts"])), close


def fabric(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with fabric, one thread for each host, up to a hundred."""
    from concurrent.futures import ThreadPoolExecutor

    peer = importlib.import_module("fabric")
    config = peer.Config(
        overrides={"load_ssh_configs": False, "run": {"hide": True, "in_stream": False}}
    )
    connections = {
        host: peer.Connection(
            host,
            user=given["user"],
            port=given["port"],
            config=config,
            connect_timeout=600,
            connect_kwargs={
                "key_filename": given["key"],
                "allow_agent": False,
                "look_for_keys": False,
                "banner_timeout": 600,
                "auth_timeout": 600,
            },
        )
        for host in given["hosts"]
    }
    for connection in connections.values():
        connection.client.load_host_keys(given["known_hosts"])
    pool = ThreadPoolExecutor(100)

    def one(host: str) -> bool:
        return bool(connections[host].run(COMMAND, hide=True, in_stream=False).ok)

    def close() -> None:
        for connection in connections.values():
            connection.close()
        pool.shutdown()

    return lambda: sum(pool.map(one, given["hosts"])), close


def ansible(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with `ansible -m raw`, 32 forks, its usual persistent masters."""
    import os
    import subprocess
    from pathlib import Path

    inventory = Path(given["folder"]) / "inventory"
    arguments = f"-o UserKnownHostsFile={given['known_hosts']}"
    lines = [
        f"{host} ansible_port={given['port']} ansible_user={given['user']} "
        f"ansible_ssh_private_key_file={given['key']}"
        for host in given["hosts"]
    ]
    inventory.write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = {
        **os.environ,  # noqa: TID251 - a benchmark starts a real program
        "ANSIBLE_SSH_COMMON_ARGS": arguments,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(given["folder"]),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOME": f"{given['folder']}/ansible",
    }
    command = (given["ansible"], "all", "-i", str(inventory), "-m", "raw", "-a", COMMAND)

    def every() -> int:
        ran = subprocess.run(
            [*command, "-f", "32", "-o"],
            check=False, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return sum("| CHANGED |" in line for line in ran.stdout.splitlines())

    return every, lambda: None


def pyinfra(given: dict[str, Any]) -> tuple[Callable[[], int], Callable[[], None]]:
    """Ask with pyinfra's API, a hundred greenlets."""
    importlib.import_module("gevent.monkey").patch_all()
    pool = importlib.import_module("gevent.pool").Pool(100)
    api = importlib.import_module("pyinfra.api")
    connect_all = importlib.import_module("pyinfra.api.connect").connect_all

    data = {
        "ssh_user": given["user"],
        "ssh_port": given["port"],
        "ssh_key": given["key"],
        "ssh_known_hosts_file": given["known_hosts"],
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
        "ssh_config_file": given["config"],
        "ssh_paramiko_connect_kwargs": {"banner_timeout": 600, "auth_timeout": 600},
    }
    inventory = api.Inventory(([(host, {}) for host in given["hosts"]], data))
    state = api.State(inventory, api.Config(CONNECT_TIMEOUT=600))
    connected: list[bool] = []

    def one(host: Any) -> bool:
        ok, _ = host.run_shell_command(COMMAND)
        return bool(ok)

    def every() -> int:
        if not connected:
            connect_all(state)
            connected.append(True)
        return sum(pool.map(one, list(inventory)))

    return every, lambda: None


PEERS = {
    "stanch": stanch,
    "asyncssh": asyncssh,
    "ssh": ssh,
    "fabric": fabric,
    "ansible": ansible,
    "pyinfra": pyinfra,
}


def _cpu() -> float:
    every = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in every)


def _peak() -> int:
    """Return the most memory that this process ever had, in KiB.

    What getrusage says begins with the memory of the process that started this one.
    """
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - it is no file
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))


def main() -> None:
    """Run the rounds of one peer and print what they took."""
    given = json.loads(sys.argv[2])
    begin, used = time.perf_counter(), _cpu()
    ask, close = PEERS[sys.argv[1]](given)
    loaded = (time.perf_counter() - begin, _cpu() - used)
    rounds = []
    for _ in range(1 + given["warm"]):
        begin, used = time.perf_counter(), _cpu()
        answered = ask()
        rounds.append((time.perf_counter() - begin, _cpu() - used, answered))
    close()
    peak = _peak()
    if sys.argv[1] in {"ssh", "ansible"}:
        peak += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"loaded": loaded, "rounds": rounds, "peak": peak / 1024}))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
