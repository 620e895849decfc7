"""Tasks 4.6 to 4.8: Gaussian mixtures, and clusters of patients."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from day_04_statistics.src.diabetes import confusion, match_clusters
from day_04_statistics.src.mixture import (
    fit,
    log_likelihood,
    responsibilities,
    update_parameters,
)
from introdl.testing import call, check, check_raises, given, require, task


def log_joint(x: Any, params: Any) -> Any:
    """Log ρ_j N(x_i; μ_j, Σ_j), in NumPy; of shape (n, k)."""
    columns = []
    for weight, mean, cov in zip(
        params["weights"], params["means"], params["covariances"], strict=True
    ):
        root = np.linalg.cholesky(cov)
        white = np.linalg.solve(root, (x - mean).T)  # uncorrelated, with variance 1
        logs = -0.5 * (white**2 + np.log(2 * np.pi))
        columns.append(np.log(weight / np.diag(root).prod()) + logs.sum(axis=0))
    return np.stack(columns, axis=1)


def expectation(x: Any, params: Any) -> Any:
    """The responsibilities."""
    joint = log_joint(x, params)
    return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))


def score(x: Any, params: Any) -> float:
    """The log-likelihood."""
    return float(np.logaddexp.reduce(log_joint(x, params), axis=1).sum())


def example(rng: np.random.Generator, n: int = 12) -> tuple[Any, dict[str, Any]]:
    """Points and a mixture of two components that fits them badly."""
    x = np.concatenate([rng.normal(-1.0, 1.0, (n, 2)), rng.normal(2.0, [0.5, 1.5], (n, 2))])
    params = {
        "weights": np.array([0.3, 0.7]),
        "means": np.array([[-0.5, 0.2], [1.0, 0.4]]) + rng.normal(0.0, 0.1, (2, 2)),
        "covariances": np.array([[[1.5, 0.4], [0.4, 1.0]], [[2.0, -0.3], [-0.3, 1.2]]]),
    }
    return x, params


@task("4.6", points=1)
def test_responsibilities(rng: np.random.Generator) -> None:
    x, params = example(rng, 3)
    right = expectation(x, params)
    equal = {**params, "weights": np.array([0.5, 0.5])}
    log = log_joint(x, params)
    joint = np.exp(log)
    check(
        responsibilities, x, params, expect=right, rtol=1e-3,
        mistakes={
            "The weights ρ are missing.": expectation(x, equal),
            "Normalise: the row of a point sums to 1.": joint,
            "These are logarithms; the responsibilities lie between 0 and 1.":
                lambda got: np.any(got < 0),
            "Normalise over the components (axis 1), not over the points.":
                joint / joint.sum(axis=0),
            "Each row is one point: the shape is (n, k).": right.T,
            "Responsibilities are shared: between 0 and 1, not only 0 or 1.":
                lambda got: np.all((got == 0) | (got == 1)),
            "softmax takes the logarithms themselves, without exp.":
                np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True),
            "These are shares of logarithms; normalise exp(log_joint).":
                (log.T / log.sum(axis=1)).T,
        },
    )  # fmt: skip


@task("4.6", points=1)
def test_responsibilities_far_away(rng: np.random.Generator) -> None:
    _, params = example(rng, 3)
    x = np.array([[60.0, 60.0], [-80.0, 10.0], [0.0, 0.0]])
    check(
        responsibilities, x, params, expect=expectation(x, params), rtol=1e-2, atol=1e-3,
        mistakes={
            "Far away all densities are 0, and 0/0 is NaN; normalise logarithms (softmax).":
                lambda got: np.any(np.isnan(got)),
            "A row sums to 1 far away, too: normalise logarithms (softmax).":
                lambda got: np.any(np.abs(got.sum(axis=1) - 1) > 0.1),
        },
    )  # fmt: skip


def moments(x: Any, weights: Any, about: Any) -> Any:
    """The mean product of distances from a point, by the parallel axis theorem."""
    shift = np.average(x, axis=0, weights=weights) - about
    return np.cov(x.T, aweights=weights, ddof=0) + np.outer(shift, shift)


def maximisation(x: Any, z: Any, change: str = "") -> dict[str, Any]:
    """The new parameters; ``change`` names a typical error."""
    n = z.sum(axis=0)
    means = np.stack([np.average(x, axis=0, weights=weights) for weights in z.T])
    used = {"hard": (z > 0.5).astype(float), "all": np.ones_like(z), "z²": z**2}.get(change, z)
    about = {"origin": 0 * means, "one mean": 0 * means + x.mean(axis=0)}.get(change, means)
    covariances = np.stack([moments(x, *pair) for pair in zip(used.T, about, strict=True)])
    factor = {
        "z²": used.sum(axis=0) / n, "undivided": n, "by n": n / len(x), "by n - 1": n / (n - 1),
    }.get(change, np.ones(len(n)))  # fmt: skip
    if change == "diagonal":
        covariances = covariances * np.eye(x.shape[1])
    weights = {"counts": n, "equal": np.full(len(n), 1 / len(n)), "by k": n / len(n)}.get(
        change, z.mean(axis=0)
    )
    return {
        "weights": weights,
        "means": means * n[:, None] / len(x) if change == "n" else means,
        "covariances": covariances * factor[:, None, None],
    }


@task("4.7", points=1)
def test_update_parameters(rng: np.random.Generator) -> None:
    x, params = example(rng, 6)
    z = expectation(x, params)
    named = {
        "The covariances lack the weights z: each point counts by its responsibility.": "all",
        "The covariances use hard labels; weight by z itself.": "hard",
        "Subtract the new mean of the component before you multiply.": "origin",
        "Divide each covariance by n_j.": "undivided",
        "The weights ρ sum to 1: divide n_j by n.": "counts",
        "Divide each mean by n_j, not by n.": "n",
        "Divide each covariance by n_j, not by n.": "by n",
        "Divide each covariance by n_j, not by n_j − 1: EM needs the plain mean.": "by n - 1",
        "The weights z stand in the covariance once, not squared.": "z²",
        "Use the new mean of each component, not the mean of all points.": "one mean",
        "The covariances need the entries beside the diagonal, too.": "diagonal",
        "The weights ρ change in each step: n_j / n.": "equal",
        "n is the number of points, not of components: ρ_j = n_j / n.": "by k",
    }
    check(
        update_parameters, x, z, expect=maximisation(x, z), rtol=1e-3, atol=1e-4,
        mistakes={text: maximisation(x, z, change) for text, change in named.items()},
        why="Compare n_j, the means and the covariances with the formulas, one by one.",
    )  # fmt: skip
    empty = np.stack([np.ones(len(x)), np.zeros(len(x))], axis=1)
    check_raises(
        update_parameters, x, empty, error=ValueError,
        why="Component 1 has no points: n_j = 0. Raise a ValueError before you divide by it.",
    )  # fmt: skip
    check_raises(
        update_parameters, x, np.abs(empty - 1e-9), error=ValueError,
        why="n_j is almost 0: raise a ValueError where n_j is smaller than EMPTY.",
    )  # fmt: skip


@task("4.7", points=1)
def test_log_likelihood_never_falls(rng: np.random.Generator) -> None:
    x, params = example(rng, 25)
    before = score(x, params)
    for step in range(8):
        z = expectation(x, params)
        params = call(update_parameters, x, z)
        after = score(x, params)
        require(
            after >= before - 1e-3, f"update_parameters(x, z), step {step + 1}",
            f"parameters with log-likelihood {after:.4f}",
            f"at least {before:.4f}, the value before the step",
            "The log-likelihood never falls in EM: look at mean, covariance and weight again.",
        )  # fmt: skip
        before = after


@task("4.7", points=1)
def test_log_likelihood(rng: np.random.Generator) -> None:
    x, params = example(rng, 5)
    far = np.concatenate([x, [[70.0, -60.0]]])
    for points in (x, far):
        logs = log_joint(points, params)
        check(
            log_likelihood, points, params, expect=score(points, params), rtol=1e-3,
            mistakes={
                "This is the mean; sum over the points.": score(points, params) / len(points),
                "The sum over the components stands inside the logarithm.": logs.sum(),
                "The weights ρ are missing.":
                    score(points, {**params, "weights": np.ones(2)}),
                "The sign is wrong: this is the negative log-likelihood.": -score(points, params),
                "A density underflowed to 0; use logsumexp on log_joint.":
                    lambda got: not np.all(np.isfinite(got)),
                "Add up the components' densities; you took the largest one only.":
                    logs.max(axis=1).sum(),
                "Sum over the components only (axis=1), take the logarithm, then add up.":
                    np.log(np.sum(np.exp(logs))),
                "Sum over components inside the logarithm (axis=1), over points outside.":
                    np.log(np.sum(np.exp(logs), axis=0)).sum(),
                "Sum over the points, too: L is one number.":
                    lambda got, points=points: got.shape == (len(points),),
                "These are probabilities; leave the logarithm.": np.sum(np.exp(logs)),
            },
        )  # fmt: skip


@given
def halve(x: Any, params: Any) -> Any:
    """A step towards 0."""
    return {"a": params["a"] / 2 + x[0]}


@given
def size(x: Any, params: Any) -> Any:
    """A score."""
    return jnp.sum(params["a"]) * 10


@task("4.7", points=1)
def test_fit(rng: np.random.Generator) -> None:
    a, x = np.array([8.0, float(rng.integers(1, 5))]), np.array([1.0])
    history = [a]
    for _ in range(3):
        history.append(history[-1] / 2 + 1.0)
    scores = np.array([10 * h.sum() for h in history])
    check(
        fit, halve, size, x, {"a": a}, 3, expect=({"a": history[3]}, scores),
        mistakes={
            "The score of the start is missing; there are steps + 1 scores.":
                ({"a": history[3]}, scores[1:]),
            "The score after the last step is missing.": ({"a": history[3]}, scores[:-1]),
            "You always step from the start; step from the last parameters.":
                lambda got: np.allclose(got[0]["a"], history[1]),
            "These are the parameters of the start; return the last ones.": ({"a": a}, scores),
            "Note the score behind the step, not before it.":
                ({"a": history[3]}, scores[[0, 0, 1, 2]]),
            "The parameters stay as they are: params = step(x, params).":
                ({"a": a}, scores[[0, 0, 0, 0]]),
            "This is one step too many.": lambda got: len(got[1]) == 5,
        },
    )  # fmt: skip


@task("4.8", points=1)
def test_match_clusters(rng: np.random.Generator) -> None:
    diagnosis = rng.permutation(np.repeat([0, 1, 2], [9, 6, 5]))
    renamed = np.array([2, 0, 1])[diagnosis]
    renamed[:2] = (renamed[:2] + 1) % 3  # two are in a wrong cluster
    back = np.array([1, 2, 0])[renamed]
    check(
        match_clusters, renamed, diagnosis, expect=back,
        mistakes={
            "The names are as they were; try all renamings.": renamed,
            "This is the diagnosis; rename the clusters.": diagnosis,
            "The renaming goes the wrong way, or it is the worst: look up each cluster's name.":
                np.array([2, 0, 1])[renamed],
            "This is the renaming itself; apply it to the clusters.":
                lambda got: got.shape == (3,),
            "Rename the clusters, not the diagnosis.": np.array([1, 2, 0])[diagnosis],
        },
    )  # fmt: skip


@task("4.8", points=1)
def test_confusion(rng: np.random.Generator) -> None:
    diagnosis, clusters = rng.integers(0, 3, 30), rng.integers(0, 3, 30)
    one_hot = np.eye(3, dtype=int)
    right = one_hot[diagnosis].T @ one_hot[clusters]
    check(
        confusion, clusters, diagnosis, expect=right,
        mistakes={
            "Rows and columns are exchanged: a row for each diagnosis.": right.T,
            "Each pair counts; yours are counted once only.": (right > 0).astype(int),
        },
    )  # fmt: skip
