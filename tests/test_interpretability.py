"""Day 8 and the network that it looks into, against PyTorch with Captum, scikit-learn, optax."""

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import optax
import pytest
from sklearn.linear_model import LogisticRegression

from introdl import figures, script
from introdl.authoring import digits as making
from introdl.datasets import embedded, load_mnist
from introdl.errors import UsageError
from introdl.networks import FILE, digit_network, load_digit_network, pool

Solution = Callable[[str], ModuleType]
DAY = "day_08_interpretability"
CAPTUM = Path(__file__).parent / "golden" / "interpretability" / "maps.npz"  # by make.py beside it


@pytest.fixture
def x64() -> Iterator[None]:
    """64 bits in JAX."""
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="module")
def linear(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.linear")


@pytest.fixture(scope="module")
def saliency(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.saliency")


@pytest.fixture(scope="module")
def optimization(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.input_optimization")


@pytest.fixture(scope="module")
def integrated(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.integrated_gradients")


@pytest.fixture(scope="module")
def captum() -> dict[str, Any]:
    """Images, logits and maps of the given network, computed by Captum in double precision."""
    with np.load(CAPTUM, allow_pickle=False) as arrays:
        return dict(arrays)


def network(dtype: Any) -> Any:
    """The given network's weights in this precision."""
    return {name: jnp.asarray(value, dtype) for name, value in load_digit_network().items()}


# The given network


def test_given_network_reads_99_percent() -> None:
    assert making.share_read(load_digit_network()) >= 0.99


@pytest.mark.usefixtures("x64")
def test_given_network_equals_pytorch(captum: dict[str, Any]) -> None:
    found = digit_network(network(float), jnp.asarray(captum["images"]))
    assert np.allclose(found, captum["logits"], rtol=1e-9, atol=1e-9)


def test_given_network_equals_the_convolution_of_jax() -> None:
    params, images = network(np.float32), jax.random.uniform(jax.random.key(0), (3, 28, 28))

    def layer(i: int, x: Any) -> Any:
        kernel, axes = params[f"kernel{i}"], ("NHWC", "HWIO", "NHWC")
        x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=axes)
        return jnp.maximum(x + params[f"bias{i}"], 0)

    def halved(x: Any) -> Any:
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    x = layer(3, halved(layer(2, halved(layer(1, images[..., None])))))
    expected = x.reshape(3, -1) @ params["weight"] + params["bias"]
    assert np.allclose(digit_network(params, images), expected, rtol=1e-4, atol=1e-4)


def test_pooling_leaves_out_an_odd_row_and_column() -> None:
    images = jnp.arange(15.0).reshape(1, 5, 3, 1)
    assert pool(images).ravel().tolist() == [4.0, 10.0]


def test_weights_are_packed_without_dates_and_pickle() -> None:
    content = embedded.read(FILE)
    assert making.pack(load_digit_network()) == content
    shapes = {name: value.shape for name, value in load_digit_network().items()}
    fresh = making.initialize(jax.random.key(0))
    assert shapes == {name: value.shape for name, value in fresh.items()}


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_unusable_weights_are_refused_in_a_sentence(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "DATA.md").write_bytes((embedded.DATA / "DATA.md").read_bytes())
    if damage == "changed":
        (tmp_path / FILE).write_bytes(embedded.read(FILE)[:-1])
    monkeypatch.setattr(embedded, "DATA", tmp_path)
    with pytest.raises(UsageError, match=rf"data/{FILE} (is missing|was changed).*; bring it back"):
        load_digit_network()


def test_script_that_trains_the_given_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mnist").symlink_to(embedded.DATA / "mnist")
    (tmp_path / "DATA.md").write_bytes((embedded.DATA / "DATA.md").read_bytes())
    monkeypatch.setattr(making, "DATA", tmp_path)
    monkeypatch.setattr(sys, "argv", ["digits.py", "--epochs=1", "--subset=1000"])
    making.main()
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("test accuracy ")
    assert said[1] == hashlib.sha256((tmp_path / FILE).read_bytes()).hexdigest()


# 8.1: the linear classifier


def few() -> tuple[Any, Any]:
    """300 digits and their labels."""
    digits = load_mnist()
    return jnp.asarray(digits.train_images[:300], jnp.float32) / 255, digits.train_labels[:300]


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("decay", [0.01, 0.3])
def test_loss_is_smallest_where_scikit_learn_finds_it(decay: float, linear: ModuleType) -> None:
    images, labels = few()
    rows = np.asarray(images, float).reshape(300, -1)
    oracle = LogisticRegression(C=1 / (300 * decay), tol=1e-9, max_iter=5000).fit(rows, labels)
    params = {"W": jnp.asarray(oracle.coef_.T), "b": jnp.asarray(oracle.intercept_)}
    value, slope = jax.value_and_grad(linear.decayed_loss)(
        params, jnp.asarray(rows).reshape(300, 28, 28), jnp.asarray(labels), decay
    )
    z = oracle.predict_log_proba(rows)[np.arange(300), labels]
    assert np.isclose(value, -z.mean() + 0.5 * decay * (oracle.coef_**2).sum(), rtol=1e-9)
    assert max(float(jnp.abs(s).max()) for s in slope.values()) < 1e-5
    assert np.allclose(linear.class_templates(params).reshape(10, -1), oracle.coef_)


def test_train_epoch_equals_optax(linear: ModuleType) -> None:
    images, labels = few()
    labels, optimizer = jnp.asarray(labels), optax.sgd(0.1)
    params = expected = linear.initialize()
    batches = jax.random.permutation(jax.random.key(0), 300).reshape(6, 50)
    for batch in batches:
        slopes = jax.grad(linear.softmax_loss)(expected, images[batch], labels[batch])
        updates, _ = optimizer.update(slopes, optimizer.init(expected))
        expected = optax.apply_updates(expected, updates)
    found = linear.train_epoch(linear.softmax_loss, params, images, labels, batches, 0.1)
    for name in expected:
        assert np.allclose(found[name], expected[name], rtol=1e-4, atol=1e-6), name


def test_one_compilation_for_all_epochs(linear: ModuleType) -> None:
    compiled = linear.train_epoch._cache_size()
    _, right = linear.fit(epochs=3, subset=2000)
    assert linear.train_epoch._cache_size() == compiled + 1
    assert right > 0.8


# 8.2 and 8.3: saliency


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_saliency_equals_captum(
    dtype: Any, size: float, saliency: ModuleType, captum: dict[str, Any]
) -> None:
    images, labels = jnp.asarray(captum["images"], dtype), jnp.asarray(captum["labels"])
    maps, single = (
        jax.jit(f, static_argnums=0) for f in (saliency.saliency_maps, saliency.saliency_map)
    )
    found = maps(digit_network, network(dtype), images, labels)
    assert found.dtype == dtype
    assert np.allclose(found, captum["saliency"], rtol=0, atol=size)
    for image, label, expected in zip(images, (7, 2, 1, 0), captum["saliency"], strict=True):
        one = single(digit_network, network(dtype), image, label)
        assert np.allclose(one, expected, rtol=0, atol=size)


@pytest.mark.usefixtures("x64")
def test_smooth_grad_is_the_mean_gradient(saliency: ModuleType) -> None:
    rng = np.random.default_rng(3)
    curve, image = rng.normal(size=(25, 3)), rng.normal(size=(5, 5))
    key, noise, samples = jax.random.key(1), 0.4, 30

    def forward(params: Any, images: Any) -> Any:
        return images.reshape(len(images), -1) ** 3 @ params / 3

    found = saliency.smooth_grad(
        forward, jnp.asarray(curve), jnp.asarray(image), 2, key, samples, noise
    )
    noisy = image + noise * np.asarray(jax.random.normal(key, (samples, 5, 5)))
    assert np.allclose(found, np.abs((noisy**2).mean(0) * curve[:, 2].reshape(5, 5)), rtol=1e-9)
    without = saliency.smooth_grad(
        forward, jnp.asarray(curve), jnp.asarray(image), 2, key, samples, 0.0
    )
    plain = saliency.saliency_map(forward, jnp.asarray(curve), jnp.asarray(image), 2)
    assert np.allclose(without, plain, rtol=1e-9)


# 8.4: optimised inputs


def test_objective_grows_and_pixels_keep_their_range(optimization: ModuleType) -> None:
    params, start = load_digit_network(), jnp.full((28, 28), 0.5)

    def score(image: Any) -> Any:
        return optimization.objective(
            digit_network, optimization.roughness, params, image, 4, 0.3, 0.2
        )

    found = optimization.optimize_input(score, start, 40, 0.1)
    assert score(found) > score(start) + 5
    assert 0 <= found.min() < found.max() <= 1


def test_favourites_resemble_the_digits_that_people_write(optimization: ModuleType) -> None:
    settings = (optimization.STEPS, optimization.STEP_SIZE)
    images, probabilities = optimization.favourites(
        *settings, optimization.SMOOTHNESS, optimization.INK
    )
    assert np.diagonal(probabilities).min() > 0.95
    digits = load_mnist()
    written = digits.train_images.reshape(60_000, -1).astype(np.float32)
    written /= np.linalg.norm(written, axis=1, keepdims=True)
    nearest = np.argsort(-written @ np.asarray(images).reshape(10, -1).T, axis=0)[:5]
    kinds = [np.bincount(digits.train_labels[column]).argmax() for column in nearest.T]
    assert np.mean(np.array(kinds) == np.arange(10)) >= 0.9
    rough = jax.vmap(optimization.roughness)
    noisy, _ = optimization.favourites(*settings, 1e-9, 1e-9)  # without the costs
    assert rough(images).mean() < 0.5 * rough(noisy).mean()


# 8.5 and 8.6: integrated gradients


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("dtype", "size"), [(np.float64, 1e-6), (np.float32, 1e-4)])
def test_integrated_gradients_equal_captum(
    dtype: Any, size: float, integrated: ModuleType, captum: dict[str, Any]
) -> None:
    # Captum rounds the points on the line to single precision.
    params, steps = network(dtype), int(captum["steps"])
    attribute = jax.jit(integrated.integrated_gradients, static_argnums=(0, 5))
    for image, base, label, expected in zip(
        *(captum[name] for name in ("images", "baselines", "labels", "integrated")), strict=True
    ):
        x, base = jnp.asarray(image, dtype), jnp.asarray(base, dtype)
        found = attribute(digit_network, params, x, base, label, steps)
        assert found.dtype == dtype
        assert np.allclose(found, expected, rtol=0, atol=size)


def test_integrated_gradients_in_single_precision_agree_with_a_reference_in_double(
    integrated: ModuleType,
) -> None:
    rng = np.random.default_rng(5)
    first, second = rng.normal(0, 0.5, (16, 8)), rng.normal(size=(8, 3))
    x, base = rng.uniform(size=(2, 16))

    def forward(params: Any, images: Any) -> Any:
        return jnp.tanh(images.reshape(len(images), -1) @ params[0]) @ params[1]

    def slope(x: Any) -> Any:  # of logit 1, by hand
        return first @ ((1 - np.tanh(x @ first) ** 2) * second[:, 1])

    alphas = (np.arange(1, 301) - 0.5) / 300
    reference = (x - base) * np.mean([slope(base + a * (x - base)) for a in alphas], axis=0)
    params = [jnp.asarray(a, jnp.float32) for a in (first, second)]
    images = (jnp.asarray(a.reshape(4, 4), jnp.float32) for a in (x, base))
    found = integrated.integrated_gradients(forward, params, *images, 1, 300)
    assert np.allclose(found.ravel(), reference, rtol=1e-4, atol=1e-6)
    difference = (np.tanh(x @ first) - np.tanh(base @ first)) @ second[:, 1]
    assert np.isclose(reference.sum(), difference, rtol=1e-4)


def test_attributions_of_the_given_network_are_complete_to_one_percent(
    integrated: ModuleType,
) -> None:
    images, labels, found, errors = integrated.compute(62, 300, 31)  # the first 8 comes late
    assert images.shape == found.shape == (62, 28, 28)
    assert errors.max() < 0.01
    assert set(labels.tolist()) == set(range(10))


def test_memory_is_bounded_by_the_chunk_not_by_the_steps(integrated: ModuleType) -> None:
    params, baseline = load_digit_network(), jnp.zeros((28, 28))

    def needed(chunk: int, steps: int) -> int:
        def one(image: Any, label: Any) -> Any:
            return integrated.integrated_gradients(
                digit_network, params, image, baseline, label, steps
            )

        example = jnp.zeros((chunk, 28, 28)), jnp.zeros(chunk, int)
        memory = jax.jit(jax.vmap(one)).lower(*example).compile().memory_analysis()
        assert memory is not None
        return int(memory.temp_size_in_bytes)

    assert needed(4, 300) < 1.1 * needed(4, 30)
    assert needed(4, 30) < 50e6


@pytest.mark.parametrize("chunk", [1, 4, 12, 100])
def test_chunks_give_what_all_at_once_give(chunk: int, integrated: ModuleType) -> None:
    rng = np.random.default_rng(2)
    images, labels = rng.normal(size=(12, 3, 3)).astype(np.float32), np.arange(12) % 10
    found = integrated.attributions(lambda x, y: jnp.sin(x) * y, images, labels, chunk)
    assert isinstance(found, np.ndarray)
    assert np.allclose(found, np.sin(images) * labels[:, None, None], atol=1e-6)
    average = integrated.average_per_digit(found, labels)
    assert np.allclose(average[1], (found[1] + found[11]) / 2)
    assert np.allclose(average[2:], found[2:10])


# The scripts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scripts without a screen write their figures."""
    monkeypatch.setattr(figures, "ROOT", tmp_path.resolve())
    mpl.use("agg")
    return tmp_path / "build" / DAY


@pytest.mark.parametrize(
    ("name", "arguments", "says", "files"),
    [
        ("linear", ["--epochs=1", "--subset=1000"], "test accuracy: ", ["templates"]),
        ("saliency", ["--samples=2", "--noise=0.1"], "wrote", ["saliency"]),
        ("input_optimization", ["--steps=2"], "wrote", ["favourites"]),
        (
            "integrated_gradients", ["--images=62", "--steps=2", "--chunk=31"],
            "completeness: median error", ["attributions", "average"],
        ),
    ],
)  # fmt: skip
def test_scripts_write_their_figures(
    name: str,
    arguments: list[str],
    says: str,
    files: list[str],
    folder: Path,
    solution: Solution,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    solution(f"{DAY}.src.{name}").main()
    assert capsys.readouterr().out.startswith(says)
    assert sorted(path.stem for path in folder.iterdir()) == files
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        (
            "linear", ["--subset=55001"],
            "There are 55,000 training images; make --subset smaller.\n",
        ),
        (
            "linear", ["--subset=20"],
            "20 training images don't fill a minibatch of 100; make --batch-size smaller.\n",
        ),
        (
            "integrated_gradients", ["--images=10001"],
            "There are 10,000 test images; make --images smaller.\n",
        ),
        (
            "integrated_gradients", ["--images=5"],
            "Among 5 images a digit is missing; make --images larger.\n",
        ),
        (
            "saliency", ["--noise=-1"],
            "Argument --noise: '-1' is not a number above 0; see 'saliency.py --help'.\n",
        ),
        (
            "input_optimization", ["--steps=0"],
            "Argument --steps: '0' is not a whole number of at least 1; "
            "see 'input_optimization.py --help'.\n",
        ),
    ],
)  # fmt: skip
def test_bad_input_gives_one_sentence(
    name: str,
    arguments: list[str],
    says: str,
    solution: Solution,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    with pytest.raises(SystemExit) as stopped:
        script.run(solution(f"{DAY}.src.{name}").main)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == says
