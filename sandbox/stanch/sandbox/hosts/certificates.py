"""The certificates that the hosts meet: that of the cluster's entrance, and its authority."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

UPSTREAM = "ingress.shop.example"
UPSTREAM_ADDRESS = "10.20.0.10"
UPSTREAM_PORT = 8443
VALID_DAYS = 29
"""How long the certificate of the entrance is still valid when the world opens."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What a server shows of itself, and who vouches for it."""

    leaf: x509.Certificate
    authority: x509.Certificate

    def valid_at(self, at: float) -> bool:
        """Tell whether a machine whose clock shows the Unix time `at` accepts it."""
        return self.begins <= at <= self.ends

    @property
    def begins(self) -> float:
        """The first second of its validity, in Unix seconds."""
        return self.leaf.not_valid_before_utc.timestamp()

    @property
    def ends(self) -> float:
        """The last second of its validity, in Unix seconds."""
        return self.leaf.not_valid_after_utc.timestamp()


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def issue(now: float, *, name: str = UPSTREAM) -> Chain:
    """Return a new chain for `name` that was issued two months before the Unix time `now`."""
    moment = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _named("Shop internal CA", organisation="Shop Example")
    authority = (
        _builder(issuer, issuer, moment - timedelta(days=900), moment + timedelta(days=2750))
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        _builder(
            _named(name),
            issuer,
            moment - timedelta(days=61),
            moment + timedelta(days=VALID_DAYS),
        )
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return Chain(leaf, authority)


def _named(name: str, *, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organisation:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _builder(
    subject: x509.Name, issuer: x509.Name, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
