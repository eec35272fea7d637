"""The client of PostgreSQL: one login that looks and one that acts, for each database."""

from stanch.tools.clients.sql.client import SqlClient

__all__ = ["SqlClient"]
