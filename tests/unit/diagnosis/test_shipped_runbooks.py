import re
from collections import defaultdict

import pytest

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.runbook.match import match
from stanch.runbook.model import Runbook
from stanch.runbook.read import read

from .diagnosis_samples import RUNBOOKS, shipped

NAMES = {
    "bad-release",
    "bad-image",
    "config-error",
    "out-of-memory",
    "dependency-exhausted",
    "false-alarm",
}
every = pytest.mark.parametrize("book", shipped(), ids=lambda book: book.name)


def test_the_shipped_runbooks_are_one_for_each_failure_mode() -> None:
    found = {one.name for one in shipped() if one.name.startswith("kubernetes/")}
    assert found == {f"kubernetes/{name}" for name in NAMES}


@pytest.mark.parametrize(
    "path", sorted((RUNBOOKS / "kubernetes").glob("*.md")), ids=lambda p: p.stem
)
def test_a_shipped_runbook_names_only_signs_and_findings_that_exist(path: object) -> None:
    read(path, root=RUNBOOKS, signs=set(SIGNS), finding_names=set(FINDINGS))  # type: ignore[arg-type]


@every
def test_a_runbook_looks_in_five_to_nine_steps(book: Runbook) -> None:
    assert 5 <= sum(step.section == "diagnosis" for step in book.steps) <= 9


@every
def test_every_hypothesis_names_mitigations_that_stand_in_the_document(book: Runbook) -> None:
    offered = {step.name for step in book.steps if step.section == "mitigation"}
    named = {name for one in book.hypotheses.values() for name in one.mitigations}
    assert named == offered


@every
def test_every_change_is_verified_and_says_how_it_is_undone(book: Runbook) -> None:
    for step in book.steps:
        if step.section == "mitigation":
            assert {"rollout-complete", "error-ratio-recovered"} <= set(step.verify)
            assert step.undo is not None
            assert step.soak_seconds >= 120
            assert step.deadline_seconds > step.soak_seconds


@every
def test_a_runbook_is_useful_to_a_reader(book: Runbook) -> None:
    text = book.path.read_text(encoding="utf-8")
    for title in ("Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation", "Related"):
        assert f"\n## {title}\n" in text
    assert "Look-alikes:" in text
    assert book.risks
    assert book.sli is not None


@every
def test_links_between_runbooks_lead_somewhere(book: Runbook) -> None:
    for target in re.findall(r"\]\(([^)]+\.md)\)", book.path.read_text(encoding="utf-8")):
        assert (book.path.parent / target).is_file(), target


def test_steps_of_one_name_are_the_same_step_everywhere() -> None:
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for book in shipped():
        for step in book.steps:
            if step.section == "diagnosis":
                texts[step.name].add(step.text)
    assert {name: found for name, found in texts.items() if len(found) > 1} == {}


def test_all_runbooks_measure_the_harm_alike() -> None:
    assert len({book.sli for book in shipped()}) == 1


@pytest.mark.parametrize(
    ("alert", "causes"),
    [
        ("ShopErrorRatioHigh", NAMES),
        ("KubePodCrashLooping", {"bad-release", "config-error", "out-of-memory", "false-alarm"}),
        ("KubePodImagePullBackOff", {"bad-image"}),
        ("KubeContainerOOMKilled", {"out-of-memory"}),
        ("KubeDeploymentRolloutStuck", NAMES - {"dependency-exhausted"}),
        ("KubeDeploymentReplicasMismatch", NAMES - {"dependency-exhausted"}),
    ],
)
def test_an_alert_leads_to_every_runbook_that_can_be_its_cause(
    alert: str, causes: set[str]
) -> None:
    found = {one.runbook.name for one in match(shipped(), {"alertname": alert})}
    assert found == {f"kubernetes/{name}" for name in causes}


def test_no_shipped_runbook_asks_for_more_than_the_cluster_needs_to_give() -> None:
    for book in shipped():
        for step in book.steps:
            assert "secret" not in step.text.lower()
            assert "|" not in step.text
