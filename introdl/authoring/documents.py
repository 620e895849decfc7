"""What the documents name exists: sessions, commands, scripts, links inside the repository."""

import ast
import os
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
    if not (root / page).is_file():
        yield "the file is missing."
        return
    try:
        text = (root / page).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        yield "is not in UTF-8."
        return
    for named in re.findall(r"nox -s ((?:\w+ )*\w+)", text):
        for session in set(named.split()) - known:
            yield f"`nox -s {session}` is not a session of the noxfile."
    for script in re.findall(r"python (day_\w+/\S+\.py|benchmarks/\S+\.py)", text):
        if not (root / script).exists():
            yield f"`python {script}` is not a script of this repository."
    for target in sorted(set(links(text))):
        yield from _dead_link(root, page, target)


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and pictures, in Markdown and HTML, without addresses."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "``", text, flags=re.DOTALL)
    for form in (r"\]\(([^)\s]+)[^)]*\)", r"^\[[^\]]+\]: (\S+)", r"(?:href|src)=\"([^\"]+)\""):
        for target in re.findall(form, text, re.MULTILINE):
            if not re.match(r"<?[a-z]+:", target):
                yield target


def _dead_link(root: Path, page: str, target: str) -> Iterator[str]:
    path, _, anchor = target.partition("#")
    place = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if place.startswith("..") or not (root / place).exists():
        yield f"the link to '{target}' leads nowhere."
        return
    text = (root / place).read_text(encoding="utf-8", errors="replace") if anchor else ""
    if anchor and anchor not in _anchors(text):
        yield f"the link to '{target}' leads to no heading."


def _anchors(text: str) -> set[str]:
    """GitHub's anchors of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
