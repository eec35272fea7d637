"""The use cases that every surface calls."""
