"""The incident process as data and pure functions: severity and the gates between phases."""

from stanch.process.gates import GATES, GateItem, Item, gate_items
from stanch.process.severity import Level, initial_severity, level

__all__ = ["GATES", "GateItem", "Item", "Level", "gate_items", "initial_severity", "level"]
