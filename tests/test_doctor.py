"""The doctor's checks on made-up machines, and the command on this one."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from introdl import doctor
from introdl.course import ROOT
from introdl.doctor import Facts

FINE = Facts(
    python=(3, 12),
    bits=64,
    system="Linux",
    machine="x86_64",
    rosetta=False,
    wsl=False,
    glibc=(2, 35),
    free=50.0,
    encoding="UTF-8",
    proxies={},
    root=PurePosixPath("/home/ada/introdl-ada"),
    readonly=(),
    missing=(),
    git=True,
    repository=True,
    identity=True,
    remote="github.com",
    pinned={"jax": ("0.10.2", "0.12.0.1"), "jaxlib": ("0.10.2", "0.12.0.1"), "numpy": ("2.5.5",)},
    installed={"jax": "0.12.0.1", "jaxlib": "0.12.0.1", "numpy": "2.5.5"},
    failure=None,
)
MAC: dict[str, Any] = {"system": "Darwin", "machine": "arm64", "glibc": None}
ABSENT: dict[str, Any] = {"installed": {}}

STOPPING: dict[str, tuple[dict[str, Any], str, str]] = {
    "Windows": ({"system": "Windows", "machine": "amd64"}, "processor", "wsl --install"),
    "Windows on ARM": (
        {"system": "Windows", "machine": "arm64"}, "processor", "JAX does not exist for Windows on",
    ),
    "Intel Mac": (MAC | {"machine": "x86_64"}, "processor", "Intel processor; work in a Git"),
    "Rosetta": (MAC | {"machine": "x86_64", "rosetta": True}, "processor", "for Apple silicon"),
    "32 bits": ({"bits": 32}, "processor", "install a 64-bit one, or work in a GitHub Codespace"),
    "old ARM": ({"machine": "armv7l"}, "processor", "Linux on armv7l; work in a GitHub Codespace"),
    "old Linux": ({"glibc": (2, 17)}, "system", "glibc 2.28 or later and this one has glibc 2.17"),
    "Alpine": ({"glibc": None}, "system", "another C library"),
    "full disk": (ABSENT | {"free": 1.5}, "disk", "1.5 GB left and the course needs 2.0 GB"),
    "full to the brim": ({"free": 0.1}, "disk", "needs 0.2 GB"),
    "colon": ({"root": PurePosixPath("/home/ada/a:b")}, "folder", "contains a colon"),
    "sudo": ({"readonly": (".nox",)}, "write access", "write to .nox"),
    "incomplete": (
        {"missing": ("constraints.txt", "day_02_x/src")}, "checkout",
        "git checkout -- constraints.txt day_02_x/src",
    ),
    "mixed JAX": (
        {"installed": {"jax": "0.12.0.1", "jaxlib": "0.10.2"}}, "JAX", "does not fit jaxlib 0.10.2",
    ),
    "JAX without jaxlib": ({"installed": {"jax": "0.12.0.1"}}, "JAX", "does not fit jaxlib none"),
    "no AVX": ({"failure": "illegal instruction"}, "JAX", "lacks AVX"),
    "broken JAX": ({"failure": "ImportError: no"}, "JAX", "(ImportError: no)"),
}  # fmt: skip
ADVICE: dict[str, tuple[dict[str, Any], str, str]] = {
    "newer Python": ({"python": (3, 15)}, "Python", "use Python 3.14"),
    "latin 1": ({"encoding": "ISO-8859-1"}, "encoding", "PYTHONUTF8"),
    "HTTP alone": ({"proxies": {"http": "http"}}, "proxy", "set HTTPS_PROXY"),
    "no scheme": ({"proxies": {"https": ""}}, "proxy", "begin with http://"),
    "SOCKS": ({"proxies": {"all": "socks5h"}}, "proxy", "ALL_PROXY names a SOCKS proxy"),
    "OneDrive": (
        {"root": PurePosixPath("/mnt/OneDrive - Uni X/course")}, "folder", "outside of it",
    ),
    "Windows' disk": ({"wsl": True, "root": PurePosixPath("/mnt/c/x")}, "folder", "home folder"),
    "no git": ({"git": False, "repository": False}, "git", "install it from"),
    "zip": ({"repository": False}, "git", "instead of downloading a zip"),
    "unknown": ({"identity": False}, "git", "git config --global user.name"),
    "no remote": ({"remote": None}, "git", "git remote add origin"),
    "not installed": (ABSENT, "JAX", "type nox, which installs it"),
    "other version": (
        {"installed": FINE.installed | {"numpy": "2.6.0"}}, "versions",
        "numpy 2.6.0 (tested: 2.5.5); type python -m pip install -c constraints.txt -e ./",
    ),
}  # fmt: skip
FINE_TOO: dict[str, dict[str, Any]] = {
    "Apple silicon": MAC,
    "Linux on ARM": {"machine": "aarch64"},
    "Python 3.11": {"python": (3, 11)},
    "proxies": {"proxies": {"http": "http", "https": "http"}},
    "spaces": {"root": PurePosixPath("/home/ada/my courses/deep learning")},
    "WSL": {"wsl": True},
    "utf8": {"encoding": "utf8"},
}


def found(change: dict[str, Any]) -> dict[str, doctor.Problem]:
    """The problems of a machine that differs from a good one by this change."""
    facts = replace(FINE, **change)
    return {name: p for name, check in doctor.CHECKS.items() if (p := check(facts))}


@pytest.mark.parametrize("name", STOPPING)
def test_what_stops_the_course(name: str) -> None:
    change, check, words = STOPPING[name]
    problem = found(change)[check]
    assert words in problem.text
    assert problem.stops


@pytest.mark.parametrize("name", ADVICE)
def test_what_is_advice(name: str) -> None:
    change, check, words = ADVICE[name]
    problems = found(change)
    assert words in problems[check].text
    assert not problems[check].stops
    assert list(problems) == [check]


@pytest.mark.parametrize("change", [{}, *FINE_TOO.values()], ids=["this one", *FINE_TOO])
def test_good_machines_have_no_problem(change: dict[str, Any]) -> None:
    assert found(change) == {}


def test_every_problem_is_one_sentence() -> None:
    for change, check, _ in [*STOPPING.values(), *ADVICE.values()]:
        text = found(change)[check].text
        assert re.fullmatch(r".*[^.]\.", text)
        assert "\n" not in text
        assert ". " not in text


def examined(
    *arguments: str, root: Path = ROOT, python: str = sys.executable, **changes: str
) -> Any:
    """The command, run as a person would."""
    return subprocess.run(
        [python, *arguments], cwd=root, env={**os.environ, **changes},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_command_examines_this_machine() -> None:
    done = examined("-m", "introdl", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ JAX" in done.stdout
    assert "Nothing stops the course here." in done.stdout
    assert done.stdout.rstrip().endswith("```")


def test_block_names_nobody(tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Ada Lovelace\nemail = ada@example.org\n")
    done = examined(
        "-m", "introdl", "doctor",
        GIT_CONFIG_GLOBAL=str(config), HTTPS_PROXY="http://ada:s3cret@proxy.example.org:8080",
        HTTP_PROXY="socks5://ada:s3cret@proxy.example.org",
    )  # fmt: skip
    printed = done.stdout + done.stderr
    for secret in ("ada", "Ada", "s3cret", "example.org", str(ROOT), sys.prefix):
        assert secret not in printed.replace("you@example.org", "")
    assert "SOCKS" in printed


def test_quick_examination_is_silent_and_needs_the_standard_library_alone() -> None:
    done = examined("-S", "-m", "introdl", "doctor", "--quick", PYTHONUTF8="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_quick_examination_prints_the_problem_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(doctor, "gather", lambda **_: replace(FINE, bits=32, git=False))
    assert doctor.examine(quick=True) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("✗ processor: JAX does not exist for a 32-bit Python")


def test_output_survives_a_terminal_without_unicode() -> None:
    done = examined("-m", "introdl", "doctor", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "? JAX" in done.stdout


@pytest.mark.parametrize(
    ("remote", "said"),
    {
        "git@github.com:ada/introdl.git": "github.com",
        "https://ada:ghp_token@github.com/ada/introdl": "github.com",
        "ssh://git@gitlab.com:22/ada/introdl": "gitlab.com",
        "https://git.example.org/ada/introdl": "on another host",
        "https://github.com.example.org/ada": "on another host",
        "/srv/ada/introdl.git": "on another host",
        "file:///srv/ada/introdl.git": "on another host",
        "../ada": "on another host",
    }.items(),
)
def test_remote_is_told_by_its_host_alone(remote: str, said: str) -> None:
    assert doctor.host(remote) == said


def test_errors_lose_names_and_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/Ada L")
    monkeypatch.setenv("USER", "ada")
    text = "ImportError: /opt/x/ada/libz.so: bad; /home/Ada L/.venv/lib/a.so, ada on ada-laptop"
    assert doctor.anonymous(text) == "ImportError: …/libz.so: bad; …/a.so, … on …-laptop"


def test_jax_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of that name stands in for JAX; it dies in several ways."""
    module = tmp_path / "jax" / "__init__.py"
    module.parent.mkdir()
    (tmp_path / "jax" / "numpy.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for code, failure in {
        "raise RuntimeError('built using AVX')": "RuntimeError: built using AVX",
        "import os, signal; os.kill(os.getpid(), signal.SIGILL)": "illegal instruction",
        "raise SystemExit(7)": "exit code 7",
        f"raise ImportError({str(tmp_path)!r} + '/y.so')": "ImportError: …/y.so",
    }.items():
        module.write_text(code)
        assert doctor.failure_of_jax() == failure
    monkeypatch.setattr(doctor, "LONGEST", 0.5)
    module.write_text("import time; time.sleep(60)")
    assert doctor.failure_of_jax() == "no result after 0.5 seconds"


def test_incomplete_checkout_and_closed_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    monkeypatch.setattr(doctor.course, "days", lambda: [])
    assert list(doctor.lacking()) == ["constraints.txt", "noxfile.py", "pyproject.toml", "day_*"]
    assert list(doctor.unwritable()) == []
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", closed)
    (tmp_path / ".nox").mkdir()
    assert list(doctor.unwritable()) == ["the course's folder", ".nox"]


def closed(**_: Any) -> Any:
    """What making a file in a closed folder comes to; root may write everywhere."""
    raise PermissionError


def test_old_python_reads_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    code = (ROOT / "introdl" / "__init__.py").read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later, and this is 3\.9; install"):
        exec(code)
