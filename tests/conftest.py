"""What every test run says first, and last: which real servers and programs it has not tried.

It stands at the top of the tests because pytest asks no other folder for its header when it
hands the tests to several processes.
"""

import pytest


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
