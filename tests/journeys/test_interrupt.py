"""Ctrl-C at a question, while checks soak, and while a change is on its way: nothing is lost."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.contracts.clients.client_front import Front, Seen
from tests.contracts.clients.client_targets import Corner, Target
from tests.journeys.command import PROGRAM, Stanch
from tests.journeys.conftest import BEFORE, Words, image
from tests.journeys.pseudo_terminal import terminal
from tests.time_bounds import below


@pytest.fixture
def front(bare: Target) -> Iterator[Front]:
    """Start a front before the cluster, which can keep a request waiting."""
    door = bare.door("operator")
    behind = httpx2.Client(base_url=door.base_url, transport=door._transport, timeout=30)
    opened = Front(behind)
    yield opened
    opened.close()


def test_ctrl_c_loses_nothing_and_the_incident_goes_on(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    with terminal([*PROGRAM, *alert], stanch.environment()) as screen:
        screen.until("INC-1 opened")
        screen.type("y").type("y")
        screen.until("> ")
        screen.type("perhaps")
        screen.until("> perhaps\nApprove A-1?")
        assert stanch.json("pending"), "what was typed before the card was there does not count"
        screen.interrupt()
        said = screen.end(code=1)
    assert "Error: stopped; nothing is lost: `stanch resume INC-1` goes on" in said
    assert stanch.json("pending")[0]["approval"] == "A-1"
    assert "INC-1 is closed." in stanch.said("approve", "A-1", "--yes")
    assert image(released) == BEFORE


def test_ctrl_c_while_the_checks_soak_ends_at_once(
    stanch: Stanch, alert: Words, runbook_folder: Path
) -> None:
    file = runbook_folder / "take-back.md"
    text = file.read_text(encoding="utf-8").replace("soak=1s deadline=40s", "soak=30s deadline=90s")
    file.write_text(text, encoding="utf-8")
    with terminal([*PROGRAM, *alert], stanch.environment()) as screen:
        screen.until("> ")
        screen.type("y")
        screen.until("verifying: every check must hold for 30 s")
        screen.interrupt()
        began = time.monotonic()
        said = screen.end(code=1)
        below(time.monotonic() - began, 12)
    assert "`stanch resume INC-1` goes on" in said
    assert stanch.json("show", "INC-1")["incident"]["status"] == "monitoring"
    assert stanch.json("audit", "verify")["good"]


def test_ctrl_c_while_a_change_is_on_its_way_waits_for_its_outcome(
    stanch: Stanch,
    alert: Words,
    released: Corner,
    bare: Target,
    front: Front,
    tmp_path: Path,
) -> None:
    config = bare.config("operator")
    config["clusters"][0]["cluster"] = {"server": front.url}
    fronted = tmp_path / "fronted.kubeconfig"
    fronted.write_text(yaml.safe_dump(config), encoding="utf-8")
    stanch.settings["STANCH_KUBECONFIG"] = str(fronted)
    sent, go = threading.Event(), threading.Event()

    def rule(seen: Seen) -> None:
        if seen in front.patches:
            sent.set()
            go.wait(30)

    front.rule = rule
    with terminal([*PROGRAM, *alert], stanch.environment()) as screen:
        screen.until("> ")
        screen.type("y")
        screen.until("Execute ")
        assert sent.wait(30)
        screen.interrupt()
        screen.until("stopping, once no change is on its way")
        go.set()
        screen.end(code=1)
    ended = [e for e in journal(stanch) if e.startswith("mitigation.")]
    assert ended == ["mitigation.started", "mitigation.finished"]
    assert "INC-1 is closed." in stanch.said("resume", "INC-1")
    assert image(released) == BEFORE
    assert len(front.patches) == 1


def journal(stanch: Stanch) -> list[str]:
    store = stanch.store()
    try:
        return [event.type for event in store.journal.events("INC-1")]
    finally:
        store.close()
