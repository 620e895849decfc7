"""What the documents name exists: sessions, commands, scripts, links inside the repository."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from introdl.authoring.verify.findings import Findings
from introdl.course import ROOT, Day

DOCUMENTS = "commands and links of the documents exist"


def check(days: list[Day], findings: Findings) -> None:
    """Check the front page, CONTRIBUTING, and the days' READMEs."""
    known = sessions()
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(d.folder / "README.md" for d in days)]
    for path in pages:
        found = ["the file is missing."]
        if path.exists():
            found = list(_dead(path, path.read_text(encoding="utf-8"), known))
        findings.note(DOCUMENTS, str(path.relative_to(ROOT)), found)


def sessions() -> set[str]:
    """The names of the noxfile's sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    names = set()
    for node in (part for part in tree.body if isinstance(part, ast.FunctionDef)):
        for mark in map(ast.unparse, node.decorator_list):
            if mark.startswith("nox.session"):
                given = re.search(r"name='(\w+)'", mark)
                names.add(given[1] if given else node.name)
    return names


def _dead(path: Path, text: str, known: set[str]) -> Iterator[str]:
    for named in re.findall(r"nox -s ((?:\w+ )*\w+)", text):
        for session in set(named.split()) - known:
            yield f"`nox -s {session}` is not a session of the noxfile."
    for script in re.findall(r"python (day_\w+/\S+\.py|benchmarks/\S+\.py)", text):
        if not (ROOT / script).exists():
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
