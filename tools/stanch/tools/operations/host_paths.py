"""Paths on a host: which files may be read, which only looked at, and which never.

The lists are closed and come from nowhere else; policy narrows them, nothing widens them.
"""

import re
from typing import Final

_NORMAL: Final = re.compile(r"/?(?:[A-Za-z0-9_.,:@%+=~^-]+/)*[A-Za-z0-9_.,:@%+=~^-]*")

_NEVER: Final = re.compile(
    r"""
      shadow | (?:^|/)\.ssh(?:/|$) | ^/root(?:/|$) | ^/etc/sudoers | \.keys?$
    | (?:^|/)auth\.conf | (?:^|/)id_[a-z0-9_]+$
    | key[^/]*\.pem$ | pem[^/]*key | secret | passwo?r?d(?<!^/etc/passwd) | passphrase
    | credential | (?:^|/|[._-])tokens?(?:$|[/._-]) | kubeconfig | (?:^|/)\.kube(?:/|$)
    | ^/etc/kubernetes/[^/]*\.conf$ | (?:^|/)\.env(?:$|\.) | /(?:environ|mem|auxv|kcore|kmsg)$
    | ^/proc/[^/]+/(?:root|cwd|fd|task|map_files)(?:/|$) | ^/dev/(?!null$) | \.pgpass | \.netrc
    | \.my\.cnf | _history$ | vault | \.(?:pfx|p12|jks|keystore|gpg|asc|keytab|kdbx|ovpn)$
    | keytab | keyring | trace_pipe | ^/sys/kernel/(?:debug|tracing|security)(?:/|$) | wp-config
    | cookie | \.git-credentials | ^/var/lib/kubelet/pods/ | \.dockerconfig
    | (?:^|/)\.(?:docker|aws|azure|gnupg|config)(?:/|$) | private | ^/etc/wal-g\.d(?:/|$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What holds secrets, what memory it shows, and what is changed by being read."""

_NOT_LISTED: Final = re.compile(r"(?:^|/)\.ssh(?:/|$)|shadow|/environ$|^/proc/kmsg$")

_READ: Final = re.compile(
    r"""
      /var/log(?:/.*)? | .*/logs?/[^/]+ | .*\.log(?:[.-][0-9A-Za-z.-]+)? | /run/log/.*
    | /etc/(?:hosts|hostname|resolv\.conf|os-release|passwd|group|fstab|mtab|nsswitch\.conf|issue
        |timezone|localtime|machine-id|services|protocols|networks|crontab|motd|shells|ntp\.conf
        |chrony\.conf|host\.conf|gai\.conf|debian_version|logrotate\.conf|sysctl\.conf|ld\.so\.conf
        |rsyslog\.conf|exports|hosts\.allow|hosts\.deny|inittab|modules|adjtime|lsb-release)
    | /etc/[a-z]+[-_]release
    | /etc/(?:nginx|apache2|httpd|systemd|logrotate\.d|rsyslog\.d|sysctl\.d|cron\.[a-z]+
        |security|modprobe\.d|modules-load\.d|udev|ld\.so\.conf\.d
        |chrony|apt|yum\.repos\.d|containerd|crio|cni|varnish|pam\.d|tmpfiles\.d|init|init\.d
        |iproute2|selinux|ssl/certs|alternatives)(?:/.*)?
    | /etc/ssh/sshd_config | /etc/kubernetes/manifests(?:/.*)?
    | /proc/(?:[0-9]+|self)/(?:status|stat|statm|limits|cgroup|mounts|mountinfo|io|smaps
        |smaps_rollup|maps|sched|schedstat|oom_score|oom_score_adj|oom_adj|wchan|stack|comm|cmdline|net/.*
        |loginuid|numa_maps|syscall)
    | /proc/(?:loadavg|meminfo|cpuinfo|uptime|version|mounts|mdstat|diskstats|stat|vmstat|slabinfo
        |interrupts|softirqs|swaps|partitions|filesystems|modules|devices|cmdline|buddyinfo
        |zoneinfo|locks|pressure/.*|net/.*|sys/.*|crypto|iomem|ioports|misc|schedstat)
    | /sys/(?:class|block|fs|devices|kernel|module|bus|power|hypervisor)/.*
    | /(?:usr/)?(?:lib|share)/.* | /boot/config-.* | /run/systemd/.* | /run/[^/]+\.pid
    | /var/run/[^/]+\.pid | /var/spool/cron(?:/.*)? | /var/lib/(?:kubelet/config\.yaml|dpkg/status)
    | .*\.(?:crt|cer|csr)
    """,
    re.VERBOSE,
)
"""The default allow-list of files whose content may be read."""


def is_normal(path: str) -> bool:
    """Return whether `path` is written in the one way that means itself: no `..`, no pattern."""
    parts = path.split("/")
    return (
        0 < len(path) <= 1024
        and _NORMAL.fullmatch(path) is not None
        and not path.startswith(("~", "-", "+"))
        and ".." not in parts
        and "." not in parts[1:]
    )


def may_read(path: str) -> bool:
    """Return whether the content of the file or folder `path` may be read."""
    return (
        path.startswith("/")
        and may_hash(path)
        and _READ.fullmatch(path.rstrip("/")) is not None
        # Servers keep their keys beside the certificates, in one file.
        and not (path.endswith(".pem") and not path.startswith("/etc/ssl/certs/"))
    )


def may_hash(path: str) -> bool:
    """Return whether a digest of the file `path` may be told, or its kind: of no secret."""
    return is_normal(path) and _NEVER.search(path.rstrip("/")) is None


def may_list(path: str) -> bool:
    """Return whether the names, sizes and dates at `path` may be read, but no content."""
    return is_normal(path) and _NOT_LISTED.search(path.rstrip("/")) is None
