"""What one SQL statement does, told by PostgreSQL's own grammar and closed lists of names."""
