"""The embedded data: complete, described, and never used when damaged."""

import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from introdl import datasets
from introdl.authoring import data
from introdl.course import ROOT
from introdl.datasets import embedded
from introdl.errors import UsageError


def test_table_names_every_file_with_its_checksum() -> None:
    listed = {file.file: file.sha256 for file in embedded.files()}
    found = {
        path.relative_to(embedded.DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in embedded.DATA.rglob("*")
        if path.is_file()
        and path.name != "DATA.md"
        and not path.is_relative_to(embedded.DATA / "cache")  # recordings made or fetched here
    }
    assert listed == found
    text = (embedded.DATA / "DATA.md").read_text(encoding="utf-8")
    for file in listed:
        assert f"\n## {file.partition('/')[0]}\n" in text, f"{file} has no section"


def test_nile() -> None:
    years, flow = datasets.load_nile()
    assert np.array_equal(years, np.arange(1871, 1971))
    assert (flow[0], flow[42], flow[-1], flow.sum()) == (1120, 456, 740, 91935)


def test_sunspots() -> None:
    times, numbers = datasets.load_sunspots()
    assert numbers.shape == (3177,)
    assert np.allclose(times, 1749 + np.arange(3177) / 12, atol=1e-3)
    assert (numbers[0], numbers[1], numbers.min()) == (58.0, 62.6, 0.0)


def test_diabetes() -> None:
    found = datasets.load_diabetes()
    assert found.measurements.shape == (145, len(found.names))
    assert np.bincount(found.diagnosis).tolist() == [76, 36, 33]
    assert found.measurements[0].tolist() == [0.81, 80, 356, 124, 55]


def test_noisy_signal_is_what_its_script_draws() -> None:
    text = gzip.decompress(embedded.read("noisy_signal.csv.gz")).decode()
    drawn = np.loadtxt(data.noisy_signal().splitlines(), delimiter=",", skiprows=1)
    assert text.splitlines()[0] == "x,noisy,clean"
    assert np.allclose(np.stack(datasets.load_noisy_signal(), axis=1), drawn)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data that may be damaged."""
    shutil.copytree(embedded.DATA, tmp_path / "data", ignore=shutil.ignore_patterns("cache"))
    monkeypatch.setattr(embedded, "DATA", tmp_path / "data")
    return tmp_path / "data"


def test_changed_file_is_refused(copy: Path) -> None:
    content = bytearray((copy / "nile.csv.gz").read_bytes())
    content[-9] ^= 1
    (copy / "nile.csv.gz").write_bytes(content)
    with pytest.raises(UsageError, match=r"data/nile\.csv\.gz was changed .*git checkout"):
        datasets.load_nile()


def test_missing_file_is_said(copy: Path) -> None:
    (copy / "sunspots.csv.gz").unlink()
    with pytest.raises(UsageError, match=r"data/sunspots\.csv\.gz is missing; bring it back"):
        datasets.load_sunspots()
    (copy / "DATA.md").unlink()
    with pytest.raises(UsageError, match=r"data/DATA\.md is missing"):
        datasets.load_nile()


def test_data_list_names_every_data_set() -> None:
    command = [sys.executable, "-m", "introdl", "data", "list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for file in embedded.files():
        assert file.sha256 not in done.stdout
        assert file.title in done.stdout


RHINE = "Zeit \tPegel\n01.01.2000, 04:00 Uhr \t345 cm\n31.12.2000, 23:45 Uhr \t-12 cm\n\n"


def test_rhine(tmp_path: Path) -> None:
    path = tmp_path / "rhine.txt"
    path.write_text(RHINE, encoding="utf-8")
    moments, levels = datasets.load_rhine(path)
    assert moments.tolist() == np.array(["2000-01-01T04:00", "2000-12-31T23:45"], "M8[m]").tolist()
    assert levels.tolist() == [345.0, -12.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "Can't read"),
        ("Time\tLevel\n", "does not begin with the header"),
        ("", "does not begin with the header"),
        ("Zeit\tPegel\n", "holds 0 measurements"),
        (RHINE + "01.01.2001 \t345 cm\n", "line 5: expected"),
        (RHINE + "01.01.2001, 04:00 Uhr 345 cm\n", "line 5: expected"),
        (RHINE + "01.01.2001, 04:00 Uhr \tviel\n", "line 5: expected"),
        (RHINE + "31.02.2001, 04:00 Uhr \t5 cm\n", "a moment that does not exist"),
    ],
)
def test_unusable_rhine_file_gets_one_sentence(
    text: str | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "rhine.txt"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words) as caught:
        datasets.load_rhine(path)
    assert len(str(caught.value).splitlines()) == 1
