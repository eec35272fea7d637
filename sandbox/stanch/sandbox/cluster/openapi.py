"""The API's description of itself, as far as kubectl looks into it.

kubectl reads it before `apply` and `create` to learn whether the server checks fields and
knows dry runs: OpenAPI v3 since 1.27, before that OpenAPI v2 in protobuf. The schemas come
from the field table, so that `kubectl explain` shows names and types.
"""

from functools import cache
from typing import Any

from stanch.sandbox.cluster import schema
from stanch.sandbox.cluster.kinds import KINDS, Kind, group_versions

V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
# The first name of the format, which Go's own parser of media types refuses in an answer.
V2_PROTOBUF_OLD = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
_WRITE_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")
_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer", "format": "int32"},
    "bool": {"type": "boolean"},
    "float": {"type": "number", "format": "double"},
    "quantity": {"type": "string"},
    "intstr": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    "any": {"type": "object"},
}


def index() -> dict[str, Any]:
    """Return the answer to /openapi/v3: where each group and version is described."""
    paths = {}
    for group, versions in group_versions().items():
        for version in versions:
            name = f"apis/{group}/{version}" if group else f"api/{version}"
            paths[name] = {"serverRelativeURL": f"/openapi/v3/{name}"}
    return {"paths": paths}


@cache
def v3(name: str) -> dict[str, Any] | None:
    """Return the description of one group and version, such as apis/apps/v1."""
    kinds = [kind for kind in KINDS if kind.root == f"/{name}" and kind.kind in schema.types()]
    if not kinds:
        return None
    paths: dict[str, Any] = {}
    for kind in kinds:
        paths[_collection(kind)] = {
            "get": _operation(kind, "list", parameters=()),
            "post": _operation(kind, "post", parameters=_WRITE_PARAMETERS),
        }
        paths[_collection(kind) + "/{name}"] = {
            "get": _operation(kind, "get", parameters=()),
            "put": _operation(kind, "put", parameters=_WRITE_PARAMETERS),
            "patch": _operation(kind, "patch", parameters=(*_WRITE_PARAMETERS, "force")),
            "delete": _operation(kind, "delete", parameters=("dryRun",)),
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1"},
        "paths": paths,
        "components": {"schemas": _schemas(kinds)},
    }


def _collection(kind: Kind) -> str:
    where = "/namespaces/{namespace}" if kind.namespaced else ""
    return f"{kind.root}{where}/{kind.plural}"


def _gvk(kind: Kind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _operation(kind: Kind, action: str, *, parameters: tuple[str, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.kind}"}}}
    return {
        "operationId": f"{action}{kind.kind}",
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(kind),
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
            for name in parameters
        ],
        "responses": {"200": {"description": "OK", "content": content}},
    }


def _schemas(kinds: list[Kind]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    todo = [kind.kind for kind in kinds]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        fields = schema.types()[name]
        properties = {field: _property(spec) for field, spec in fields.items()}
        found[name] = {"type": "object", "properties": properties}
        leaves = {spec.strip("[]{}") for spec in fields.values()}
        todo += sorted(leaf for leaf in leaves if leaf in schema.types())
    for kind in kinds:
        found[kind.kind]["x-kubernetes-group-version-kind"] = [_gvk(kind)]
    return found


def _property(spec: str) -> dict[str, Any]:
    if spec[0] == "[":
        return {"type": "array", "items": _property(spec[1:-1])}
    if spec[0] == "{":
        return {"type": "object", "additionalProperties": _property(spec[1:-1])}
    return _TYPES.get(spec) or {"allOf": [{"$ref": f"#/components/schemas/{spec}"}]}


def v2_json() -> dict[str, Any]:
    """Return a small OpenAPI v2 document: which kinds can be patched with a dry run."""
    paths = {}
    for kind in KINDS:
        parameters = [{"name": name, "in": "query", "type": "string"} for name in _PATCH_QUERY]
        patch = {"parameters": parameters, "x-kubernetes-group-version-kind": _gvk(kind)}
        paths[_collection(kind) + "/{name}"] = {"patch": {**patch, "responses": {}}}
    info = {"title": "Kubernetes", "version": "v1"}
    return {"swagger": "2.0", "info": info, "paths": paths, "definitions": {}}


_PATCH_QUERY = ("dryRun", "fieldManager")


@cache
def v2_protobuf() -> bytes:
    """Return the same in the protobuf form that kubectl before 1.27 asks for."""
    paths = b"".join(
        _field(2, _text(1, path) + _field(2, _field(8, _v2_patch(item["patch"]))))
        for path, item in v2_json()["paths"].items()
    )
    info = _text(1, "Kubernetes") + _text(2, "v1")
    return _text(1, "2.0") + _field(2, info) + _field(8, paths)


def _v2_patch(patch: dict[str, Any]) -> bytes:
    parameters = b"".join(
        # ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema
        _field(8, _field(1, _field(2, _field(3, _text(2, "query") + _text(4, item["name"])))))
        for item in patch["parameters"]
    )
    gvk = "".join(f"{key}: {value!r}\n" for key, value in patch[_GVK].items())
    return parameters + _field(13, _text(1, _GVK) + _field(2, _text(2, gvk)))


_GVK = "x-kubernetes-group-version-kind"


def _text(number: int, value: str) -> bytes:
    return _field(number, value.encode())


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
