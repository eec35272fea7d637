"""The clients: the only input and output on targets. Only the executor holds one."""
