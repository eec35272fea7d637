"""Importing a plain document: what becomes a step, what stays text and why, what is proposed."""

import random
from pathlib import Path

import pytest

from stanch.runbook.model import Runbook
from stanch.runbook.read import read
from stanch.service.runbook_import import (
    Document,
    ImportRefusedError,
    documents_in,
    import_file,
    write,
)

PLAIN = """\
# KubeQueueGrows

## Meaning

Messages wait.

```shell
kubectl get nodes
```

## Diagnosis

```shell
$ kubectl get pods -n <namespace> -l app=$APP
NAME     READY
queue-0  1/1
```

```yaml
kind: Deployment
```

```promql
sum(rate(messages_total{namespace="$NAMESPACE"}[1m]))
```

```sh
kubectl get pods -n shop > pods.txt
```

## Mitigation

```sh
kubectl rollout restart deployment/<deployment> -n <namespace>
```

```bash
kubectl get deployments -n <namespace>
```
"""


SHAPES = (
    *("## Diagnosis", "## Mitigation", "## 2. Triage", "# Title", "### Part", "Prose `df -h`."),
    *("<details>\n<summary>x</summary>\n", "    kubectl get pods -n shop", "a <!-- b", "---"),
    "```sh\nkubectl get pods -n <namespace> | grep <app>\n```",
    "~~~shell hl_lines=1\n$ kubectl get pod $POD -n shop\nout\n~~~",
    "```bash {linenos=true}\nPOD=$(kubectl get pods -n shop -o name)\nkubectl logs $POD\n```",
    "- item\n\n  ```sh\n  kubectl delete pod <pod> -n shop\n  ```",
    "1. ```sh\n   df -h\n   ```",
    "> ```sh\n> kubectl get pods -n shop\n> ```",
    "> ````go\n> not closed",
    "```sql\nSELECT count(*) FROM orders WHERE state = '<state>';\nDROP TABLE orders;\n```",
    '```promql\nup{job="$JOB"}\n```',
    "```yaml {name=x}\na: 1\n```",
    "```\nlevel=error msg=x\n```",
    "```{.sh}\nfor i in 1 2; do echo $i; done\n```",
    "  ~~~SH\n  kubectl exec <pod> -n shop -- sh",
    "```console\n# lsof -n\n```",
    "    ```promql\n    up\n    ```",
)
"""What documents are made of, well made and not."""


def imported(folder: Path, text: str, name: str = "KubeQueueGrows.md") -> tuple[Document, Runbook]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    document = import_file(path)
    target = folder / document.file
    write(document, target=target, force=True)
    return document, read(target, root=folder)


def texts(runbook: Runbook) -> list[str]:
    return [step.text for step in runbook.steps]


def test_reads_become_steps_and_everything_else_stays_text_with_its_reason(tmp_path: Path) -> None:
    document, runbook = imported(tmp_path, PLAIN)
    assert texts(runbook) == [
        "kubectl get pods -n <namespace> -l app=$APP",
        'sum(rate(messages_total{namespace="$NAMESPACE"}[1m]))',
        "kubectl get deployments -n <namespace>",
    ]
    asides = [placed.aside for placed in document.imported.blocks if placed.aside]
    assert asides[0].startswith("it stands outside Diagnosis and Mitigation")
    assert asides[1] == "it holds no command."
    assert asides[2].startswith("RB020 ")
    assert asides[3].startswith("it is a change (mutate: intent.restart). To have it proposed")
    text = document.imported.text
    assert text.count("<!-- stanch: not executed: ") == 3
    assert "kubectl get pods -n shop > pods.txt" in text
    assert "```yaml\nkind: Deployment" in text


def test_nothing_that_people_wrote_is_lost_or_moved(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, PLAIN)
    kept = iter(document.imported.text.split("\n"))
    wanted = [line for line in PLAIN.split("\n") if not line.startswith("```")]
    assert all(line in kept for line in wanted)


def test_every_placeholder_is_declared_with_a_type_that_fits_where_it_stands(
    tmp_path: Path,
) -> None:
    _, runbook = imported(
        tmp_path,
        "## Diagnosis\n\n```sh\n"
        "kubectl describe pod/<pod-name> -n $NAMESPACE\n"
        "kubectl logs <pod-name> -n $NAMESPACE --tail=<lines>\n"
        "kubectl get pods -n $NAMESPACE -l app=<app>\n"
        "```\n",
    )
    said = {name: (param.type, param.source) for name, param in runbook.params.items()}
    assert said == {
        "pod-name": ("dns-subdomain", "labels.pod"),
        "namespace": ("dns-label", "labels.namespace"),
        "lines": ("integer", None),
        "app": ("label-value", None),
    }


def test_a_namespace_that_nobody_wrote_is_a_parameter(tmp_path: Path) -> None:
    _, runbook = imported(tmp_path, "## Diagnosis\n\n```sh\nkubectl get pods\n```\n")
    assert runbook.params["namespace"].source == "labels.namespace"


@pytest.mark.parametrize(
    ("name", "text", "title", "alert"),
    [
        ("KubeQueueGrows.md", "# Anything\n", "Anything", "KubeQueueGrows"),
        ("queue.md", "# QueueGrows\n", "QueueGrows", "QueueGrows"),
        ("queue.md", "# The queue: full\n", "The queue: full", "TheQueueFull"),
        ("queue.md", "no heading\n", "queue", "Queue"),
        (
            "QueueGrows.md",
            "---\ntitle: Queue Grows\nweight: 20\n---\n# x\n",
            "Queue Grows",
            "QueueGrows",
        ),
    ],
)
def test_title_and_alert_are_proposed_from_headings_and_file_names(
    tmp_path: Path, name: str, text: str, title: str, alert: str
) -> None:
    document, runbook = imported(tmp_path, text, name)
    assert runbook.title == title
    assert runbook.alerts[0].labels == {"alertname": alert}
    guessed = "made from the title" in document.imported.text
    assert guessed == (alert not in {name.removesuffix(".md"), title})


def test_front_matter_of_another_program_is_kept_as_a_comment(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, "---\ntitle: T\nweight: 20\n---\n# T\n")
    assert "#   weight: 20" in document.imported.text


def test_a_runbook_of_stanch_is_not_imported_again(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, PLAIN)
    again = tmp_path / "again.md"
    again.write_text(document.imported.text, encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="a runbook of stanch already"):
        import_file(again)


def test_a_document_without_a_step_gets_one_that_says_where_it_comes_from(tmp_path: Path) -> None:
    for text in ("# Nothing\n\nCall somebody.\n", "# Nothing\n\n## Diagnosis\n\nThink.\n"):
        document, runbook = imported(tmp_path, text)
        assert texts(runbook) == ['ALERTS{alertname="KubeQueueGrows"}']
        assert "the import added this step" in document.imported.text
        assert document.coverage.blocks == 0


def test_a_bare_block_is_what_it_looks_like(tmp_path: Path) -> None:
    document, runbook = imported(
        tmp_path,
        '## Diagnosis\n\n```\nkubectl get pods -n shop\n```\n\n```\nsum(up{job="a"})\n```\n\n'
        '```\nlevel=error msg="it broke"\n```\n',
    )
    assert [placed.taken.family for placed in document.imported.blocks] == [
        "shell",
        "promql",
        "other",
    ]
    assert len(runbook.steps) == 2


def test_what_a_command_printed_stands_apart(tmp_path: Path) -> None:
    document, runbook = imported(
        tmp_path,
        "## Diagnosis\n\n```sh\nkubectl get pods -n shop\n\nNAME    READY\nqueue-0 1/1\n```\n",
    )
    assert texts(runbook) == ["kubectl get pods -n shop"]
    assert "```text\nNAME    READY\nqueue-0 1/1\n```" in document.imported.text


def test_variables_become_parameters_and_inner_commands_outputs(tmp_path: Path) -> None:
    document, runbook = imported(
        tmp_path,
        "## Diagnosis\n\n```sh\n"
        "$ NAMESPACE='<value of namespace label from alert>'\n"
        "$ kubectl logs -n $NAMESPACE $(kubectl get pods -n $NAMESPACE -o name)\n"
        "```\n",
    )
    assert texts(runbook) == [
        "FOUND_1=$(kubectl get pods -n $NAMESPACE -o name)",
        "kubectl logs -n $NAMESPACE $FOUND_1",
    ]
    assert runbook.params["namespace"].source == "labels.namespace"
    assert "NAMESPACE is a parameter" in document.imported.text
    assert "the inner command is the output FOUND_1" in document.imported.text


def test_a_session_on_a_host_is_written_as_commands_for_that_host(tmp_path: Path) -> None:
    document, runbook = imported(
        tmp_path,
        "## Diagnosis\n\n```sh\n$ oc debug node/$NODE_NAME\n$ chroot /host\n$ df -h\n```\n",
    )
    assert texts(runbook) == ["ssh $NODE_NAME df -h"]
    assert "written as ssh commands" in document.imported.text


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("journalctl -b -f -u kubelet", "journalctl -n 200 -b -u kubelet"),
        ("journalctl -u kubelet -n 50 -f", "journalctl -u kubelet -n 50"),
        ("kubectl logs -f web-0 -n shop", "kubectl logs --tail=200 web-0 -n shop"),
        ("tail -f /var/log/messages | grep x", "tail -n 200 /var/log/messages | grep x"),
    ],
)
def test_a_log_that_is_followed_without_end_becomes_its_last_lines(
    tmp_path: Path, written: str, read_as: str
) -> None:
    document, runbook = imported(tmp_path, f"## Diagnosis\n\n```sh\n$ {written}\n```\n")
    assert texts(runbook) == [read_as]
    assert "written as its last lines" in document.imported.text


def test_a_block_that_only_ends_a_session_holds_no_command(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, "## Diagnosis\n\n```sh\n$ exit\n$ exit\n```\n")
    assert document.coverage.no_command == 1


def test_a_reason_cannot_end_its_own_comment(tmp_path: Path) -> None:
    document, _ = imported(
        tmp_path, "## Diagnosis\n\n```sh\nfrob--><script>alert(1)</script> -->\n```\n"
    )
    comments = [line for line in document.imported.text.split("\n") if "<!--" in line]
    assert all(line.count("-->") == 1 and line.endswith("-->") for line in comments)


def test_blocks_in_lists_keep_their_place(tmp_path: Path) -> None:
    _, runbook = imported(
        tmp_path,
        "## Diagnosis\n\n- First:\n\n  ```shell\n  $ kubectl get pods -n shop\n  ```\n\n"
        "- Then:\n\n  ```sh\n  rm -rf /tmp/x; ls\n  ```\n",
    )
    assert texts(runbook) == ["kubectl get pods -n shop"]


def test_a_block_that_is_not_closed_is_closed_as_text(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, "## Diagnosis\n\n```yaml\na: 1\n")
    assert document.imported.text.rstrip().endswith("```")


def test_a_heading_inside_a_block_is_no_place_for_a_step(tmp_path: Path) -> None:
    _, runbook = imported(tmp_path, "# T\n\n```md\n## Diagnosis\n    ```\n")
    assert texts(runbook) == ['ALERTS{alertname="KubeQueueGrows"}']


@pytest.mark.parametrize("seed", range(40))
def test_a_document_of_any_shape_becomes_a_runbook_that_loads(tmp_path: Path, seed: int) -> None:
    lots = random.Random(seed)
    parts = [lots.choice(SHAPES) for _ in range(lots.randint(1, 9))]
    document, runbook = imported(tmp_path, lots.choice(["\n", "\n\n"]).join(parts))
    assert runbook.steps
    for placed in document.imported.blocks:
        assert placed.runs or placed.aside


def test_lines_that_end_as_windows_ends_them_are_read(tmp_path: Path) -> None:
    _, runbook = imported(tmp_path, PLAIN.replace("\n", "\r\n"))
    assert len(runbook.steps) == 3


def test_a_hidden_character_is_refused_and_not_hidden_further(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("# A\u202e title\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match=r"U\+202E"):
        import_file(path)


def test_files_that_are_no_documents_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"# \xe9\n")
    (tmp_path / "large.md").write_text("x" * 300_000)
    for name, said in (("latin.md", "not UTF-8"), ("large.md", "longer"), ("no.md", "cannot be")):
        with pytest.raises(ImportRefusedError, match=said):
            import_file(tmp_path / name)
    with pytest.raises(ImportRefusedError, match="there is no"):
        documents_in(tmp_path / "nowhere")


def test_a_runbook_that_is_there_is_kept(tmp_path: Path) -> None:
    document, _ = imported(tmp_path, PLAIN)
    target = tmp_path / document.file
    with pytest.raises(ImportRefusedError, match="--force"):
        write(document, target=target, force=False)
    write(document, target=target, force=True)
    assert documents_in(tmp_path) == (tmp_path / "KubeQueueGrows.md",)
