"""Label and field selectors as data, so that a parameter fills a field and never text."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stanch.tools.operations.base import Frozen

LabelKey = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?"
        r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
    ),
]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")]
FieldPath = Annotated[str, Field(pattern=r"^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)*$")]
FieldValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$")]


class LabelRequirement(Frozen):
    """One requirement of a label selector."""

    key: LabelKey
    operator: Literal["=", "!=", "in", "notin", "exists", "!exists"] = "="
    values: tuple[LabelValue, ...] = ()

    @model_validator(mode="after")
    def _values_fit(self) -> "LabelRequirement":
        wanted = {"=": (1, 1), "!=": (1, 1), "in": (1, 50), "notin": (1, 50)}
        least, most = wanted.get(self.operator, (0, 0))
        if not least <= len(self.values) <= most:
            raise ValueError(f"'{self.operator}' takes {least} to {most} values")
        return self

    def as_text(self) -> str:
        """Return the requirement in the notation of the API."""
        match self.operator:
            case "exists":
                return self.key
            case "!exists":
                return f"!{self.key}"
            case "in" | "notin":
                return f"{self.key} {self.operator} ({','.join(self.values)})"
            case _:
                return f"{self.key}{self.operator}{self.values[0]}"


class FieldRequirement(Frozen):
    """One requirement of a field selector."""

    path: FieldPath
    operator: Literal["=", "!="] = "="
    value: FieldValue

    def as_text(self) -> str:
        """Return the requirement in the notation of the API."""
        return f"{self.path}{self.operator}{self.value}"


Labels = tuple[LabelRequirement, ...]
Fields = tuple[FieldRequirement, ...]


def as_text(requirements: Labels | Fields) -> str:
    """Return the selector in the notation of the API; empty when nothing is required."""
    return ",".join(requirement.as_text() for requirement in requirements)
