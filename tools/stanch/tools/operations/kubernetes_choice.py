"""Which objects an intent is about: named, chosen, or listed in a file."""

import re
from shlex import quote
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import override

from stanch.tools.operations.base import BaseIntent, Effect
from stanch.tools.operations.kubernetes_names import AnyName, AnyResource, Subject
from stanch.tools.operations.selectors import Fields, Labels, as_text

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """Return `text` as it is.

    Raises:
        ValueError: a terminal would obey a part of it instead of showing it.
    """
    if _CONTROL.search(text):
        raise ValueError("a control character, which a terminal would obey, is in the text")
    return text


Text = Annotated[str, Field(max_length=4096), AfterValidator(shown)]


class ClusterChange(BaseIntent):
    """An intent that can be put back, unless it says otherwise."""

    @property
    @override
    def effect(self) -> Effect:
        return Effect.MUTATE


class ChangeChosen(ClusterChange):
    """A change of objects that are named, chosen, or listed in a file."""

    objects: tuple[Subject, ...] = ()
    resources: tuple[AnyResource, ...] = ()
    labels: Labels = ()
    fields: Fields = ()
    every: bool = False
    """All objects of the resources."""
    namespace: AnyName | None = None
    everywhere: bool = False
    """In all namespaces."""
    files: tuple[Text, ...] = ()
    """Manifests by path or address; what they hold is not known."""

    @model_validator(mode="after")
    def _something_is_chosen(self) -> "ChangeChosen":
        chosen = bool(self.labels or self.fields or self.every)
        ways = (bool(self.objects), bool(self.resources), bool(self.files))
        if sum(ways) != 1 or chosen != bool(self.resources):
            raise ValueError(
                "objects are named, or chosen by resource and labels, or listed in a file"
            )
        return self

    @property
    def chosen(self) -> str:
        """The objects as kubectl takes them."""
        words = [one.as_text() for one in self.objects]
        words += [f"-f {quote(file)}" for file in self.files]
        words += [",".join(self.resources)] if self.resources else []
        words += [f"-l '{as_text(self.labels)}'"] if self.labels else []
        words += [f"--field-selector {as_text(self.fields)}"] if self.fields else []
        words += ["--all"] if self.every else []
        words += [f"-n {self.namespace}"] if self.namespace else []
        words += ["-A"] if self.everywhere else []
        return " ".join(words)
