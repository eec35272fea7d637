"""openssl: what a TLS server shows, and what a certificate says, to this machine's clock."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from stanch.sandbox.hosts.certificates import Chain, pem
from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.options import UsageError
from stanch.sandbox.hosts.commands.sight import Sight

_DATE = "%b %e %H:%M:%S %Y GMT"
_SHORT = {"commonName": "CN", "organizationName": "O"}
_ERRORS = {9: "certificate is not yet valid", 10: "certificate has expired"}
_WITH_VALUE = (
    "-connect",
    "-servername",
    "-CAfile",
    "-CApath",
    "-in",
    "-checkend",
    "-inform",
    "-nameopt",
    "-ext",
    "-verify",
    "-alpn",
    "-verify_hostname",
    "-host",
    "-port",
)


def openssl(argv: Sequence[str], see: Sight) -> Answer:
    """Answer openssl s_client, x509 and version."""
    if argv[1:2] == ("version",):
        return lines(["OpenSSL 3.0.16 11 Feb 2025 (Library: OpenSSL 3.0.16 11 Feb 2025)"])
    words = list(argv[2:])
    options: dict[str, str] = {}
    while words:
        word = words.pop(0)
        options[word] = words.pop(0) if word in _WITH_VALUE and words else ""
    if argv[1:2] == ("s_client",):
        return _client(options, see)
    if argv[1:2] == ("x509",):
        return _certificate(options, see)
    raise UsageError(
        f"Invalid command '{argv[1] if len(argv) > 1 else ''}'; type \"help\" for a list."
    )


def _client(options: dict[str, str], see: Sight) -> Answer:
    where = options.get("-connect") or f"{options.get('-host', '')}:{options.get('-port', '443')}"
    server, _, port = where.rpartition(":")
    chain = see.chain(options.get("-servername") or server)
    if chain is None:
        error = f"connect:{server}:{port}" if server in see.names else "BIO_lookup_ex:system lib"
        return Answer(err=f"{error}\nconnect:errno=111\n", status=1)
    code = 10 if see.now > chain.ends else 9 if see.now < chain.begins else 0
    name = _name(chain.leaf.subject)
    depth = [f"depth=1 {_name(chain.authority.subject)}", "verify return:1", f"depth=0 {name}"]
    if code:
        moment = chain.leaf.not_valid_after_utc if code == 10 else chain.leaf.not_valid_before_utc
        label = "notAfter" if code == 10 else "notBefore"
        depth += [
            f"verify error:num={code}:{_ERRORS[code]}",
            f"{label}={moment:{_DATE}}",
            "verify return:1",
            f"depth=0 {name}",
            f"{label}={moment:{_DATE}}",
        ]
    depth.append("verify return:1")
    if "-brief" in options:
        verdict = "Verification: OK" if not code else f"Verification error: {_ERRORS[code]}"
        return Answer(err="".join(f"{row}\n" for row in ("CONNECTION ESTABLISHED", verdict)))
    rows = _session(chain, code)
    return Answer("".join(f"{row}\n" for row in rows), "".join(f"{row}\n" for row in depth))


def _session(chain: Chain, code: int) -> list[str]:
    leaf = chain.leaf
    name, issuer = _name(leaf.subject), _name(leaf.issuer)
    begins, ends = f"{leaf.not_valid_before_utc:{_DATE}}", f"{leaf.not_valid_after_utc:{_DATE}}"
    verdict = f"{code} ({_ERRORS[code]})" if code else "0 (ok)"
    return [
        "CONNECTED(00000003)",
        "---",
        "Certificate chain",
        f" 0 s:{name}",
        f"   i:{issuer}",
        "   a:PKEY: id-ecPublicKey, 256 (bit); sigalg: ecdsa-with-SHA256",
        f"   v:NotBefore: {begins}; NotAfter: {ends}",
        "---",
        "Server certificate",
        *pem(leaf).splitlines(),
        f"subject={name}",
        f"issuer={issuer}",
        "---",
        "No client certificate CA names sent",
        "Peer signing digest: SHA256",
        "Peer signature type: ECDSA",
        "Server Temp Key: X25519, 253 bits",
        "---",
        "SSL handshake has read 1132 bytes and written 409 bytes",
        "Verification: OK" if not code else f"Verification error: {_ERRORS[code]}",
        "---",
        "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384",
        "Server public key is 256 bit",
        "Secure Renegotiation IS NOT supported",
        "Compression: NONE",
        "Expansion: NONE",
        "No ALPN negotiated",
        "Early data was not sent",
        f"Verify return code: {verdict}",
        "---",
        "DONE",
    ]


def _name(name: x509.Name) -> str:
    shown = ((_SHORT.get(one.oid._name, one.oid._name), one.value) for one in name)  # noqa: SLF001
    return ", ".join(f"{key} = {value!s}" for key, value in shown)


def _certificate(options: dict[str, str], see: Sight) -> Answer:
    path = options.get("-in", "")
    file = see.machine.tree.files.get(path)
    text = file.read() if file is not None and path.endswith((".pem", ".crt")) else ""
    if "BEGIN CERTIFICATE" not in text:
        return Answer(
            err=f"Could not open file or uri for loading certificate from {path}\n"
            "Unable to load certificate\n",
            status=1,
        )
    found = x509.load_pem_x509_certificate(text.encode())
    rows, status = [], 0
    if {"-subject"} & options.keys():
        rows.append(f"subject={_name(found.subject)}")
    if "-issuer" in options:
        rows.append(f"issuer={_name(found.issuer)}")
    if {"-startdate", "-dates"} & options.keys():
        rows.append(f"notBefore={found.not_valid_before_utc:{_DATE}}")
    if {"-enddate", "-dates"} & options.keys():
        rows.append(f"notAfter={found.not_valid_after_utc:{_DATE}}")
    if "-serial" in options:
        rows.append(f"serial={found.serial_number:X}")
    if "-fingerprint" in options:
        digits = found.fingerprint(hashes.SHA256()).hex(":").upper()
        rows.append(f"sha256 Fingerprint={digits}")
    if "-checkend" in options:
        ends = found.not_valid_after_utc.timestamp()
        status = int(ends < see.now + int(options["-checkend"]))
        rows.append("Certificate will expire" if status else "Certificate will not expire")
    if "-noout" not in options:
        rows += text.strip().splitlines()
    return lines(rows, status=status)


COMMANDS = {"openssl": openssl}
