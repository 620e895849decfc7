"""Day 5's networks and `introdl.training`, against optax and `jax.grad`; options and figures."""

import sys
from collections.abc import Callable
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

from introdl import figures, script, training
from introdl.course import UsageError
from introdl.datasets import load_mnist

Solution = Callable[[str], ModuleType]
BAD_OPTIONS = [
    ("--epochs", "0", "'0' is not a whole number of at least 1"),
    ("--epochs", "2.5", "'2.5' is not a whole number of at least 1"),
    ("--batch-size", "-3", "'-3' is not a whole number of at least 1"),
    ("--learning-rate", "0", "'0' is not a number above 0"),
    ("--learning-rate", "nan", "'nan' is not a number above 0"),
    ("--learning-rate", "fast", "'fast' is not a number above 0"),
    ("--seed", "-1", "'-1' is not a whole number of at least 0"),
    ("--subset", "many", "'many' is not a whole number of at least 1"),
]


@pytest.fixture(scope="module")
def mnist(solution: Solution) -> ModuleType:
    return solution("day_05_neural_networks.src.mnist")


@pytest.fixture(scope="module")
def denoise(solution: Solution) -> ModuleType:
    return solution("day_05_neural_networks.src.denoise")


@pytest.fixture(params=["day 5", "introdl.training"])
def tools(request: pytest.FixtureRequest, mnist: ModuleType) -> ModuleType:
    """What students write on day 5, and what is given from day 6 on: the same functions."""
    return mnist if request.param == "day 5" else training


@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
def test_cross_entropy_equals_optax(size: float, tools: ModuleType) -> None:
    rng = np.random.default_rng(0)
    logits = jnp.asarray(size * rng.uniform(-1, 1, (50, 10)), jnp.float32)
    logits = logits.at[:3].set(size * jnp.sign(logits[:3]))  # the largest ones that may occur
    for dtype in (jnp.int32, jnp.uint8):  # MNIST's labels are bytes
        labels = jnp.asarray(rng.integers(0, 10, 50), dtype)

        def reference(z: Any, labels: Any = labels) -> Any:
            return optax.softmax_cross_entropy_with_integer_labels(z, labels).mean()

        value, slope = jax.value_and_grad(tools.cross_entropy)(logits, labels)
        assert np.allclose(value, reference(logits), rtol=1e-6)
        assert np.allclose(slope, jax.grad(reference)(logits), rtol=1e-5, atol=1e-8)
        assert np.all(np.isfinite(slope))


def test_sgd_step_equals_optax_and_changes_nothing(tools: ModuleType) -> None:
    rng = np.random.default_rng(1)
    params = [{"weight": rng.normal(size=(3, 4)), "bias": rng.normal(size=4)}, [rng.normal(size=2)]]
    before, slopes = jax.tree.map(np.copy, params), jax.tree.map(np.cos, params)
    optimizer = optax.sgd(0.3)
    updates, _ = optimizer.update(slopes, optimizer.init(params))
    found = tools.sgd_step(params, slopes, 0.3)
    expected = optax.apply_updates(params, updates)
    assert jax.tree.all(jax.tree.map(np.allclose, found, expected))
    assert jax.tree.all(jax.tree.map(np.array_equal, params, before))


def test_accuracy(tools: ModuleType) -> None:
    logits = jnp.eye(4)[jnp.array([0, 1, 2, 3, 3])]
    assert np.isclose(tools.accuracy(logits, jnp.array([0, 1, 2, 3, 0], jnp.uint8)), 0.8)


@pytest.mark.parametrize(("count", "size"), [(12, 4), (13, 4), (5, 5), (7, 1)])
def test_minibatches(count: int, size: int, tools: ModuleType) -> None:
    first, second = (tools.minibatches(jax.random.key(n), count, size) for n in (0, 1))
    assert first.shape == (count // size, size)
    assert len(set(np.ravel(first).tolist())) == first.size
    assert set(np.ravel(first).tolist()) <= set(range(count))
    assert not np.array_equal(first, second)


def test_too_few_examples_for_a_minibatch() -> None:
    with pytest.raises(UsageError, match="3 examples are too few for a minibatch of 4"):
        training.minibatches(jax.random.key(0), 3, 4)


def test_sigmoid_equals_jax(denoise: ModuleType) -> None:
    x = jnp.linspace(-120, 120, 1001)
    assert np.allclose(denoise.sigmoid(x), jax.nn.sigmoid(x), atol=1e-7)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 8), (100, 20)])
def test_backward_equals_jax_grad(shape: tuple[int, int], denoise: ModuleType) -> None:
    inputs, hidden = shape
    params = denoise.initialize(jax.random.key(2), inputs, hidden)
    params["b"] = jax.random.normal(jax.random.key(3), (hidden,))
    x, y = jax.random.normal(jax.random.key(4), (2, inputs))

    def cost(params: Any) -> Any:
        return denoise.squared_error(denoise.network(params, x), y)

    expected, found = jax.grad(cost)(params), denoise.backward(params, x, y)
    assert found.keys() == expected.keys()
    for name in expected:
        assert np.allclose(found[name], expected[name], rtol=1e-4, atol=1e-5), name


def test_the_cosine_comes_out_of_the_noise(denoise: ModuleType) -> None:
    _, errors = denoise.fit(epochs=4)
    assert errors[0] > 0.5
    assert errors[-1] < 0.1


@pytest.fixture(scope="module")
def few(mnist: ModuleType) -> tuple[Any, Any]:
    """64 normalised digits and their labels."""
    digits = load_mnist()
    (images,) = mnist.normalize(digits.train_images[:64])
    return jnp.asarray(images), jnp.asarray(digits.train_labels[:64])


def test_normalize_uses_the_training_set(mnist: ModuleType) -> None:
    digits = load_mnist()
    train, test = mnist.normalize(digits.train_images, digits.test_images)
    assert train.dtype == test.dtype == np.float32
    assert np.isclose(train.mean(dtype=float), 0, atol=1e-5)
    assert np.isclose(train.std(dtype=float), 1, atol=1e-5)
    expected = (digits.test_images / 255 - 0.1306605) / 0.3081078
    assert np.allclose(test, expected, atol=1e-5)


def test_first_loss_is_that_of_a_guess(mnist: ModuleType, few: tuple[Any, Any]) -> None:
    params = mnist.initialize_network(jax.random.key(0), mnist.SIZES)
    assert [layer["weight"].shape for layer in params] == [(784, 128), (128, 10)]
    loss = mnist.network_loss(params, *few)
    assert 0.5 * np.log(10) < loss < 2 * np.log(10)


def test_train_epoch_equals_optax(mnist: ModuleType, few: tuple[Any, Any]) -> None:
    images, labels = few
    params = expected = mnist.initialize_network(jax.random.key(1), (784, 16, 10))
    optimizer, losses = optax.sgd(0.05), []
    batches = mnist.minibatches(jax.random.key(2), 64, 16)
    for batch in batches:
        value, slopes = jax.value_and_grad(mnist.network_loss)(
            expected, images[batch], labels[batch]
        )
        updates, _ = optimizer.update(slopes, optimizer.init(expected))
        expected = optax.apply_updates(expected, updates)
        losses.append(value)
    found, values = mnist.train_epoch(
        mnist.network_loss, mnist.sgd_step, params, images, labels, batches, 0.05
    )
    assert np.allclose(values, losses, rtol=1e-4)
    close = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-5), found, expected)
    assert jax.tree.all(close)


def test_train_epoch_overfits_64_images_in_one_compilation(
    mnist: ModuleType, few: tuple[Any, Any]
) -> None:
    images, labels = few
    params, losses = mnist.initialize_network(jax.random.key(1), mnist.SIZES), []
    compiled = mnist.train_epoch._cache_size()
    for epoch in range(40):
        batches = mnist.minibatches(jax.random.key(epoch), 64, 16)
        params, values = mnist.train_epoch(
            mnist.network_loss, mnist.sgd_step, params, images, labels, batches, 0.05
        )
        losses.append(float(values.mean()))
    assert mnist.train_epoch._cache_size() == compiled + 1
    assert losses[-1] < 0.05 < losses[0]
    assert mnist.accuracy(mnist.forward(params, images), labels) == 1.0


@pytest.mark.parametrize(("option", "value", "says"), BAD_OPTIONS)
def test_bad_option_gives_one_sentence(
    option: str, value: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        script.TrainingParser("", 5, 0.1, 64).parse_args([f"{option}={value}"])
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert said.startswith(f"Argument {option}: {says}; see '")
    assert said.count("\n") == 1


def test_options_have_defaults() -> None:
    options = script.TrainingParser("", 5, 0.1, 64).parse_args(["--subset", "100"])
    assert vars(options) == {
        "epochs": 5, "learning_rate": 0.1, "batch_size": 64, "seed": 0, "subset": 100
    }  # fmt: skip
    assert "batch_size" not in script.TrainingParser("", 5, 0.1).parse_args([])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--subset", "55001"], "There are 55,000 training images; make --subset smaller.\n"),
        (
            ["--subset", "20", "--batch-size", "21"],
            "20 training images don't fill a minibatch of 21; make --batch-size smaller.\n",
        ),
    ],
)
def test_unusable_sizes_give_one_sentence(
    arguments: list[str],
    says: str,
    mnist: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["mnist.py", *arguments])
    with pytest.raises(SystemExit) as stopped:
        script.run(mnist.main)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == says


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scripts without a screen write their figures."""
    monkeypatch.setattr(figures, "ROOT", tmp_path.resolve())
    mpl.use("agg")
    return tmp_path / "build" / "day_05_neural_networks"


@pytest.mark.parametrize(
    ("name", "arguments", "says", "files"),
    [
        (
            "mnist",
            ["--epochs=2", "--subset=2000", "--batch-size=32", "--learning-rate=0.05", "--seed=3"],
            "test accuracy: ",
            ["confusion.png", "misread.png", "training.png"],
        ),
        ("denoise", ["--epochs=2", "--subset=100"], "remaining error", ["denoise.png"]),
    ],
)
def test_scripts_show_progress_and_write_figures(
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
    solution(f"day_05_neural_networks.src.{name}").main()
    said = capsys.readouterr()
    assert said.out.startswith(says)
    assert "2/2" in said.err
    assert "validation accuracy" in said.err or name == "denoise"
    assert sorted(path.name for path in folder.iterdir()) == files


def test_confusion_figure_shows_the_counts() -> None:
    mpl.use("agg")
    labels, predictions = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    figure = figures.draw_confusion(labels, predictions, "abc", "title")
    [shares] = figure.axes[0].images
    expected = np.array([[50, 50, 0], [0, 100, 0], [100 / 3, 0, 200 / 3]])
    assert np.allclose(np.asarray(shares.get_array()), expected)
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["1", "1", "1", "1", "2"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("predicted", "true")
    plt.close(figure)


@pytest.mark.parametrize("wrong", [0, 3, 30])
def test_misclassified_figure(wrong: int) -> None:
    mpl.use("agg")
    labels = np.zeros(40, int)
    predictions = np.arange(40) < wrong
    images = np.random.default_rng(0).random((40, 5, 4))
    figure = figures.draw_misclassified(images, labels, predictions.astype(int), "title")
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["0 → 1"] * min(wrong, 24)
    plt.close(figure)
