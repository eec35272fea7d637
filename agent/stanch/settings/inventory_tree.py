"""What an inventory says, whatever its form: groups in groups, hosts in them, variables."""

import re
import shlex
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_RANGE = re.compile(r"\[([0-9A-Za-z]+):([0-9A-Za-z]+)(?::([0-9]+))?\]")
_PORT = re.compile(r"(.+):([0-9]{1,5})")
_MOST_OF_A_RANGE = 10_000
_SHELL = frozenset({"ansible_connection", "ansible_ssh_common_args", "ansible_ssh_extra_args"})
_PLAIN = {
    "ansible_host": "address",
    "ansible_ssh_host": "address",
    "ansible_port": "port",
    "ansible_ssh_port": "port",
    "ansible_user": "user",
    "ansible_ssh_user": "user",
}
_OVER_SSH = frozenset({"ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"})


class InventoryError(ValueError):
    """An inventory makes no sense; says which file, where and why."""


@dataclass(slots=True)
class _Group:
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)


class Tree:
    """Groups and hosts while a file is read, and what follows from them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._groups: dict[str, _Group] = {"all": _Group()}
        self._variables: dict[str, dict[str, Any]] = {}

    def group(self, name: str) -> None:
        """Add a group, unless it is there."""
        self._groups.setdefault(name, _Group())

    def host(self, group: str, name: str, variables: Mapping[str, Any]) -> None:
        """Add the host, or the range of hosts, that `name` stands for to a group."""
        self.group(group)
        found = _PORT.fullmatch(name) if name.count(":") == 1 or "]:" in name else None
        port = {} if found is None or found[1].endswith("[") else {"ansible_port": found[2]}
        plain = found[1] if port and found is not None else name
        for one in self._each(plain):
            self._groups[group].hosts[one] = None
            self._variables.setdefault(one, {}).update({**port, **variables})

    def child(self, group: str, name: str) -> None:
        """Put one group into another."""
        self.group(group)
        self.group(name)
        self._groups[group].children[name] = None

    def variables(self, group: str, variables: Mapping[str, Any]) -> None:
        """Add variables that hold for all hosts of a group."""
        self.group(group)
        self._groups[group].variables.update(variables)

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the hosts of every group that has some, those of its groups with them."""
        reached = self.hosts()
        found = {"all": tuple(reached)} if reached else {}
        for name in self._groups:
            members = dict.fromkeys(self._members(name, ()))
            kept = tuple(one for one in members if one in reached)
            if kept and name != "all":
                found[name] = kept
        return found

    def hosts(self) -> dict[str, dict[str, Any]]:
        """Return how each host is reached; those that are not reached over SSH are left out."""
        found = {}
        # A group inside another one knows better, and of two the later name, as there.
        ordered = sorted((self._depth(name, ()), name) for name in self._groups if name != "all")
        members = [(name, set(self._members(name, ()))) for _, name in ordered]
        for name in self._variables:
            around = [group for group, hosts in members if name in hosts]
            table = self._table(name, around)
            if table is not None:
                found[name] = table
        return found

    def _table(self, name: str, around: Sequence[str]) -> dict[str, Any] | None:
        variables = dict(self._groups["all"].variables)
        for group in around:
            variables.update(self._groups[group].variables)
        variables.update(self._variables[name])
        table: dict[str, Any] = {}
        for key, value in variables.items():
            if key not in _PLAIN and key not in _SHELL:
                continue
            if "{{" in str(value):
                raise InventoryError(f"{self.path}: {key} of {name} is a template: {value}")
            if key in _PLAIN:
                table[_PLAIN[key]] = str(value)
        connection = str(variables.get("ansible_connection", "ssh"))
        if connection not in _OVER_SSH:
            return None
        for key in ("ansible_ssh_common_args", "ansible_ssh_extra_args"):
            if jump := self._jump(name, str(variables.get(key, ""))):
                table["jump"] = jump
        return table

    def _jump(self, name: str, args: str) -> str | None:
        """Return the host on the way that the arguments of ssh name."""
        try:
            words = shlex.split(args)
        except ValueError as error:
            raise InventoryError(f"{self.path}: the arguments of ssh for {name}: {error}") from None
        flat = " ".join(words)
        if "proxycommand" in flat.lower():
            raise InventoryError(
                f"{self.path}: {name} is reached by ProxyCommand, which runs a shell. Say "
                "'-J HOST', and what HOST is under [hosts] of stanch.toml"
            )
        found = re.search(r"(?:^|\s)(?:-J\s*|-o\s*ProxyJump[=\s])(\S+)", flat)
        if found is None:
            return None
        if re.fullmatch(r"[A-Za-z0-9_][-A-Za-z0-9_.]*", found[1]) is None:
            raise InventoryError(
                f"{self.path}: {name} jumps over '{found[1]}'; name a host there, and its user "
                "and port under [hosts] of stanch.toml"
            )
        return found[1]

    def _depth(self, name: str, below: tuple[str, ...]) -> int:
        parents = [
            one
            for one, group in self._groups.items()
            if one != "all" and name in group.children and one not in below
        ]
        return 1 + max((self._depth(one, (*below, name)) for one in parents), default=0)

    def _members(self, name: str, above: tuple[str, ...]) -> Iterator[str]:
        if name in above:
            way = " -> ".join((*above, name))
            raise InventoryError(f"{self.path}: a group is inside itself: {way}")
        group = self._groups[name]
        yield from group.hosts
        for child in group.children:
            yield from self._members(child, (*above, name))

    def _each(self, name: str) -> Iterator[str]:
        """Yield the names that a pattern such as web[01:20] stands for."""
        found = _RANGE.search(name)
        if found is None:
            if set(name) & set("[]"):
                raise InventoryError(f"{self.path}: '{name}' is not a range of hosts")
            yield name
            return
        for one in self._steps(name, *found.groups()):
            yield from self._each(f"{name[: found.start()]}{one}{name[found.end() :]}")

    def _steps(self, name: str, first: str, last: str, step: str | None) -> list[str]:
        stride = int(step or 1)
        letters = string.ascii_letters
        if first.isdigit() and last.isdigit() and stride:
            width = len(first) if first.startswith("0") else 0
            numbers = range(int(first), int(last) + 1, stride)
            if 0 < len(numbers) <= _MOST_OF_A_RANGE:
                return [str(number).zfill(width) for number in numbers]
        elif len(first) == len(last) == 1 and first.isalpha() and last.isalpha() and stride:
            return list(letters[letters.index(first) : letters.index(last) + 1 : stride])
        raise InventoryError(f"{self.path}: '{name}' is not a range of hosts")
