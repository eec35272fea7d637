"""What is reached by HTTP: the shop's front doors, the bank, its flags and its load balancer."""

from stanch.sandbox.web.part import WebPart

__all__ = ["WebPart"]
