"""The dialects of OpenAI-compatible servers, and how to step down to a simpler one.

Structured output by JSON schema is asked for first; a server that knows only JSON mode, or
neither, is asked in that way. The shape is stated in words too, and every answer is checked
here in any case, so that a simpler dialect costs quality and never safety.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Which fields of a chat completion request a server understands."""

    answer_format: Literal["json_schema", "json_object", "text"] = "json_schema"
    temperature: bool = True
    """Whether the temperature may be set; some reasoning models refuse that."""
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    def fields(self, schema: dict[str, Any], max_tokens: int) -> dict[str, Any]:
        """Return the fields of a request that asks for an answer of the shape `schema`."""
        fields: dict[str, Any] = {self.limit: max_tokens}
        if self.temperature:
            fields["temperature"] = 0
        match self.answer_format:
            case "json_schema":
                body = {"name": "answer", "strict": True, "schema": schema}
                fields["response_format"] = {"type": "json_schema", "json_schema": body}
            case "json_object":
                fields["response_format"] = {"type": "json_object"}
            case "text":
                pass
        return fields

    def easier(self, complaint: str, param: str = "") -> "Dialect | None":
        """Return the dialect to try after a server's `complaint`, or None when none is left.

        `param` is the field that the server named. Each step goes one way only, so that
        stepping down always ends.
        """
        words = f"{param} {complaint}".lower()
        if "max_completion_tokens" in words and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if "temperature" in words and self.temperature:
            return replace(self, temperature=False)
        match self.answer_format:
            case "json_schema":
                return replace(self, answer_format="json_object")
            case "json_object":
                return replace(self, answer_format="text")
            case "text":
                return None
