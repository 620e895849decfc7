"""Find one person in a crowd by correlation, which must not be fooled by bright places."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from day_06_cnn.src.convolution import correlate_direct, correlate_im2col, correlate_lax
from day_06_cnn.src.scene import Scene, draw_scene
from introdl.figures import save_or_show
from introdl.script import Parser, at_least, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLAT = 1e-3  # a patch with a smaller sum of squares counts as if it had this one
CROP = 160  # the side of the piece of the scene on which the slow versions are timed, in pixels


def normalized_correlation(image: Any, template: Any) -> jax.Array:
    """Compare the template with each patch of the image, whatever their brightness and contrast.

    γ[i, j] = Σ (P − P̄)(T − T̄) / √(Σ (P − P̄)² · Σ (T − T̄)²), with the patch P of the image whose
    upper left corner is at (i, j); a bar is a mean, and the sums run over the pixels of the patch.
    Source of the formula: Lewis, "Fast normalized cross-correlation" (1995), equation 2.

    Args:
        image: a float array of shape ``(height, width)``, with values of about 0 to 1.
        template: T, a float array of shape ``(rows, columns)`` with two different values at least.

    Returns:
        γ from −1 to 1, of shape ``(height - rows + 1, width - columns + 1)``; finite for flat
        patches too, whose sum of squares Σ (P − P̄)² is replaced by ``FLAT``.
    """
    # TODO 6.4: three calls of correlate_lax: with T − T̄, and with ones for Σ P and Σ P²
    # (about 7 lines).
    # BEGIN SOLUTION
    shape = template - template.mean()
    ones = jnp.ones(template.shape)
    total, squares = correlate_lax(image, ones), correlate_lax(image**2, ones)
    energy = jnp.maximum(squares - total**2 / template.size, FLAT)
    return correlate_lax(image, shape) / jnp.sqrt(energy * jnp.sum(shape**2))
    # END SOLUTION


def find_template(image: Any, template: Any) -> tuple[int, int]:
    """Where the image is most similar to the template.

    Args:
        image: a float array of shape ``(height, width)``, with values of about 0 to 1.
        template: a float array of shape ``(rows, columns)``.

    Returns:
        Row and column of the best patch's upper left corner.
    """
    # TODO 6.4: take the place of the largest γ (about 3 lines).
    # BEGIN SOLUTION
    scores = normalized_correlation(image, template)
    row, column = jnp.unravel_index(scores.argmax(), scores.shape)
    return int(row), int(column)
    # END SOLUTION


def brightest_match(image: Any, template: Any) -> tuple[int, int]:
    """Where plain correlation is largest."""
    scores = np.asarray(correlate_lax(image, template))
    [[row, column], *_] = np.argwhere(scores == scores.max()).tolist()
    return row, column


def grey(colours: Any) -> Any:
    """The brightness of colours, from shape ``(..., 3)`` to ``(...)``."""
    return colours @ np.array([0.299, 0.587, 0.114], np.float32)


def seconds(function: Callable[..., Any], *args: Any) -> float:
    """The shortest time of three calls; a call before them lets JAX compile."""
    times = []
    for _ in range(4):
        start = time.perf_counter()
        np.asarray(function(*args))  # waits until JAX is done
        times.append(time.perf_counter() - start)
    return min(times[1:])


def compare_times(image: Any, template: Any) -> None:
    """Print the time of the three versions on a piece of the image, and of the fastest on all."""
    crop = image[-CROP:, :CROP]
    versions: dict[str, Callable[..., Any]] = {
        "correlate_im2col": correlate_im2col, "correlate_lax": correlate_lax
    }  # fmt: skip
    for kernel in (template[:5, :5], template):
        print(f"{CROP} × {CROP} pixels, kernel of {kernel.shape[0]} × {kernel.shape[1]}")
        slow = seconds(correlate_direct, crop, kernel)
        print(f"  correlate_direct  {1000 * slow:7.1f} ms")
        for name, function in versions.items():
            fast = seconds(function, crop, kernel)
            print(f"  {name:16}  {1000 * fast:7.1f} ms, {slow / fast:5.1f} times as fast")
    whole = seconds(normalized_correlation, image, template)
    print(f"the whole scene, {image.shape[0]} × {image.shape[1]} pixels")
    print(f"  normalized_correlation  {1000 * whole:.0f} ms")


def draw_found(scene: Scene, plain: tuple[int, int], found: tuple[int, int]) -> "Figure":
    """Draw the scene with the places that the two correlations choose, and these enlarged."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    height, width, _ = scene.image.shape
    rows, columns, _ = scene.template.shape
    figure, grid = plt.subplot_mosaic(
        [["scene", "template"], ["scene", "plain"], ["scene", "normalised"]],
        figsize=(10.8, 7.1), width_ratios=(7, 1), layout="constrained",
    )  # fmt: skip
    grid["scene"].imshow(scene.image, alpha=0.75)
    grid["template"].imshow(scene.template)
    for (row, column), colour, name in (
        (plain, "tab:red", "plain"),
        (found, "tab:green", "normalised"),
    ):
        corner = column - 4, row - 4
        frame = Rectangle(corner, columns + 8, rows + 8, fill=False, edgecolor=colour, lw=3)
        grid["scene"].add_patch(frame)
        grid[name].imshow(scene.image[row : row + rows, column : column + columns])
        grid[name].spines[:].set(color=colour, linewidth=3)
    for name in ("template", "plain", "normalised"):
        grid[name].set(xticks=[], yticks=[], title=name)
    grid["scene"].set(xlim=(0, width), ylim=(height, 0), title="Who wears an EEG cap?")
    grid["scene"].set(xlabel="column (pixels)", ylabel="row (pixels)")
    return figure


def draw_maps(scene: Scene) -> "Figure":
    """Draw both correlations at every place, and below along the row of the maximum."""
    import matplotlib.pyplot as plt

    image, template = grey(scene.image), grey(scene.template)
    figure, grid = plt.subplots(
        2, 2, figsize=(10, 5.6), height_ratios=(2.4, 1), sharex=True, layout="constrained"
    )
    maps = correlate_lax(image, template), normalized_correlation(image, template)
    for (above, below), scores, name in zip(grid.T, maps, ("plain", "normalised"), strict=True):
        shown = above.imshow(np.asarray(scores), cmap="magma", aspect="auto")
        [[row, column], *_] = np.argwhere(scores == scores.max()).tolist()
        above.plot(column, row, "o", mfc="none", mec="tab:cyan", ms=16, mew=2.5, label="maximum")
        above.set(ylabel="row (pixels)", title=f"{name} correlation")
        above.legend(loc="lower left")
        figure.colorbar(shown, ax=above)
        below.plot(np.asarray(scores[row]), lw=1)
        below.set(xlabel="column (pixels)", ylabel="correlation", title=f"along row {row}")
    return figure


def draw_puzzle(seed: int) -> "Figure":
    """Draw the scene alone and large, to print and search."""
    import matplotlib.pyplot as plt

    image = draw_scene(seed, zoom=3).image
    figure = plt.figure(figsize=(image.shape[1] / 150, image.shape[0] / 150))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(image)
    axes.axis("off")
    return figure


def main() -> None:
    """Search the scene, compare the times, and draw where the two correlations lead."""
    parser = Parser(description=__doc__)
    parser.add_argument(
        "--seed", type=at_least(0), default=0, metavar="N", help="draw another crowd (default 0)"
    )
    seed = parser.parse_args().seed
    scene = draw_scene(seed)
    image, template = grey(scene.image), grey(scene.template)
    compare_times(image, template)
    plain, found = brightest_match(image, template), find_template(image, template)
    print(f"the cap is at row, column  {scene.place}, among {scene.people} people")
    print(f"plain correlation finds    {plain}")
    print(f"the normalised one finds   {found}")
    for name, figure in (
        ("scene", draw_puzzle(seed)),
        ("found", draw_found(scene, plain, found)),
        ("maps", draw_maps(scene)),
    ):
        save_or_show(figure, "day_06_cnn", name)


if __name__ == "__main__":
    run(main)
