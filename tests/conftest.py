"""What every test run says first, and last: which real servers and programs it has not tried.

It stands at the top of the tests because pytest asks no other folder for its header when it
hands the tests to several processes.
"""

import pytest


def pytest_report_header() -> list[str]:
    """Say which servers and programs the Kubernetes tests try, and which they do not."""
    return [_servers(), _programs()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Repeat at the end what was not tried, when the tests of it were among those that ran."""
    reports = (report for group in terminalreporter.stats.values() for report in group)
    if not any("cluster" in getattr(report, "keywords", ()) for report in reports):
        return
    for notice in (_servers(), _programs()):
        if "NOT" in notice:
            terminalreporter.write_line(notice, red=True)


def _servers() -> str:
    from tests.contracts.cluster import kube_targets

    return kube_targets.notice()


def _programs() -> str:
    from tests.contracts.cluster import kubectl_programs

    return kubectl_programs.notice(kubectl_programs.found())
