"""The options of curl: what each says to a typed request, or why it is refused."""

from typing import Final

from stanch.runbook.grammar.http_options import table

_PROXY: Final = "it goes through a proxy"
_ADDRESS: Final = "it is sent to another address than the one in its URL"
_TLS: Final = "it has rules of its own for the encryption"
OPTIONS: Final = table(
    (
        "drop",
        False,
        """
            -s|--silent -S|--show-error -f|--fail --fail-with-body -v|--verbose
            -#|--progress-bar -i|--include|--show-headers --compressed -0|--http1.0 --http1.1
            --http2 --http3 -q|--disable --http2-prior-knowledge -4|--ipv4 -6|--ipv6
            --no-progress-meter --basic --digest --anyauth -1|--tlsv1 --tlsv1.0 --tlsv1.1
            --tlsv1.2 --tlsv1.3 --retry-connrefused --retry-all-errors --tcp-nodelay
            --no-keepalive --raw --styled-output --no-styled-output --no-sessionid --no-alpn
            --no-location --no-compressed --no-verbose --no-fail --no-silent
        """,
        "",
    ),
    (
        "drop",
        True,
        """
            -m|--max-time --connect-timeout --retry --retry-delay --retry-max-time --max-redirs
            -y|--speed-time -Y|--speed-limit --limit-rate --max-filesize --keepalive-time
            --noproxy --tls-max --proto --proto-redir --expect100-timeout
            --happy-eyeballs-timeout-ms
        """,
        "",
    ),
    (
        "keep",
        False,
        """
            -I|--head -G|--get -k|--insecure -L|--location -g|--globoff -O|--remote-name
        """,
        "",
    ),
    (
        "keep",
        True,
        """
            -X|--request -H|--header -d|--data --data-ascii --data-raw --data-binary
            --data-urlencode --json -F|--form --form-string -u|--user -A|--user-agent
            -e|--referer -w|--write-out -o|--output --url -r|--range --oauth2-bearer -b|--cookie
            -D|--dump-header --url-query
        """,
        "",
    ),
    (
        "manual",
        True,
        "-x|--proxy --preproxy --socks4 --socks4a --socks5 --socks5-hostname --proxy1.0",
        _PROXY,
    ),
    ("manual", True, "--resolve --connect-to --interface --local-port --dns-servers", _ADDRESS),
    ("manual", True, "--cacert --capath --ciphers --tls13-ciphers --curves --pinnedpubkey", _TLS),
    ("refuse", True, "-K|--config", "a file would add options that nobody sees here"),
    (
        "refuse",
        True,
        """
            -c|--cookie-jar --trace --trace-ascii --stderr --output-dir --etag-save --hsts
        """,
        "it writes a file",
    ),
    ("refuse", False, "-J|--remote-header-name --create-dirs --remote-name-all", "it writes files"),
    ("refuse", True, "-T|--upload-file --etag-compare", "it reads a file of this machine"),
    (
        "refuse",
        True,
        """
            -E|--cert --key --pass --cert-type --key-type --netrc-file -U|--proxy-user
            --proxy-header --aws-sigv4 --login-options --delegation --tlsuser --tlspassword
        """,
        "a credential is named in the settings, and not in a command",
    ),
    (
        "refuse",
        False,
        """
            -n|--netrc --netrc-optional --negotiate --ntlm
        """,
        "it sends a person's own credentials",
    ),
    (
        "refuse",
        True,
        """
            --unix-socket --abstract-unix-socket
        """,
        "whoever speaks to such a socket may do anything",
    ),
    ("refuse", False, "-N|--no-buffer", "its answer never ends"),
    ("refuse", False, "--location-trusted --path-as-is", "the request could go elsewhere"),
    ("refuse", True, "--request-target --proto-default", "the request could go elsewhere"),
    (
        "refuse",
        False,
        """
            -:|--next -Z|--parallel -a|--append -p|--proxytunnel -M|--manual
        """,
        "it is more than one request",
    ),
    (
        "refuse",
        True,
        """
            -z|--time-cond -C|--continue-at -Q|--quote -P|--ftp-port -t|--telnet-option
            --variable
        """,
        "it is not a request of the web",
    ),
)
