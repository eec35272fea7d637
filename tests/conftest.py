"""What every test run says first, and last: which real servers and programs it has not tried.

It stands at the top of the tests because pytest asks no other folder for its header when it
hands the tests to several processes.
"""

import gc
import os
import signal
import sys

import pytest
from hypothesis import HealthCheck, settings

# A slow machine is not what the laws are about. CI tries the same examples in every run, and
# four times as many as a plain run, which is to end within minutes.
_CI = "CI" in os.environ  # noqa: TID251 - the tests' own
settings.register_profile(
    "stanch",
    max_examples=100 if _CI else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=_CI,
    print_blob=True,
)
settings.load_profile("stanch")

# Hundreds of programs are started, and compiling all that they import is half of their work.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # noqa: TID251 - of those programs

# Programs inherit that Ctrl-C is ignored, as in the background of a shell; some are sent it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_LONG = ("tests/journeys/", "tests/contracts/store_shared/")


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and leave most rehearsals to a run that asks for them."""
    from tests import rehearsals

    # What begins last would be waited for by idle workers.
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
    if rehearsals.wanted_all() or config.getoption("keyword") or named(config):
        return
    kept, left = rehearsals.split(items)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_collection_finish() -> None:
    """Keep what was collected out of the garbage collector's sight, which slows every test."""
    gc.collect()
    gc.freeze()


def named(config: pytest.Config) -> bool:
    """Say whether somebody named what is to be run, which is then run as a whole."""
    # Workers of xdist are given the folders in their own way, but these options as they were.
    return bool(config.getoption("file_or_dir"))


def pytest_report_header() -> list[str]:
    """Say which servers and programs the Kubernetes tests try, and which they do not."""
    from tests.contracts.cluster import kube_targets, kubectl_programs

    return [kube_targets.notice(), kubectl_programs.notice(kubectl_programs.found())]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat at the end what was not tried, when tests that would have tried it ran."""
    from tests.contracts.cluster import kube_targets, kubectl_programs

    reports = (report for group in terminalreporter.stats.values() for report in group)
    if not any("cluster" in getattr(report, "keywords", ()) for report in reports):
        return
    if kube_targets.names() == ["practice"]:
        terminalreporter.write_line(kube_targets.notice(), red=True)
    if not kubectl_programs.found():
        terminalreporter.write_line(kubectl_programs.notice({}), red=True)
