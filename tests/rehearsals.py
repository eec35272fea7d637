"""Rehearsals: slow tests, of which a plain run takes a share, so that it ends within minutes.

Some start worlds of the practice production, the others walk incidents and changes to their
end. A plain run takes each twelfth one of both, always the same ones. STANCH_TEST_REHEARSALS=4
runs each fourth one of both, and all that looks at targets and acts on them; STANCH_TEST_ALL=1 (or
STANCH_TEST_REHEARSALS=all) every one. The others are deselected, which pytest counts in its
last line.
"""

import os
import zlib

import pytest

WORLDS = (
    "tests/unit/sandbox_network/",
    "tests/unit/sandbox_load/",
    "tests/unit/sandbox_database/",
    "tests/unit/sandbox_hosts/test_host_faults",
    "tests/unit/sandbox_web/",
    "tests/contracts/practice_database/",
    "tests/contracts/practice_hosts/",
    "tests/contracts/sql/",
    "tests/contracts/ssh/",
    "tests/contracts/http/",
    "tests/contracts/prometheus/",
    "tests/unit/sandbox_shop/test_shop_faults",
    "tests/unit/runbook/test_runbook_hidden",
    "tests/unit/tools/test_view_same_as_kubectl",
    "tests/journeys/test_kubectl_",
    "tests/journeys/test_sandbox_command",
    "tests/journeys/test_drill.py::test_a_change",
)
WAYS = (
    "tests/contracts/store_shared/",
    "tests/contracts/strategies/",
    "tests/journeys/test_bad_decisions",
    "tests/journeys/test_by_hand",
    "tests/journeys/test_demo",
    "tests/journeys/test_drill.py::test_a_drill",
    "tests/journeys/test_edges",
    "tests/journeys/test_failover_runbook",
    "tests/journeys/test_graph_ways",
    "tests/journeys/test_interrupt",
    "tests/journeys/test_kill.py::test_an_inverse",
    "tests/journeys/test_kill_plans",
    "tests/journeys/test_model_in_the_loop",
    "tests/journeys/test_plans_and_effects",
    "tests/journeys/test_revert_for_review",
    "tests/journeys/test_terminal",
    "tests/journeys/test_wheel",
    "tests/unit/cli/test_startup_imports",
    "tests/unit/test_import_contracts",
)
LOOKS_AND_ACTS = (
    "tests/contracts/clients/",
    "tests/contracts/cluster/",
    "tests/contracts/executor/",
    "tests/contracts/git/",
    "tests/unit/runbook/test_runbook_filters_same",
)
SHARE = 12
_ASKED = os.environ.get("STANCH_TEST_REHEARSALS", "")  # noqa: TID251 - of the tests


def wanted_all() -> bool:
    """Say whether every rehearsal is to be run."""
    return _ASKED == "all" or os.environ.get("STANCH_TEST_ALL") == "1"  # noqa: TID251 - as above


def wanted_more() -> bool:
    """Say whether more is to be run than in a plain run."""
    return bool(_ASKED) or wanted_all()


def share() -> int:
    """Return of how many rehearsals one is to be run."""
    return int(_ASKED) if _ASKED.isdecimal() and int(_ASKED) else SHARE


def _taken(nodeid: str) -> bool:
    if nodeid.startswith(LOOKS_AND_ACTS) and wanted_more():
        return True
    chosen = zlib.crc32(nodeid.encode()) % share() == 0
    return chosen or not nodeid.startswith(WORLDS + WAYS + LOOKS_AND_ACTS)


def split(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests that a run takes, and those that it leaves out."""
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        (kept if _taken(item.nodeid) else left).append(item)
    return kept, left
