"""Which client serves what, opened when it is first needed and not after the end."""

import subprocess
import sys
from pathlib import Path

import pytest

from stanch.executor.clients import Clients, load
from stanch.settings import Settings
from stanch.settings.targets import Targets
from stanch.tools.errors import TargetUnreachableError
from stanch.tools.operations import BaseOperation, ChangeOperation
from stanch.tools.operations.git import ReadCommits
from stanch.tools.operations.manual import ManualRead
from tests.unit.change_samples import ACTS
from tests.unit.incident_samples import roll_back

TARGETS = Targets.model_validate(
    {
        "hosts": {"edge-1": {}},
        "databases": {"shop": {"host": "127.0.0.1", "port": 1, "dbname": "shop", "user": "u"}},
        "endpoints": {"flags": {"url": "https://flags.example"}},
    }
)
HANDS = {
    "cancel": "SqlClient",
    "terminate": "SqlClient",
    "build": "SqlClient",
    "flag": "HttpClient",
    "weight": "HttpClient",
    "unit": "SshClient",
    "patch": "ObjectHands",
}


def clients(tmp_path: Path) -> Clients:
    return Clients(Settings(home=tmp_path, user="ann", targets=TARGETS))


@pytest.mark.parametrize(("act", "name"), HANDS.items())
def test_each_change_has_the_hands_of_its_target(tmp_path: Path, act: str, name: str) -> None:
    here = clients(tmp_path)
    hands = here.hands(ACTS[act])
    assert type(hands).__name__ == name
    assert here.hands(ACTS[act]) is not None
    here.close()


def test_a_deployment_has_those_of_its_cluster(tmp_path: Path) -> None:
    here = clients(tmp_path)
    change: ChangeOperation = roll_back()
    assert type(here.hands(change)).__name__ == "KubernetesClient"
    here.close()


def test_what_nobody_serves_is_unreachable(tmp_path: Path) -> None:
    here = clients(tmp_path)
    read = ManualRead(program="vendorctl", words=("status",), reason="it has no client")
    with pytest.raises(TargetUnreachableError, match=r"no connection for manual\.read"):
        here.observe(read)
    with pytest.raises(TargetUnreachableError, match="no connection for odd"):
        here.hands(BaseOperation(kind="odd"))  # type: ignore[arg-type]
    with pytest.raises(TargetUnreachableError):
        here.observe(ReadCommits(repository="shop"))
    here.close()


def test_after_the_end_nothing_is_opened_any_more(tmp_path: Path) -> None:
    here = clients(tmp_path)
    here.close()
    here.reserve(("shop",))
    assert here._reserving == []
    here._reserve(("shop",))
    assert here._open == {}


def test_what_is_configured_is_imported_beforehand(tmp_path: Path) -> None:
    def imported(targets: Targets) -> set[str]:
        lines = [
            "import sys",
            "from stanch.executor.clients import load",
            "from stanch.settings import Settings",
            "from stanch.settings.targets import Targets",
            f"targets = Targets.model_validate_json({targets.model_dump_json()!r})",
            f"load(Settings(home={str(tmp_path)!r}, user='ann', targets=targets))",
            "print(*sys.modules)",
        ]
        ran = [sys.executable, "-c", "\n".join(lines)]
        return set(subprocess.run(ran, capture_output=True, text=True, check=True).stdout.split())

    heavy = {"paramiko", "psycopg"}
    assert imported(TARGETS) & heavy == heavy
    assert imported(Targets()) & heavy == set()
    load()
    load(Settings(home=tmp_path, user="ann", targets=TARGETS))
    assert sys.modules.keys() >= heavy
