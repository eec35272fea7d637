"""Why well-known flags and verbs of kubectl are refused."""

from typing import Final

_WHO: Final = "it acts as somebody else; the credential of stanch is the only one"
_WHERE: Final = "it chooses another cluster or credential; the settings of stanch do that"
_ENDLESS: Final = "it never ends; stanch looks once"
_INTERACTIVE: Final = "it opens a session or a tunnel into the cluster"
_CREDENTIAL: Final = "it prints a credential"

FLAGS: Final[dict[str, str]] = {
    **dict.fromkeys(("--as", "--as-group", "--as-uid", "--as-user-extra"), _WHO),
    **dict.fromkeys(
        (
            *("--kubeconfig", "--cluster", "--user", "--server", "-s", "--token"),
            *("--username", "--password", "--client-key", "--client-certificate"),
            *("--certificate-authority", "--insecure-skip-tls-verify", "--tls-server-name"),
            "--proxy-url",
        ),
        _WHERE,
    ),
    **dict.fromkeys(("--watch", "-w", "--watch-only", "--follow", "-f"), _ENDLESS),
    **dict.fromkeys(
        ("--filename", "--kustomize", "-k", "-R"), "it reads local files, or never ends"
    ),
    **dict.fromkeys(("-t", "--show-token", "--flatten"), _CREDENTIAL),
    **dict.fromkeys(
        ("--profile", "--profile-output", "--cache-dir", "--log-file", "--log-dir"),
        "it writes local files",
    ),
    "--raw": "it reaches any address of the API",
    "--all": "it names no single object",
    "--dry-run": "stanch previews every change by itself",
    "--force": "it skips the safety of the cluster",
    "--grace-period": "it skips the safety of the cluster",
    "-v": "it prints what was sent, credentials included",
    "--v": "it prints what was sent, credentials included",
    "--insecure-skip-tls-verify-backend": "it trusts whoever answers",
}

VERBS: Final[dict[str, str]] = {
    **dict.fromkeys(("attach", "port-forward", "proxy", "relay"), _INTERACTIVE),
    "edit": "it opens an editor, so that nobody knows what will be changed",
    "cluster-info dump": "it reads the whole cluster, logs included",
    "config": _WHERE,
    "extract": "it writes the values of Secrets and ConfigMaps",
    "login": _WHERE,
    "serviceaccounts": _CREDENTIAL,
    "sa": _CREDENTIAL,
    "ssh": _INTERACTIVE,
    "rsync": "it writes files, and deletes others",
    "create token": _CREDENTIAL,
}
