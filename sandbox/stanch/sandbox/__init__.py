"""The practice production: a cluster, a shop on it, and the command that runs them."""
