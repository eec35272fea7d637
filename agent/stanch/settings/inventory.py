"""The hosts and groups of an Ansible inventory, in its INI or its YAML form.

What is taken over: names, groups and groups of groups, number and letter ranges, and the
variables that say how a host is reached (address, port, user, jump host). Nothing is
executed: an inventory that is a program, a template in such a variable and a ProxyCommand
are errors, and files beside it (group_vars) are not read.
"""

from pathlib import Path
from typing import Any

from stanch.settings.inventory_ini import read_ini
from stanch.settings.inventory_tree import InventoryError, Tree
from stanch.settings.inventory_yaml import read_yaml

_YAML = frozenset({".yaml", ".yml", ".json"})

__all__ = ["InventoryError", "read_inventory"]


def read_inventory(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Return the tables of hosts, as `HostSettings` has them, and the groups with their hosts.

    Raises:
        InventoryError: the file cannot be read; says where and what.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InventoryError(f"{path} cannot be read: {error}") from None
    if text.startswith("#!"):
        raise InventoryError(f"{path} is a program; write its output to a file and name that")
    tree = Tree(path)
    if path.suffix in _YAML or text.startswith("---"):
        read_yaml(tree, text)
    else:
        read_ini(tree, text)
    return tree.hosts(), tree.groups()
