"""The hosts of the practice production: simulated Debian machines behind a real SSH server.

A machine is plain state (files, processes, units, a journal, a clock) that lives on by the
shop's time. What its commands print, what its exporter counts and what the traffic suffers
are all derived from that state; no program of the real machine is ever run for it.
"""
