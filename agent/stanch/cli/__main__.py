"""`python -m stanch.cli`: the command line, for a program that starts it by its own Python."""

from stanch.cli import app

app(prog_name="stanch")
