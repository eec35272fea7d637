"""Find the prompts and runbooks that ship with stanch."""

from pathlib import Path
from typing import Literal

_INSTALLED = Path(__file__).parent
_CHECKOUT = Path(__file__).parents[3]


def bundled(kind: Literal["prompts", "runbooks"]) -> Path:
    """Return the folder of `kind`, in an installed wheel or in a checkout."""
    installed = _INSTALLED / kind
    return installed if installed.is_dir() else _CHECKOUT / kind
