"""Views: the text that a program would print of an answer, made from its data."""

from stanch.tools.views.errors import ViewError
from stanch.tools.views.model import View, check, inside_string
from stanch.tools.views.render import render

__all__ = ["View", "ViewError", "check", "inside_string", "render"]
