"""Tests of `introdl.figures` and `introdl.script`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from PIL import Image

from introdl import figures, script
from introdl.course import ROOT
from introdl.errors import UsageError


@pytest.fixture
def figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Figure]:
    """A figure without a screen; the files go below tmp_path."""
    monkeypatch.setattr(figures, "ROOT", tmp_path.resolve())
    mpl.use("agg")
    made, _ = plt.subplots(figsize=(2.03, 1.51), dpi=50)  # odd numbers of pixels
    yield made
    plt.close(made)


def test_without_a_screen_the_figure_is_saved_and_its_path_printed(
    figure: Figure, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures.save_or_show(figure, "day_02_optimization", "parabola")
    path = tmp_path / "build" / "day_02_optimization" / "parabola.png"
    assert path.stat().st_size > 100
    assert capsys.readouterr().out == "wrote build/day_02_optimization/parabola.png\n"
    assert figure.number not in plt.get_fignums()  # type: ignore[attr-defined]


def test_with_a_screen_the_figure_is_shown(
    figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    monkeypatch.setattr(plt, "get_backend", lambda: "TkAgg")
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    figures.save_or_show(figure, "day_02_optimization", "parabola")
    assert len(shown) == 1
    assert not (tmp_path / "build").exists()


def test_a_movie_without_ffmpeg_is_a_gif_with_every_frame(
    figure: Figure, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "have_ffmpeg", lambda: False)
    axes, drawn = figure.axes[0], []

    def draw(frame: int) -> None:
        drawn.append(frame)
        axes.plot([0, 1], [0, frame])

    path = figures.write_movie(figure, draw, 4, figures.build_path("day_02_optimization", "path"))
    assert path.name == "path.gif"
    assert drawn == [0, 1, 2, 3]
    with Image.open(path) as movie:
        assert getattr(movie, "n_frames", 1) == 4
    assert "wrote build/day_02_optimization/path.gif" in capsys.readouterr().out


def test_a_movie_with_ffmpeg_is_an_mp4(
    figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plt.rcParams, "animation.ffmpeg_path", imageio_ffmpeg.get_ffmpeg_exe())
    path = figures.write_movie(figure, lambda _: None, 2, tmp_path / "path")
    assert path.name == "path.mp4"
    assert path.read_bytes()[4:8] == b"ftyp"


def test_the_ending_says_the_format(figure: Figure, tmp_path: Path) -> None:
    file = tmp_path / "new" / "movie.gif"
    path = figures.write_movie(figure, lambda _: None, 1, file)
    assert path == file
    assert file.read_bytes().startswith(b"GIF8")


@pytest.mark.parametrize(
    ("frames", "file", "says"),
    [
        (0, "movie.gif", "has 0 frames"),
        (1, "movie.avi", "end in .mp4 or .gif"),
        (1, "movie.mp4", "needs ffmpeg"),
    ],
)
def test_a_movie_that_cannot_be_written_is_refused_in_a_sentence(
    figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int, file: str,
    says: str
) -> None:  # fmt: skip
    monkeypatch.setattr(figures, "have_ffmpeg", lambda: False)
    with pytest.raises(UsageError, match=says):
        figures.write_movie(figure, lambda _: None, frames, tmp_path / file)


@pytest.mark.parametrize("module", ["figures", "script"])
def test_importing_does_not_import_matplotlib(module: str) -> None:
    code = f"import introdl.{module}, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def unfinished() -> None:
    raise NotImplementedError("TODO 2.1: return the derivative")


def test_an_unfinished_task_ends_a_script_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        script.run(unfinished)
    line = unfinished.__code__.co_firstlineno + 1
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        f"Task 2.1 is not started yet: tests/test_figures.py, unfinished(), line {line}.\n"
    )


def test_unusable_input_ends_a_script_in_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise UsageError("There is no such file; name another.")

    with pytest.raises(SystemExit) as stopped:
        script.run(main)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "There is no such file; name another.\n"


@pytest.mark.parametrize("error", [ValueError("no"), NotImplementedError("complex numbers")])
def test_other_exceptions_pass_through(error: Exception) -> None:
    def main() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        script.run(main)
    assert raised.value is error


def test_a_finished_script_just_runs() -> None:
    done = []
    script.run(lambda: done.append(True))
    assert done == [True]
