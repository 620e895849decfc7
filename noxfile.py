"""Every command that a person types; each is a thin call of ``python -m introdl``.

``nox`` grades this checkout. ``nox -l`` lists all sessions. Arguments come behind ``--``:
``nox -s autograde -- 2`` grades day 2.
"""

import hashlib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["autograde"]
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"

ROOT = Path(__file__).parent


def course(session: nox.Session, extras: str = "") -> None:
    """Install the course once; again only when pyproject.toml has changed.

    Without bytecode ``import jax`` takes three times as long, so it is written at once.
    """
    stamp = Path(session.virtualenv.location, "introdl-installed")
    want = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + extras.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == want:
        return
    if session.venv_backend == "uv":
        session.install("--compile-bytecode", "-e", f".{extras}")
    else:
        session.install("--compile", "-e", f".{extras}")
    stamp.write_text(want)


def introdl(session: nox.Session, *arguments: str) -> None:
    """Run ``python -m introdl`` with these and the session's own arguments."""
    session.run("python", "-m", "introdl", *arguments, *session.posargs)


@nox.session
def autograde(session: nox.Session) -> None:
    """Grade this checkout: all days, or those named (``-- 2`` or ``-- 2.4``)."""
    course(session)
    introdl(session, "autograde")


@nox.session
def test(session: nox.Session) -> None:
    """Plain pytest in one process, for debugging (``-- 2``)."""
    course(session)
    introdl(session, "test")


@nox.session
def watch(session: nox.Session) -> None:
    """Grade again whenever a file is saved (``-- 2``)."""
    course(session)
    introdl(session, "watch")


@nox.session
def data(session: nox.Session) -> None:
    """List the data sets (``-- list``), or fetch an original recording (``-- eeg --subject 1``)."""
    course(session, "[eeg]" if "eeg" in session.posargs else "")
    introdl(session, "data")


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes and style problems with ruff."""
    session.install("ruff>=0.9")
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))


@nox.session(name="format")
def format_code(session: nox.Session) -> None:
    """Format the code and sort the imports with ruff."""
    session.install("ruff>=0.9")
    session.run("ruff", "check", "--select", "I", "--fix", *(session.posargs or ["."]))
    session.run("ruff", "format", *(session.posargs or ["."]))


@nox.session
def typing(session: nox.Session) -> None:
    """Check the type hints with mypy."""
    course(session)
    session.install("mypy>=1.14")
    introdl(session, "typing")


@nox.session
def figures(session: nox.Session) -> None:
    """Draw the figures of the READMEs anew from the solutions (maintainers)."""
    course(session, "[dev]")
    introdl(session, "figures")


@nox.session
def stubs(session: nox.Session) -> None:
    """Write the stubs in ``day_*/src`` from ``solutions`` (maintainers)."""
    course(session, "[dev]")
    introdl(session, "stubs")


@nox.session
def verify(session: nox.Session) -> None:
    """Prove that the course works (maintainers)."""
    course(session, "[dev]")
    introdl(session, "verify")


@nox.session
def lowest(session: nox.Session) -> None:
    """Grade the solutions with the oldest versions that pyproject.toml allows (maintainers)."""
    session.install("uv")
    python = ["--python", str(Path(session.bin, "python"))]
    session.run("uv", "pip", "install", *python, "--resolution", "lowest-direct", "-e", ".")
    session.run("python", "-m", "introdl", "grade", "solutions", "--require-full")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure grading and trainings (maintainers); one of them by ``-- training --epochs 9``."""
    course(session, "[bench,eeg]")
    everything = ["grading", "training", "brain_decode", "eeg_difficulty", "sequence"]
    for name in session.posargs[:1] or everything:
        script, options = f"benchmarks/{name}.py", session.posargs[1:]
        session.run("python", script, *options, env={"PYTHONPATH": "solutions"})
