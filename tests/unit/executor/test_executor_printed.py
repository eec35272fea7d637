"""What a command with pipes would have printed is made of the redacted answer, in this process."""

from typing import Any

import pytest

from stanch.executor.printed import output, printed, told
from stanch.runbook.command import command_template
from stanch.runbook.fill import fill
from stanch.tools.filters import FILTERS
from stanch.tools.views import View
from tests.unit import incident_samples as samples

PODS = [
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        "status": {"phase": phase},
    }
    for name, phase in (("web-1", "Running"), ("web-2", "Failed"), ("web-3", "Running"))
]


def show(command: str, items: list[dict[str, Any]] = PODS) -> dict[str, Any]:
    """Return what is shown of a list of pods by a command with its pipes."""
    template = command_template(command, {})
    view = None if template.view is None else View.model_validate(fill(template.view, {}))
    filters: list[Any] = [
        FILTERS[one.kind].model_validate(fill(one.fields, {})) for one in template.filters
    ]
    return printed("kubernetes.list", {"items": items}, view, filters, now=samples.NOW)


def test_the_filters_run_on_what_the_program_would_have_printed() -> None:
    assert show("kubectl get pods -n shop -o name | grep -v web-2 | sort -r")["text"] == (
        "pod/web-3\npod/web-1\n"
    )
    assert show("kubectl get pods -n shop | grep -c Running")["text"] == "2\n"


def test_one_line_becomes_an_output_and_several_do_not() -> None:
    one = show("kubectl get pods -n shop -o name | head -1")
    assert output({"shown": one}) == "pod/web-1"
    assert output({"shown": show("kubectl get pods -n shop -o name | head -2")}) is None
    assert output({"shown": show("kubectl get pods -n shop -o name | grep none")}) is None
    assert output({}) is None


def test_what_cannot_be_shown_says_so_and_has_no_output() -> None:
    shown = show("kubectl get pods -n shop -o name | jq .")
    assert "error" in shown
    assert told(shown).startswith("not shown: ")
    assert output({"shown": shown}) is None


def test_the_summary_names_the_first_line_and_how_many_there_are() -> None:
    assert told(show("kubectl get pods -n shop -o name | head -1")) == "pod/web-1"
    assert told(show("kubectl get pods -n shop -o name")) == "3 lines, the first: pod/web-1"
    assert told(show("kubectl get pods -n shop -o name | grep none")) == "no line is left"


def test_a_long_line_is_cut_in_the_summary_only() -> None:
    long = [{**PODS[0], "metadata": {"name": "a" * 150, "namespace": "shop"}}]
    shown = show("kubectl get pods -n shop -o name", long)
    assert told(shown).endswith("...")
    assert len(shown["text"]) == len("pod/") + 150 + 1


@pytest.mark.parametrize("count", [1, 5000])
def test_a_long_answer_is_cut_and_says_so(count: int) -> None:
    many = [
        {**PODS[0], "metadata": {"name": f"web-{at:012}", "namespace": "shop"}}
        for at in range(count)
    ]
    shown = show("kubectl get pods -n shop -o name", many)
    assert shown["lines"] == count
    assert shown.get("cut", False) is (count > 1)


def test_what_would_act_on_a_terminal_is_spelled_out() -> None:
    named = "\x1b[2Jweb\u202e\x9b1\r\ud800"
    shown = show("kubectl get pods -n shop -o name", [{**PODS[0], "metadata": {"name": named}}])
    assert shown["text"] == "pod/\\u001b[2Jweb\\u202e\\u009b1\\u000d\\ud800\n"
    assert shown["lines"] == 1


def test_an_answer_that_was_cut_is_no_output() -> None:
    long = [{**PODS[0], "metadata": {"name": "a" * 70_000, "namespace": "shop"}}]
    shown = show("kubectl get pods -n shop -o name", long)
    assert shown["cut"] is True
    assert output({"shown": shown}) is None
