"""The web server of the load balancers: its configuration, and what it says of a wrong one."""

import re

from stanch.sandbox.hosts.certificates import UPSTREAM, UPSTREAM_ADDRESS, UPSTREAM_PORT
from stanch.sandbox.hosts.disks import Tree

MAIN = "/etc/nginx/nginx.conf"
SITE = "/etc/nginx/conf.d/shop.conf"
AUTHORITY = "/etc/nginx/upstream-ca.pem"
BODIES = "/var/lib/nginx/body"
_DIRECTIVE = re.compile(r"^\s*([a-z_]+)\b")
_KNOWN = frozenset(
    [
        "access_log",
        "client_body_temp_path",
        "client_max_body_size",
        "default_type",
        "error_log",
        "events",
        "gzip",
        "http",
        "include",
        "keepalive",
        "keepalive_timeout",
        "listen",
        "location",
        "log_format",
        "pid",
        "proxy_http_version",
        "proxy_next_upstream",
        "proxy_pass",
        "proxy_read_timeout",
        "proxy_set_header",
        "proxy_ssl_name",
        "proxy_ssl_server_name",
        "proxy_ssl_trusted_certificate",
        "proxy_ssl_verify",
        "sendfile",
        "server",
        "server_name",
        "ssl_certificate",
        "ssl_certificate_key",
        "ssl_protocols",
        "tcp_nopush",
        "upstream",
        "user",
        "worker_connections",
        "worker_processes",
    ]
)
MAIN_TEXT = f"""\
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;

events {{
    worker_connections 4096;
}}

http {{
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {BODIES};
    access_log /var/log/nginx/access.log;
    include /etc/nginx/conf.d/*.conf;
}}
"""
SITE_TEXT = f"""\
upstream shop {{
    server {UPSTREAM_ADDRESS}:{UPSTREAM_PORT};
    keepalive 64;
}}

server {{
    listen 443 ssl;
    server_name shop.example api.shop.example;
    ssl_certificate /etc/nginx/shop.crt;
    ssl_certificate_key /etc/nginx/shop.key;

    location / {{
        proxy_pass https://shop;
        proxy_http_version 1.1;
        proxy_read_timeout 15s;
        proxy_ssl_name {UPSTREAM};
        proxy_ssl_server_name on;
        proxy_ssl_trusted_certificate {AUTHORITY};
        proxy_ssl_verify on;
    }}
}}
"""


def objection(files: Tree) -> str:
    """Return what nginx says of its configuration when it cannot use it; else nothing."""
    for path in (MAIN, SITE):
        file = files.files.get(path)
        if file is None:
            return _emerg(f'open() "{path}" failed (2: No such file or directory)')
        for number, line in enumerate(file.read().splitlines(), start=1):
            found = _DIRECTIVE.match(line)
            if found is None:
                continue
            if found[1] not in _KNOWN:
                return _emerg(f'unknown directive "{found[1]}" in {path}:{number}')
            if not line.rstrip().endswith((";", "{", "}")):
                return _emerg(f'directive "{found[1]}" is not terminated by ";" in {path}:{number}')
    return ""


def _emerg(text: str) -> str:
    return f"nginx: [emerg] {text}\nnginx: configuration file {MAIN} test failed"
