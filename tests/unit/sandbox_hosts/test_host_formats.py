"""The simulated tools print the columns of this machine's own Debian tools, where it has them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.sandbox_hosts.conftest import Run

if not Path("/etc/debian_version").exists():
    pytest.skip("these are the formats of Debian's tools", allow_module_level=True)


def _real(line: str) -> list[str]:
    program = line.split(maxsplit=1)[0]
    if shutil.which(program) is None:
        pytest.skip(f"this machine has no {program}")
    done = subprocess.run(
        line.split(),
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "df",
        "df -h",
        "df -i",
        "df -T",
        "df -hT",
        "free",
        "free -h",
        "free -m",
        "free -w",
        "ps -eo user,pcpu,pmem,etimes,comm",
        "ps -eo user,rss,vsz,time,stat,args",
        "ps -eo unit,pcpu",
        "ps -eo lstart,etime,nlwp,args",
        "ss -tln",
    ],
)
def test_the_headings_are_those_of_the_real_tool(still: Run, line: str) -> None:
    ours, real = still(line).out.splitlines()[0], _real(line)[0]
    assert ours.split() == real.split()


@pytest.mark.parametrize(
    "line",
    [
        "free",
        "free -h",
        "free -w",
        "vmstat",
        "ps -eo user,pcpu,pmem,etimes,comm",
        "ps -eo stat,nlwp,etime,time",
        "ps -eo unit,pcpu,pmem",
    ],
)
def test_the_columns_stand_where_the_real_tool_has_them(still: Run, line: str) -> None:
    heading = 1 if line == "vmstat" else 0
    assert still(line).out.splitlines()[heading] == _real(line)[heading]


def test_vmstat_prints_one_line_for_each_time(still: Run) -> None:
    rows = still("vmstat 1 3").out.splitlines()
    assert len(rows) == 5
    assert [len(row.split()) for row in rows[1:]] == [len(_real("vmstat")[1].split())] * 4


@pytest.mark.parametrize("line", ["df", "df -h", "df -i", "df -hT"])
def test_numbers_end_under_the_ends_of_their_headings(still: Run, line: str) -> None:
    for rows in (still(line).out.splitlines(), _real(line)):
        ends = {found.end() for found in re.finditer(r"\S+", rows[0])}
        for row in rows[1:]:
            numbers = [one.end() for one in re.finditer(r"(?<= )[\d.]+[KMGT%]?(?= )", row)]
            assert numbers
            assert set(numbers) <= ends, row


def test_lsof_has_the_columns_of_the_real_one(still: Run, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        real = _real(f"lsof -n -P {tmp_path / 'open'}")[0]
    ours = still("lsof -n -P /var/log/shop/access.json").out.splitlines()
    assert ours[0].split() == real.split()
    assert ours[1].split()[3:5] == ["3w", "REG"]


def test_stat_has_the_lines_of_the_real_one(still: Run) -> None:
    ours, real = still("stat /etc/passwd").out.splitlines(), _real("stat /etc/passwd")
    assert [row.partition(":")[0] for row in ours] == [row.partition(":")[0] for row in real]
    assert re.sub(r"[0-9]+", "N", ours[3]) == re.sub(r"[0-9]+", "N", real[3])


def test_ls_has_the_fields_of_the_real_one(still: Run) -> None:
    ours, real = (
        still("ls -l /etc/passwd").out.split(),
        " ".join(_real("ls -l /etc/passwd")).split(),
    )
    assert (ours[0], ours[1:4], ours[-1], len(ours)) == (real[0], real[1:4], real[-1], len(real))


def test_find_prints_as_the_real_one(still: Run, tmp_path: Path) -> None:
    form = "%s_%TY-%Tm-%Td_%TH:%TM_%u_%m_%y_%f"
    (tmp_path / "passwd").write_text("x" * 7)
    real = _real(f"find {tmp_path} -type f -printf {form}")[0]
    ours = still(f"find /etc/passwd -printf '{form}'").out
    assert re.sub(r"\d+", "N", ours) == re.sub(r"\d+", "N", real)


def test_uptime_has_the_form_of_the_real_one(still: Run) -> None:
    pattern = r" \d\d:\d\d:\d\d up .*, +\d+ users?,  load average: \d+\.\d\d, \d+\.\d\d, \d+\.\d\d"
    assert re.fullmatch(pattern, still("uptime").out.rstrip("\n"))
    assert re.fullmatch(pattern, _real("uptime")[0])


def test_top_has_the_head_of_the_real_one(still: Run) -> None:
    ours, real = still("top -b -n 1").out.splitlines(), _real("top -b -n1")
    assert re.sub(r"[\d.]+", "N", ours[2]).replace(" ", "") == re.sub(
        r"[\d.]+", "N", real[2]
    ).replace(" ", "")
    for at in (1, 3, 4):
        assert (
            re.sub(r"[\d. ]+", " N ", ours[at]).split()
            == re.sub(r"[\d. ]+", " N ", real[at]).split()
        )
    assert ours[6].split() == real[6].split()
