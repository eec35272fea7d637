"""uname, hostname, id and the like: what a machine is, and who asks."""

from collections.abc import Sequence

from stanch.sandbox.hosts.commands.answer import Answer, lines
from stanch.sandbox.hosts.commands.columns import IDS
from stanch.sandbox.hosts.commands.options import parse
from stanch.sandbox.hosts.commands.sight import Sight
from stanch.sandbox.hosts.metrics import KERNEL_RELEASE

_VERSION = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)"
_LOGINS = {"reader": 1001, "operator": 1002, **IDS}


def uname(argv: Sequence[str], see: Sight) -> Answer:
    """Answer uname."""
    long = {
        "--all": "a",
        "--kernel-release": "r",
        "--kernel-name": "s",
        "--nodename": "n",
        "--kernel-version": "v",
        "--machine": "m",
        "--operating-system": "o",
    }
    options = parse(argv, flags="amnprsvio", long=long)
    parts = {
        "s": "Linux",
        "n": see.machine.name,
        "r": KERNEL_RELEASE,
        "v": _VERSION,
        "m": "x86_64",
        "o": "GNU/Linux",
    }
    if "a" in options:
        return lines([" ".join(parts.values())])
    return lines([" ".join(text for key, text in parts.items() if key in options) or "Linux"])


def hostname(argv: Sequence[str], see: Sight) -> Answer:
    """Answer hostname."""
    options = parse(
        argv,
        flags="adfiIsA",
        long={
            "--fqdn": "f",
            "--short": "s",
            "--ip-address": "i",
            "--all-ip-addresses": "I",
            "--long": "f",
        },
    )
    if {"i", "I"} & options.values.keys():
        return lines([see.machine.address + (" " if "I" in options else "")])
    return lines([f"{see.machine.name}.shop.example" if "f" in options else see.machine.name])


def hostnamectl(argv: Sequence[str], see: Sight) -> Answer:
    """Answer hostnamectl."""
    parse(argv, long={"--no-pager": "no-pager", "--static": "static"})
    return lines(
        [
            f" Static hostname: {see.machine.name}",
            "       Icon name: computer-vm",
            "         Chassis: vm 🖴",
            "      Machine ID: 5d1c4f0c2b7e4a648d3c1b0e6f7a9c21",
            "  Virtualization: kvm",
            "Operating System: Debian GNU/Linux 12 (bookworm)",
            f"          Kernel: Linux {KERNEL_RELEASE}",
            "    Architecture: x86-64",
        ]
    )


def whoami(argv: Sequence[str], see: Sight) -> Answer:
    """Answer whoami and id."""
    user = "root" if see.root else see.user
    if argv[0] == "whoami":
        return lines([user])
    options = parse(argv, flags="agGnruz")
    name = options.operands[0] if options.operands else user
    if name not in _LOGINS:
        return Answer(err=f"id: \u2018{name}\u2019: no such user\n", status=1)
    number = _LOGINS[name]
    if "u" in options:
        return lines([name if "n" in options else str(number)])
    return lines([f"uid={number}({name}) gid={number}({name}) groups={number}({name})"])


def lscpu(argv: Sequence[str], see: Sight) -> Answer:
    """Answer lscpu."""
    parse(argv, flags="abcepBJxy")
    cpus = see.machine.cpus
    rows = {
        "Architecture": "x86_64",
        "CPU op-mode(s)": "32-bit, 64-bit",
        "CPU(s)": str(cpus),
        "On-line CPU(s) list": f"0-{cpus - 1}",
        "Vendor ID": "AuthenticAMD",
        "Model name": "AMD EPYC",
        "Thread(s) per core": "1",
        "Core(s) per socket": str(cpus),
    }
    return lines([f"{name + ':':<24} {text}" for name, text in rows.items()])


def swapon(argv: Sequence[str], see: Sight) -> Answer:
    """Answer swapon --show: there is no swap."""
    del argv, see
    return Answer()


def findmnt(argv: Sequence[str], see: Sight) -> Answer:
    """Answer mount: the file systems."""
    del argv
    return lines(
        [
            f"{one.device} on {one.mount} type {one.kind} (rw,relatime)"
            for one in see.machine.tree.disks
        ]
    )


def lsblk(argv: Sequence[str], see: Sight) -> Answer:
    """Answer lsblk."""
    parse(argv, flags="abdfilmnpr", valued="o")
    root = next(one for one in see.machine.tree.disks if one.mount == "/")
    size = f"{(root.size + 2**27) / 1024**3:.0f}G"
    return lines(
        [
            "NAME    MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS",
            f"vda     254:0    0 {size:>5} 0 disk ",
            f"├─vda1  254:1    0 {root.size / 1024**3:>4.1f}G  0 part /",
            "└─vda15 254:15   0  124M  0 part /boot/efi",
        ]
    )


def echo(argv: Sequence[str], see: Sight) -> Answer:
    """Answer echo, which clients send to see whether anybody answers."""
    del see
    return lines([" ".join(argv[1:])])


def nothing(argv: Sequence[str], see: Sight) -> Answer:
    """Answer true."""
    del argv, see
    return Answer()


COMMANDS = {
    "uname": uname,
    "hostname": hostname,
    "hostnamectl": hostnamectl,
    "whoami": whoami,
    "id": whoami,
    "lscpu": lscpu,
    "swapon": swapon,
    "mount": findmnt,
    "lsblk": lsblk,
    "echo": echo,
    "true": nothing,
}
