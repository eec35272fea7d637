"""Where the chat model lives, as whom to ask it, and how patiently; from the settings."""

import re
from dataclasses import dataclass, field

OPENAI_URL = "https://api.openai.com/v1"

_REDACTED = "[redacted]"
_LEAST_SECRET = 6
"""Characters; a shorter key is a placeholder, and taking it out would only spoil sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model of one OpenAI-compatible server; a server that needs no key is asked without.

    Raises:
        ValueError: the name is empty, the address is no plain http or https address, or the
            key cannot be sent.
    """

    model: str
    base_url: str = OPENAI_URL
    api_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("the model has no name; set STANCH_MODEL, or leave the model out")
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", self.base_url):
            raise ValueError(
                "the model's address must look like https://host/v1, without a user, a query "
                "or a fragment; mend OPENAI_BASE_URL"
            )
        if not re.fullmatch(r"[!-~]*", self.api_key):
            raise ValueError(
                "the model's key holds a space or a character that no header can carry; "
                "mend OPENAI_API_KEY"
            )

    def redact(self, text: str) -> str:
        """Return `text` without the API key."""
        return text.replace(self.api_key, _REDACTED) if self._has_secret else text

    @property
    def _has_secret(self) -> bool:
        return len(self.api_key) >= _LEAST_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patiently one question is asked; the incident's budget stands above it."""

    call_seconds: float = 30.0
    """For one attempt, from the look-up of the address to the last byte."""
    attempts: int = 3
    pause_seconds: float = 15.0
    """The longest wait before another attempt; a server that asks for more is left alone."""
    max_output_tokens: int = 4_000
    """Of one answer; models that think before they answer count that in."""
