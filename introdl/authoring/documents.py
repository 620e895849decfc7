"""What the documents name exists: sessions, commands, scripts, links inside the repository."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from introdl.authoring.findings import Findings
from introdl.course import ROOT, Day

DOCUMENTS = "commands and links of the documents exist"


def check(days: list[Day], findings: Findings) -> None:
    """Check the front page, CONTRIBUTING, the documents, and the days' READMEs."""
    known = sessions({"noxfile.py": (ROOT / "noxfile.py").read_bytes()})
    pages = ["README.md", "CONTRIBUTING.md", *(f"{day.name}/README.md" for day in days)]
    pages += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
    for page in pages:
        findings.note(DOCUMENTS, page, dead(ROOT, page, known))


def sessions(files: Mapping[str, bytes]) -> set[str]:
    """The names of the sessions of the noxfile among some files; none if it isn't Python."""
    try:
        tree = ast.parse(files.get("noxfile.py", b""))
    except SyntaxError:
        return set()
    names = set()
    for node in (part for part in tree.body if isinstance(part, ast.FunctionDef)):
        for mark in map(ast.unparse, node.decorator_list):
            if mark.startswith("nox.session"):
                given = re.search(r"name='(\w+)'", mark)
                names.add(given[1] if given else node.name)
    return names


def dead(root: Path, page: str, known: set[str]) -> Iterator[str]:
    """What a page names that does not exist.

    Args:
        root: the repository.
        page: the page's path in it.
        known: the names of the sessions.
    """
    path = root / page
    if not path.exists():
        yield "the file is missing."
        return
    text = path.read_text(encoding="utf-8")
    for named in re.findall(r"nox -s ((?:\w+ )*\w+)", text):
        for session in set(named.split()) - known:
            yield f"`nox -s {session}` is not a session of the noxfile."
    for script in re.findall(r"python (day_\w+/\S+\.py|benchmarks/\S+\.py)", text):
        if not (root / script).exists():
            yield f"`python {script}` is not a script of this repository."
    for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)|<img[^>]+src=\"([^\"]+)\"", text):
        target = link[0] or link[1]
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"the link to '{target}' leads nowhere."
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        if anchor not in _anchors(text):
            yield f"the link to '#{anchor}' leads to no heading."


def _anchors(text: str) -> set[str]:
    """GitHub's anchors of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
