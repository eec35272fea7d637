"""What a Corefile makes of names: which zone it serves, and which names it leads elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ZONES = re.compile(r"^\s*kubernetes\s+(?P<zones>[^{\n]*)", re.MULTILINE)
_REWRITE = re.compile(
    r"^\s*rewrite\s+(?:stop\s+)?name\s+(?:exact\s+)?(?P<old>[\w.-]+)\s+(?P<new>[\w.-]+)\s*$",
    re.MULTILINE,
)
_HOSTS = re.compile(r"^\s*hosts\s*(?:[\w./ -]*)\{(?P<body>[^}]*)\}", re.MULTILINE)
_ENTRY = re.compile(r"^\s*(?P<address>\d+\.\d+\.\d+\.\d+)\s+(?P<names>[\w. -]+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Corefile:
    """The part of a resolver's configuration that decides about names."""

    zones: frozenset[str] = frozenset()
    """The zones whose names are those of the cluster's Services."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    """Addresses that are given instead of the cluster's own."""

    def serves(self, name: str) -> bool:
        """Tell whether `name` is in a zone of the cluster."""
        return any(name.endswith(f".{zone}") for zone in self.zones)


def read(text: str) -> Corefile:
    """Read a Corefile; what it says beside names is passed over."""
    zones = _ZONES.search(text)
    fixed = {
        name: entry["address"]
        for block in _HOSTS.finditer(text)
        for entry in _ENTRY.finditer(block["body"])
        for name in entry["names"].split()
    }
    return Corefile(
        zones=frozenset(zones["zones"].split()) if zones else frozenset(),
        renamed={found["old"]: found["new"] for found in _REWRITE.finditer(text)},
        fixed=fixed,
    )
