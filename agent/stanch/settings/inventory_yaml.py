"""The YAML form of an inventory: groups with `hosts`, `children` and `vars`."""

from typing import Any

from stanch.settings.inventory_tree import InventoryError, Tree

_KEYS = frozenset({"hosts", "children", "vars"})
_DEEPEST = 32


def read_yaml(tree: Tree, text: str) -> None:
    """Read `text` into `tree`.

    Raises:
        InventoryError: it is no YAML, or not in the form of an inventory.
    """
    import yaml  # noqa: PLC0415 - costs start-up time, and few have an inventory

    class Loader(yaml.SafeLoader):
        """Reads a secret of Ansible's vault as a text: it is never one that is needed here."""

    Loader.add_constructor("!vault", lambda _, node: str(node.value))
    Loader.add_constructor("!unsafe", lambda _, node: str(node.value))
    try:
        document = yaml.load(text, Loader=Loader)  # noqa: S506 - it is a safe loader with two tags
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise InventoryError(f"{tree.path} is no YAML: {said}") from None
    except RecursionError:
        raise InventoryError(f"{tree.path} is nested too deep") from None
    for name, content in _mapping(tree, document, "the file").items():
        _group(tree, str(name), content, ())


def _group(tree: Tree, name: str, content: Any, above: tuple[str, ...]) -> None:
    if len(above) > _DEEPEST:
        raise InventoryError(f"{tree.path}: {' -> '.join(above[:4])}: groups are nested too deep")
    tree.group(name)
    table = _mapping(tree, content, name)
    if strange := sorted(str(key) for key in table if key not in _KEYS):
        raise InventoryError(
            f"{tree.path}: '{strange[0]}' in the group {name} is none of hosts, children, vars"
        )
    for host, variables in _mapping(tree, table.get("hosts"), f"{name}.hosts").items():
        tree.host(name, str(host), _mapping(tree, variables, f"{name}.hosts.{host}"))
    tree.variables(name, _mapping(tree, table.get("vars"), f"{name}.vars"))
    for child, inside in _mapping(tree, table.get("children"), f"{name}.children").items():
        tree.child(name, str(child))
        _group(tree, str(child), inside, (*above, name))


def _mapping(tree: Tree, value: Any, place: str) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InventoryError(f"{tree.path}: {place} is not a table of names")
    return value
