"""The filters by their kinds: what may stand after a pipe, and nothing else."""

from types import MappingProxyType
from typing import Final, get_args

from stanch.tools.filters.awk import Awk
from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.columns import Column, Cut, Paste
from stanch.tools.filters.counting import Uniq, Wc
from stanch.tools.filters.decode import Decode
from stanch.tools.filters.ends import Cat, Head, Rev, Tac, Tail
from stanch.tools.filters.grep import Grep
from stanch.tools.filters.jq import Jq, JsonTool
from stanch.tools.filters.sed import Sed
from stanch.tools.filters.sort import Sort
from stanch.tools.filters.tr import Tr

Filter = (
    Awk
    | Cat
    | Column
    | Cut
    | Decode
    | Grep
    | Head
    | Jq
    | JsonTool
    | Paste
    | Rev
    | Sed
    | Sort
    | Tac
    | Tail
    | Tr
    | Uniq
    | Wc
)

FILTERS: Final = MappingProxyType[str, type[BaseFilter]](
    {model.model_fields["kind"].default: model for model in get_args(Filter)}
)
"""The model of each filter, by its kind."""
