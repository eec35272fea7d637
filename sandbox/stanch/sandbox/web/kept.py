"""What an operator of the practice world would write about its servers in the settings.

Which flags are kill switches and what is lost when one is thrown; which calls the edge
knows, with the types and bounds of their arguments, and how each is taken back.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from stanch.sandbox.web.edge import SCOPE, USUAL
from stanch.sandbox.web.flags import FALLBACK, SEARCH

FLAGS: Mapping[str, Any] = MappingProxyType(
    {
        "evaluated_by": "flagd",
        "kill_switches": {
            FALLBACK: {
                "loses": "Charges are only kept, and booked when the bank is back.",
                "thrown": "on",
            },
            SEARCH: {
                "loses": "Customers search by words again, and not by meaning.",
                "thrown": "off",
            },
        },
    }
)
_LIMITS = f"/v1/limits/{SCOPE}"
_BLOCK = "/v1/blocks/<network>"
_NETWORK: Mapping[str, Any] = MappingProxyType({"type": "network", "widest_v4": 28})
CALLS: Mapping[str, Any] = MappingProxyType(
    {
        "limit-clients": {
            "does": "lets each client ask at most <rate> times a second",
            "loses": "Who asks more often than that, people behind one address too, gets 429.",
            "method": "PUT",
            "path": _LIMITS,
            "body": '{"rate": "<rate>"}',
            "arguments": {"rate": {"type": "integer", "least": 2, "most": int(USUAL)}},
            "read": {"path": _LIMITS, "facts": {"rate": "/rate"}},
            "sets": {"rate": "<rate>"},
            "inverse": "restore",
            "precondition": "etag",
        },
        "block-network": {
            "does": "keeps <network> out",
            "loses": "Everybody behind <network> is shut out, and gets no word why.",
            "method": "PUT",
            "path": _BLOCK,
            "body": '{"network": "<network>"}',
            "arguments": {"network": dict(_NETWORK)},
            "read": {
                "path": _BLOCK,
                "facts": {"network": "/network"},
                "may_be_absent": True,
            },
            "sets": {"network": "<network>"},
            "inverse_when_absent": "unblock-network",
            "precondition": "etag",
        },
        "unblock-network": {
            "does": "lets <network> in again",
            "method": "DELETE",
            "path": _BLOCK,
            "arguments": {"network": dict(_NETWORK)},
            "read": {
                "path": _BLOCK,
                "facts": {"network": "/network"},
                "may_be_absent": True,
            },
            "leaves": "absent",
            "inverse": "block-network",
            "precondition": "etag",
        },
    }
)
