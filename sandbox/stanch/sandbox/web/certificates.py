"""The certificates that the shop's pods serve, and what follows when one has ended.

A program reads its certificate from its Secret when it starts, and serves that one until it
ends: a renewal in the Secret is seen by the next start only. Clients from outside refuse an
expired one before they send anything.
"""

import base64
import binascii
import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from stanch.sandbox.shop.influence import OUTSIDE, Broken, Influence
from stanch.sandbox.shop.services import NAMESPACE
from stanch.sandbox.web import authority
from stanch.sandbox.web.authority import Authority, Issued
from stanch.sandbox.web.names import FRONTS, front_of

if TYPE_CHECKING:
    from stanch.sandbox.shop.shop import Shop

RENEWED_AGO = 12 * 86_400.0
"""Seconds since the certificate in the Secret was renewed."""
_HANDSHAKE = 0.03
_REFUSED = "x509: certificate has expired or is not yet valid"


def secret_name(service: str) -> str:
    """Return the name of the Secret that holds the certificate of `service`."""
    return f"{service}-tls"


def secret(service: str, issued: Issued) -> dict[str, Any]:
    """Return the Secret as its issuer writes it."""
    data = {"tls.crt": issued.certificate, "tls.key": issued.key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(service),
            "namespace": NAMESPACE,
            "labels": {"app": service},
            "annotations": {
                "cert-manager.io/certificate-name": secret_name(service),
                "cert-manager.io/common-name": front_of(service) or service,
            },
        },
        "type": "kubernetes.io/tls",
        "data": {name: base64.b64encode(value).decode() for name, value in data.items()},
    }


class Certificates(Influence):
    """Which certificate each running program serves."""

    def __init__(self, shop: "Shop", signer: Authority) -> None:
        self._shop = shop
        self._signer = signer
        self._loaded: dict[tuple[str, int], Issued] = {}
        for name, service in FRONTS.items():
            issued = signer.issue((name,), begin=shop.now - RENEWED_AGO)
            shop.cluster.store.create("secrets", NAMESPACE, secret(service, issued))
        self.look()

    def look(self) -> None:
        """Let the programs that have started since read their certificates."""
        pods = [
            pod
            for pod in self._shop.pods()
            if pod.service in FRONTS.values() and pod.running_since is not None
        ]
        kept = {pod.life: self._loaded[pod.life] for pod in pods if pod.life in self._loaded}
        for pod in pods:
            if pod.life not in kept and (found := self.stored(pod.service)) is not None:
                kept[pod.life] = found
        self._loaded = kept

    def stored(self, service: str) -> Issued | None:
        """Return the certificate in the Secret of `service`; None when there is none."""
        for one in self._shop.cluster.store.list("secrets", NAMESPACE):
            if one["metadata"]["name"] == secret_name(service):
                return _read(one.get("data") or {})
        return None

    def end(self, service: str, *, at: float) -> None:
        """Let the certificate that the programs of `service` started with end at `at`.

        They have run for longer than it was valid, whatever their Secret holds by now.
        """
        name = front_of(service) or service
        old = self._signer.issue((name,), begin=at - authority.LIFETIME, end=at)
        for pod in self._shop.pods():
            if pod.service == service and pod.life in self._loaded:
                self._loaded[pod.life] = old

    def renew(self, service: str) -> None:
        """Have the certificate in the Secret renewed, as its issuer would."""
        name = front_of(service) or service
        new = secret(service, self._signer.issue((name,), begin=self.passed() - 60))
        self._shop.cluster.store.patch_merge(
            "secrets", NAMESPACE, secret_name(service), {"data": new["data"]}
        )

    def passed(self) -> float:
        """Return the latest moment that is in the past for the shop and for real clients.

        Those verify by the wall's time, which the simulation is ahead of.
        """
        return min(self._shop.now, time.time())

    def served(self, service: str) -> Sequence[Issued]:
        """Return the certificates that the ready pods of `service` serve, one for each pod."""
        return [
            self._loaded[pod.life]
            for pod in self._shop.pods()
            if pod.service == service and pod.ready and pod.life in self._loaded
        ]

    def next(self, service: str) -> Issued | None:
        """Return the certificate that the next connection to `service` is served.

        Its pod is picked by chance, as kube-proxy picks one: in turn, a client that makes two
        connections each time would meet every other pod only.
        """
        served = self.served(service)
        return random.choice(served) if served else None  # noqa: S311  # no secret

    def expired(self, service: str, at: float) -> float:
        """Return the part of the connections to `service` that meet an expired certificate."""
        served = self.served(service)
        return sum(one.not_after <= at for one in served) / len(served) if served else 0.0

    @override
    def begin(self, at: float) -> None:
        self.look()

    @override
    def reach(self, caller: str, service: str) -> Broken | None:
        if caller != OUTSIDE or service not in FRONTS.values():
            return None
        share = self.expired(service, self._shop.now)
        return Broken(share, _HANDSHAKE, _REFUSED, status=502) if share else None

    def reasons(self) -> list[str]:
        """Return the services whose pods serve an expired certificate."""
        return [
            f"{service}: {share:.0%} of the connections meet an expired certificate"
            for service in FRONTS.values()
            if (share := self.expired(service, self._shop.now)) > 0
        ]


def _read(data: Mapping[str, str]) -> Issued | None:
    try:
        certificate, key = (base64.b64decode(data[name]) for name in ("tls.crt", "tls.key"))
        return authority.read(certificate, key)
    except (KeyError, ValueError, binascii.Error):
        return None
