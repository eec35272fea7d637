"""Regular expressions of runbooks: RE2, which takes no longer than the text is long."""

from functools import lru_cache
from typing import Any, Final, TypeAlias

from stanch.runbook.findings import RefusedError

Pattern: TypeAlias = Any
"""A compiled pattern; the library has no types."""

_MOST_BYTES: Final = 1 << 20


@lru_cache(maxsize=1024)
def compiled(text: str, *, code: str) -> Pattern:
    """Return the pattern `text`, ready to be matched; `code` is that of the finding.

    Raises:
        RefusedError: it is not a pattern of RE2.
    """
    # Compiled code that only runbooks with a pattern have to load.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_BYTES
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0]
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise RefusedError(
            code,
            f"'{text[:80]}' is not a pattern: {said}.",
            remedy="Write a regular expression of RE2.",
        ) from error
