"""The wheelhouse: which wheels it holds, and what it says if one can't be had."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from introdl.__main__ import main
from introdl.authoring.publish import wheelhouse
from introdl.errors import UsageError

ARM = "cp312-cp312-manylinux_2_28_aarch64"
WHEELS = [
    ("hatchling", "py3-none-any"),
    ("editables", "py3-none-any"),
    ("pip", "py3-none-any"),
    ("tiny", ARM),
    ("tiny", "cp312-cp312-macosx_11_0_arm64"),
    ("tiny", "cp312-cp312-macosx_14_0_arm64"),
    ("tiny", "cp312-cp312-manylinux_2_28_x86_64"),
]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the world's packages; ``tiny`` is all that the course needs."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, tag in WHEELS:
        with zipfile.ZipFile(folder / f"{name}-99.0-{tag}.whl", "w") as wheel:
            info = f"{name}-99.0.dist-info"
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(wheelhouse, "pins", lambda version, system: ["tiny==99.0"])
    return folder


@pytest.mark.usefixtures("index")
def test_wheelhouse_holds_the_wheels_of_the_chosen_systems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert main(["wheelhouse", str(out), "--system", "linux-arm", "macos"]) == 0
    assert {path.name for path in out.iterdir()} == {
        "README.txt",
        "editables-99.0-py3-none-any.whl",
        "hatchling-99.0-py3-none-any.whl",
        "pip-99.0-py3-none-any.whl",
        f"tiny-99.0-{ARM}.whl",
        "tiny-99.0-cp312-cp312-macosx_11_0_arm64.whl",
    }
    assert wheelhouse.INSTALL in (out / "README.txt").read_text()
    assert wheelhouse.INSTALL in capsys.readouterr().out


@pytest.mark.usefixtures("index")
def test_missing_wheel_is_named_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "out"
    arguments = ["--python", "3.12", "3.13", "--system", "linux-arm"]
    assert main(["wheelhouse", str(out), *arguments]) == 2
    assert "no wheel of tiny==99.0 for Python 3.13 on linux-arm" in capsys.readouterr().err
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--system", "windows"], "There is no system 'windows'; choose linux, linux-arm, macos"),
        (["--python", "3.10"], "The course does not support Python 3.10; choose 3.11, 3.12"),
        ([], "exists and is not empty"),
    ],
)
def test_unusable_choice_is_one_sentence(
    tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(["wheelhouse", str(tmp_path), *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_pins_are_those_of_the_other_machine(tmp_path: Path) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(
        "# made by nox\n"
        "both==1.0\n"
        "jax==0.10 ; python_full_version < '3.12'\n"
        "jax==0.12 ; python_full_version >= '3.12'\n"
        "mac==1.0 ; sys_platform == 'darwin'\n"
        "arm==1.0 ; platform_machine == 'aarch64'\n"
    )
    assert wheelhouse.pins("3.11", "linux", constraints) == ["both==1.0", "jax==0.10"]
    assert wheelhouse.pins("3.12", "macos", constraints) == ["both==1.0", "jax==0.12", "mac==1.0"]
    assert wheelhouse.pins("3.14", "linux-arm", constraints)[1:] == ["jax==0.12", "arm==1.0"]


def test_wheels_that_do_not_install_are_refused(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    (tmp_path / "wheels").mkdir()
    with pytest.raises(UsageError, match=r"nothing was written(.|\n)*hatchling"):
        wheelhouse.prove(str(tmp_path / "venv" / "bin" / "python"), tmp_path / "wheels")
