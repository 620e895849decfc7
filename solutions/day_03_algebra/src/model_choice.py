"""Which degree? Ask points that the fit has not seen."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from day_03_algebra.src.polynomial import evaluate, fit_polynomial
from introdl.datasets import load_noisy_signal
from introdl.figures import save_or_show
from introdl.script import run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.floating[Any]]
Points = tuple[Array, Array]  # x and y, each of shape (m,)

DEGREES = list(range(1, 31))


def errors_per_degree(
    fit: Callable[[Array, Array, int], Array],
    evaluate: Callable[[Array, Array], Array],
    training: Points,
    held_out: Points,
    degrees: Sequence[int],
) -> tuple[Array, Array]:
    """The mean squared error of each degree on the training points and on the held-out points.

    Args:
        fit: ``fit(x, y, degree)`` returns coefficients.
        evaluate: ``evaluate(coefficients, x)`` returns the polynomial's values.
        training: x and y of the points for fitting.
        held_out: x and y of the points that are kept apart.
        degrees: the degrees to try, d of them.

    Returns:
        The training errors and the held-out errors, each of shape ``(d,)``.
    """
    # TODO 3.6: fit on the training points, measure on both (about 8 lines).
    # BEGIN SOLUTION
    errors = []
    for degree in degrees:
        coefficients = fit(*training, degree)
        errors.append(
            [np.mean((evaluate(coefficients, x) - y) ** 2) for x, y in (training, held_out)]
        )
    on_training, on_held_out = np.array(errors).T
    return on_training, on_held_out
    # END SOLUTION


def best_degree(degrees: Sequence[int], held_out_errors: Array) -> int:
    """The degree with the smallest held-out error.

    Args:
        degrees: the degrees that were tried, d of them.
        held_out_errors: their errors, of shape ``(d,)``.

    Returns:
        The best degree; of equal ones the first.
    """
    # TODO 3.6: find the smallest error's degree (about 1 line).
    # BEGIN SOLUTION
    return degrees[int(np.argmin(held_out_errors))]
    # END SOLUTION


def split() -> tuple[Points, Points]:
    """Every fifth point of the noisy signal for training, others between them held out."""
    x, y, _ = load_noisy_signal()
    return (x[2::5], y[2::5]), (x[::5], y[::5])


def draw() -> "Figure":
    """Draw both errors over the degree."""
    import matplotlib.pyplot as plt

    training, held_out = errors_per_degree(fit_polynomial, evaluate, *split(), DEGREES)
    best = best_degree(DEGREES, held_out)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(DEGREES, training, "o-", label="training points")
    axes.semilogy(DEGREES, held_out, "s-", label="held-out points")
    axes.axvline(best, color="0.5", linestyle=":", label=f"best degree: {best}")
    axes.set(xlabel="degree", ylabel="mean squared error", title="Error over degree")
    axes.set_ylim(0.08, 8.0)  # the largest errors are far above
    axes.legend()
    return figure


def main() -> None:
    """Print and draw the errors."""
    training, held_out = errors_per_degree(fit_polynomial, evaluate, *split(), DEGREES)
    best = best_degree(DEGREES, held_out)
    for degree in sorted({1, 2, best, 15, 30}):
        row = DEGREES.index(degree)
        print(f"degree {degree:2}: training {training[row]:.3f}, held out {held_out[row]:.3f}")
    print(f"best degree: {best}")
    save_or_show(draw(), "day_03_algebra", "model_choice")


if __name__ == "__main__":
    run(main)
