"""MNIST: complete, in its standard split, and never used when a file is damaged or missing."""

import gzip
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from introdl.datasets import embedded, load_mnist
from introdl.errors import UsageError

FILES = {
    "train-images-idx3-ubyte.gz": (2051, 60000, 28, 28),
    "train-labels-idx1-ubyte.gz": (2049, 60000),
    "t10k-images-idx3-ubyte.gz": (2051, 10000, 28, 28),
    "t10k-labels-idx1-ubyte.gz": (2049, 10000),
}


def test_standard_split() -> None:
    digits = load_mnist()
    assert [array.shape for array in digits] == [
        (60000, 28, 28), (60000,), (10000, 28, 28), (10000,)
    ]  # fmt: skip
    assert {array.dtype for array in digits} == {np.dtype(np.uint8)}
    # Known from the set's description: digits of each kind, and the pixels' mean and deviation.
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(digits.train_labels).tolist() == train
    assert np.bincount(digits.test_labels).tolist() == test
    assert digits.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert digits.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.isclose(digits.train_images.mean() / 255, 0.1307, atol=1e-4)
    assert np.isclose(digits.train_images.std() / 255, 0.3081, atol=1e-4)


def test_arrays_are_the_callers_own() -> None:
    images = load_mnist().test_images
    images += 1
    assert not np.array_equal(images, load_mnist().test_images)


@pytest.mark.parametrize("name", FILES)
def test_files_have_idx_headers_and_no_date(name: str) -> None:
    packed = embedded.read(f"mnist/{name}")
    content, header = gzip.decompress(packed), FILES[name]
    assert packed[4:8] == bytes(4)
    assert struct.unpack_from(f">{len(header)}I", content) == header
    assert len(content) == 4 * len(header) + np.prod(header[1:])


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "one byte", "cut off"])
def test_damaged_file_gives_one_sentence(
    name: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(embedded.DATA / "mnist", tmp_path / "mnist")
    shutil.copy(embedded.DATA / "DATA.md", tmp_path)
    monkeypatch.setattr(embedded, "DATA", tmp_path)
    path = tmp_path / "mnist" / name
    content = path.read_bytes()
    middle = len(content) // 2
    if damage == "missing":
        path.unlink()
    elif damage == "one byte":
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    else:
        path.write_bytes(content[:middle])
    with pytest.raises(UsageError) as raised:
        load_mnist()
    what = "is missing" if damage == "missing" else "was changed or is damaged"
    assert str(raised.value) == (
        f"data/mnist/{name} {what}; "
        f"bring it back with `git checkout -- data/mnist/{name}` or from the template."
    )
