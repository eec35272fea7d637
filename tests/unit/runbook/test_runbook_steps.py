from pathlib import Path

import pytest

from stanch.runbook.findings import RunbookError
from stanch.runbook.model import Runbook
from stanch.runbook.prose import is_prose

from .runbook_samples import sample

HEAD = "---\ntitle: x\nalerts: [{alertname: A}]\nPARAMS---\n"
POD = "POD=$(kubectl get pods -n a -o name | head -n 1)\n"


def read(folder: Path, body: str, params: str = "") -> Runbook:
    return sample(folder, HEAD.replace("PARAMS", params) + f"## Diagnosis\n{body}")


def codes(folder: Path, body: str, params: str = "") -> list[tuple[str, int]]:
    with pytest.raises(RunbookError) as caught:
        read(folder, body, params)
    first = 6 + params.count("\n")
    return [(one.code, one.line - first) for one in caught.value.findings if not one.note]


def test_an_output_is_a_parameter_of_the_steps_after_it(tmp_path: Path) -> None:
    runbook = read(tmp_path, f"```sh\n{POD}kubectl describe pod $POD -n a\n```\n")
    keeps, uses = runbook.steps
    assert keeps.output == "pod"
    assert uses.template.params == ("pod",)
    assert runbook.params["pod"].source == "output.pod"
    assert runbook.params["pod"].type == "dns-subdomain"


def test_an_output_can_be_declared_with_a_type_of_its_own(tmp_path: Path) -> None:
    params = "params:\n  pod: {type: label-value, from: output.pod}\n"
    runbook = read(tmp_path, f"```sh\n{POD}kubectl get pods -n a -l x=<pod>\n```\n", params)
    assert runbook.params["pod"].type == "label-value"


@pytest.mark.parametrize(
    ("params", "body", "found"),
    [
        ("", f"```sh\nkubectl describe pod $POD -n a\n{POD}```\n", [("RB039", 1)]),
        ("", f"```sh\n{POD}{POD}kubectl describe pod $POD -n a\n```\n", [("RB039", 2)]),
        ("", f"```sh\n{POD.replace('POD=', '_=')}```\n", [("RB039", 1)]),
        (
            "params:\n  pod: {type: dns-label, from: labels.pod}\n",
            f"```sh\n{POD}kubectl describe pod $POD -n a\n```\n",
            [("RB039", 1)],
        ),
        (
            "params:\n  pod: {type: dns-label, from: output.pot}\n",
            "```sh\nkubectl describe pod <pod> -n a\n```\n",
            [("RB042", -3)],
        ),
        ("", "```sh\nX=$(kubectl delete pod a -n a)\n```\n", [("RB032", 1)]),
    ],
)
def test_an_output_that_cannot_be_kept_is_found_at_its_line(
    params: str, body: str, found: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert codes(tmp_path, body, params) == found


def test_the_statements_of_one_block_become_steps_with_their_lines(tmp_path: Path) -> None:
    body = "```sql {name=look database=orders}\n-- who waits\nSELECT 1;\n\nSELECT 2;\n```\n"
    steps = read(tmp_path, body).steps
    assert [(one.name, one.text, one.line) for one in steps] == [
        ("look", "SELECT 1", 8),
        ("look-2", "SELECT 2", 10),
    ]
    assert all(one.template.fields["database"] == "orders" for one in steps)
    assert codes(tmp_path, "```sql\nSELECT 1;\nSELEKT 2;\n```\n") == [("RB033", 1)]


@pytest.mark.parametrize("language", ["pgsql", "postgresql", "psql", "SQL"])
def test_sql_goes_by_more_than_one_name(language: str, tmp_path: Path) -> None:
    [step] = read(tmp_path, f"```{language}\nSELECT 1;\n```\n").steps
    assert step.template.kind == "sql.query"


def test_a_sentence_in_a_block_is_called_prose(tmp_path: Path) -> None:
    body = "```\nThen look at the pods.\nkubectl get pods -n a\nDon't panic, it's fine.\n```\n"
    assert codes(tmp_path, body) == [("RB019", 1), ("RB019", 3)]


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("Then look at the events.", True),
        ("Check the logs of the pod for errors", True),
        ("- restart the pod", True),
        ("1. Find the node", True),
        ("it says that the disk is full.", True),
        ("NAME READY STATUS", False),
        ("frobnicate -n x", False),
        ("helm list --all", False),
        ("kubectl get pods -n a", False),
        ("Kubectl get pods -n a", False),
        ("rm -rf /var/lib/x.", False),
    ],
)
def test_only_what_is_plainly_a_sentence_is_prose(text: str, prose: bool) -> None:
    assert is_prose(text) is prose


def test_a_block_that_another_begins_in_is_not_executed(tmp_path: Path) -> None:
    body = "```sh\nkubectl top nodes\n```bash\nkubectl get pods -n a\n```\n"
    assert codes(tmp_path, body) == [("RB013", 2)]


def test_a_script_is_refused_whole_and_once(tmp_path: Path) -> None:
    body = "```sh\nfor p in a b; do\n  kubectl get pod $p -n a\ndone\nkubectl top nodes\n```\n"
    assert codes(tmp_path, body) == [("RB020", 1)]


def test_notes_about_commands_outside_of_blocks_refuse_nothing(tmp_path: Path) -> None:
    body = (
        "Run `kubectl get pods -n a`, or `top`, or `pods`.\n\n    uptime\n\n"
        "> ```\n> df -h\n> ```\n\n"
        "<!-- a remark -->\n\n<pre>kubectl top nodes</pre>\n\n```sh\nkubectl top nodes\n```\n"
    )
    found = [(one.code, one.line - 6) for one in read(tmp_path, body).notes]
    assert found == [("RB016", 0), ("RB015", 2), ("RB018", 4), ("RB017", 10)]
