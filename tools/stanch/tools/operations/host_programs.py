"""The host programs that stanch knows: all tables together."""

from stanch.tools.operations import (
    host_tables_containers,
    host_tables_disks,
    host_tables_files,
    host_tables_network,
    host_tables_packages,
    host_tables_services,
    host_tables_system,
    host_tables_unbounded,
)
from stanch.tools.operations.host_table import Programs


def load() -> Programs:
    """Return the forms of every program by its name, as the tables say."""
    return Programs(
        *(
            part
            for tables in (
                host_tables_containers,
                host_tables_disks,
                host_tables_files,
                host_tables_network,
                host_tables_packages,
                host_tables_services,
                host_tables_system,
            )
            for part in (tables.READS, tables.CHANGES)
        ),
        host_tables_unbounded.CHANGES,
    )
