"""The order of a wave: the cheapest reads first, and among equals the most telling.

All reads of a wave run side by side, as far as the limit of reads at once goes; the order
decides which begin first when there are more. Cost is a rank, not a time: 0 for what a
server answers from memory, 1 for what it has to look up, 2 for what works through files or
long logs, and one more when several hosts are asked.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from stanch.executor import Request
from stanch.runbook.model import Runbook
from stanch.tools.operations import HostRead, HttpRead, MetricsRead, SqlRead
from stanch.tools.operations.kubernetes import ReadLogs

_THOROUGH: Final = frozenset({"find", "du", "lsof", "journalctl", "zgrep", "grep", "tar", "git"})


def ordered(requests: Iterable[Request], runbooks: Sequence[Runbook]) -> list[Request]:
    """Return the requests of one wave in the order in which they begin."""
    weights = telling(runbooks)
    return sorted(
        requests, key=lambda one: (cost(one), -weights.get(one.step.rpartition(".")[2], 0.0))
    )


def cost(request: Request) -> int:
    """Return the rank of what a read costs its target."""
    operation = request.operation
    if isinstance(operation, HostRead):
        return (2 if operation.program in _THOROUGH else 1) + bool(operation.hosts)
    if isinstance(operation, MetricsRead):
        return 0
    return 1 if isinstance(operation, ReadLogs | SqlRead | HttpRead) else 0


def telling(runbooks: Sequence[Runbook]) -> dict[str, float]:
    """Return for each step the weight of the runbooks' own signs that need it."""
    weights: dict[str, float] = {}
    for runbook in runbooks:
        for sign in runbook.signs.values():
            for step in sign.needs:
                weights[step] = weights.get(step, 0.0) + sign.weight
        for threshold in runbook.thresholds.values():
            weights[threshold.step] = weights.get(threshold.step, 0.0) + threshold.weight
    return weights
