"""The client of HTTP servers: typed probes, and the few changes that stanch knows there."""

from stanch.tools.clients.http.client import HttpClient

__all__ = ["HttpClient"]
