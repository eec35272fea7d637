"""Filters: what may stand after a pipe, run in this process on the lines of an answer."""

from stanch.tools.filters.base import BaseFilter
from stanch.tools.filters.errors import FilterError, ProgramError
from stanch.tools.filters.model import FILTERS, Filter
from stanch.tools.filters.run import run

__all__ = ["FILTERS", "BaseFilter", "Filter", "FilterError", "ProgramError", "run"]
