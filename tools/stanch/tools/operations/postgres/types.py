"""Types and operators of PostgreSQL's own; any other may run code that somebody wrote."""

from typing import Final

_TYPES: Final = frozenset(
    """
    aclitem anyarray anyelement bit bool box bpchar bytea char cid cidr circle date
    datemultirange daterange float4 float8 inet int2 int2vector int4 int4multirange int4range
    int8 int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money
    name numeric nummultirange numrange oid oidvector path pg_lsn pg_snapshot point polygon
    record refcursor regclass regcollation regconfig regdictionary regnamespace regoper
    regoperator regproc regprocedure regrole regtype text tid time timestamp timestamptz timetz
    tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid
    varbit varchar xid xid8 xml
    """.split()  # noqa: SIM905 - a list of one name per line would be two pages
)
ELSEWHERE: Final = frozenset(
    {"bigint_unsigned", "datetime", "double", "signed", "string", "unsigned"}
)
"""Types of other databases, of which PostgreSQL has none by that name."""

_OPERATORS: Final = frozenset(
    """
    !! !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- /
    < <-> << <<= <<| <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@
    | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ ~>~ ~~ ~~* %> <% %>> <<% !=
    """.split()  # noqa: SIM905 - as above
)
"""Those of the catalog pg_operator of PostgreSQL 15 to 18, and of pg_trgm."""


def is_type(names: tuple[str, ...]) -> bool:
    """Return whether the type is one of PostgreSQL's own."""
    return names[-1] in _TYPES and names[:-1] in {(), ("pg_catalog",)}


def is_operator(names: tuple[str, ...]) -> bool:
    """Return whether the operator is one of PostgreSQL's own."""
    return names[-1] in _OPERATORS and names[:-1] in {(), ("pg_catalog",)}
