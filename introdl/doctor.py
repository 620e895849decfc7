"""What stands in the way on a machine, and what to do about it; needs the standard library alone.

The facts are gathered once. Each check is a function of them, so any machine can be made up.
"""

import io
import locale
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import PurePath

from introdl import course
from introdl.course import ROOT

NEWEST = (3, 14)  # the newest Python that the course is tested with
GLIBC = (2, 28)  # what the wheels of the tested versions need on Linux
SUPPORTED = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")}
ENVIRONMENT = 2.0  # gigabytes that the course takes with what is downloaded for it
WORK = 0.2  # gigabytes that reports and compiled code take
LONGEST = 120  # seconds that JAX may take to start and to compile one function

CODESPACES = "work in a GitHub Codespace (on your repository's page: Code → Codespaces)"
INSTALL = "python -m pip install -c constraints.txt -e ./"
FORGES = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}
SYNCED = re.compile(r"OneDrive.*|Dropbox.*|iCloud.*|Mobile Documents|Google ?Drive|CloudStorage")

COMPUTE = """
import jax, jax.numpy as jnp
assert float(jax.jit(lambda a: (a @ a).sum())(jnp.eye(3))) == 3
"""


@dataclass(frozen=True)
class Facts:
    """A machine, the checkout on it, and the environment of the Python that runs this.

    No field but ``root`` can hold a personal name or path, and no check repeats ``root``.
    """

    python: tuple[int, int]
    bits: int
    system: str  # as `platform.system` names it: Linux, Darwin, Windows
    machine: str  # x86_64, aarch64, arm64, amd64
    rosetta: bool  # a program for Intel Macs on Apple silicon
    wsl: bool
    glibc: tuple[int, int] | None  # None on Linux: another C library
    free: float  # gigabytes
    encoding: str
    proxies: dict[str, str]  # for each protocol the scheme of its proxy, "" if it has none
    root: PurePath
    readonly: tuple[str, ...]  # the checkout's folders that can't be written to
    missing: tuple[str, ...]  # what the checkout lacks
    git: bool
    repository: bool
    identity: bool
    remote: str | None  # the host, if it is one that everybody knows
    pinned: dict[str, tuple[str, ...]]  # for each package of constraints.txt the tested versions
    installed: dict[str, str]  # those of them that are installed
    failure: str | None  # how JAX failed; None if it computes, was not tried, or isn't there


@dataclass(frozen=True)
class Problem:
    """What is wrong: a sentence that says what to do."""

    text: str
    stops: bool = True  # whether the course can't be worked on before this is solved


def check_python(facts: Facts) -> Problem | None:
    """Too old a Python is told by `introdl` itself, which it can't import."""
    if facts.python <= NEWEST:
        return None
    return Problem(
        f"Python {version(facts.python)} is newer than the course; if installing or grading fails, "
        f"use Python {version(NEWEST)}.",
        stops=False,
    )


def check_processor(facts: Facts) -> Problem | None:
    """JAX must exist for it."""
    if facts.system == "Windows":
        arm = facts.machine == "arm64"
        reason = "JAX does not exist for Windows on ARM" if arm else "Grading needs Linux or macOS"
        return Problem(
            f"{reason}: type wsl --install in a PowerShell opened as administrator and do "
            f"everything in its Ubuntu, or {CODESPACES}."
        )
    if facts.bits < 64:
        return Problem(
            f"JAX does not exist for a 32-bit Python; install a 64-bit one, or {CODESPACES}."
        )
    if facts.rosetta:
        return Problem(
            "This Python is made for Intel Macs, for which JAX no longer exists; install one for "
            "Apple silicon (arm64), delete .nox and .venv, and use that."
        )
    if (facts.system, facts.machine) == ("Darwin", "x86_64"):
        return Problem(f"JAX no longer exists for Macs with an Intel processor; {CODESPACES}.")
    if (facts.system, facts.machine) not in SUPPORTED:
        return Problem(f"JAX does not exist for {facts.system} on {facts.machine}; {CODESPACES}.")
    return None


def check_system(facts: Facts) -> Problem | None:
    """The packages are built against a C library of Linux."""
    if facts.system != "Linux" or (facts.glibc is not None and facts.glibc >= GLIBC):
        return None
    found = f"glibc {version(facts.glibc)}" if facts.glibc else "another C library"
    return Problem(
        f"JAX needs a Linux with glibc {version(GLIBC)} or later and this one has {found}; "
        f"use a newer one (Ubuntu from 20.04, Debian from 10), or {CODESPACES}."
    )


def check_disk(facts: Facts) -> Problem | None:
    """Room for what is downloaded, or for the work if that is there."""
    needed = WORK if "jax" in facts.installed else ENVIRONMENT
    if facts.free >= needed:
        return None
    return Problem(
        f"The disk has {facts.free:.1f} GB left and the course needs {needed:.1f} GB; "
        "delete something, or move this folder to another disk."
    )


def check_encoding(facts: Facts) -> Problem | None:
    """The sheets and the reports hold more than ASCII."""
    if facts.encoding.lower().replace("-", "") == "utf8":
        return None
    return Problem(
        f"Text is read and written as {facts.encoding} here, which garbles names and formulas; "
        "set the environment variable PYTHONUTF8 to 1.",
        stops=False,
    )


def check_proxy(facts: Facts) -> Problem | None:
    """What pip can't work with; a proxy by itself is no problem."""
    for kind, scheme in facts.proxies.items():
        name = f"{kind.upper()}_PROXY"
        if not scheme:
            return Problem(
                f"{name} does not say how to speak to the proxy; let it begin with http://.",
                stops=False,
            )
        if scheme.startswith("socks"):
            return Problem(
                f"{name} names a SOCKS proxy, which pip can't use by itself; type "
                "python -m pip install pysocks in a network without a proxy, or ask for an "
                "HTTP proxy.",
                stops=False,
            )
    if set(facts.proxies) == {"http"}:
        return Problem(
            "HTTP_PROXY is set and HTTPS_PROXY is not, but all downloads use HTTPS; "
            "set HTTPS_PROXY to the same address.",
            stops=False,
        )
    return None


def check_folder(facts: Facts) -> Problem | None:
    """Where the checkout lies."""
    if ":" in facts.root.as_posix() and facts.system != "Windows":
        return Problem(
            "A folder's name on the way to this one contains a colon, so Python can't make an "
            "environment here; rename it."
        )
    if facts.wsl and re.match(r"/mnt/[a-z]/", facts.root.as_posix()):
        return Problem(
            "This folder lies on the disk of Windows, where WSL is slow; "
            "clone the repository into your home folder of Linux instead: cd ~.",
            stops=False,
        )
    if any(SYNCED.fullmatch(part) for part in facts.root.parts):
        return Problem(
            "A cloud service syncs this folder (OneDrive, iCloud, or the like) and may move files "
            "away while you work; clone the repository into a folder outside of it.",
            stops=False,
        )
    return None


def check_access(facts: Facts) -> Problem | None:
    """Environments and reports are written into the checkout."""
    if not facts.readonly:
        return None
    return Problem(
        f"You can't write to {listed(facts.readonly)}, perhaps because a command was run with "
        "sudo; make everything yours in the course's folder with sudo chown -R $(whoami) ./."
    )


def check_checkout(facts: Facts) -> Problem | None:
    """What every command reads."""
    if not facts.missing:
        return None
    return Problem(
        f"The checkout lacks {listed(facts.missing)}; type git checkout -- "
        f"{' '.join(facts.missing)}, or clone the repository again."
    )


def check_git(facts: Facts) -> Problem | None:
    """Without git nothing can be handed in; everything else works."""
    if not facts.git:
        text = "git is not installed; install it from https://git-scm.com/downloads."
    elif not facts.repository:
        text = (
            "This folder is not a git repository, so you can't hand in; clone your repository "
            "with git clone instead of downloading a zip."
        )
    elif not facts.identity:
        text = (
            "git does not know who you are; type git config --global user.name 'Your Name' "
            "and git config --global user.email you@example.org."
        )
    elif facts.remote is None:
        text = (
            "The repository has no remote to push to; type git remote add origin and the "
            "address of your repository."
        )
    else:
        return None
    return Problem(text, stops=False)


def check_jax(facts: Facts) -> Problem | None:
    """Whether it imports and computes."""
    if "jax" not in facts.installed:
        return Problem(
            "The course is not installed in this Python; type nox, which installs it, or activate "
            "the environment that has it.",
            stops=False,
        )
    jax, jaxlib = facts.installed["jax"], facts.installed.get("jaxlib", "none")
    if jax != jaxlib:
        return Problem(f"jax {jax} does not fit jaxlib {jaxlib}; type {INSTALL}.")
    if facts.failure is None:
        return None
    if "AVX" in facts.failure or "illegal instruction" in facts.failure:
        return Problem(f"This processor is too old for JAX (it lacks AVX); {CODESPACES}.")
    return Problem(
        f"JAX does not work ({facts.failure}); delete the environment (.nox, .venv, or conda's), "
        "make it again, and if that does not help, ask for help."
    )


def check_versions(facts: Facts) -> Problem | None:
    """Other versions than the tested ones may work, too."""
    other = [
        f"{name} {found} (tested: {' or '.join(facts.pinned[name])})"
        for name, found in facts.installed.items()
        if found not in facts.pinned[name]
    ]
    if not other:
        return None
    shown = listed(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
    return Problem(f"Other versions than the tested ones: {shown}; type {INSTALL}.", stops=False)


QUICK: dict[str, Callable[[Facts], Problem | None]] = {
    "Python": check_python,
    "processor": check_processor,
    "system": check_system,
    "disk": check_disk,
    "encoding": check_encoding,
    "proxy": check_proxy,
    "folder": check_folder,
    "write access": check_access,
    "checkout": check_checkout,
}
CHECKS = {**QUICK, "git": check_git, "JAX": check_jax, "versions": check_versions}


def examine(quick: bool) -> int:
    """Print what is wrong; 1 if something stops the course, else 0.

    Args:
        quick: look only at what an installation needs, and print nothing if all is well.
    """
    facts = gather(tries_jax=not quick)
    found = {name: check(facts) for name, check in (QUICK if quick else CHECKS).items()}
    stopped = any(problem and problem.stops for problem in found.values())
    lines = list(verdicts(found, problems_only=quick))
    if not quick:
        end = "Fix what is marked ✗ first." if stopped else "Nothing stops the course here."
        ask = "To ask for help, copy this; it names neither you nor your folders:"
        lines += ["", end, "", ask, "", *block(facts, found)]
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may lack the ✓
        sys.stdout.reconfigure(errors="replace")
    for line in lines:
        print(line)
    return int(stopped)


def verdicts(found: dict[str, Problem | None], problems_only: bool) -> Iterator[str]:
    """A line per check."""
    for name, problem in found.items():
        if problem:
            yield f"{'✗' if problem.stops else '!'} {name}: {problem.text}"
        elif not problems_only:
            yield f"✓ {name}"


def block(facts: Facts, found: dict[str, Problem | None]) -> list[str]:
    """What a helper needs to know, with nothing personal in it."""
    system = f"{facts.system} {facts.machine}{' in WSL' if facts.wsl else ''}"
    glibc = f", glibc {version(facts.glibc)}" if facts.glibc else ""
    main = ("jax", "jaxlib", "numpy", "matplotlib", "pytest", "nox")
    packages = [f"{name} {facts.installed[name]}" for name in main if name in facts.installed]
    disk = f"{facts.free:.1f} GB free"
    git = {
        "there": facts.git,
        "repository": facts.repository,
        "identity": facts.identity,
        f"remote {facts.remote}": facts.remote,
    }
    return [
        "```text",
        f"Python {platform.python_version()}, {facts.bits} bits, {system}{glibc}",
        f"packages: {', '.join(packages) or 'none'}",
        f"{disk}, {facts.encoding}, proxies: {', '.join(facts.proxies) or 'none'}",
        f"git: {', '.join(name for name, known in git.items() if known) or 'none'}",
        *verdicts(found, problems_only=True),
        "```",
    ]


def gather(tries_jax: bool) -> Facts:
    """The facts about this machine."""
    pinned = pins()
    installed = {
        name: dist.version for dist in distributions() if (name := key(dist.name or "")) in pinned
    }
    here = asked_git("rev-parse", "--is-inside-work-tree") == "true"
    named = asked_git("config", "user.name") and asked_git("config", "user.email")
    origin = asked_git("remote", "get-url", "origin") if here else ""
    return Facts(
        python=sys.version_info[:2],
        bits=8 * struct.calcsize("P"),
        system=platform.system(),
        machine=platform.machine().lower() if os.name == "nt" else platform.machine(),
        rosetta=output("sysctl", "-n", "sysctl.proc_translated") == "1",
        wsl="microsoft" in platform.release().lower(),
        glibc=glibc(),
        free=shutil.disk_usage(ROOT).free / 1e9,
        encoding=locale.getpreferredencoding(False),
        proxies={
            kind: address.partition("://")[0] if "://" in address else ""
            for kind, address in urllib.request.getproxies().items()
            if kind in ("http", "https", "all")
        },
        root=ROOT,
        readonly=tuple(unwritable()),
        missing=tuple(lacking()),
        git=shutil.which("git") is not None,
        repository=here,
        identity=bool(named),
        remote=host(origin) if origin else None,
        pinned=pinned,
        installed=installed,
        failure=failure_of_jax() if tries_jax and "jax" in installed else None,
    )


def pins() -> dict[str, tuple[str, ...]]:
    """The versions in constraints.txt; more than one where Pythons differ."""
    path = ROOT / "constraints.txt"
    found: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if match := re.match(r"([\w.-]+)==([^\s;]+)", line):
            found[match[1]] = (*found.get(match[1], ()), match[2])
    return found


def lacking() -> Iterator[str]:
    """The files and folders that every copy has and this one lacks."""
    days = course.days()
    parts = [day.folder / part for day in days for part in ("README.md", "src", "tests")]
    files = [ROOT / name for name in ("constraints.txt", "noxfile.py", "pyproject.toml")]
    yield from (p.relative_to(ROOT).as_posix() for p in [*files, *parts] if not p.exists())
    if not days:
        yield "day_*"


def unwritable() -> Iterator[str]:
    """The folders that can't be written to; asking the system is not reliable, so it is tried."""
    for folder in (ROOT, ROOT / ".nox", ROOT / "build"):
        if folder.exists():
            try:
                tempfile.TemporaryFile(dir=folder).close()
            except OSError:
                yield folder.name if folder != ROOT else "the course's folder"


def glibc() -> tuple[int, int] | None:
    """The version of the C library, if it is GNU's."""
    name, found = platform.libc_ver()
    match = re.match(r"(\d+)\.(\d+)", found)
    return (int(match[1]), int(match[2])) if name == "glibc" and match else None


def host(remote: str) -> str:
    """Where a remote is, without a name, a path or a token."""
    match = re.match(r"(?:\w+://)?(?:[^@/]*@)?([\w.-]+)[:/]", remote)
    return match[1] if match and match[1] in FORGES else "on another host"


def failure_of_jax() -> str | None:
    """Compute something with JAX in another process, since JAX may take the process with it."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", COMPUTE],
            capture_output=True, text=True, errors="replace", timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no result after {LONGEST} seconds"
    if done.returncode == 0:
        return None
    if done.returncode in (-4, 0xC000001D):  # the signal, and what Windows calls it
        return "illegal instruction"
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return anonymous(lines[-1])


def anonymous(text: str) -> str:
    """A text without the names of the person, the machine and the folders."""
    home = os.path.expanduser("~")
    for folder in (str(ROOT), sys.prefix, home):
        text = text.replace(folder, "…")
    text = re.sub(
        r"…?(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\":,()]+)+([\\/][^\\/\s'\":,()]+)", r"…\1", text
    )
    user = [os.environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")]
    names = filter(None, [*user, os.path.basename(home), platform.node()])
    return re.sub(rf"\b({'|'.join(map(re.escape, names))})\b", "…", text)


def asked_git(*arguments: str) -> str:
    """What git says about this folder."""
    return output("git", "-C", str(ROOT), *arguments)


def output(*command: str) -> str:
    """What a program prints; nothing if it isn't there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def key(name: str) -> str:
    """A package's name as constraints.txt writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version(numbers: tuple[int, int]) -> str:
    """3.12 for (3, 12)."""
    return ".".join(map(str, numbers))


def listed(names: Sequence[str]) -> str:
    """The names with commas between them."""
    return ", ".join(names)
