"""One read-only command on many hosts over SSH, beside the programs that others use for it.

`python -m tests.bench.fanout [--sizes 1,20,100,500] [--peers asyncssh,ssh,...]`. The hosts
are one real sshd under as many loopback addresses. Each peer runs in a process of its own
and, but for OpenSSH, in a throw-away environment of its own; rounds take turns, so that a
busy moment of the machine falls on all alike. Cold: nothing is open yet. Warm: once more.
The time to import a package is left out of both; CPU is the client's own with its children,
memory that of its process (with OpenSSH and ansible also that of their largest child).
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tests.bench.fanout_hosts import Hosts, serve
from tests.bench.figures import machine

_CLIENT = Path(__file__).with_name("fanout_client.py")
_PACKAGES = {
    "asyncssh": "asyncssh",
    "fabric": "fabric",
    "ansible": "ansible-core",
    "pyinfra": "pyinfra",
}
_EVERY = ("asyncssh", "ssh", "fabric", "ansible", "pyinfra")
_MOST_FOR_ANSIBLE = 100
"""Above this, ansible alone would take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one peer took for so many hosts: seconds, milliseconds of CPU, mebibytes."""

    peer: str
    hosts: int
    cold: float
    warm: float
    cold_cpu: float
    warm_cpu: float
    peak: float
    failed: str = ""


@click.command()
@click.option("--sizes", default="1,20,100,500", show_default=True, help="Numbers of hosts.")
@click.option("--peers", default=",".join(_EVERY), show_default=True, help="Who is compared.")
@click.option("--rounds", default=3, show_default=True, help="Processes for each figure.")
def main(sizes: str, peers: str, rounds: int) -> None:
    """Measure the fan-out over SSH beside its peers."""
    counts = [int(one) for one in sizes.split(",")]
    named = [one for one in peers.split(",") if one]
    with tempfile.TemporaryDirectory(prefix="stanch-fanout-") as name:
        folder = Path(name)
        pythons = _environments(folder, named)
        (folder / "hosts").mkdir()
        (folder / "config").touch()
        with serve(folder / "hosts", max(counts)) as hosts:
            print(
                f"{machine()}; medians of {rounds} processes; one sshd, which pays for each login"
            )
            print()
            print(
                table([row for count in counts for row in _measure(hosts, count, pythons, rounds)])
            )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as one Markdown table, each time beside that of the best peer."""
    lines = [
        "| hosts | client | cold s | warm s | cold CPU ms/host | warm CPU ms/host | peak MiB |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        if row.failed:
            lines.append(f"| {row.hosts} | {row.peer} | {row.failed} | | | | |")
            continue
        others = [
            one
            for one in rows
            if one.hosts == row.hosts and one.peer != "stanch" and not one.failed
        ]
        cold, warm = f"{row.cold:.3f}", f"{row.warm:.3f}"
        if row.peer == "stanch" and others:
            cold += f" ({row.cold / min(one.cold for one in others):.2f}x)"
            warm += f" ({row.warm / min(one.warm for one in others):.2f}x)"
        lines.append(
            f"| {row.hosts} | {row.peer} | {cold} | {warm} | {row.cold_cpu:.1f} | "
            f"{row.warm_cpu:.2f} | {row.peak:.0f} |"
        )
    return "\n".join(lines)


def _measure(hosts: Hosts, count: int, pythons: Mapping[str, Path], rounds: int) -> list[Row]:
    found: dict[str, list[dict[str, Any]]] = {peer: [] for peer in pythons}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for peer, python in pythons.items():
            if peer == "ansible" and (count > _MOST_FOR_ANSIBLE or number):
                if count > _MOST_FOR_ANSIBLE:
                    failed[peer] = "not run: minutes"
                continue
            result = _run(peer, python, hosts, count)
            if isinstance(result, str):
                failed[peer] = result
            else:
                found[peer].append(result)
    return [_row(peer, count, found[peer], failed.get(peer, "")) for peer in pythons]


def _row(peer: str, count: int, results: Sequence[Mapping[str, Any]], failed: str) -> Row:
    if failed or not results:
        return Row(
            peer=peer,
            hosts=count,
            cold=0,
            warm=0,
            cold_cpu=0,
            warm_cpu=0,
            peak=0,
            failed=failed or "none",
        )
    cold = [one["rounds"][0] for one in results]
    warm = [later for one in results for later in one["rounds"][1:]]
    return Row(
        peer=peer,
        hosts=count,
        cold=statistics.median(one[0] for one in cold),
        warm=statistics.median(one[0] for one in warm),
        cold_cpu=statistics.median(one[1] for one in cold) * 1000 / count,
        warm_cpu=statistics.median(one[1] for one in warm) * 1000 / count,
        peak=max(one["peak"] for one in results),
    )


def _run(peer: str, python: Path, hosts: Hosts, count: int) -> dict[str, Any] | str:
    """Return what one process of a peer measured, or why it failed."""
    with tempfile.TemporaryDirectory(prefix="sf-") as folder:
        config = Path(folder) / "config"
        config.touch()
        given = {
            "hosts": hosts.first(count),
            "port": hosts.port,
            "user": hosts.user,
            "key": str(hosts.key),
            "known_hosts": str(hosts.known_hosts),
            "folder": folder,
            "config": str(config),
            "warm": 1 if peer == "ansible" else 5,
            "ansible": str(python.with_name("ansible")),
        }
        ran = subprocess.run(
            [python, _CLIENT, peer, json.dumps(given)],
            check=False, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
    if ran.returncode != 0:
        return f"failed: {ran.stderr.strip().splitlines()[-1][:80] if ran.stderr else 'no reason'}"
    result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    answered = [one[2] for one in result["rounds"]]
    if answered != [count] * len(answered):
        return f"failed: {min(answered)} of {count} hosts answered"
    return result


def _environments(folder: Path, peers: Sequence[str]) -> dict[str, Path]:
    """Install each peer in an environment of its own; return the interpreters by peer."""
    found = {"stanch": Path(sys.executable)}
    for peer in peers:
        if peer == "ssh":
            found[peer] = Path(sys.executable)
            continue
        place = folder / f"environment-{peer}"
        python = place / "bin" / "python"
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, place], check=True)
        subprocess.run(
            ["uv", "pip", "install", "-q", "--python", python, _PACKAGES[peer]], check=True
        )
        found[peer] = python
    return found


if __name__ == "__main__":
    main()
