"""Tasks 6.1 to 6.3: correlation in two ways, and pooling."""

from typing import Any

import numpy as np

from day_06_cnn.src.convolution import correlate_direct, correlate_im2col, im2col_indices, max_pool
from introdl.testing import check, jit, task

# Image and kernel: odd and even kernels, images and kernels that aren't square, 1 × 1, full size.
SHAPES = [
    ((6, 9), (3, 3)), ((9, 5), (2, 4)), ((5, 7), (4, 1)), ((4, 6), (1, 1)), ((4, 6), (4, 6)),
]  # fmt: skip

IMAGE = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [4.0, 0.0, 1.0]], np.float32)
KERNEL = np.array([[1.0, 0.0], [2.0, -1.0]], np.float32)
BY_HAND = np.array([[0.0, 1.0], [8.0, 0.0]])


def correlate(image: Any, kernel: Any) -> Any:
    """The correlation in 64 bits, of all windows of the image at once."""
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(image, float), kernel.shape)
    return np.einsum("ijab,ab->ij", windows, np.asarray(kernel, float))


def same(got: Any, value: Any) -> bool:
    """Whether shape and numbers are equal."""
    return np.shape(got) == value.shape and bool(np.allclose(got, value, rtol=1e-3, atol=1e-4))


def correlation_mistakes(image: Any, kernel: Any, right: Any) -> dict[str, Any]:
    """What the usual errors lead to."""
    return {
        "The kernel is flipped; that is a convolution. Correlation takes it as it is.":
            correlate(image, kernel[::-1, ::-1]),
        "The last place is missing: height − rows + 1 and width − columns + 1 places.":
            lambda got: np.shape(got) == (right.shape[0] - 1, right.shape[1] - 1),
        "The result is as large as the image; keep only places where the kernel fits.":
            lambda got: np.shape(got) == np.shape(image) != right.shape,
        "Rows and columns are mixed up: the first axis is the height.":
            lambda got: np.shape(got) == right.T.shape != right.shape or same(got, right.T),
        "Sum up the products; this is their mean.": right / kernel.size,
        "Multiply with the kernel before you sum up.": correlate(image, np.ones(kernel.shape)),
    }  # fmt: skip


def check_correlation(function: Any, rng: np.random.Generator) -> None:
    """Check the example by hand and all shapes."""
    mistakes = correlation_mistakes(IMAGE, KERNEL, BY_HAND)
    check(function, IMAGE, KERNEL, expect=BY_HAND, mistakes=mistakes)
    for image_shape, kernel_shape in SHAPES:
        image, kernel = (rng.normal(size=s).astype(np.float32) for s in (image_shape, kernel_shape))
        right = correlate(image, kernel)
        mistakes = correlation_mistakes(image, kernel, right)
        check(function, image, kernel, expect=right, mistakes=mistakes, rtol=1e-3, atol=1e-4)


@task("6.1", points=1)
def test_correlate_direct(rng: np.random.Generator) -> None:
    check_correlation(correlate_direct, rng)


def indices(image_shape: tuple[int, int], kernel_shape: tuple[int, int]) -> Any:
    """Rows and columns of all pixels below the kernel, one after the other."""
    rows, columns = kernel_shape
    places = [
        (i, j)
        for i in range(image_shape[0] - rows + 1)
        for j in range(image_shape[1] - columns + 1)
    ]
    entries = [(a, b) for a in range(rows) for b in range(columns)]
    return (
        np.array([[i + a for a, _ in entries] for i, _ in places]),
        np.array([[j + b for _, b in entries] for _, j in places]),
    )


@task("6.2", points=2)
def test_im2col_indices(rng: np.random.Generator) -> None:
    first = [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 2, 2], [1, 1, 2, 2]]
    second = [[0, 1, 0, 1], [1, 2, 1, 2], [0, 1, 0, 1], [1, 2, 1, 2]]
    by_hand = np.array(first), np.array(second)
    size = tuple(int(n) for n in rng.integers(4, 8, 2))
    cases: list[Any] = [((3, 3), (2, 2), by_hand), (size, (3, 2), indices(size, (3, 2)))]
    cases += [(*shapes, indices(*shapes)) for shapes in SHAPES]
    for image_shape, kernel_shape, right in cases:
        (height, width), (rows, columns) = image_shape, kernel_shape
        down, across = height - rows + 1, width - columns + 1
        grid = np.arange(down * across).reshape(down, across).T.ravel()  # column by column
        entry = np.arange(rows * columns).reshape(rows, columns).T.ravel()
        check(
            im2col_indices, image_shape, kernel_shape, expect=right,
            mistakes={
                "The order is wrong: first the rows, then the columns.": right[::-1],
                "Each place is a row of the result, each entry of the kernel a column.":
                    (right[0].T, right[1].T),
                "Count the places row by row.": (right[0][grid], right[1][grid]),
                "Count the kernel's entries row by row.":
                    (right[0][:, entry], right[1][:, entry]),
                "There is a place for each pixel of the image; keep those where the kernel fits.":
                    lambda got, n=height * width: len(got[0]) == n,
                "The last row and column of places are missing: height − rows + 1 and so on.":
                    lambda got, n=(down - 1) * (across - 1): len(got[0]) == n,
            },
        )  # fmt: skip


@task("6.2", points=2)
def test_correlate_im2col(rng: np.random.Generator) -> None:
    check_correlation(correlate_im2col, rng)
    image, kernel = (rng.normal(size=s).astype(np.float32) for s in ((7, 6), (3, 2)))
    right = correlate(image, kernel)
    check(jit(correlate_im2col), image, kernel, expect=right, rtol=1e-3, atol=1e-4)


def blocks(images: Any, size: int) -> Any:
    """The blocks, of shape (batch, rows, columns, channels, size, size)."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    return windows[:, ::size, ::size]


@task("6.3", points=2)
def test_max_pool(rng: np.random.Generator) -> None:
    image = np.array([[1, 5, 2, 0], [3, 4, 1, 1], [0, 0, 9, 2], [7, 1, 3, 8]], np.float32)
    image = image.reshape(1, 4, 4, 1)
    check_max_pool(image, 2)
    check(
        max_pool, image, expect=np.array([5.0, 2.0, 7.0, 9.0]).reshape(1, 2, 2, 1),
        why="Without a size the blocks are 2 × 2.",
    )  # fmt: skip
    # Negative numbers: a border of zeros would show.
    for shape, size in (
        ((2, 6, 8, 3), 2),
        ((3, 7, 5, 2), 2),
        ((1, 10, 7, 4), 3),
        ((2, 4, 5, 2), 1),
    ):
        check_max_pool((rng.normal(size=shape) - 5).astype(np.float32), size)


def check_max_pool(images: Any, size: int) -> None:
    """Check some images, compiled too."""
    each = blocks(images, size)
    right = each.max((4, 5))
    batch, rows, columns, channels, *_ = each.shape
    # All pixels of the blocks row by row, then cut where no block ends.
    lines = each.transpose(0, 1, 4, 2, 5, 3)
    torn = lines.reshape(batch, rows, columns, size, size, channels).max((3, 4))
    height = images.shape[1]
    check(
        max_pool, images, size, expect=right,
        mistakes={
            "This is the mean of each block; take the maximum.": each.mean((4, 5)),
            "This is each block's minimum; take the maximum.": each.min((4, 5)),
            "The pixels of one block aren't neighbours here: reshape to (batch, rows, size, "
            "columns, size, channels), with the size behind rows and behind columns.": torn,
            "The blocks overlap; move on by `size` pixels.":
                lambda got: np.shape(got)[1] == height - size + 1 != rows,
            "Leave out rows and columns at the end that don't fill a block.":
                lambda got: np.shape(got)[1] * size > height,
            "This takes the first pixel of each block; take the maximum.":
                each[..., 0, 0],
        },
    )  # fmt: skip
    check(jit(max_pool, static_argnums=1), images, size, expect=right)
