"""The faults of load and room: traffic, memory, processors, autoscalers, quotas."""

from stanch.sandbox.faults import load_demand, load_memory, load_room
from stanch.sandbox.faults.base import Fault

FAULTS: tuple[Fault, ...] = (*load_memory.FAULTS, *load_demand.FAULTS, *load_room.FAULTS)
