"""Who speaks to which cluster: the kubeconfig, read by the official client.

What its loader says of a broken kubeconfig may quote whole entries, tokens included, so
its words are passed on only where they are known to hold none.
"""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from stanch.tools.errors import TargetUnreachableError

_SAFE = re.compile(r"^(exec: process returned|File does not exist: )")
_MISSING = re.compile(r"Expected (?:key (?P<key>\S+)|object with name (?P<name>\S+)) in ")
_CONNECTIONS = 64
"""More than any caller's threads: a connection over the limit is not kept for reuse."""


def configuration(kubeconfig: Path | None, context: str | None) -> Any:
    """Return the official client's configuration for `context` of `kubeconfig`.

    Without a kubeconfig the default places are read: KUBECONFIG, ~/.kube/config, and
    the service account of a pod. Without a context the current one is taken.

    Raises:
        TargetUnreachableError: the kubeconfig is missing or broken, or lacks the context.
    """
    from kubernetes import config  # noqa: PLC0415 - importing it takes most of a second
    from kubernetes.client import Configuration  # noqa: PLC0415 - as above

    settings = Configuration()
    where = str(kubeconfig) if kubeconfig is not None else config.KUBE_CONFIG_DEFAULT_LOCATION
    files = [where] if kubeconfig is not None else where.split(":")
    try:
        if any(Path(file).expanduser().is_file() for file in files if file):
            if context is not None:
                _check_context(where, context)
            with _overhearing() as plugin_errors:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=where, context=context, client_configuration=settings
                )
            _check_plugin(where, plugin_errors)
        elif kubeconfig is None and context is None:
            config.load_incluster_config(settings)  # type: ignore[no-untyped-call]
        else:
            _say_missing(where)
    except config.ConfigException as error:
        raise TargetUnreachableError(_sentence(where, str(error))) from None
    except TargetUnreachableError:
        raise
    except Exception as error:  # noqa: BLE001 - the loader lets any error of a broken file through
        raise TargetUnreachableError(
            f"The kubeconfig {where} cannot be read ({type(error).__name__}). "
            "`kubectl config view` shows whether it is well formed."
        ) from None
    settings.connection_pool_maxsize = _CONNECTIONS
    # The library would send a request up to four times, a change included.
    settings.retries = False
    return settings


class _Ear(logging.Handler):
    """Keeps the errors that the loader logs in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.thread = threading.get_ident()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        if record.module == "kube_config" and record.thread == self.thread:
            self.heard.append(record.getMessage())


@contextmanager
def _overhearing() -> Iterator[list[str]]:
    """Give the errors that the loader only logs: after one, requests would go unsigned."""
    ear = _Ear()
    logging.getLogger().addHandler(ear)
    try:
        yield ear.heard
    finally:
        logging.getLogger().removeHandler(ear)


def _check_plugin(where: str, errors: list[str]) -> None:
    if errors:
        raise TargetUnreachableError(
            f"The credential plugin of the kubeconfig {where} failed: {'; '.join(errors)}. "
            "Log in again."
        )


def _say_missing(where: str) -> NoReturn:
    raise TargetUnreachableError(
        f"There is no kubeconfig at {where}. Name one that exists in the settings."
    )


def _check_context(where: str, context: str) -> None:
    from kubernetes.config.kube_config import KubeConfigMerger  # noqa: PLC0415 - as above

    merged = KubeConfigMerger(where).config  # type: ignore[no-untyped-call]
    names = sorted(str(entry.value.get("name")) for entry in merged.value["contexts"])
    if context not in names:
        raise TargetUnreachableError(
            f"The kubeconfig {where} has no context '{context}'. "
            f"It has: {', '.join(names) or 'none'}."
        )


def _sentence(where: str, words: str) -> str:
    if _SAFE.match(words):
        return f"The kubeconfig {where} cannot be used: {words}"
    if "Service host/port" in words or "No configuration found" in words:
        return (
            f"There is no kubeconfig at {where}, and this is no pod of a cluster. "
            "Set KUBECONFIG, or name a kubeconfig in the settings."
        )
    if missing := _MISSING.search(words):
        what = f"'{missing['key']}'" if missing["key"] else f"entry '{missing['name']}'"
        return f"The kubeconfig {where} lacks the {what}. `kubectl config view` shows what it has."
    return f"The kubeconfig {where} cannot be used. `kubectl config view` shows what is wrong."
