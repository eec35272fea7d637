"""The tables of stanch.toml: what they name, where their secrets come from, what is refused."""

from pathlib import Path

import pytest

from stanch.settings import SettingsError, read

TABLES = """
context = "reader"

[ssh]
user = "reader"
identities = ["~/.ssh/id_ed25519"]

[hosts.db-1]
address = "10.0.0.7"
port = 2222

[groups]
edge = ["edge-1", "edge-2"]

[databases.shop]
host = "127.0.0.1"
dbname = "shop"
user = "looker"
password_file = "look.secret"
act_user = "actor"
act_password_env = "ACT_PASSWORD"

[endpoints.flags]
url = "https://flags.example/unleash"
credential = "flags"
kind = "unleash"

[credentials.flags]
value_env = "FLAGS_TOKEN"
endpoints = ["flags"]

[services.payments]
database = "shop"
hosts = "edge"
"""
ENVIRONMENT = {"ACT_PASSWORD": "act-secret-1", "FLAGS_TOKEN": "flag-secret-1"}


def write(home: Path, text: str = TABLES) -> dict[str, str]:
    (home / "stanch.toml").write_text(text)
    (home / "look.secret").write_text("look-secret-1\n")
    return {"STANCH_HOME": str(home), **ENVIRONMENT}


def test_the_tables_name_the_targets_and_their_secrets_are_put_in(tmp_path: Path) -> None:
    found = read(write(tmp_path))
    targets = found.targets
    assert targets.hosts["db-1"].port == 2222
    assert targets.members("edge") == ("edge-1", "edge-2")
    assert targets.members("db-1") == ("db-1",)
    assert targets.services["payments"].database == "shop"
    assert targets.endpoints["flags"].kind == "unleash"
    assert found.context == "reader"
    secrets = {"look-secret-1", "act-secret-1", "flag-secret-1"}
    assert set(found.secrets) == secrets
    assert not [one for one in secrets if one in f"{found!r}{found.model_dump_json()}"]


def test_a_database_is_found_by_its_key_or_its_own_name_but_never_guessed(tmp_path: Path) -> None:
    more = TABLES + '\n[databases.copy]\nhost = "b"\ndbname = "shop_copy"\nuser = "x"\n'
    one, two = read(write(tmp_path)).targets, read(write(tmp_path, more)).targets
    assert one.database_of(None) == "shop"
    assert two.database_of(None) is None
    assert two.database_of("shop_copy") == "copy"
    assert two.database_of("ledger") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[databases.shop]\npassword = 'x'", "may not hold 'databases.shop.password'"),
        ("[credentials.a]\nvalue = 'x'", "name a variable in 'credentials.a.value_env'"),
        ("[credentials.a]\nvalue_env = 'GONE'", "the variable GONE, which is not set"),
        ("[credentials.a]\nvalue_file = 'gone'", "gone, which cannot be read"),
        ("[credentials.a]\nvalue_file = 'empty'", "empty, which is empty"),
        ("[ssh]\ncolour = 'red'", "'ssh.colour' is not usable"),
        ("[endpoints.a]\nurl = 'ftp://x'", "'endpoints.a.url' is not usable"),
        ("[endpoints.a]\nurl = 'https://ann:secret@x'", "'endpoints.a.url' is not usable"),
        ("[hosts.a]\nport = 70000", "'hosts.a.port' is not usable"),
        ("targets = {}", "may not hold 'targets'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_names_the_place(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "stanch.toml").write_text(text)
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(SettingsError) as raised:
        read({"STANCH_HOME": str(tmp_path)})
    assert says in str(raised.value)
    assert "secret@" not in str(raised.value)
