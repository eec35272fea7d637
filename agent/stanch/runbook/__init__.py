"""Runbooks: Markdown files become checked data, and their steps typed operations."""
