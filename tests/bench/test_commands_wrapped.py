"""No wrapping ever makes a command look more harmless than it is."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.commands_answer import answer, way
from tests.bench.commands_rows import ORDER, Row, corpora, read_rows

CORPORA = corpora()
pytestmark = pytest.mark.skipif(
    CORPORA is None, reason="no corpora: set STANCH_CORPORA to their folder"
)
WRAPPINGS: dict[str, Callable[[str], str]] = {
    "a path": lambda text: f"/usr/bin/{text}",
    "blanks": lambda text: f"  {text}  ",
    "a comment": lambda text: f"{text} # kubectl get pods",
    "a filter": lambda text: f"{text} | head -5",
    "an output": lambda text: f"OUT=$({text})",
    "no errors": lambda text: f"{text} 2>/dev/null",
    "a variable": lambda text: f"A=b {text}",
    "sudo": lambda text: f"sudo {text}",
    "sudo as a user": lambda text: f"sudo -u postgres {text}",
    "timeout": lambda text: f"timeout 5 {text}",
    "nice": lambda text: f"nice {text}",
    "ionice": lambda text: f"ionice -c3 {text}",
    "env": lambda text: f"env A=b {text}",
    "chroot": lambda text: f"chroot /host {text}",
    "nsenter": lambda text: f"nsenter -t 1 -m {text}",
    "watch": lambda text: f"watch {text}",
    "time": lambda text: f"time {text}",
    "xargs": lambda text: f"xargs {text}",
    "ssh": lambda text: f"ssh host {text}",
    "ssh with quotes": lambda text: f"ssh host {shlex.quote(text)}",
    "kubectl exec": lambda text: f"kubectl exec pod -n shop -- {text}",
    "oc rsh": lambda text: f"oc rsh pod {text}",
    "docker exec": lambda text: f"docker exec container {text}",
    "crictl exec": lambda text: f"crictl exec container {text}",
    "a shell": lambda text: f"sh -c {shlex.quote(text)}",
}


def changing() -> list[Row]:
    """Return the rows of one line that change something, by their label."""
    rows = read_rows((CORPORA or Path()) / "commands.jsonl")
    return [
        row
        for row in rows
        if row.effect != "observe"
        and row.template is None
        and "\n" not in row.text
        and way(row) == "lines"
    ]


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapped_change_is_refused_or_answered_with_its_true_effect(name: str) -> None:
    rows = changing()
    assert rows
    low = []
    for row in rows:
        wrapped = replace(row, text=WRAPPINGS[name](row.text), kind="other")
        given = answer(wrapped)
        assert not given.crash, given.reason
        if given.word != "refuse" and ORDER.index(given.word) < ORDER.index(row.effect):
            low.append((wrapped.text, given))
    assert low == []
