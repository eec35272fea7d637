import hashlib
from pathlib import Path

import pytest

from stanch.library import bundled
from stanch.runbook.findings import CODES, Finding, RunbookError
from stanch.runbook.folder import read_folder
from stanch.runbook.model import AlertMatch
from stanch.runbook.read import MOST_BYTES, read
from tests.time_bounds import work_below

from .runbook_samples import GOOD, sample, written


def test_a_runbook_is_read_whole(tmp_path: Path) -> None:
    runbook = sample(tmp_path)
    assert runbook.name == "kubernetes/sample"
    assert (runbook.title, runbook.owner) == ("A rollout broke a deployment", "platform")
    assert runbook.alerts == (
        AlertMatch(labels={"alertname": "KubeDeploymentReplicasMismatch"}),
        AlertMatch(labels={"alertname": "ShopErrorRatioHigh", "severity": "critical"}),
    )
    assert runbook.params["namespace"].source == "labels.namespace"
    assert runbook.params["lines"].default == "50"
    assert runbook.hypotheses["bad-release"].supporting == (
        "new-pods-fail",
        "onset-follows-rollout",
    )
    assert runbook.hypotheses["bad-release"].opposing == ("old-pods-fail-too",)
    assert runbook.sli is not None
    assert '"<namespace>"' in runbook.sli.error_ratio
    assert runbook.sli.limit == 0.02
    assert runbook.risks == ("A second rollback undoes the first.",)
    assert runbook.last_drill == "2026-11-01"
    assert runbook.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


def test_only_fenced_blocks_of_the_two_sections_are_executed(tmp_path: Path) -> None:
    runbook = sample(tmp_path)
    assert [(step.name, step.section, step.template.kind) for step in runbook.steps] == [
        ("pods", "diagnosis", "kubernetes.list"),
        ("logs", "diagnosis", "kubernetes.logs"),
        ("events", "diagnosis", "kubernetes.events"),
        ("list-pods", "diagnosis", "kubernetes.list"),
        ("list-pods-2", "diagnosis", "kubernetes.list"),
        ("errors", "diagnosis", "metrics.query_range"),
        ("undo-rollout", "mitigation", "intent.undo_rollout"),
        ("rollout-status", "diagnosis", "kubernetes.rollout_status"),
    ]


def test_what_looks_like_a_command_outside_of_a_block_is_noted(tmp_path: Path) -> None:
    notes = sample(tmp_path).notes
    lines = GOOD.split("\n")
    assert [(one.code, lines[one.line - 1]) for one in notes] == [
        ("RB015", "    kubectl delete namespace shop"),
        ("RB018", "> ```sh"),
        ("RB017", "<!--"),
    ]


def test_a_step_knows_its_line_its_text_and_the_paragraph_above(tmp_path: Path) -> None:
    runbook = sample(tmp_path)
    lines = GOOD.split("\n")
    for step in runbook.steps:
        assert step.text.split("\n")[0].split(" \\")[0] in lines[step.line - 1]
    assert runbook.step("pods").about == "Look at the *pods* of the deployment."
    assert runbook.step("logs").about == "In a list:"
    assert runbook.step("undo-rollout").about == "Go back."


def test_attributes_are_read_in_both_notations(tmp_path: Path) -> None:
    runbook = sample(tmp_path)
    assert runbook.step("errors").role == "db"
    assert runbook.step("errors").template.fields["step"] == 30
    undo = runbook.step("undo-rollout")
    assert undo.verify == ("rollout-complete", "capacity-kept")
    assert (undo.undo, undo.soak_seconds, undo.deadline_seconds) == ("redo-rollout", 90, 3600)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    windows = sample(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n"))
    assert windows.steps == sample(tmp_path).steps


def replaced(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


PODS = "```sh {name=pods role=devops}\n"
UNDO = '"undo":"redo-rollout"'
SCALE = "kubectl scale deploy/a -n b --replicas=2"

# The code of a fault, the runbook with it, and a piece of the line that it must be found at.
BROKEN = [
    ("RB001", "a\0b" + GOOD, "a\0b"),
    ("RB001", replaced("Look at the", "Look\rat the"), "Look"),
    ("RB001", replaced("fails.", "fai\u202els."), "claim:"),
    ("RB001", GOOD + "x" * MOST_BYTES, "---"),
    ("RB002", GOOD.split("---\n")[2], "# A rollout"),
    ("RB002", replaced("---\n# A rollout", "# A rollout"), "---"),
    ("RB002", replaced("owner: platform", "owner: &a platform"), "owner:"),
    ("RB002", replaced("owner: platform", "owner: !!python/name:os.system x"), "owner:"),
    ("RB002", replaced("owner: platform", "owner: }"), "owner:"),
    ("RB002", replaced("owner: platform", f"owner: {'[' * 500}"), "owner:"),
    ("RB003", replaced("owner: platform", "owner: platform\nowner: other"), "owner: other"),
    ("RB003", replaced("owner: platform", "ownr: platform"), "ownr"),
    ("RB003", replaced("default: 50", "defualt: 50"), "defualt"),
    ("RB004", replaced("title: A rollout broke a deployment\n", ""), "owner:"),
    ("RB004", replaced("dns-label", "dns"), "  namespace:"),
    ("RB004", replaced("title: A rollout broke a deployment", "title: ''"), "title:"),
    ("RB004", replaced("risks:\n  - A second", "risks: A second"), "risks:"),
    ("RB004", replaced("limit: 0.02", "limit: 2"), "limit:"),
    ("RB004", replaced("for: [new-pods-fail, onset-follows-rollout]", "for: []"), "for:"),
    ("RB004", replaced("2026-11-01", "last week"), "last week"),
    ("RB004", replaced("  lines: {", "  Lines!: {"), "Lines!"),
    ("RB004", replaced("- {alertname: KubeDeploymentReplicasMismatch}", "- {}"), "- {}"),
    ("RB010", replaced(PODS, "```sh {name = pods}\n"), "name = pods"),
    ("RB010", replaced(PODS, "```sh{name=pods}\n"), "sh{name"),
    ("RB010", replaced(PODS, "```sh  {name=pods}\n"), "name=pods"),
    ("RB010", replaced(PODS, "``` {name=pods}\n"), "name=pods"),
    ("RB010", replaced(PODS, "```sh name=pods\n"), "name=pods"),
    ("RB010", replaced(PODS, "```sh {name=pods}}\n"), "name=pods"),
    ("RB010", replaced(PODS, "```sh {name=p&#111;ds}\n"), "name=p&"),
    ("RB010", replaced(PODS, '```sh {"name":["pods"]}\n'), '["pods"]'),
    ("RB010", replaced(PODS, '```sh {"name":"pods"\n'), '{"name":"pods"'),
    ("RB011", replaced(PODS, "```sh {name=pods shell=zsh}\n"), "zsh"),
    ("RB011", replaced(PODS, "```sh {name=pods name=pods}\n"), "name=pods"),
    ("RB011", replaced(PODS, '```sh {"name":"pods","name":"x"}\n'), '"x"'),
    ("RB011", replaced(PODS, "```sh {name=Pods}\n"), "Pods"),
    ("RB011", replaced(PODS, "```sh {role=root}\n"), "root"),
    ("RB011", replaced(PODS, "```sh {range=30m}\n"), "range=30m"),
    ("RB011", replaced("range=30m ", ""), "step=30s"),
    ("RB011", replaced("step=30s", "step=0s"), "step=0s"),
    ("RB011", replaced('"soak":"90s"', '"soak":"90"'), '"90"'),
    ("RB012", replaced("```yaml", "```yaml {name=x}"), "```yaml"),
    ("RB012", replaced("```sh\nanything", "```sh {name=x}\nanything"), "{name=x}"),
    ("RB013", GOOD[: GOOD.index("```\n\n## Related")], "{effect=observe}"),
    ("RB014", replaced("kubectl get pods -n <namespace> \\\n  -l app=<deployment>", "# x"), PODS),
    ("RB020", replaced("  -l app=<deployment>", "  -l app=<deployment> ; date"), "<namespace> \\"),
    ("RB021", replaced("kubectl events", "frobnicate"), "frobnicate -n"),
    ("RB022", replaced("kubectl events", "kubectl frob"), "kubectl frob -n"),
    ("RB030", replaced("m]))\n```", "m])\n```"), "```promql"),
    (
        "RB031",
        replaced('total{namespace="<namespace>"', "total{namespace=<namespace>"),
        "```promql",
    ),
    ("RB031", replaced('namespace="$NAMESPACE"', "namespace=<namespace>"), "error_ratio:"),
    ("RB040", replaced("--tail=<lines>", "--tail=<lines> -c <nobody>"), "<nobody>"),
    ("RB040", replaced("revision of <deployment>", "revision of <nobody>"), "<nobody>"),
    ("RB041", replaced(" --tail=<lines>", ""), "  lines:"),
    ("RB042", replaced("labels.deployment", "alert.deployment"), "alert.deployment"),
    ("RB042", replaced("labels.deployment", "labels"), "  deployment:"),
    ("RB042", replaced("default: 50", "default: fifty"), "fifty"),
    ("RB050", replaced("kubectl events", "kubectl rollout restart deploy/x"), "deploy/x"),
    ("RB051", replaced("```sh {effect=observe}", "```sh"), "kubectl rollout status"),
    ("RB052", replaced('"soak":"90s"', '"effect":"observe"'), "kubectl rollout undo"),
    ("RB052", replaced("{name=pods role", "{name=pods effect=mutate role"), "<namespace> \\"),
    ("RB053", replaced(UNDO + ",", ""), "kubectl rollout undo"),
    ("RB053", replaced('"verify":"rollout-complete,capacity-kept",', ""), "kubectl rollout undo"),
    ("RB054", replaced(UNDO, '"undo":"scale-back"'), "kubectl rollout undo"),
    ("RB055", replaced("$NAMESPACE\n~~~", f"$NAMESPACE\n{SCALE}\n~~~"), "~~~bash"),
    ("RB056", replaced('"soak":"90s"', '"soak":"60m"'), "kubectl rollout undo"),
    ("RB057", replaced("{name=pods", "{name=pods verify=capacity-kept"), "<namespace> \\"),
    ("RB060", replaced("{name=errors", "{name=pods"), 'total{namespace="<'),
    ("RB061", replaced("[undo-rollout]", "[undo-rollout, pray]"), "pray"),
    ("RB062", replaced("mitigations: [undo-rollout]", "mitigations: []"), "kubectl rollout undo"),
]


@pytest.mark.parametrize(("code", "text", "where"), BROKEN)
def test_each_fault_is_found_at_its_line(code: str, text: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(RunbookError) as caught:
        sample(tmp_path, text)
    findings = caught.value.findings
    lines = text.split("\n")
    assert (code, True) in [
        (finding.code, where.strip() in lines[finding.line - 1]) for finding in findings
    ], caught.value
    for finding in findings:
        assert finding.code in CODES
        assert finding.message.endswith(".")
        assert finding.remedy
        assert str(finding).startswith(f"{tmp_path}/kubernetes/sample.md:{finding.line}: RB")


def test_a_fault_brings_no_other_findings_with_it(tmp_path: Path) -> None:
    alone = {"RB010", "RB011", "RB020", "RB021", "RB022", "RB030", "RB031", "RB042", "RB054"}
    noisy = [
        (code, where, found)
        for code, text, where in BROKEN
        if code in alone and (found := findings_of(tmp_path, text)) != [code]
    ]
    assert noisy == []


def findings_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(RunbookError) as caught:
        sample(folder, text)
    return [finding.code for finding in faults(caught.value)]


def faults(error: RunbookError) -> list[Finding]:
    """Return what refuses the runbook; its notes are looked at by themselves."""
    return [finding for finding in error.findings if not finding.note]


def test_all_findings_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("owner: platform", "ownr: x").replace("limit: 0.02", "limit: 5")
    text = text.replace("kubectl events", "kubectl frob").replace("-o wide", "--as=root")
    assert findings_of(tmp_path, text) == ["RB003", "RB004", "RB022", "RB023"]


def test_a_runbook_without_alerts_or_steps_is_refused(tmp_path: Path) -> None:
    assert findings_of(tmp_path, "---\ntitle: x\n---\n") == ["RB065", "RB005"]
    assert findings_of(tmp_path, "---\ntitle: x\nalerts: []\n---\n") == ["RB065", "RB005"]


def test_the_names_of_signs_and_findings_are_checked_when_they_are_known(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    signs = {"new-pods-fail", "old-pods-fail-too"}
    with pytest.raises(RunbookError) as caught:
        read(path, root=tmp_path, signs=signs, finding_names={"something"})
    found = [(one.code, one.line) for one in faults(caught.value)]
    assert found == [("RB064", 10), ("RB063", 15)]
    known = {*signs, "onset-follows-rollout"}
    assert read(path, root=tmp_path, signs=known, finding_names={"failing-dependency"})


def test_parts_of_another_kind_than_expected_are_findings(tmp_path: Path) -> None:
    text = "---\ntitle: [x]\nalerts: {a: b}\nparams: x\nhypotheses: [y]\nsli: z\n---\n"
    assert findings_of(tmp_path, text) == ["RB065", *["RB004"] * 5]


def test_a_file_outside_its_folder_goes_by_its_own_name(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, "mine.md")
    assert read(path, root=tmp_path / "elsewhere").name == "mine"


@pytest.mark.parametrize(
    "body",
    [
        ">" * 100_000,
        "- " * 50_000,
        "[" * 100_000,
        "`" * 100_000,
        "## Diagnosis\n```sh {" + '"a":[' * 40_000,
        "## Diagnosis\n```sh {" + "a=b " * 50_000 + "}\nx\n```\n",
        "## Diagnosis\n```sh\nkubectl get " + "<a>" * 60_000 + "\n```\n",
        "## Diagnosis\n```promql\n" + "(" * 100_000 + "\n```\n",
        "## Diagnosis\n```promql\n" + "(" * 1900 + "up" + ")" * 1900 + "\n```\n",
        "## Diagnosis\n```promql\n" + "(" * 90_000 + "up" + ")" * 90_000 + "\n```\n",
        "## Diagnosis\n```promql\n" + "-" * 3000 + "up\n```\n",
        "## Diagnosis\n```promql\n" + "-" * 100_000 + "1\n```\n",
    ],
)
def test_a_hostile_file_is_refused_in_bounded_time(body: str, tmp_path: Path) -> None:
    with work_below(20), pytest.raises(RunbookError):
        sample(tmp_path, "---\ntitle: x\nalerts: [{alertname: A}]\n---\n" + body)


def test_a_file_that_is_not_there_or_not_text_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(RunbookError, match="RB001 The file cannot be opened"):
        read(tmp_path / "none.md", root=tmp_path)
    path = tmp_path / "latin.md"
    path.write_bytes(b"a\nb\n\xff")
    with pytest.raises(RunbookError, match=r"latin.md:3: RB001 The file is not UTF-8"):
        read(path, root=tmp_path)


def test_the_shipped_runbooks_have_no_findings() -> None:
    folder = read_folder(bundled("runbooks"))
    assert folder.errors == {}
    assert folder.runbooks
