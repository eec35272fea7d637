"""The small files that every machine of the practice production has, as text."""

_OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
"""
_CHRONY = """\
server ntp.shop.example iburst
driftfile /var/lib/chrony/chrony.drift
makestep 1 3
rtcsync
"""
_ROTATE = """\
/var/log/shop/*.log /var/log/shop/*.json {
    daily
    rotate 7
    compress
    delaycompress
    missingok
    copytruncate
}
"""
_FSTAB = """\
UUID=3b0c9a4e-58ce-4d0f-9d1c-7b1ff6e86c0a / ext4 rw,discard,errors=remount-ro 0 1
UUID=7C21-9E05 /boot/efi vfat defaults 0 0
"""
_USERS = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
sshd:x:102:65534::/run/sshd:/usr/sbin/nologin
_chrony:x:104:110:Chrony daemon,,,:/var/lib/chrony:/usr/sbin/nologin
postgres:x:106:113:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
prometheus:x:107:114:Prometheus daemon,,,:/var/lib/prometheus:/usr/sbin/nologin
shop:x:998:998::/srv/shop:/usr/sbin/nologin
reader:x:1001:1001::/home/reader:/bin/sh
operator:x:1002:1002::/home/operator:/bin/sh
"""


def common_texts(name: str, address: str) -> dict[str, str]:
    """Return the texts by path for the machine `name`."""
    hosts = f"127.0.0.1\tlocalhost\n{address}\t{name}.shop.example {name}\n::1\tlocalhost\n"
    return {
        "/etc/os-release": _OS_RELEASE,
        "/etc/debian_version": "12.11\n",
        "/etc/hostname": f"{name}\n",
        "/etc/hosts": hosts,
        "/etc/resolv.conf": "search shop.example\nnameserver 10.20.0.2\n",
        "/etc/chrony/chrony.conf": _CHRONY,
        "/etc/logrotate.d/shop": _ROTATE,
        "/etc/fstab": _FSTAB,
        "/etc/passwd": _USERS,
        "/etc/timezone": "Etc/UTC\n",
    }
