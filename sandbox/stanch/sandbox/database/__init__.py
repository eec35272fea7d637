"""The shop's PostgreSQL: a real server with real sessions, as a part of the practice world."""
