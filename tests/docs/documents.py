"""The documents of the project, and the pieces of them that tests look at."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCUMENTS = (
    README,
    CONTRIBUTING,
    ROOT / "CHANGELOG.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "audit.md",
    ROOT / "docs" / "diagnosis.md",
    ROOT / "docs" / "findings.md",
    ROOT / "docs" / "policy.md",
    ROOT / "docs" / "runbooks.md",
    ROOT / "docs" / "security.md",
)
_BLOCK = re.compile(r"^(`{3,})([a-z]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    """Return the fenced blocks of `document` in `language`; those inside others are left out."""
    text = document.read_text(encoding="utf-8")
    return [body for _, found, body in _BLOCK.findall(text) if found == language]


def prose(document: Path) -> str:
    """Return the text of `document` without its fenced blocks."""
    return _BLOCK.sub("", document.read_text(encoding="utf-8"))


def commands(document: Path) -> list[str]:
    """Return the command lines of the `sh` blocks, those after `&&` and pipes by themselves."""
    lines = [line for block in blocks(document, "sh") for line in block.splitlines()]
    return [
        part.strip() for line in lines for part in re.split(r"&&|(?<!\\)\||(?<=\s)[<>](?=\s)", line)
    ]


def tracked() -> list[Path]:
    """Return the files that belong to the project, as git sees them or as a release holds them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        names = list(ROOT.rglob("*"))
    return [path for path in names if path.is_file() and "__pycache__" not in path.parts]
