# The commands of a working day; `uv run just` lists them.

_default:
    @just --list --unsorted

# Everything that a change must pass, but for the slow parts of .ci/run
check: lint types imports test

# The tests; what stands after `just test` goes to pytest
test *options:
    uv run pytest {{ options }}

# Format and lint, mending what can be mended
lint:
    uv run ruff format
    uv run ruff check --fix

# Types, strictly
types:
    uv run mypy

# Who may import whom
imports:
    uv run lint-imports

# A whole incident in the practice production
demo *options:
    uv run stanch demo {{ options }}

# The tests that hold the practice cluster to a real one; STANCH_TEST_KUBECONFIG names it
cluster *options:
    uv run pytest -m cluster {{ options }}

# How fast it is, measured
bench *options:
    uv run pytest tests/bench {{ options }}
