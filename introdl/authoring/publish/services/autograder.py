"""Grade one submission where Classroom 50 or Gradescope runs this file; it needs Python alone.

It lies in a bundle, beside the course that grades. Nothing of a submission is imported here, and
its folder is on no path: it is handed to the bundle's own ``introdl``, which reads the files of
``src`` and runs them behind its fence.

``autograder.py`` grades the checkout in the current folder for Classroom 50;
``autograder.py setup`` makes the environment while Gradescope builds its image;
``autograder.py gradescope ROOT`` grades ``ROOT/submission`` there.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIMIT = 12 * 60.0  # seconds in all; a job of Classroom 50 ends after 15 minutes
NOT_YOURS = "Grading could not be done; that is not the student's fault:"

REQUIREMENTS, CONSTRAINTS = "requirements.txt", "constraints.txt"
RESULT, BODY, REPORT = "result.json", "release-body.md", "report.html"

# What Classroom 50's runner says of a submission, and grading copies into the result.
RUNNER = ("CLASSROOM", "ASSIGNMENT", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
OPTIONAL = ("ASSIGNMENT_TYPE", "REVIEW_URL")
# All that grading gets of the environment; tokens and Python's own settings stay outside.
PASSED_ON = (
    *RUNNER, *OPTIONAL, "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "GITHUB_ACTIONS",
)  # fmt: skip


class Broken(Exception):
    """Something that no student can fix; the message is one sentence for the instructor."""


class Clock:
    """The time that is left for everything together."""

    def __init__(self, seconds: float = LIMIT) -> None:
        self.end = time.monotonic() + seconds

    def run(self, *command: str | Path, environment: dict[str, str] | None = None) -> int:
        """Run a command in the bundle's folder; returns its exit code.

        Raises:
            Broken: if the time is over; the command and all that it started are ended then.
        """
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=HERE,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(max(0.0, self.end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Broken("It took too long; try again when the machine is less busy.") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(folder: Path, clock: Clock) -> Path:
    """The Python of an environment with all that grading needs; installs it unless it is there.

    It is made beside and moved when it is complete, so that no other job finds half of one.

    Raises:
        Broken: if it can't be installed.
    """
    python = folder / "bin" / "python"
    if python.exists():
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=folder.parent))
    try:
        for command in installation(fresh):
            if clock.run(*command):
                raise Broken("The packages could not be installed; see the lines above.")
        with contextlib.suppress(OSError):  # another job may have been faster
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if not python.exists():
        raise Broken(f"There is no environment in '{folder}'; remove that folder.")
    return python


def installation(folder: Path) -> list[list[str]]:
    """The commands that make an environment, by uv where it is there.

    Packages come as wheels alone, for building one would run its code.
    """
    python = str(folder / "bin" / "python")
    packages = ["--only-binary", ":all:", "-r", REQUIREMENTS, "-c", CONSTRAINTS]
    if uv := shutil.which("uv"):
        make = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)]
        # Without bytecode importing JAX takes three times as long.
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    else:
        make = [sys.executable, "-m", "venv", str(folder)]
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [make, [*install, *packages]]


def cached() -> Path:
    """Where the environment is kept on a machine that outlives the job."""
    wanted = hashlib.sha256(f"{sys.version} {platform.machine()}".encode())
    for name in (REQUIREMENTS, CONSTRAINTS):
        wanted.update((HERE / name).read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "introdl", f"environment-{wanted.hexdigest()[:16]}")


def grade(python: Path, submission: Path, clock: Clock, *options: str | Path) -> None:
    """Grade a folder with the bundle's own course, into the files that the options name.

    Raises:
        Broken: if grading broke.
    """
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The bundle is the current folder, and so the first place where Python looks for introdl.
    command = [python, "-E", "-s", "-m", "introdl", "grade", submission, *options]
    if code := clock.run(*command, environment=passed_on):
        raise Broken(f"introdl ended with exit code {code}; see the lines above.")


def classroom50(clock: Clock) -> None:
    """Grade the checkout in the current folder, and leave the result there.

    Raises:
        Broken: if there is no result.
    """
    if missing := [name for name in RUNNER if not os.environ.get(name)]:
        raise Broken(f"Classroom 50's runner did not set {', '.join(missing)}.")
    checkout = Path.cwd()
    for name in (RESULT, BODY, REPORT):
        remove(checkout / name)
    allow_fence()
    python = environment(cached(), clock)
    with tempfile.TemporaryDirectory() as out:
        grade(python, checkout, clock, "--classroom50", out, "--html", Path(out, REPORT))
        for name in (BODY, REPORT, RESULT):
            place(Path(out, name), checkout / name)
        result = json.loads(Path(out, RESULT).read_text(encoding="utf-8"))
    if output := os.environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(outputs(result["score"], result["max-score"]))


def outputs(score: int, most: int) -> str:
    """The lines for ``$GITHUB_OUTPUT``."""
    status = "success" if score == most else "failure"
    return f"status={status}\nsummary=Points {score}/{most}\n"


def allow_fence() -> None:
    """Allow student code a file system and network of its own where GitHub owns the machine.

    Ubuntu 24.04 forbids that by default; without it, the limits of time and memory remain.
    """
    if os.environ.get("RUNNER_ENVIRONMENT") == "github-hosted":
        setting = "kernel.apparmor_restrict_unprivileged_userns=0"
        with contextlib.suppress(OSError):
            subprocess.run(["sudo", "-n", "sysctl", "-q", "-w", setting], check=False)


def gradescope(root: Path, clock: Clock) -> None:
    """Grade ``ROOT/submission`` into ``ROOT/results/results.json``.

    Without that file Gradescope says that the autograder failed, and gives no points.

    Raises:
        Broken: if there is no result.
    """
    results = root / "results" / "results.json"
    results.parent.mkdir(exist_ok=True)
    remove(results)
    with tempfile.TemporaryDirectory() as out:
        made = Path(out, results.name)
        python = environment(HERE / "environment", clock)
        grade(python, root / "submission", clock, "--gradescope", made)
        place(made, results)


def remove(path: Path) -> None:
    """Remove a file, a link (not what it leads to) or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def place(source: Path, target: Path) -> None:
    """Put a copy of a file there in place of whatever is there, never through a link."""
    content = source.read_bytes()
    remove(target)
    with target.open("xb") as file:  # fails rather than follow a link
        file.write(content)


def main(arguments: list[str]) -> int:
    """Run; returns 0 if there is a result, and 1 if no student is to blame that there is none."""
    clock = Clock()
    try:
        match arguments:
            case []:
                classroom50(clock)
            case ["setup"]:
                environment(HERE / "environment", clock)
            case ["gradescope", root]:
                gradescope(Path(root), clock)
            case _:
                raise Broken(f"autograder.py does not know {arguments}.")
    except (Broken, OSError, ValueError) as error:
        print(NOT_YOURS, error, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
