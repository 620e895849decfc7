"""Every command that a person types; each is a thin call of ``python -m introdl``.

``nox`` grades this checkout. ``nox -l`` lists all sessions. Arguments come after ``--``:
``nox -s autograde -- 2`` grades one day.

All sessions share one environment. Where this course is installed already, in an activated
environment or a dev container, that one is used; else ``.nox/course`` is made once.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["autograde"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).parent
SHARED = ROOT / ".nox" / "course"
PYTHON = str(SHARED / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))

# For each extra a module that comes with it alone, to see that it is installed.
SIGNS = {"eeg": "pooch", "quality": "ruff"}

FIND = """
import sys
from importlib.util import find_spec
print(*(spec.origin if (spec := find_spec(name)) else None for name in sys.argv[1:]), sep="\\n")
"""


@cache
def where(python: str, *modules: str) -> list[str]:
    """Where a Python finds modules, seen from another folder than this one."""
    done = subprocess.run(
        [python, "-c", FIND, *modules],
        cwd=tempfile.gettempdir(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.splitlines()


def is_ready(python: str) -> bool:
    """Whether this checkout and JAX are installed for a Python."""
    found = where(python, "introdl", "jax")
    here = ROOT / "introdl" / "__init__.py"
    return len(found) == 2 and found[1] != "None" and Path(found[0]).resolve() == here.resolve()


def candidates() -> list[str]:
    """The Pythons that may have the course: nox's own, and that of the active environment."""
    return [sys.executable, shutil.which("python") or sys.executable]


def course(session: nox.Session, *extras: str) -> str:
    """The Python with the course and these extras."""
    for python in candidates():
        if is_ready(python):
            for extra in extras:
                if where(python, SIGNS[extra]) == ["None"]:
                    session.error(
                        f"This environment lacks the extra '{extra}'; "
                        f"type: {python} -m pip install -c constraints.txt -e '.[{extra}]'"
                    )
            return python
    return shared(session, ("", *extras))


def shared(session: nox.Session, extras: tuple[str, ...]) -> str:
    """The Python of ``.nox/course``; installs what is missing, or older than what is asked for."""
    asked = [ROOT / name for name in ("pyproject.toml", "constraints.txt")]
    project = hashlib.sha256(b"".join(p.read_bytes() for p in asked if p.exists())).hexdigest()
    usable = Path(PYTHON).exists()  # no longer if the Python that it was made from is gone
    done = {e for e in extras if usable and stamp(e).exists() and stamp(e).read_text() == project}
    missing = [extra for extra in extras if extra not in done]
    if not missing:
        return PYTHON
    if examine():
        session.error("The course can't be installed like this; fix what is marked ✗ first.")
    try:
        install(session, missing)
    except CommandFailed:
        examine()
        session.error(
            "The course could not be installed. Most often a network or its proxy is the reason: "
            "try another one, or ask for help with what nox -s doctor prints."
        )
    for extra in missing:
        stamp(extra).write_text(project)
    return PYTHON


def install(session: nox.Session, extras: list[str]) -> None:
    """Install the course with extras; a folder ``wheels`` takes the place of the network."""
    uv = shutil.which("uv")
    if not Path(PYTHON).exists():
        session.log("Installing the course once, for all sessions; this takes a few minutes.")
        shutil.rmtree(SHARED, ignore_errors=True)
        make = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
        session.run_install(*make, str(SHARED), external=True, silent=True)
    # Without bytecode `import jax` takes three times as long, so it is written at once.
    pip = [uv, "pip", "install", "--python", PYTHON, "--compile-bytecode"]
    command = pip if uv else [PYTHON, "-m", "pip", "install", "--quiet", "--compile"]
    offline = ["--no-index", "--find-links", "wheels"] if (ROOT / "wheels").is_dir() else []
    named = ",".join(filter(None, extras))
    what = ["-c", "constraints.txt", "-e", f".[{named}]" if named else "."]
    session.run_install(*command, *offline, *what, external=True)


def examine() -> int:
    """Print what is wrong with this machine, if anything; 1 if it stops the course."""
    doctor = [sys.executable, "-m", "introdl", "doctor", "--quick"]
    return subprocess.run(doctor, cwd=ROOT, check=False).returncode


def stamp(extra: str) -> Path:
    """The file that says for which versions an extra was installed."""
    return SHARED / f"installed-{extra or 'course'}"


def introdl(session: nox.Session, *arguments: str, extras: tuple[str, ...] = ()) -> None:
    """Run ``python -m introdl`` with these and the session's own arguments."""
    python = course(session, *extras)
    session.run(python, "-m", "introdl", *arguments, *session.posargs, external=True)


@nox.session
def autograde(session: nox.Session) -> None:
    """Grade this checkout: all of it, or one day or task (``-- 2`` or ``-- 2.1``)."""
    introdl(session, "autograde")


@nox.session
def test(session: nox.Session) -> None:
    """Plain pytest in one process, for debugging (``-- 2``)."""
    introdl(session, "test")


@nox.session
def watch(session: nox.Session) -> None:
    """Grade again whenever a file is saved (``-- 2``)."""
    introdl(session, "watch")


@nox.session
def update(session: nox.Session) -> None:
    """Bring your copy up to date (``-- SOURCE``: a folder, zip file or repository)."""
    # It needs nothing but Python and git, so that it mends a course that can't be installed, too.
    session.run(sys.executable, "-m", "introdl", "update", *session.posargs, external=True)


@nox.session
def data(session: nox.Session) -> None:
    """List the data sets (``-- list``), or fetch an original recording (``-- eeg --subject 1``)."""
    introdl(session, "data", extras=("eeg",) if "eeg" in session.posargs else ())


@nox.session
def doctor(session: nox.Session) -> None:
    """Say what is wrong with this machine, and what to do about it."""
    made = [PYTHON] if Path(PYTHON).exists() else []
    python = next(filter(is_ready, [*candidates(), *made]), sys.executable)
    session.run(python, "-m", "introdl", "doctor", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes and style problems with ruff."""
    ruff = [course(session, "quality"), "-m", "ruff"]
    session.run(*ruff, "check", *(session.posargs or ["."]), external=True)
    session.run(*ruff, "format", "--check", *(session.posargs or ["."]), external=True)


@nox.session(name="format")
def format_code(session: nox.Session) -> None:
    """Format the code and sort the imports with ruff."""
    ruff = [course(session, "quality"), "-m", "ruff"]
    sort = ["check", "--select", "I", "--fix"]
    session.run(*ruff, *sort, *(session.posargs or ["."]), external=True)
    session.run(*ruff, "format", *(session.posargs or ["."]), external=True)


@nox.session
def typing(session: nox.Session) -> None:
    """Check the type hints with mypy."""
    introdl(session, "typing", extras=("quality",))


# BEGIN MAINTAINERS
SIGNS |= {"dev": "sklearn", "bench": "torch"}
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
PACKAGES = {
    "oldest": ["--resolution", "lowest-direct"],
    "pinned": ["-c", "constraints.txt"],
    "newest": [],
    "prerelease": ["--prerelease", "allow"],
}
STABLE = ["oldest", "pinned", "newest"]  # what is tried unless others are named


@nox.session
def stubs(session: nox.Session) -> None:
    """Write the stubs in ``day_*/src`` from ``solutions`` (maintainers)."""
    introdl(session, "stubs")


@nox.session
def constraints(session: nox.Session) -> None:
    """Write the newest versions of all packages into constraints.txt (maintainers); needs uv."""
    extras = ["--extra", "eeg", "--extra", "quality"]
    plain = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    session.run(
        "uv", "pip", "compile", "pyproject.toml", "--output-file", "constraints.txt", "--upgrade",
        "--universal", "--python-version", PYTHONS[0], "--only-binary", ":all:", *extras, *plain,
        "--quiet", external=True,
    )  # fmt: skip
    pins = ROOT / "constraints.txt"
    about = "# The versions with which the course was tested, for every Python and system.\n"
    pins.write_text(about + pins.read_text(encoding="utf-8"), encoding="utf-8")


@nox.session
def classroom50(session: nox.Session) -> None:
    """Write bundles for Classroom 50 (maintainers): ``-- OUT --classroom NAME --org ORG``."""
    introdl(session, "classroom50")


@nox.session
def gradescope(session: nox.Session) -> None:
    """Write autograders for Gradescope (maintainers): ``-- OUT``, ``-- OUT --day 4``."""
    introdl(session, "gradescope")


@nox.session
def wheelhouse(session: nox.Session) -> None:
    """Download what installs without a network (maintainers): ``-- OUT --python 3.12``."""
    introdl(session, "wheelhouse")


@nox.session
def new(session: nox.Session) -> None:
    """Write the scaffold of a new task (maintainers): ``-- 4.9 "Rank correlation"``."""
    introdl(session, "new")


@nox.session
def figures(session: nox.Session) -> None:
    """Draw the figures of the READMEs again from the solutions (maintainers)."""
    introdl(session, "figures", extras=("eeg",))


@nox.session
def template(session: nox.Session) -> None:
    """Write the students' template (maintainers): ``-- OUT``, ``-- OUT --day 4``."""
    introdl(session, "template")


@nox.session
def verify(session: nox.Session) -> None:
    """Prove that the course works (maintainers); ``-- --day 4``, ``-- --changed``, and more."""
    introdl(session, "verify", extras=("dev",))


@nox.session
def matrix(session: nox.Session) -> None:
    """Grade the solutions with each Python and packages (maintainers): ``-- 3.12 newest``."""
    results = []
    versions = [word for word in session.posargs if word not in PACKAGES]
    packages = [word for word in session.posargs if word in PACKAGES]
    for version in versions or PYTHONS:
        found = interpreter(version)
        if found:
            results += [solved_with(session, found, version, which) for which in packages or STABLE]
        elif versions:
            session.error(f"There is no Python {version} on this machine.")
        else:
            results.append(f"Python {version}: not on this machine")
    session.log("\n".join(["Solutions graded with", *results]))
    if any("NOT" in line for line in results):
        session.error("Some solutions lost points; see the tables above.")


def solved_with(session: nox.Session, found: str, version: str, packages: str) -> str:
    """Grade the solutions with one Python and a choice of packages; says how it went."""
    folder = ROOT / ".nox" / f"matrix-{version}-{packages}"
    python = str(folder / "bin" / "python")
    session.run(found, "-m", "venv", str(folder), external=True, silent=True)
    session.run(python, "-m", "pip", "install", "--quiet", "uv", external=True)
    session.run(
        python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "--upgrade",
        *PACKAGES[packages], "--only-binary", ":all:", "-e", ".", external=True,
    )  # fmt: skip
    grade = [python, "-m", "introdl", "solutions"]
    full = subprocess.run(grade, cwd=ROOT, check=False).returncode == 0
    jax = subprocess.run(
        [python, "-c", "from importlib.metadata import version; print(version('jax'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    points = "all points" if full else "NOT all points"
    return f"Python {version}, {packages} packages (jax {jax.stdout.strip()}): {points}"


def interpreter(version: str) -> str | None:
    """A Python of this version: on the path, or one of pyenv's."""
    import os  # here, for a student's copy of this file doesn't need it

    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    on_path = shutil.which(f"python{version}")
    own = [sys.executable, *([on_path] if on_path else [])]
    for python in [*own, *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))]:
        ask = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return python
    return None


@nox.session
def bench(session: nox.Session) -> None:
    """Measure grading and trainings (maintainers); one of them by ``-- training --epochs 9``."""
    python = course(session, "bench", "eeg")
    everything = ["grading", "training", "brain_decode", "eeg_difficulty", "sequence"]
    for name in session.posargs[:1] or everything:
        script, options = f"benchmarks/{name}.py", session.posargs[1:]
        session.run(python, script, *options, external=True, env={"PYTHONPATH": "solutions"})


# END MAINTAINERS
