"""Well-known requests that only read, whatever their words and methods look like.

Each line names an interface that is documented to change nothing: the queries of
Prometheus, Loki and Elasticsearch, the evaluation of feature flags by OFREP, and the
listings of what people ask in an incident.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from stanch.tools.operations.base import Effect
from stanch.tools.operations.http_words import ACTING, FINAL, effect_of_words

_LOOK: Final = frozenset({"GET", "HEAD"})
_ASK: Final = frozenset({"GET", "HEAD", "POST"})
_POST: Final = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class _Known:
    methods: frozenset[str]
    body: bool
    names: bool
    """Whether a part of the path that may be anything may also be called like an act."""
    pattern: re.Pattern[str]
    fits: Callable[[str], bool]
    """Whether a body asks, and does nothing else."""


def _known(
    methods: frozenset[str],
    *patterns: str,
    names: bool = True,
    fits: Callable[[str], bool] = lambda _: True,
) -> _Known:
    pattern = re.compile(rf"((?:/[^/]+)*?)(?:{'|'.join(patterns)})/?")
    return _Known(methods, "POST" in methods, names, pattern, fits)


def _of_query(body: str) -> bool:
    """Return whether a body is a form with the fields of a query, and no others."""
    pairs = [pair.partition("=") for pair in body.split("&")]
    return all(sign and unquote(key) in _QUERIES for key, sign, _ in pairs)


def _of_evaluation(body: str) -> bool:
    """Return whether a body is who asks for the value of a flag, and nothing else."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(asked, dict) or not asked.keys() <= {"context"}:
        return False
    return isinstance(asked.get("context", {}), dict)


_ACTS: Final = ACTING | FINAL
_BUILD: Final = r"(?:last(?:[A-Z][a-z]+)?Build|[^/]*[0-9][^/]*)"
_QUERIES: Final = frozenset(
    {
        *("query", "time", "start", "end", "step", "timeout", "limit", "match[]", "match", "dedup"),
        *("partial_response", "max_source_resolution", "stats", "lookback_delta", "direction"),
        *("since", "interval", "shard", "engine", "nocache", "latency_offset", "extra_label"),
    }
)
"""The fields of a query to Prometheus, Loki and their kin."""
_READING: Final = frozenset(
    {
        *(
            "status",
            "clusterstatus",
            "overseerstatus",
            "requeststatus",
            "colstatus",
            "list",
            "show",
        ),
        *("listaliases", "liststatus", "getfilestatus", "getcontentsummary", "getfilechecksum"),
        *("details", "indexversion", "filelist", "segments", "info", "view", "liststatus_batch"),
    }
)
_INDEX: Final = r"(?:/[^/_][^/]*)?"
_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.:-]*"
_KNOWN: Final = (
    _known(
        _ASK,
        r"/api/v1/(?:query|query_range|query_exemplars|format_query|parse_query|series|labels)",
        r"/loki/api/v1/(?:query|query_range|series|labels|index/stats|index/volume|format_query)",
        fits=_of_query,
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
        r"/_nodes(?:/(?!_?(?:shutdown|restart|reload))[^/]+){0,3}",
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
        rf"/(?:view/[^/]+/)?(?:job/[^/]+/)+(?:{_BUILD}/)?api/json",
        r"/(?:view/[^/]+/|computer/(?:[^/]+/)?|queue/(?:item/[0-9]+/)?)?api/json",
        rf"/(?:job/[^/]+/)+{_BUILD}/(?:consoleText|console|testReport(?:/api/json)?)",
        r"/actuator/(?:health|info|metrics|prometheus)(?:/[^/]+){0,2}",
        r"/apis/batch/v1(?:/namespaces/[^/]+)?/(?:cron)?jobs(?:/[^/]+)?",
        r"/apis/apps/v1(?:/namespaces/[^/]+)?/deployments(?:/[^/]+)?",
        rf"/v3/services/haproxy/runtime/backends/{_NAME}/servers(?:/{_NAME})?",
    ),
    _known(_POST, rf"/ofrep/v1/evaluate/flags(?:/{_NAME})?", fits=_of_evaluation),
)


def reading_value(value: str) -> bool:
    """Return whether `value` of a key such as `action` asks for nothing but a look."""
    return value.lower() in _READING


def known_read(method: str, path: str, *, body: str | None) -> bool:
    """Return whether the request is one of the well-known ones that only read.

    What stands before the interface's own path, such as /prometheus, may be anything
    but the name of an act.
    """
    known = _known_as(method, path, body is not None)
    if known is None or body is None:
        return known is not None
    if not known.fits(body):
        return False
    return "/_sql" not in path or effect_of_words(body) is Effect.OBSERVE


@lru_cache(maxsize=1024)
def _known_as(method: str, path: str, has_body: bool) -> _Known | None:  # noqa: FBT001 - a key of the cache
    for known in _KNOWN:
        if method not in known.methods or (has_body and not known.body):
            continue
        found = known.pattern.fullmatch(path)
        if found is not None:
            before = effect_of_words(found[1]) if known.names else Effect.OBSERVE
            acts = not known.names and _ACTS.intersection(path.lower().split("/"))
            return None if acts or before is not Effect.OBSERVE else known
    return None
