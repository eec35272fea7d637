"""Well-known requests that only read, whatever their words and methods look like.

Each line names an interface that is documented to change nothing: the queries of
Prometheus, Loki and Elasticsearch, and the listings of what people ask in an incident.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stanch.tools.operations.http_words import ACTING, FINAL

_LOOK: Final = frozenset({"GET", "HEAD"})
_ASK: Final = frozenset({"GET", "HEAD", "POST"})


@dataclass(frozen=True, slots=True)
class _Known:
    methods: frozenset[str]
    body: bool
    names: bool
    """Whether a part of the path that may be anything may also be called like an act."""
    pattern: re.Pattern[str]


def _known(methods: frozenset[str], *patterns: str, names: bool = True) -> _Known:
    joined = "|".join(patterns)
    return _Known(methods, methods is _ASK, names, re.compile(rf"((?:/[^/]+)*?)(?:{joined})/?"))


_ACTS: Final = ACTING | FINAL
_INDEX: Final = r"(?:/[^/_][^/]*)?"
_KNOWN: Final = (
    _known(
        _ASK,
        r"/api/v1/(?:query|query_range|query_exemplars|format_query|parse_query|series|labels)",
        r"/loki/api/v1/(?:query|query_range|series|labels|index/stats|index/volume|format_query)",
    ),
    _known(
        _LOOK,
        r"/api/v1/(?:label/[^/]+/values|targets(?:/metadata)?|rules|alerts|alertmanagers|metadata)",
        r"/api/v1/status/(?:config|flags|runtimeinfo|buildinfo|tsdb|walreplay)",
        r"/loki/api/v1/(?:label/[^/]+/values|index/volume_range|patterns|detected_(?:labels|fields))",
        r"/api/v2/(?:status|alerts|alerts/groups|silences|silence/[^/]+|receivers)",
        r"/(?:build-?info|buildinfo|build/info|metrics/job|federate)",
    ),
    _known(
        _ASK,
        _INDEX + r"/_(?:search|count|msearch|mget|explain/[^/]+|termvectors/[^/]+|field_caps)",
        _INDEX + r"/_(?:search_shards|rank_eval|analyze|validate/query|search/template)",
        r"/_(?:search/scroll|render/template|cluster/allocation/explain|sql|sql/translate)",
        _INDEX + r"/_eql/search",
    ),
    _known(
        _LOOK,
        r"/_cat(?:/[^/]+){0,3}",
        r"/_cluster/(?:health|stats|settings|pending_tasks|state)(?:/[^/]+){0,2}",
        r"/_nodes(?:/[^/]+){0,3}",
        r"/_tasks(?:/[^/]+)?",
        r"/_snapshot(?:/[^/_][^/]*){0,2}(?:/_(?:status|all|current))?",
        _INDEX + r"/_(?:stats|segments|recovery|mapping|settings|alias|shard_stores|ilm/explain)",
    ),
    _known(
        _LOOK,
        r"/v1/(?:catalog|health)(?:/[^/]+){1,3}",
        r"/v1/kv(?:/[^/]+){1,12}",
        r"/v1/session/(?:list|(?:info|node)/[^/]+)",
        r"/v1/(?:agent/(?:self|members|checks|services|service/[^/]+)|status/(?:leader|peers))",
        names=False,
    ),
    _known(
        _LOOK,
        r"/(?:job|view|computer|queue)/.+/api/json",
        r"/(?:job/[^/]+/)+[^/]+/(?:consoleText|console|testReport)",
        r"/actuator/(?:health|info|metrics|prometheus)(?:/[^/]+){0,2}",
        r"/apis/batch/v1(?:/namespaces/[^/]+)?/(?:cron)?jobs(?:/[^/]+)?",
        r"/apis/apps/v1(?:/namespaces/[^/]+)?/deployments(?:/[^/]+)?",
    ),
)


@lru_cache(maxsize=1024)
def known_read(method: str, path: str, *, body: bool) -> bool:
    """Return whether the request is one of the well-known ones that only read.

    What stands before the interface's own path, such as /prometheus, may be anything
    but the name of an act.
    """
    for known in _KNOWN:
        if method not in known.methods or (body and not known.body):
            continue
        found = known.pattern.fullmatch(path)
        if found is not None:
            checked = found[1] if known.names else path
            return not _ACTS.intersection(checked.lower().split("/"))
    return False
