"""What the README says is so: its commands, settings, rights, examples and picture."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from stanch.cli import app
from stanch.cli.init import TEXT
from stanch.cli.run import HANDED_OVER
from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.graph.picture import mermaid
from stanch.policy import Forbidden, load
from stanch.runbook.read import read as read_runbook
from stanch.sandbox.cli import app as sandbox
from stanch.sandbox.faults import FAULTS
from stanch.settings import _NOT_IN_FILE, _SHARED, Settings
from stanch.settings import read as read_settings
from stanch.tools.clients.kubernetes import kinds
from tests.docs.documents import DOCUMENTS, README, ROOT, blocks, commands, prose

PROGRAMS: dict[str, click.Command] = {"stanch": app, "stanch-sandbox": sandbox}
TEXT_OF_README = README.read_text(encoding="utf-8")


def ours(document: Path) -> list[list[str]]:
    """Return the words of every command of `document` that calls a program of ours."""
    mine = ("uv run ", *PROGRAMS)
    found = [shlex.split(line) for line in commands(document) if line.startswith(mine)]
    bare = [words[2:] if words[:2] == ["uv", "run"] else words for words in found]
    return [words for words in bare if words and words[0] in PROGRAMS]


EVERY = {shlex.join(words): words for document in DOCUMENTS for words in ours(document)}


def test_the_readme_leads_with_the_two_commands_that_people_want() -> None:
    first, second, *_ = blocks(README, "sh")
    assert first == "pip install uv && uv run stanch demo\n"
    assert second == "pip install uv && uv run pytest\n"


@pytest.mark.parametrize("words", EVERY.values(), ids=EVERY)
def test_a_command_of_the_documents_exists_with_its_options(words: list[str]) -> None:
    command = PROGRAMS[words[0]]
    context = click.Context(command)
    rest = words[1:]
    while isinstance(command, click.Group):
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name}"
        command, context = found, click.Context(found, parent=context)
    if "--alertmanager" in rest or command.name == "lint":
        return  # it names a file of the reader's
    command.make_context(command.name, rest, parent=context.parent)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_told_of_in_the_readme(program: str) -> None:
    command = PROGRAMS[program]
    assert isinstance(command, click.Group)
    for name in command.list_commands(click.Context(command)):
        said = f"{program} {name}" in TEXT_OF_README or f"`{name}`" in TEXT_OF_README
        assert said or (program == "stanch-sandbox" and name in {"speed", "status"}), name


def test_the_picture_in_the_readme_is_what_the_code_draws() -> None:
    remedy = "put what `stanch graph` prints into the README"
    assert blocks(README, "mermaid") == [mermaid() + "\n"], remedy
    shown = CliRunner().invoke(app, ["graph"])
    assert [shown.output] == blocks(README, "mermaid")


def test_every_setting_stands_in_the_table_of_settings() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TEXT_OF_README.splitlines()
        if line.startswith("|")
    ]
    named = {row[0]: row[1] for row in rows if len(row) == 3}
    for name in Settings.model_fields.keys() - {"user", "targets"}:
        variables = [f"STANCH_{name.upper()}"]
        if name in _SHARED:
            variables.insert(0, _SHARED[name])
        cell = " or ".join(f"`{variable}`" for variable in variables)
        assert named.pop(cell, None) == ("" if name in _NOT_IN_FILE else f"`{name}`"), name
    assert not [cell for cell in named if "STANCH_" in cell]


def test_the_settings_file_of_the_readme_is_read(tmp_path: Path) -> None:
    tables, text = blocks(README, "toml")
    secrets = {"ORDERS_PASSWORD": "a", "UNLEASH_TOKEN": "b", "GIT_TOKEN": "d"}
    (tmp_path / "act.secret").write_text("c", encoding="utf-8")
    (tmp_path / "inventory").write_text("[edges]\nedge-1\n", encoding="utf-8")
    own = tables.replace("/etc/stanch/orders.act", "act.secret")
    own = own.replace("/etc/ansible/hosts", str(tmp_path / "inventory"))
    (tmp_path / "stanch.toml").write_text(own, encoding="utf-8")
    targets = read_settings({"STANCH_HOME": str(tmp_path), **secrets}).targets
    assert set(tomllib.loads(tables)) == set(type(targets).model_fields)
    (tmp_path / "stanch.toml").write_text(text, encoding="utf-8")
    settings = read_settings({"STANCH_HOME": str(tmp_path)})
    assert (settings.context, settings.act_context) == ("look", "act")
    assert settings.model_fields_set >= tomllib.loads(text).keys()


def test_the_policy_of_the_readme_is_the_one_that_init_writes(tmp_path: Path) -> None:
    policy, _ = blocks(README, "yaml")
    assert policy == TEXT.format(people="ann", namespaces="shop")
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    loaded = load(tmp_path / "policy.yaml")
    assert loaded.approvers == ("ann",)
    assert [one.where.namespaces for one in loaded.environments] == [("shop",)]
    assert loaded.forbidden == Forbidden()
    for namespace in loaded.forbidden.where.namespaces:
        assert f"`{namespace}`" in prose(README)


def test_the_rights_of_the_readme_are_those_that_the_client_uses() -> None:
    _, text = blocks(README, "yaml")
    objects = list(yaml.safe_load_all(text))
    rules = {one["kind"]: one["rules"] for one in objects if "rules" in one}
    looked = {
        (group, resource): set(rule["verbs"])
        for rule in rules["ClusterRole"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    usage = (kinds.POD_USAGE, kinds.NODE_USAGE)
    wanted = {(kind.group, kind.plural) for kind in (*kinds.KINDS.values(), *usage)}
    assert looked.pop(("", "pods/log")) == {"get"}
    assert looked == {one: {"get", "list"} for one in wanted}
    assert rules["Role"] == [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]}
    ]
    bound = {(one["kind"], one["roleRef"]["name"]) for one in objects if "roleRef" in one}
    assert bound == {("ClusterRoleBinding", "stanch-look"), ("RoleBinding", "stanch-act")}


def test_the_runbook_of_the_readme_passes_the_linter(tmp_path: Path) -> None:
    [text] = blocks(README, "markdown")
    file = tmp_path / "queue.md"
    file.write_text(text, encoding="utf-8")
    found = read_runbook(
        file, root=tmp_path, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS)
    )
    assert [step.name for step in found.steps] == ["workload", "depth", "undo-rollout"]


def test_the_faults_of_the_readme_are_faults_of_the_practice_production() -> None:
    named = set(re.findall(r"(?:--fault|break) ([a-z-]+)", TEXT_OF_README))
    [line] = [one for one in TEXT_OF_README.splitlines() if one.startswith("`stanch demo --fault")]
    listed = set(re.findall(r"`([a-z-]+)`", line))
    assert "lock-contention" in named
    assert listed
    assert named | listed <= FAULTS.keys()
    assert "more than fifty ways" in TEXT_OF_README
    assert len(FAULTS) > 50


def test_the_exit_status_of_a_hand_over_is_the_one_in_the_readme() -> None:
    assert f"| {HANDED_OVER} | The incident was handed over to people |" in TEXT_OF_README


def test_the_count_of_failure_modes_in_the_readme_is_that_of_the_runbooks() -> None:
    shipped = [p for p in (ROOT / "runbooks").rglob("*.md") if p.name != "README.md"]
    assert f"{len(shipped)} runbooks ship" in TEXT_OF_README
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n- {len(shipped)} runbooks for " in changes
