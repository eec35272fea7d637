"""The kubeconfig files through which clients find the practice cluster."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import yaml

USERS = ("admin", "operator", "reader", "nobody")
_CLUSTER = "practice"
_NAMESPACE = "shop"


def write(
    path: Path,
    *,
    server: str,
    ca_pem: bytes,
    tokens_by_user: Mapping[str, str],
    current: str = "reader",
) -> None:
    """Write a kubeconfig with one context for each user; only its owner may read it."""
    trust = base64.b64encode(ca_pem).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": _CLUSTER,
                "cluster": {"server": server, "certificate-authority-data": trust},
            }
        ],
        "users": [
            {"name": user, "user": {"token": token}} for user, token in tokens_by_user.items()
        ],
        "contexts": [
            {"name": user, "context": {"cluster": _CLUSTER, "user": user, "namespace": _NAMESPACE}}
            for user in tokens_by_user
        ],
        "current-context": current,
    }
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file, sort_keys=False)


def write_all(
    folder: Path, *, server: str, ca_pem: bytes, tokens_by_user: Mapping[str, str]
) -> None:
    """Write `kubeconfig` with all contexts, and one file `<user>.kubeconfig` for each user."""
    write(folder / "kubeconfig", server=server, ca_pem=ca_pem, tokens_by_user=tokens_by_user)
    for user, token in tokens_by_user.items():
        write(
            folder / f"{user}.kubeconfig",
            server=server,
            ca_pem=ca_pem,
            tokens_by_user={user: token},
            current=user,
        )
