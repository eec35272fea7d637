"""base64 -d: what was encoded becomes readable, which policy must allow first."""

import base64
import binascii
from typing import Literal

from typing_extensions import override

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import FilterError


class Decode(BaseFilter):
    """Decode the text from base64."""

    kind: Literal["base64"] = "base64"

    @property
    @override
    def decodes(self) -> bool:
        return True

    @override
    def apply(self, text: str) -> str:
        try:
            data = base64.b64decode("".join(text.split("\n")), validate=True)
            return data.decode()
        except (binascii.Error, ValueError) as error:
            raise FilterError("base64: the answer is not text in base64") from error
