"""The tools: what can be done (operations) and how it is done (clients)."""
