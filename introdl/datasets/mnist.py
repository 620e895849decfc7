"""The MNIST handwritten digits: 60,000 images to train with, 10,000 to test with."""

import gzip
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets import embedded

Bytes = NDArray[np.uint8]


class Mnist(NamedTuple):
    """The standard split. Pixels are 0 (paper) to 255 (ink), labels are 0 to 9."""

    train_images: Bytes  # (60000, 28, 28)
    train_labels: Bytes  # (60000,)
    test_images: Bytes  # (10000, 28, 28)
    test_labels: Bytes  # (10000,)


def load_mnist() -> Mnist:
    """Read the whole data set from ``data/mnist``.

    Returns:
        The training images, training labels, test images and test labels, all of dtype uint8.

    Raises:
        UsageError: if a file is missing or damaged.
    """
    return Mnist(
        read_idx("train-images-idx3-ubyte.gz"),
        read_idx("train-labels-idx1-ubyte.gz"),
        read_idx("t10k-images-idx3-ubyte.gz"),
        read_idx("t10k-labels-idx1-ubyte.gz"),
    )


def read_idx(name: str) -> Bytes:
    """Read one file in the IDX format of MNIST's authors.

    The file begins with two zeros, the number 8 for bytes, and the number of axes. Then each axis's
    length follows as a 32-bit number, high byte first, and then the bytes themselves.

    Args:
        name: the gzipped file in ``data/mnist``.

    Returns:
        The array, of dtype uint8 and of the shape that the file states.
    """
    content = gzip.decompress(embedded.read(f"mnist/{name}"))
    axes = content[3]
    shape = np.frombuffer(content, ">u4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape).copy()
