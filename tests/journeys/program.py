"""`python -m tests.journeys.program`: the command `stanch`, from this checkout."""

from stanch.cli import app

if __name__ == "__main__":
    app(prog_name="stanch")
