"""Reading the policy file; what cannot be read grants nothing."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stanch.policy.model import Policy

_WRITABLE_BY_OTHERS = 0o022


class PolicyError(Exception):
    """The policy file is there and cannot be used; every change is denied until it is mended."""


def load(file: Path) -> Policy:
    """Return the rules of `file`; those that grant nothing when there is no such file.

    Raises:
        PolicyError: the file is unreadable, or not a policy.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Policy()
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"the policy {file} cannot be read: {error}") from None
    if file.stat().st_mode & _WRITABLE_BY_OTHERS:
        raise PolicyError(
            f"the policy {file} can be written by others, so no change is allowed; "
            f"run: chmod go-w {file}"
        )
    try:
        return Policy.model_validate(yaml.load(text, Loader=_loader()))  # noqa: S506 - a safe one
    except RecursionError:
        raise PolicyError(f"the policy {file} is nested too deeply; no change is allowed") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        why = str(error.problem) if isinstance(error, _DoubledKeyError) else "it is not YAML"
        raise PolicyError(f"the policy {file}{line}: {why}; no change is allowed") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        said = first["msg"].removeprefix("Value error, ")
        raise PolicyError(
            f"the policy {file} cannot be used: {where}: {said}; no change is allowed"
        ) from None


class _DoubledKeyError(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping: YAML would forget the first, and what it denies."""


@cache
def _loader() -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
            seen = set()
            for key, _ in node.value:
                name = key.value
                if isinstance(name, str) and name in seen:
                    raise _DoubledKeyError(None, None, f"{name} stands twice", key.start_mark)
                seen.add(name if isinstance(name, str) else id(name))
            return super().construct_mapping(node, deep)

    return Loader
