"""Task 6.4: normalised correlation, and where a template is."""

from typing import Any

import numpy as np

from day_06_cnn.src.find_it import find_template, normalized_correlation
from introdl.testing import call, check, require, task

FLAT = 1e-3


def patches(image: Any, shape: tuple[int, int]) -> Any:
    """All patches in 64 bits, of shape (places down, places across, *shape)."""
    return np.lib.stride_tricks.sliding_window_view(np.asarray(image, float), shape)


def centred(image: Any, template: Any) -> Any:
    """Σ (P − P̄)(T − T̄): not normalised."""
    return np.einsum("ijab,ab->ij", patches(image, template.shape), template - template.mean())


def energies(image: Any, shape: tuple[int, int]) -> Any:
    """Σ (P − P̄)² of each patch."""
    found = patches(image, shape)
    return ((found - found.mean((2, 3), keepdims=True)) ** 2).sum((2, 3))


def normalized(image: Any, template: Any) -> Any:
    """γ of each patch."""
    energy = np.maximum(energies(image, template.shape), FLAT)
    return centred(image, template) / np.sqrt(energy * energies(template, template.shape))


@task("6.4", points=2)
def test_normalized_correlation(rng: np.random.Generator) -> None:
    line, pair = np.array([[0.0, 0.5, 0.5, 0.2]], np.float32), np.array([[0.1, 0.9]], np.float32)
    assert np.allclose(normalized(line, pair), [[1.0, 0.0, -1.0]], atol=1e-4)
    check_normalized(line, pair)
    for size, shape in (((14, 19), (4, 5)), ((12, 9), (3, 6)), ((6, 7), (6, 7))):
        image = rng.uniform(0, 1, size).astype(np.float32)
        image[:, : size[1] // 3] = 0.6 + 0.3 * image[:, : size[1] // 3]  # brighter, less contrast
        check_normalized(image, rng.uniform(0, 1, shape).astype(np.float32))


def check_normalized(image: Any, template: Any) -> None:
    """Check γ of all patches, and name the usual errors."""
    shape, found = template.shape, patches(image, template.shape)
    mine, theirs = energies(template, shape), np.maximum(energies(image, shape), FLAT)
    plain, raw = np.einsum("ijab,ab->ij", found, template), centred(image, template)
    squares = (found**2).sum((2, 3))
    undivided = squares - template.size * (squares - energies(image, shape))
    check(
        normalized_correlation, image, template, expect=normalized(image, template),
        rtol=1e-3, atol=2e-3,
        mistakes={
            "This is plain correlation; γ also needs the means and the denominator.": plain,
            "This is not normalised; divide by the root of the two sums of squares.": raw,
            "Subtract the template's mean before you correlate: T − T̄.":
                plain / np.sqrt(theirs * mine),
            "The square root in the denominator is missing.": raw / (theirs * mine),
            "The patch's mean is missing in the denominator: Σ (P − P̄)² = Σ P² − (Σ P)²/n.":
                raw / np.sqrt(squares * mine),
            "Divide (Σ P)² by n, the number of pixels in the template.":
                raw / np.sqrt(np.maximum(undivided, FLAT) * mine),
            "The template's sum of squares is missing in the denominator.": raw / np.sqrt(theirs),
            "The patch's sum of squares is missing in the denominator.": raw / np.sqrt(mine),
        },
    )  # fmt: skip


@task("6.4", points=1)
def test_flat_patches_give_no_nan(rng: np.random.Generator) -> None:
    template = rng.uniform(0, 1, (3, 4)).astype(np.float32)
    image = np.full((9, 20), 1.0, np.float32)
    image[:, 12:] = rng.uniform(0, 1, (9, 8))
    image[:, :4] = 0.0
    got = call(normalized_correlation, image, template)
    text = "normalized_correlation(an image with black and white areas, template)"
    finite = bool(np.all(np.isfinite(np.asarray(got))))
    why = "A flat patch has the sum of squares 0; replace what is below FLAT by jnp.maximum."
    require(finite, text, "NaN or infinity", "finite numbers", why)
    right, texture = normalized(image, template), energies(image, template.shape) > 0.05
    close = np.allclose(np.where(texture, got, 0), np.where(texture, right, 0), atol=5e-3)
    require(close, text, got, "γ as in the formula", "Only flat patches may be changed.")
    small = bool(np.all(np.abs(np.asarray(got)[:, 4:9]) < 0.1))
    require(small, text, got, "about 0 in flat areas", why)


@task("6.4", points=1)
def test_find_template(rng: np.random.Generator) -> None:
    check(
        find_template, np.eye(4, 6, dtype=np.float32), np.eye(4, 6, dtype=np.float32), expect=(0, 0)
    )
    for _ in range(3):
        template = rng.uniform(0, 1, (6, 7)).astype(np.float32)
        image = rng.uniform(0.2, 0.5, (40, 52)).astype(np.float32)
        row, column = int(rng.integers(1, 9)), int(rng.integers(12, 40))
        image[row : row + 6, column : column + 7] = 0.2 + 0.2 * template
        image[18:30, 4:20] = 1.0  # bright: fools plain correlation
        image[18:38, 26:50] = rng.integers(0, 2, (20, 24))  # full of contrast
        scores = normalized(image, template)

        def best(scores: Any) -> tuple[int, int]:
            down, across = np.argwhere(scores == scores.max())[0].tolist()
            return down, across

        plain = np.einsum("ijab,ab->ij", patches(image, (6, 7)), template)
        assert best(scores) == (row, column)
        check(
            find_template, image, template, expect=(row, column),
            mistakes={
                "Plain correlation leads to bright areas; use normalized_correlation.": best(plain),
                "Normalise: this is a place with high contrast.": best(centred(image, template)),
                "The order is wrong: first the row, then the column.": (column, row),
                "This is the place of the smallest γ; take the largest.": best(-scores),
                "argmax counts through all rows; np.unravel_index makes row and column of it.":
                    lambda got: np.size(got) == 1,
                "Rows of γ are shorter than those of the image; unravel with the shape of γ.":
                    divmod(int(scores.argmax()), image.shape[1]),
                "This is the middle; return the upper left corner.": (row + 3, column + 3),
            },
            why="Is normalized_correlation right?",
        )  # fmt: skip
