"""What nox does before a command can run: it examines the machine and installs the course."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from nox.command import CommandFailed


class Stopped(Exception):
    """What `session.error` ends with."""


class Session:
    """A session that notes what it would run."""

    def __init__(self, fails: bool = False) -> None:
        self.ran: list[list[str]] = []
        self.fails = fails

    def log(self, _: str) -> None:
        """Print nothing."""

    def error(self, sentence: str) -> None:
        """End the session."""
        raise Stopped(sentence)

    def run_install(self, *command: str, **_: Any) -> None:
        """Note a command; the last one makes the environment's Python."""
        if self.fails:
            raise CommandFailed
        self.ran.append(list(command))
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.touch()


@pytest.fixture(autouse=True)
def folder(noxfile: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout where nothing is installed yet, on a machine without uv."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "constraints.txt").write_text("jax==1.0")
    shared = tmp_path / ".nox" / "course"
    names = {"ROOT": tmp_path, "SHARED": shared, "PYTHON": str(shared / "bin" / "python")}
    for name, value in {**names, "examine": lambda: 0}.items():
        monkeypatch.setitem(noxfile, name, value)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return tmp_path


def test_installs_the_pinned_versions_once(noxfile: dict[str, Any]) -> None:
    session = Session()
    python = noxfile["shared"](session, ("", "eeg"))
    made, installed = session.ran
    assert made[:3] == [sys.executable, "-m", "venv"]
    assert installed[0] == python
    assert installed[-4:] == ["-c", "constraints.txt", "-e", ".[eeg]"]
    assert "--no-index" not in installed
    assert noxfile["shared"](session, ("eeg",)) == python
    assert len(session.ran) == 2


def test_installs_again_when_the_constraints_change(noxfile: dict[str, Any], folder: Path) -> None:
    session = Session()
    noxfile["shared"](session, ("",))
    (folder / "constraints.txt").write_text("jax==1.1")
    noxfile["shared"](session, ("",))
    assert session.ran[1] == session.ran[2]


def test_makes_the_environment_anew_when_its_python_is_gone(noxfile: dict[str, Any]) -> None:
    session = Session()
    Path(noxfile["shared"](session, ("",))).unlink()
    shutil.rmtree(noxfile["SHARED"] / "bin")
    noxfile["shared"](session, ("",))
    assert session.ran[2:] == session.ran[:2]


def test_wheels_take_the_place_of_the_network(noxfile: dict[str, Any], folder: Path) -> None:
    (folder / "wheels").mkdir()
    session = Session()
    noxfile["shared"](session, ("",))
    assert " ".join(session.ran[1]).endswith(
        "--no-index --find-links wheels -c constraints.txt -e ."
    )


def test_nothing_is_installed_where_the_course_cannot_run(
    noxfile: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(noxfile, "examine", lambda: 1)
    session = Session()
    with pytest.raises(Stopped, match="fix what is marked ✗ first"):
        noxfile["shared"](session, ("",))
    assert session.ran == []


def test_a_failed_installation_ends_in_a_sentence(
    noxfile: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[int] = []
    monkeypatch.setitem(noxfile, "examine", lambda: examined.append(1))
    with pytest.raises(Stopped, match="could not be installed"):
        noxfile["shared"](Session(fails=True), ("",))
    assert len(examined) == 2
    assert not noxfile["stamp"]("").exists()
