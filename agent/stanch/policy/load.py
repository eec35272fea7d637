"""Reading the policy file; what cannot be read grants nothing."""

from pathlib import Path

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
        return Policy.model_validate(yaml.safe_load(text))
    except RecursionError:
        raise PolicyError(f"the policy {file} is nested too deeply; no change is allowed") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise PolicyError(f"the policy {file}{line} is not YAML; no change is allowed") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PolicyError(
            f"the policy {file} cannot be used: {where}: {first['msg']}; no change is allowed"
        ) from None
