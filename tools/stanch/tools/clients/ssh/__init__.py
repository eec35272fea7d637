"""The client of hosts over SSH. `paramiko` itself is imported when the first host is asked."""

from stanch.tools.clients.ssh.client import SshClient

__all__ = ["SshClient"]
