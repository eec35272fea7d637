"""An Ansible inventory, in both of its forms, names the same hosts and groups."""

from pathlib import Path

import pytest

from stanch.settings import SettingsError, read
from stanch.settings.targets import HostSettings, Targets

INI = """
# the shop
bastion.example.com ansible_user=jump

[edge]
edge-[1:3] ansible_port=2222   # three of them
edge-9:2200

[db]
db-[a:b] ansible_host=10.0.0.7 ansible_ssh_common_args='-o StrictHostKeyChecking=yes -J bastion'
winbox ansible_connection=winrm

[prod:children]
edge
db

[prod:vars]
ansible_user=reader

[edge:vars]
ansible_user = "edger"
"""
YAML = """
all:
  hosts:
    bastion.example.com: {ansible_user: jump}
  children:
    prod:
      vars: {ansible_user: reader}
      children:
        edge:
          vars: {ansible_user: edger}
          hosts:
            edge-[1:3]: {ansible_port: 2222}
            edge-9: {ansible_port: 2200}
        db:
          hosts:
            db-[a:b]:
              ansible_host: 10.0.0.7
              ansible_ssh_common_args: -o StrictHostKeyChecking=yes -J bastion
              ansible_become_pass: !vault |
                $ANSIBLE_VAULT;1.1;AES256
                3061
            winbox: {ansible_connection: winrm}
"""


def targets(home: Path, inventory: str, name: str = "hosts", more: str = "") -> Targets:
    (home / name).write_text(inventory, encoding="utf-8")
    text = f'[ssh]\ninventory = "{name}"\n{more}'
    (home / "stanch.toml").write_text(text, encoding="utf-8")
    return read({"STANCH_HOME": str(home)}).targets


@pytest.mark.parametrize(("text", "name"), [(INI, "hosts"), (YAML, "hosts.yml")])
def test_both_forms_give_the_same_hosts_and_groups(tmp_path: Path, text: str, name: str) -> None:
    found = targets(tmp_path, text, name)
    assert found.hosts["edge-2"] == HostSettings(port=2222, user="edger")
    assert found.hosts["edge-9"] == HostSettings(port=2200, user="edger")
    assert found.hosts["db-b"] == HostSettings(address="10.0.0.7", user="reader", jump="bastion")
    assert found.hosts["bastion.example.com"] == HostSettings(user="jump")
    assert "winbox" not in found.hosts, "it is not reached over SSH"
    assert found.groups["edge"] == ("edge-1", "edge-2", "edge-3", "edge-9")
    assert found.groups["db"] == ("db-a", "db-b")
    assert set(found.groups["prod"]) == {*found.groups["edge"], *found.groups["db"]}
    assert set(found.groups["all"]) == set(found.hosts)


def test_what_stanch_toml_says_goes_before_the_inventory(tmp_path: Path) -> None:
    more = '[hosts.edge-1]\naddress = "10.9.9.9"\n[groups]\nedge = ["edge-1"]\n'
    found = targets(tmp_path, INI, more=more)
    assert found.hosts["edge-1"] == HostSettings(address="10.9.9.9", port=2222, user="edger")
    assert found.groups["edge"] == ("edge-1",)
    assert len(found.groups["db"]) == 2


def test_secrets_of_other_tables_survive_the_merge(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("open sesame\n", encoding="utf-8")
    more = '[databases.orders]\nhost="h"\ndbname="o"\nuser="u"\npassword_file="word"\n'
    found = targets(tmp_path, INI, more=more)
    assert [one.get_secret_value() for one in found.secrets] == ["open sesame"]


def test_numbers_keep_their_leading_zeros_and_steps(tmp_path: Path) -> None:
    found = targets(tmp_path, "[web]\nweb[08:12:2]-[a:c:2].example.com\n")
    names = [
        f"web{number}-{letter}.example.com" for number in ("08", "10", "12") for letter in "ac"
    ]
    assert found.groups["web"] == tuple(names)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[web]\nweb-1 oops\n", "hosts", "line 2: 'oops' is not NAME=VALUE"),
        ("[web]\nweb-[1:\n", "hosts", "is not a range of hosts"),
        ("[web]\nweb-[9:1]\n", "hosts", "is not a range of hosts"),
        ("[web]\nweb-1 'open\n", "hosts", "line 2: No closing quotation"),
        ("[web]\nweb-1 ansible_port=99999\n", "hosts", "hosts.web-1.port"),
        ("[web]\nweb-1 ansible_host={{ lookup('x') }}\n", "hosts", "NAME=VALUE"),
        ("[web]\nweb-1 ansible_host='{{ x }}'\n", "hosts", "is a template"),
        ("[a:children]\nb\n[b:children]\na\n[b]\nx\n", "hosts", "a group is inside itself"),
        ("[a]\nx ansible_ssh_common_args='-o ProxyCommand=\"nc %h\"'\n", "hosts", "runs a shell"),
        ("[a]\nx ansible_ssh_common_args='-J a,b'\n", "hosts", "name a host there"),
        ("[a:vars]\nnothing\n", "hosts", "line 2: 'nothing' is not NAME=VALUE"),
        ("#!/usr/bin/python3\nprint()\n", "hosts", "is a program"),
        ("all: [1, 2]\n", "hosts.yml", "all is not a table of names"),
        ("all: {host: {a: }}\n", "hosts.yml", "'host' in the group all"),
        ("all: {hosts: [", "hosts.yml", "is no YAML"),
        ("[1]", "hosts.yml", "the file is not a table"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_place(
    tmp_path: Path, text: str, name: str, said: str
) -> None:
    with pytest.raises(SettingsError, match="hosts") as caught:
        targets(tmp_path, text, name)
    assert said in str(caught.value)


def test_a_missing_inventory_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "stanch.toml").write_text('[ssh]\ninventory = "none"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"ssh\.inventory.*none cannot be read"):
        read({"STANCH_HOME": str(tmp_path)})
