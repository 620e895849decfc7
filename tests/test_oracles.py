"""Days 3 and 4: the solutions against independent libraries, to 1e-6 where both are exact."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.stats
from sklearn.linear_model import Ridge
from sklearn.mixture import GaussianMixture

from introdl.datasets import load_diabetes, load_noisy_signal, load_sunspots

Solution = Callable[[str], ModuleType]
SHAPES = [(5, 5), (9, 4), (4, 9), (1, 6), (6, 1)]


@pytest.fixture
def x64() -> Iterator[None]:
    """64 bits in JAX."""
    with jax.enable_x64(True):
        yield


def matrices(shape: tuple[int, int]) -> list[Any]:
    """A matrix of full rank, one of rank 1, and zeros."""
    rng = np.random.default_rng(3)
    full = rng.normal(size=shape)
    return [full, np.outer(full[:, 0], full[0]), np.zeros(shape)]


@pytest.mark.parametrize("shape", SHAPES)
def test_pseudo_inverse(shape: tuple[int, int], solution: Solution) -> None:
    pseudo_inverse = solution("day_03_algebra.src.matrices").pseudo_inverse
    for a in matrices(shape):
        found = pseudo_inverse(a, 1e-10)
        assert np.allclose(found, np.linalg.pinv(a, rcond=1e-10), rtol=0, atol=1e-9)
        assert np.allclose(found, scipy.linalg.pinv(a, rtol=1e-10), rtol=0, atol=1e-9)


def test_matmul(solution: Solution) -> None:
    matmul = solution("day_03_algebra.src.matrices").matmul
    a, b = np.random.default_rng(1).normal(size=(2, 6, 6))
    assert np.allclose(matmul(a[:4], b[:, :3]), a[:4] @ b[:, :3], rtol=1e-12)


def test_polynomials(solution: Solution) -> None:
    polynomial = solution("day_03_algebra.src.polynomial")
    x, y, _ = load_noisy_signal()
    line = scipy.stats.linregress(x, y)
    assert np.allclose(polynomial.fit_line(x, y), [line.intercept, line.slope], rtol=1e-9)
    for degree in (1, 5, 10):
        expected = np.polynomial.Polynomial.fit(x, y, degree)
        found = polynomial.fit_polynomial(x, y, degree)
        assert np.allclose(polynomial.evaluate(found, x), expected(x), atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_fit_regularized(shape: tuple[int, int], solution: Solution) -> None:
    fit_regularized = solution("day_03_algebra.src.regularization").fit_regularized
    b = np.random.default_rng(2).normal(size=shape[0])
    for a in matrices(shape):
        ridge = Ridge(alpha=0.3, fit_intercept=False, solver="cholesky").fit(a, b)
        assert np.allclose(fit_regularized(a, b, 0.3), ridge.coef_, rtol=0, atol=1e-9)


def test_regularisation_brings_the_fit_closer_to_the_signal(solution: Solution) -> None:
    regularization = solution("day_03_algebra.src.regularization")
    x, y, clean = load_noisy_signal()
    a = np.vander(x, 300, increasing=True)
    over = np.mean((a @ regularization.overfit(a, y) - clean) ** 2)
    filtered = np.mean((a @ regularization.fit_regularized(a, y, 1e-4) - clean) ** 2)
    assert filtered < over / 3


def test_autocorrelation(solution: Solution) -> None:
    sunspots = solution("day_04_statistics.src.sunspots")
    x = load_sunspots()[1]
    expected = scipy.signal.correlate(x, x, "full", "direct")
    for found in (
        sunspots.autocorrelation(x),
        sunspots.autocorrelation_numpy(x),
        sunspots.autocorrelation_fft(x),
    ):
        assert np.allclose(found, expected, rtol=1e-6)
    assert sunspots.autocorrelation(np.array([2.0, 3.0, -1.0])).tolist() == [-2, 3, 14, 3, -2]


def test_sunspots_repeat_after_about_eleven_years(solution: Solution) -> None:
    sunspots = solution("day_04_statistics.src.sunspots")
    x = load_sunspots()[1]
    period = sunspots.dominant_period(x, 1 / 12)
    assert 10 < period < 12
    right = sunspots.autocorrelation_fft(x - x.mean())[len(x) - 1 :]
    found = sunspots.peaks(right, round(12 * period), 5)
    highest, _ = scipy.signal.find_peaks(right[:720], distance=60, prominence=0.1 * right[0])
    assert found == highest.tolist()


def test_correlation(solution: Solution) -> None:
    sample = solution("day_04_statistics.src.sample")
    x, y = load_diabetes().measurements[:, 2:4].T
    assert np.isclose(sample.correlation(x, y), scipy.stats.pearsonr(x, y).statistic, rtol=1e-9)
    assert np.isclose(sample.covariance(x, y), np.cov(x, y)[0, 1], rtol=1e-9)
    assert np.isclose(sample.standard_deviation(x), scipy.stats.tstd(x), rtol=1e-9)


@pytest.mark.usefixtures("x64")
def test_gaussians(solution: Solution) -> None:
    gaussian = solution("day_04_statistics.src.gaussian")
    x = np.linspace(-4.0, 6.0, 41)
    normal = scipy.stats.norm(1.0, 1.7)
    assert np.allclose(gaussian.gaussian_pdf(jnp.asarray(x), 1.0, 1.7), normal.pdf(x), rtol=1e-6)
    assert np.allclose(gaussian.gaussian_cdf(jnp.asarray(x), 1.0, 1.7), normal.cdf(x), atol=1e-4)
    mean, covariance = np.array([0.5, -1.0]), np.array([[2.0, 0.9], [0.9, 0.7]])
    points = np.random.default_rng(5).normal(size=(3, 4, 2))
    expected = scipy.stats.multivariate_normal(mean, covariance).pdf(points)
    found = gaussian.gaussian_pdf_2d(
        jnp.asarray(points), jnp.asarray(mean), jnp.asarray(covariance)
    )
    assert np.allclose(found, expected, rtol=1e-6)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("steps", [1, 5, 30])
def test_mixture_takes_the_same_way_as_scikit_learn(steps: int, solution: Solution) -> None:
    mixture = solution("day_04_statistics.src.mixture")
    x = load_diabetes().measurements[:, 2:4] / 100
    start = mixture.start(jnp.asarray(x), jnp.array([[3.5, 1.5], [5.0, 3.0], [10.0, 1.0]]))
    params, scores = mixture.fit(
        mixture.em_step, mixture.log_likelihood, jnp.asarray(x), start, steps
    )
    oracle = GaussianMixture(
        3, reg_covar=0.0, tol=0.0, max_iter=steps,
        weights_init=np.asarray(start["weights"]), means_init=np.asarray(start["means"]),
        precisions_init=np.linalg.inv(np.asarray(start["covariances"])),
    )  # fmt: skip
    with pytest.warns(UserWarning, match="converge"):
        oracle.fit(x)
    assert np.allclose(params["weights"], oracle.weights_, rtol=1e-6)
    assert np.allclose(params["means"], oracle.means_, rtol=1e-6)
    assert np.allclose(params["covariances"], oracle.covariances_, rtol=1e-6)
    z = mixture.responsibilities(jnp.asarray(x), params)
    assert np.allclose(z, oracle.predict_proba(x), atol=1e-6)
    assert np.isclose(float(scores[-1]) / len(x), oracle.score(x), rtol=1e-6)
    assert np.all(np.diff(scores) > -1e-9)


def test_empty_component_is_refused(solution: Solution) -> None:
    update = solution("day_04_statistics.src.mixture").update_parameters
    with pytest.raises(ValueError, match="component 1 is empty"):
        update(jnp.ones((4, 2)), jnp.array([[1.0, 0.0]] * 4))


def test_clusters_agree_with_the_diagnosis(solution: Solution) -> None:
    diabetes = solution("day_04_statistics.src.diabetes")
    diagnosis = load_diabetes().diagnosis
    clusters = diabetes.match_clusters(diabetes.cluster(), diagnosis)
    assert np.mean(clusters == diagnosis) > 0.85
    assert diabetes.confusion(clusters, diagnosis).sum() == 145


def test_ellipse_is_that_of_the_covariance(solution: Solution) -> None:
    covariance = np.array([[2.0, 0.9], [0.9, 0.7]])
    mean = np.array([1.0, -1.0])
    points = solution("day_04_statistics.src.mixture").ellipse(mean, covariance) - mean
    distances = np.sum(points @ np.linalg.inv(covariance) * points, axis=1)
    assert np.allclose(distances, 4.0)
