"""What a person sees: the demo at a pseudo-terminal, answered by hand; and hostile text."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.contracts.clients.client_targets import Corner
from tests.journeys.command import ME, PROGRAM, Stanch
from tests.journeys.conftest import AFTER, BEFORE, Words, image
from tests.journeys.pseudo_terminal import terminal

DEMO = [*PROGRAM, "demo"]
ROW = re.compile(r"^│ (.*) │$", re.MULTILINE)


def card(said: str) -> str:
    """Return the text of the card, its rows joined again."""
    return " ".join(" ".join(ROW.findall(said)).split())


def squeezed(text: str) -> str:
    """Return the text without any white space, as a long word may be folded."""
    return "".join(text.split())


def bound(stanch: Stanch, said: str) -> None:
    """Require that the card shows everything that the approval binds, whole."""
    proposal = stanch.json("show", "INC-1")["proposals"][0]
    [approval] = stanch.json("show", "INC-1")["approvals"]
    shown = squeezed(card(said))
    operation = proposal["operation"]
    wanted = [
        proposal["title"],
        f"kubectl rollout undo deployment/{operation['name']} -n {operation['namespace']}",
        f"--to-revision={operation['revision']}",
        f"uid {operation['uid']}",
        f"Because {proposal['claim']} [{', '.join(proposal['evidence'])}]",
        *proposal["preview"]["touches"],
        *proposal["risks"],
        *(f"{check['says']}, for {proposal['soak_seconds']:.0f} s" for check in proposal["checks"]),
        f"If not by itself: kubectl rollout undo deployment/{operation['name']}",
        f"({proposal['inverse_note']})",
        f"Runbook {proposal['runbook']}, step {proposal['mitigation']}",
        f"Asked by {proposal['requested_by']}",
        f"May answer {ME}",
        f"Expires {approval['expires_at'][:10]} {approval['expires_at'][11:19]}Z",
        "server-side dry run: accepted",
        *(one["path"] for one in proposal["preview"]["differences"]),
        *(f"- {one['before']}" for one in proposal["preview"]["differences"]),
        *(f"+ {one['after']}" for one in proposal["preview"]["differences"]),
        f"Bound to {approval['bound']}",
    ]
    assert [text for text in wanted if squeezed(text) not in shown] == []
    assert proposal["evidence"]
    assert proposal["preview"]["differences"]
    assert "…" not in card(said)


def fits(said: str, columns: int) -> None:
    """Require that no line of the card or of the view is wider than the terminal."""
    rows = [line for line in said.splitlines() if line.startswith(("│", "╭", "╰"))]
    assert rows
    assert [row for row in rows if len(row) != columns] == []


def test_a_demo_answered_yes_shows_the_whole_way(tmp_path: Path) -> None:
    stanch = Stanch(tmp_path / "home")
    demo = Stanch(tmp_path / "home" / "demo")
    with terminal(DEMO, stanch.environment(), columns=100) as screen:
        said = screen.until("Approve A-1? Type y, or n and the reason")
        bound(demo, said)
        fits(said, 100)
        said = screen.type("y").end()
    assert f"Approved   A-1 by {ME} (operating system user)" in said
    assert "Referee: production is well." in said
    for phase in ("triage", "investigate", "mitigate", "resolve", "postmortem"):
        assert re.search(rf"^{phase} ─+$", said, re.MULTILINE), phase
    assert re.search(r"^ok E-\d{3} +\d+ ms  logs +\d+ log lines", said, re.MULTILINE)
    assert re.search(r"^Score +State +\+ +- +\? +Hypothesis", said, re.MULTILINE)
    # Unread are the pods and what is called outside, and mostly what a slow rollout would tell.
    assert re.search(r"^ 1\.00 +leading +6 +0 +[23] +The newest release", said, re.MULTILINE)
    assert re.search(r"^Checks +(holds|not yet) +rollout-complete +\w", said, re.MULTILINE)
    assert "verifying: every check must hold for 120 s" in screen.seen, (
        "no status line while it waits"
    )
    assert "\x1b[" in screen.raw


def test_a_demo_answered_no_changes_nothing_and_needs_a_reason(tmp_path: Path) -> None:
    stanch = Stanch(tmp_path / "home")
    demo = Stanch(tmp_path / "home" / "demo")
    environment = stanch.environment() | {"NO_COLOR": "1"}
    with terminal(DEMO, environment, columns=60) as screen:
        said = screen.until("> ")
        bound(demo, said)
        fits(said, 60)
        screen.type("perhaps").type("n")
        screen.until("a rejection needs a reason")
        screen.type("n wrong target")
        said = screen.end(code=1)
    # What was typed ahead was echoed before the prompt, which then stands on this line.
    assert re.search(r"^(?:> )?Rejected +A-1 by \w+: wrong target$", said, re.MULTILINE)
    assert "Referee: production is NOT well" in said
    assert demo.json("show", "INC-1")["approvals"][0]["state"] == "rejected"
    colours = set(re.findall(r"\x1b\[([0-9;]*)m", screen.raw))
    assert not {code for code in colours if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7])(;|$)", code)}


def test_the_card_is_whole_in_forty_columns(stanch: Stanch, alert: Words) -> None:
    with terminal([*PROGRAM, *alert], stanch.environment(), columns=40) as screen:
        said = screen.until("> ")
        bound(stanch, said)
        fits(said, 40)
        wide = [line for line in said.splitlines() if len(line) > 40 and "INC-1 opened" not in line]
        assert wide == []


def test_the_end_of_the_keyboard_leaves_the_question_to_others(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    with terminal([*PROGRAM, *alert], stanch.environment()) as screen:
        screen.until("> ")
        screen.type("\x04")
        screen.until("Waiting: stanch approve A-1, or stanch reject A-1 --reason TEXT")
        assert "The change was made." in stanch.said("approve", "A-1", "--yes")
        screen.end()
    assert image(released) == BEFORE


def test_a_pipe_that_closes_early_is_no_error(stanch: Stanch, alert: Words) -> None:
    stanch.said(*alert)
    line = f"{sys.executable} -m tests.journeys.program show INC-1 | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{line}; echo ${{PIPESTATUS[*]}}"],
        env=stanch.environment(),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=240,
    )
    assert done.stdout.startswith("Alert      ReleaseDoubted: The new release looks wrong\n")
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_a_terminal_without_unicode_shows_codes(stanch: Stanch, alert: Words) -> None:
    words = ["open", "Kasse \u2192 kaputt \u00e4", *alert[2:]]
    environment = stanch.environment() | {"PYTHONIOENCODING": "ascii"}
    with terminal([*PROGRAM, *words], environment) as screen:
        said = screen.until("> ")
    assert "Kasse \\u2192 kaputt" in said
    assert "Bound to" in said
    with stanch.program("incidents", "--json", env=environment) as program:
        shown, _ = program.communicate(timeout=240)
    assert shown.isascii()
    assert json.loads(shown)[0]["title"] == "Kasse \u2192 kaputt \u00e4"


def test_without_standard_input_it_stops_at_the_question(
    stanch: Stanch, alert: Words, released: Corner
) -> None:
    words = " ".join(f"'{word}'" for word in [*PROGRAM, *alert])
    done = subprocess.run(
        ["bash", "-c", f"exec {words} <&-"],
        env=stanch.environment(),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=240,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "INC-1 waits for a decision on A-1" in done.stdout
    assert "\x1b" not in done.stdout, "colours belong into a terminal"
    assert image(released) == AFTER


def test_text_of_outsiders_is_shown_and_not_obeyed(stanch: Stanch, alert: Words) -> None:
    title = "\x1b[2J\u202eevil\nApproved   A-9 by root"
    stanch.said("open", title, *alert[2:], "--no-run")
    with terminal([*PROGRAM, "show", "INC-1"], stanch.environment(), columns=60) as screen:
        said = screen.end()
    assert "\\x1b[2J\\u202eevil Approved" in said
    assert "\x1b[2J" not in screen.raw
    assert "\u202e" not in screen.raw
    assert not re.search(r"^Approved", said, re.MULTILINE)
    listed = stanch.said("incidents")
    assert len(listed.splitlines()) == 1
    assert "\\x1b[2J" in listed
