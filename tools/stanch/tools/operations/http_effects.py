"""Effects: the worst that an HTTP request can do, and which reads are not safe to send."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple

from stanch.tools.operations.base import Effect
from stanch.tools.operations.http_reads import known_read, reading_value
from stanch.tools.operations.http_secrets import is_hook
from stanch.tools.operations.http_verbs import is_order
from stanch.tools.operations.http_words import (
    ACTION_KEYS,
    ACTION_WORDS,
    RANGE_KEYS,
    UNBOUNDED,
    decoded,
    effect_of_words,
    words,
)

Pairs = Sequence[tuple[str, str]]

_LOOKING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SCRIPT: Final = re.compile(
    r"\.(?:php\d?|cgi|do|action|aspx?|ashx|asmx|jspx?|pl|sh|py|rb)(?:/|$)", re.IGNORECASE
)
_METHODS: Final = re.compile(
    r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PURGE|MERGE)", re.IGNORECASE
)
_NAMES_OF_THINGS: Final = frozenset(
    {"service", "services", "app", "application", "component", "name", "job", "container", "team"}
)
_SEARCHED: Final = frozenset({"q", "query", "text", "term", "s", "search"})
_CONSUMED: Final = re.compile(r"/api/message/[^/]+", re.IGNORECASE)
"""An address where a GET takes a message out of its queue."""
_LOGGING: Final = frozenset({"logging", "logger", "loggers", "log", "loglevel", "verbosity"})
_HEAVY: Final = re.compile(
    r"/debug/f?g?pprof/[^/]+|/pprof/[^/]+|heap-?_?dump|thread-?_?dump|/jfr(?:/|$)|/hprof|core-?dump",
    re.IGNORECASE,
)
_SECRETS: Final = frozenset(
    {
        *(
            "secret",
            "secrets",
            "password",
            "passwords",
            "passwd",
            "credentials",
            "creds",
            "token",
            "tokens",
            "apikey",
            "apikeys",
        ),
        *("privatekey", "keystore", "shadow", "htpasswd", "configprops", "kubeconfig"),
    }
)
_SECRET_PATHS: Final = re.compile(
    r"/\.(?:env|git|aws|ssh|docker|kube)\b|/actuator/env\b|/etc/|/latest/(?:meta-data|user-data)"
    r"|/computeMetadata/|/metadata/(?:identity|instance)|/latest/api/token",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"(?:^|[/@=])(?:169\.254\.|metadata\.google|\[?fd00:ec2)|file:|gopher:|/etc/|(?:^|/)\.\.(?:/|$)",
    re.IGNORECASE,
)
"""A value that sends the server to its own files, or to the credentials of its machine."""
_PROBE: Final = re.compile(r".*/(?:healthz?|readyz?|readiness|livez?|liveness|metrics)/?")
_SERVICES: Final = frozenset(
    {
        *("checkout", "backup", "build", "deploy", "release", "schedule", "job", "webhook"),
        *("publish", "upload", "import", "export", "transfer", "sync", "login"),
    }
)
"""Names of acts that are names of services, too: /checkout/health asks one how it is."""
_STREAMS: Final = frozenset({"watch", "follow", "stream"})
_OFF: Final = frozenset({"", "0", "false", "no"})
_METADATA: Final = frozenset(
    {
        *("metadata", "metadata.google.internal", "metadata.goog", "instance-data"),
        *("metadata.azure.com", "metadata.azure.internal", "instance-data.ec2.internal"),
        *("metadata.tencentyun.com", "metadata.platformequinix.com", "rancher-metadata"),
    }
)
_METADATA_ADDRESSES: Final = frozenset(
    {"100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"}
)
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
_ANY_NAME: Final = re.compile(
    r"(?:^|[.-])169[.-]254[.-]|\.(?:nip|sslip|xip|localtest)\.\w+$", re.IGNORECASE
)


class Request(NamedTuple):
    """The parts of a request that decide what it does."""

    method: str
    path: str
    query: Pairs
    headers: Pairs
    body: str | None
    form: Pairs
    host: str = ""


def effect_of(request: Request) -> Effect:
    """Return the worst that `request` can do, as far as its fields tell."""
    methods = {request.method, *_overrides(request)}
    if "DELETE" in methods:
        return Effect.DESTRUCTIVE
    path = decoded(request.path)
    has_body = bool(request.body or request.form)
    worst = _effect_of_query(request.query, path)
    if worst is Effect.OBSERVE and len(methods) == 1 and _known(request, has_body=has_body):
        return Effect.OBSERVE
    asked = _without_service(path) if methods <= _LOOKING else path
    worst = max(worst, effect_of_words(asked), _effect_of_values(request.query, path))
    acts = is_order(path) or is_hook(request.host) or bool(_CONSUMED.search(path))
    if acts or _SCRIPT.search(path) or not methods <= _LOOKING or has_body:
        worst = max(worst, Effect.MUTATE)
    return max(worst, _effect_of_body(request), _effect_of_graphql(request, path))


def unbounded(request: Request) -> bool:
    """Return whether the request runs what it carries, so that nobody can foresee it."""
    texts = (request.path, *(key for key, _ in request.query))
    return any(UNBOUNDED.intersection(words(text)) for text in texts)


def unsafe_host(host: str) -> str | None:
    """Return why no request is sent to `host`; None when nothing speaks against it."""
    name = host.strip("[]").lower().rstrip(".")
    if name in _METADATA or _ANY_NAME.search(name):
        return f"{host} gives out the credentials of the machine, or hides an address"
    if host.startswith("[") or re.fullmatch(r"[0-9.]+|(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)", name):
        try:
            address = ip_address(name)
        except ValueError:
            return f"{host} is not an address in its usual form"
        return _unsafe_address(host, address)
    return None


def unsafe_request(request: Request) -> str | None:
    """Return why a request is never sent, whatever it changes; None when it may be."""
    found = _HEAVY.search(decoded(request.path))
    if found:
        return f"'{found[0]}' stops or burdens the program that answers"
    return None


def unsafe_read(request: Request) -> str | None:
    """Return why a request that changes nothing is not sent all the same; None if it may be."""
    path = decoded(request.path)
    if _SECRET_PATHS.search(path) or _SECRETS.intersection(words(path)):
        return "its answer holds secrets"
    for key, value in request.query:
        if _ELSEWHERE.search(decoded(value)):
            return f"'{key}' names a file or the credentials of the server"
        if key.lower() in _STREAMS and value.lower() not in _OFF:
            return f"with '{key}' its answer never ends"
    return None


def _unsafe_address(host: str, address: IPv4Address | IPv6Address) -> str | None:
    inner = _inner(address) if isinstance(address, IPv6Address) else address
    if inner.is_link_local or str(inner) in _METADATA_ADDRESSES:
        return f"{host} gives out the credentials of the machine"
    if inner.is_multicast:
        return f"{host} is not the address of one server"
    return None


def _inner(address: IPv6Address) -> IPv4Address | IPv6Address:
    """Return the address of the old kind that one of the new kind stands for, if it does."""
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _TRANSLATED:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is None and int(address) >> 32 == 0 and int(address) > 1:
        inner = IPv4Address(int(address))
    return inner or address


def _overrides(request: Request) -> list[str]:
    """Return the methods that a header or a key of the query puts in place of the real one."""
    named = [
        value.strip().upper()
        for name, value in (*request.headers, *request.query)
        if "method" in decoded(name).lower() and _METHODS.fullmatch(value.strip())
    ]
    return [name for name in named if name not in _LOOKING]


def _known(request: Request, *, has_body: bool) -> bool:
    body = request.body if has_body else None
    return not request.form and known_read(request.method, request.path, body=body)


def _without_service(path: str) -> str:
    """Return the path of a probe without the name of the service that it asks."""
    if not _PROBE.fullmatch(path):
        return path
    return "/".join(part for part in path.split("/") if part.lower() not in _SERVICES)


def _effect_of_query(query: Pairs, path: str) -> Effect:
    """Return what the keys of the query say; a key that names an action counts as one."""
    worst = Effect.OBSERVE
    for key, value in _split_pairs(query):
        name = decoded(key).lower()
        if name in ACTION_KEYS or ACTION_WORDS.intersection(words(name) + words(key)):
            if not reading_value(value):
                worst = max(worst, Effect.MUTATE, effect_of_words(value))
        elif name == "level" and _LOGGING.intersection(words(path)):
            worst = max(worst, Effect.MUTATE)
        elif name not in RANGE_KEYS:
            worst = max(worst, effect_of_words(key))
    return worst


def _split_pairs(query: Pairs) -> list[tuple[str, str]]:
    """Return the pairs as a server may read them that takes a semicolon for their end, too."""
    pairs = [(key, value) for key, value in query]
    for _, value in query:
        if ";" in value:
            more = [part.partition("=") for part in value.split(";")[1:]]
            pairs += [(key, behind) for key, _, behind in more]
    return pairs


def _effect_of_values(query: Pairs, path: str) -> Effect:
    searched = path.rstrip("/").rpartition("/")[2] in {"search", "_search"}
    worst = Effect.OBSERVE
    for key, value in query:
        name = key.lower()
        if (searched and name in _SEARCHED) or (name in _NAMES_OF_THINGS and value in _SERVICES):
            continue
        worst = max(worst, effect_of_words(value))
    return worst


def _effect_of_body(request: Request) -> Effect:
    """Return DESTRUCTIVE when the body speaks of something final."""
    texts = [request.body or "", *(text for pair in request.form for text in pair)]
    for text in texts:
        if "\\u" in text or effect_of_words(text) is Effect.DESTRUCTIVE:
            return Effect.DESTRUCTIVE
    return Effect.OBSERVE


def _effect_of_graphql(request: Request, path: str) -> Effect:
    """Return the effect of a GraphQL request, whose text alone says what it does."""
    if not any("graphql" in word or word == "gql" for word in words(path)):
        return Effect.OBSERVE
    texts = [request.body or "", *(value for _, value in (*request.query, *request.form))]
    acts = any("mutation" in text.lower() for text in texts)
    return Effect.DESTRUCTIVE if acts else Effect.MUTATE
