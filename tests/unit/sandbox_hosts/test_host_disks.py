"""The file systems of a simulated machine keep the books of their room (sandbox, DF-22)."""

from hypothesis import given
from hypothesis import strategies as st

from stanch.sandbox.hosts.disks import BLOCK, Disk, Tree


def _tree(size: int = 1000 * BLOCK, inodes: int = 50) -> Tree:
    return Tree([Disk("/dev/vda1", "/", "ext4", size, inodes, (254, 1), reserved=50 * BLOCK)])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400 * BLOCK)), max_size=20))
def test_files_never_take_more_than_there_is(writes: list[tuple[str, int]]) -> None:
    tree = _tree()
    files = {name: tree.add(f"/var/{name}", at=0) for name in "abc"}
    written = dict.fromkeys("abc", 0)
    for name, count in writes:
        written[name] += tree.append(files[name], count, at=1)
    disk = tree.disks[0]
    assert tree.used(disk) + disk.reserved <= disk.size
    assert {name: file.size for name, file in files.items()} == written
    assert tree.free(disk) == disk.size - disk.reserved - tree.used(disk)


def test_a_deleted_file_keeps_its_room_until_it_is_let_go() -> None:
    tree = _tree()
    disk = tree.disks[0]
    before = tree.free(disk)
    file = tree.add("/var/log/big", at=0)
    tree.append(file, 300 * BLOCK, at=1)
    tree.remove(file.path, held=True)
    assert "/var/log/big" not in tree.files
    assert tree.free(disk) == before - 300 * BLOCK
    tree.append(file, 10 * BLOCK, at=2)
    assert tree.free(disk) == before - 310 * BLOCK
    tree.let_go(file)
    assert tree.free(disk) == before


def test_a_disk_without_inodes_is_full_though_it_has_room() -> None:
    tree = _tree()
    folder = tree.add("/var/sessions", at=0, size=4 * BLOCK, many=4)
    fitted = tree.populate(folder, 1000, at=1)
    disk = tree.disks[0]
    assert fitted == folder.many - 4
    assert tree.free_inodes(disk) == 0
    assert tree.free(disk) > 500 * BLOCK
    assert tree.is_full(disk)


def test_a_path_lies_on_the_innermost_disk() -> None:
    root = Disk("/dev/vda1", "/", "ext4", 10 * BLOCK, 10, (254, 1))
    run = Disk("tmpfs", "/run", "tmpfs", 10 * BLOCK, 10, (0, 24))
    tree = Tree([root, run])
    assert tree.disk_of("/run/nginx.pid") is run
    assert tree.disk_of("/running") is root
