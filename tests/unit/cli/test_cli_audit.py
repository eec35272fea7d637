"""`stanch audit verify`, `export` and `anchor`: what is printed, written and returned."""

import json
from pathlib import Path
from typing import get_args

import pytest

from stanch.store.chain import FindingKind
from tests.docs.documents import ROOT, commands
from tests.journeys.command import Stanch
from tests.unit.store import tampering

DOCUMENT = ROOT / "docs" / "audit.md"


@pytest.fixture
def stanch(tmp_path: Path) -> Stanch:
    given = Stanch(tmp_path / "home")
    store = given.store()
    tampering.fill(store)
    store.close()
    return given


def test_a_good_journal_is_told_with_what_each_check_proves(stanch: Stanch) -> None:
    said = stanch.said("audit", "verify").splitlines()
    assert said[0].startswith("The journal verifies: 6 entries, ")
    assert [line.split()[0] for line in said[1:]] == ["seals", "order", "end", "records", "anchor"]
    assert "rolled back together with its mark" in said[-1]
    told = stanch.json("audit", "verify")
    assert told["good"]
    assert [(one["name"], one["done"]) for one in told["checks"]] == [
        ("seals", True),
        ("order", True),
        ("end", True),
        ("records", True),
        ("anchor", False),
    ]
    assert told["key"] in said[1]


def test_an_altered_journal_is_told_with_the_entry_and_what_to_do(stanch: Stanch) -> None:
    tampering.write(stanch.home, "UPDATE journal SET data = '{}' WHERE seq = 3")
    done = stanch.run("audit", "verify", code=1)
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "entry 3 does not fit its seal: it was altered, or written without the key",
        (
            "  What to do: keep this database as evidence, put back a copy that verifies, and find "
            "out who wrote into it; `stanch audit verify --anchor FILE` says up to where a copy is "
            "whole."
        ),
        "The journal does not verify.",
    ]
    told = json.loads(stanch.said("audit", "verify", "--json", code=1))
    assert not told["good"]
    [one] = told["findings"]
    assert (one["kind"], one["seq"]) == ("edited", 3)
    assert one["text"] in told["faults"]


@pytest.mark.parametrize("form", ["jsonl", "cloudevents"])
def test_an_export_is_written_verified_and_found_out(
    stanch: Stanch, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "journal.out"
    said = stanch.said("audit", "export", "--format", form, "--output", str(file))
    assert said.startswith(f"6 entries, 1 to 6, are in {file}. Check it with ")
    assert stanch.run("audit", "export", "--format", form).stdout_bytes == file.read_bytes()
    assert stanch.run("audit", "export", "--all", "--format", form).stdout_bytes == (
        file.read_bytes()
    )
    assert "add --force" in stanch.refused("audit", "export", "-o", str(file))
    said = stanch.said("audit", "verify", str(file))
    assert said.startswith(f"{file} verifies: 6 entries, 1 to 6.\n")
    assert "its header is sealed too" in said
    said = stanch.said("audit", "verify", str(file), "--without-key")
    assert "seals    not checked: that needs the key" in said
    file.write_bytes(file.read_bytes().replace(b"entry 4", b"entri 4"))
    done = stanch.run("audit", "verify", str(file), code=1)
    assert "entry 5 does not fit its seal" in done.stderr
    assert f"{file} does not verify." in done.stderr
    stanch.said("audit", "export", "--format", form, "-o", str(file), "--force")
    assert stanch.json("audit", "verify", str(file))["good"]


def test_the_entries_of_one_incident_are_exported(stanch: Stanch, tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    assert stanch.said("audit", "export", "inc-2", "-o", str(file)).startswith("3 entries, 2 to 6")
    lines = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
    assert {line["incident"] for line in lines[1:]} == {"INC-2"}
    told = stanch.json("audit", "verify", str(file))
    assert (told["scope"], told["entries"], told["sealed"]) == ("INC-2", 3, True)
    assert "INC-9 has none" in stanch.refused("audit", "export", "INC-9")
    assert "is no incident" in stanch.refused("audit", "export", "A-1")
    done = stanch.run("audit", "export", "INC-1", "--all", code=2)
    assert "not both" in done.stderr


def test_a_file_is_verified_where_there_is_no_home(stanch: Stanch, tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    stanch.said("audit", "export", "-o", str(file))
    elsewhere = Stanch(tmp_path / "nothing")
    assert "not checked" in elsewhere.said("audit", "verify", str(file))
    assert not elsewhere.home.exists(), "a look must not make a home, nor a key"
    # With the key, it proves as much as at home.
    key = (stanch.home / "keys" / "journal.key").read_text()
    keyed = Stanch(tmp_path / "nothing", {"STANCH_AUDIT_KEY": key})
    assert keyed.json("audit", "verify", str(file))["sealed"]
    # Another key is never taken for none.
    other = Stanch(tmp_path / "nothing", {"STANCH_AUDIT_KEY": "ab" * 32})
    done = other.run("audit", "verify", str(file), code=1)
    assert "it was sealed anew with another key" in done.stderr
    assert other.run("audit", "verify", str(file), "--without-key").exit_code == 0


def test_an_anchor_finds_a_rollback(stanch: Stanch, tmp_path: Path) -> None:
    file = tmp_path / "anchor.json"
    said = stanch.said("audit", "anchor", "--output", str(file))
    assert said == f"The anchor of entry 6 is in {file}. Keep it on another machine.\n"
    assert "add --force" in stanch.refused("audit", "anchor", "-o", str(file))
    printed = json.loads(stanch.said("audit", "anchor"))
    kept = json.loads(file.read_text())
    assert printed.keys() == kept.keys()
    assert {k: v for k, v in printed.items() if k not in {"at", "tag"}} == {
        k: v for k, v in kept.items() if k not in {"at", "tag"}
    }
    said = stanch.said("audit", "verify", "--anchor", str(file))
    assert f"entries 1 to 6 are those of {kept['at']}, when the anchor was made" in said

    rows = tampering.rows(stanch.home)
    tampering.write(stanch.home, "DELETE FROM journal WHERE seq > 4")
    tampering.forge_mark(
        stanch.home, (stanch.home / "keys" / "journal.key").read_text().strip(), rows[:4]
    )
    assert stanch.json("audit", "verify")["good"]
    done = stanch.run("audit", "verify", "--anchor", str(file), code=1)
    assert "the journal was cut or rolled back" in done.stderr
    assert "saw 6 entries, and it has 4" in done.stderr


def test_an_anchor_in_the_home_itself_is_pointed_out(stanch: Stanch) -> None:
    done = stanch.run("audit", "anchor", "-o", str(stanch.home / "anchor.json"))
    assert "there it vouches for nothing" in done.stderr


def test_the_commands_of_the_document_do_what_it_says(
    stanch: Stanch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [line.split() for line in commands(DOCUMENT) if line.startswith("stanch ")]
    assert [words[2] for words in given] == ["anchor", "verify", "export", "export", "verify"]
    for words in given:
        stanch.run(*words[1:])
    assert {file.name for file in tmp_path.glob("*.json*")} == {
        "anchor.json",
        "journal.jsonl",
        "incident.jsonl",
    }


def test_the_document_names_every_kind_of_finding_and_every_check(stanch: Stanch) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [one for one in get_args(FindingKind) if f"`{one}`" not in text] == []
    for line in stanch.said("audit", "verify").splitlines()[1:]:
        name, _, says = line.strip().partition(" ")
        assert f"  {name} " in text
        assert says.rpartition(" ")[0].strip() in text


def test_what_cannot_be_read_is_named(stanch: Stanch, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert "cannot be read: No such file" in stanch.refused("audit", "verify", missing)
    assert "cannot be read: No such file" in stanch.refused("audit", "verify", "--anchor", missing)
    assert "cannot be read: Is a directory" in stanch.refused("audit", "verify", str(tmp_path))
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\xff\x00 no json")
    assert "is no export of a journal" in stanch.refused("audit", "verify", str(wrong))
    assert "is no anchor" in stanch.refused("audit", "verify", "--anchor", str(wrong))
    done = stanch.run("audit", "verify", "--without-key", code=2)
    assert "--without-key is for a FILE" in done.stderr
    assert "No such file or directory" in stanch.refused(
        "audit", "export", "-o", str(tmp_path / "no" / "file")
    )
