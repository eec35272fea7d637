"""An authority of one day's use, and the certificates that it signs for names of the shop."""

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = 90 * 86_400.0
"""Seconds that a certificate is valid, as those of public authorities are."""
_AUTHORITY = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One certificate with its key (PEM), and when it ends (Unix seconds)."""

    certificate: bytes
    key: bytes
    not_before: float
    not_after: float


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("Practice Issuing Authority")
        now = dt.datetime.now(dt.UTC)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = _builder(
            self._name,
            self._name,
            key=self._key.public_key(),
            begin=now - dt.timedelta(days=_AUTHORITY // 2),
            end=now + dt.timedelta(days=_AUTHORITY // 2),
        )
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._own = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """What its clients need to trust it."""
        return self._own.public_bytes(serialization.Encoding.PEM)

    def issue(self, names: tuple[str, ...], *, begin: float, end: float | None = None) -> Issued:
        """Sign a certificate for `names` that is valid from `begin` to `end` (Unix seconds)."""
        key = ec.generate_private_key(ec.SECP256R1())
        not_after = dt.datetime.fromtimestamp(int(begin + LIFETIME if end is None else end), dt.UTC)
        not_before = dt.datetime.fromtimestamp(int(begin), dt.UTC)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        certificate = (
            _builder(
                _named(names[0]),
                self._name,
                key=key.public_key(),
                begin=not_before,
                end=not_after,
            )
            .add_extension(alternatives, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(signer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Issued(
            certificate=certificate.public_bytes(serialization.Encoding.PEM),
            key=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            not_before=not_before.timestamp(),
            not_after=not_after.timestamp(),
        )


def read(certificate: bytes, key: bytes) -> Issued:
    """Return a certificate and its key (PEM) as what was issued.

    Raises:
        ValueError: it is no certificate.
    """
    found = x509.load_pem_x509_certificate(certificate)
    return Issued(
        certificate=certificate,
        key=key,
        not_before=found.not_valid_before_utc.timestamp(),
        not_after=found.not_valid_after_utc.timestamp(),
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    *,
    key: ec.EllipticCurvePublicKey,
    begin: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
