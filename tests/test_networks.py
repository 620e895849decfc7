"""Days 5 and 6, and `introdl.training`, against SciPy, optax and `jax.grad`; options, figures."""

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
import scipy.signal
from jax import lax

from introdl import figures, script, training
from introdl.datasets import load_mnist
from introdl.errors import UsageError

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
@pytest.mark.parametrize("script_of", ["mnist", "cnn"])
def test_unusable_sizes_give_one_sentence(
    arguments: list[str],
    says: str,
    script_of: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module: ModuleType = request.getfixturevalue(script_of)
    monkeypatch.setattr(sys, "argv", ["a_script.py", *arguments])
    with pytest.raises(SystemExit) as stopped:
        script.run(module.main)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == says


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scripts without a screen write their figures."""
    monkeypatch.setattr(figures, "ROOT", tmp_path.resolve())
    mpl.use("agg")
    return tmp_path / "build"


@pytest.mark.parametrize(
    ("name", "arguments", "says", "files"),
    [
        (
            "day_05_neural_networks.src.mnist",
            ["--epochs=2", "--subset=2000", "--batch-size=32", "--learning-rate=0.05", "--seed=3"],
            "test accuracy: ",
            ["confusion.png", "misread.png", "training.png"],
        ),
        (
            "day_05_neural_networks.src.denoise",
            ["--epochs=2", "--subset=100"],
            "remaining error",
            ["denoise.png"],
        ),
        (
            "day_06_cnn.src.mnist_cnn",
            ["--epochs=2", "--subset=500", "--batch-size=20", "--learning-rate=0.05", "--seed=3"],
            "test accuracy: ",
            ["confusion.png", "inside.png", "misread.png", "training.png"],
        ),
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
    monkeypatch.setattr(sys, "argv", ["a_script.py", *arguments])
    solution(name).main()
    said = capsys.readouterr()
    assert said.out.startswith(says)
    assert "2/2" in said.err
    assert "validation accuracy" in said.err or name.endswith("denoise")
    assert sorted(path.name for path in (folder / name.partition(".")[0]).iterdir()) == files


def test_find_it_prints_times_and_places_and_writes_figures(
    folder: Path,
    solution: Solution,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["find_it.py", "--seed=3"])
    find_it = solution("day_06_cnn.src.find_it")
    find_it.main()
    said = capsys.readouterr().out
    for version in ("correlate_direct", "correlate_im2col", "correlate_lax"):
        assert said.count(version) == 2  # for a small and for a large kernel
    place = str(solution("day_06_cnn.src.scene").draw_scene(3).place)
    truth, plain, found = (line for line in said.splitlines() if "(" in line)
    assert place in truth
    assert place in found
    assert place not in plain
    written = sorted(path.name for path in (folder / "day_06_cnn").iterdir())
    assert written == ["found.png", "maps.png", "scene.png"]


def test_confusion_figure_shows_the_counts() -> None:
    mpl.use("agg")
    labels, predictions = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])
    counts = figures.count_confusions(labels, predictions, 3)
    figure = figures.draw_confusion(counts, "abc", "title")
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


# Image and kernel: odd, even and mixed kernels, 1 × 1, full size, and images that aren't square.
CORRELATIONS = [
    ((8, 11), (3, 3)), ((11, 8), (5, 3)), ((9, 9), (2, 2)), ((7, 12), (4, 2)), ((12, 7), (2, 5)),
    ((6, 9), (1, 1)), ((5, 8), (5, 8)), ((5, 8), (1, 8)), ((5, 8), (5, 1)), ((1, 1), (1, 1)),
]  # fmt: skip


@pytest.fixture(scope="module")
def convolution(solution: Solution) -> ModuleType:
    return solution("day_06_cnn.src.convolution")


@pytest.fixture(scope="module")
def find_it(solution: Solution) -> ModuleType:
    return solution("day_06_cnn.src.find_it")


@pytest.fixture(scope="module")
def scene(solution: Solution) -> ModuleType:
    return solution("day_06_cnn.src.scene")


@pytest.fixture(scope="module")
def cnn(solution: Solution) -> ModuleType:
    return solution("day_06_cnn.src.mnist_cnn")


@pytest.mark.parametrize(("image_shape", "kernel_shape"), CORRELATIONS)
@pytest.mark.parametrize("name", ["correlate_direct", "correlate_im2col", "correlate_lax"])
def test_correlations_equal_jax_and_scipy(
    name: str, image_shape: Any, kernel_shape: Any, convolution: ModuleType
) -> None:
    rng = np.random.default_rng(4)
    image, kernel = (rng.normal(size=s).astype(np.float32) for s in (image_shape, kernel_shape))
    found = getattr(convolution, name)(image, kernel)
    for library in (jax.scipy.signal.correlate2d, scipy.signal.correlate2d):
        expected = np.asarray(library(image, kernel, mode="valid"))
        assert found.shape == expected.shape
        assert np.allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 6, 8, 3), (1, 7, 5, 2), (3, 3, 9, 1), (2, 1, 4, 2)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_max_pool_equals_reduce_window(
    shape: tuple[int, ...], size: int, convolution: ModuleType
) -> None:
    images = jnp.asarray(np.random.default_rng(5).normal(size=shape), jnp.float32)
    window = (1, size, size, 1)
    expected = lax.reduce_window(images, -jnp.inf, lax.max, window, window, "VALID")
    assert np.array_equal(convolution.max_pool(images, size), expected)


def test_normalized_correlation_is_pearsons(find_it: ModuleType) -> None:
    rng = np.random.default_rng(6)
    image, template = rng.random((13, 17)), rng.random((4, 6))
    image[:, 10:] = 0.9 + 0.1 * image[:, 10:]  # brighter, less contrast
    found = find_it.normalized_correlation(image, template)
    for i, j in np.ndindex(10, 12):
        patch = image[i : i + 4, j : j + 6]
        expected = np.corrcoef(patch.ravel(), template.ravel())[0, 1]
        assert np.isclose(found[i, j], expected, atol=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_plain_correlation_is_fooled_and_the_normalised_one_finds_the_cap(
    seed: int, find_it: ModuleType, scene: ModuleType
) -> None:
    drawn = scene.draw_scene(seed)
    height, width, _ = drawn.image.shape
    assert (height >= 600, width >= 800, drawn.people > 300) == (True, True, True)
    image, template = find_it.grey(drawn.image), find_it.grey(drawn.template)
    assert find_it.find_template(image, template) == drawn.place
    row, column = find_it.brightest_match(image, template)
    assert max(abs(row - drawn.place[0]), abs(column - drawn.place[1])) > 30
    scores = np.array(find_it.normalized_correlation(image, template))
    best = scores.max()
    i, j = drawn.place
    scores[i - 5 : i + 6, j - 5 : j + 6] = 0
    assert best > scores.max() + 0.05  # there is only one cap


def test_the_scene_depends_on_nothing_but_its_seed(scene: ModuleType) -> None:
    first, again, other = (scene.draw_scene(seed) for seed in (0, 0, 1))
    assert np.array_equal(first.image, again.image)
    assert first.place == again.place != other.place


@pytest.mark.parametrize(
    ("shape", "kernel_shape"),
    [
        ((2, 6, 8, 3), (3, 3, 3, 5)),
        ((3, 7, 5, 1), (2, 4, 1, 6)),
        ((2, 4, 5, 4), (4, 5, 4, 2)),
        ((1, 5, 4, 3), (1, 1, 3, 2)),
    ],
)
def test_convolutions_and_their_gradients_are_equal(
    shape: Any, kernel_shape: Any, cnn: ModuleType
) -> None:
    rng = np.random.default_rng(7)
    images, kernels = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in (shape, kernel_shape))
    expected = cnn.convolve(images, kernels)
    for image, result in zip(images, expected, strict=True):
        for output in range(kernel_shape[3]):
            each = (
                scipy.signal.correlate2d(image[..., c], kernels[..., c, output], mode="valid")
                for c in range(shape[3])
            )
            assert np.allclose(result[..., output], sum(each), rtol=1e-4, atol=1e-4)
    assert np.allclose(cnn.convolve_patches(images, kernels), expected, rtol=1e-4, atol=1e-4)

    def slopes(convolve: Any) -> Any:
        return jax.grad(lambda *args: jnp.sum(jnp.sin(convolve(*args))), (0, 1))(images, kernels)

    pairs = zip(slopes(cnn.convolve_patches), slopes(cnn.convolve), strict=True)
    assert all(np.allclose(found, right, rtol=1e-3, atol=1e-4) for found, right in pairs)


def test_cosine_rates_equal_optax(cnn: ModuleType) -> None:
    schedule = optax.cosine_decay_schedule(0.3, 40)
    assert np.allclose(cnn.cosine_rates(40, 0.3), [schedule(t) for t in range(40)], atol=1e-7)


def test_jitter_shifts_by_one_pixel_at_most(cnn: ModuleType) -> None:
    image = np.zeros((9, 9), np.float32)
    image[4, 4] = 1
    shifted = cnn.jitter(jax.random.key(0), jnp.asarray(np.tile(image, (300, 1, 1))))
    _, rows, columns = np.nonzero(np.asarray(shifted))
    places = set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert places == {(row, column) for row in (3, 4, 5) for column in (3, 4, 5)}
    offsets = np.array([[1, -2], [-3, 0]])
    images = np.random.default_rng(8).random((2, 6, 5))
    expected = [np.roll(x, tuple(d), (0, 1)) for x, d in zip(images, offsets, strict=True)]
    assert np.allclose(cnn.shift_images(jnp.asarray(images), offsets), expected)


def test_the_cnn_begins_with_the_loss_of_a_guess(cnn: ModuleType) -> None:
    digits = load_mnist()
    params = cnn.initialize_cnn(jax.random.key(0))
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == 29_066
    images, labels = cnn.scale(digits.test_images[:500]), jnp.asarray(digits.test_labels[:500])
    assert 0.5 * np.log(10) < cnn.cnn_loss(params, images, labels) < 2 * np.log(10)
    logits = cnn.forward(params, images)
    assert np.allclose(cnn.logits_of(params, images), logits, rtol=1e-3, atol=1e-4)


def test_the_cnns_epoch_equals_optax_and_is_compiled_once(cnn: ModuleType) -> None:
    digits = load_mnist()
    images, labels = cnn.scale(digits.train_images[:64]), jnp.asarray(digits.train_labels[:64])
    params = expected = cnn.initialize_cnn(jax.random.key(1), (4, 6, 8), 72)
    rates = cnn.cosine_rates(8, 0.1)
    optimizer, losses = optax.sgd(lambda t: rates[t]), []
    state, compiled = optimizer.init(params), cnn.train_epoch._cache_size()
    for epoch in range(2):
        batches = training.minibatches(jax.random.key(epoch), 64, 16)
        for batch in batches:
            value, slopes = jax.value_and_grad(cnn.cnn_loss)(expected, images[batch], labels[batch])
            updates, state = optimizer.update(slopes, state)
            expected = optax.apply_updates(expected, updates)
            losses.append(value)
        part = slice(4 * epoch, 4 * epoch + 4)
        params, values = cnn.train_epoch(cnn.cnn_loss, params, images, labels, batches, rates[part])
        assert np.allclose(values, losses[part], rtol=1e-4)
    assert cnn.train_epoch._cache_size() == compiled + 1
    close = jax.tree.map(lambda a, b: np.allclose(a, b, atol=1e-5), params, expected)
    assert jax.tree.all(close)


def test_the_cnn_overfits_64_images(cnn: ModuleType) -> None:
    digits = load_mnist()
    images, labels = cnn.scale(digits.train_images[:64]), jnp.asarray(digits.train_labels[:64])
    params = cnn.initialize_cnn(jax.random.key(1), (4, 6, 8), 72)
    for epoch in range(40):
        batches = training.minibatches(jax.random.key(epoch), 64, 16)
        params, _ = cnn.train_epoch(cnn.cnn_loss, params, images, labels, batches, jnp.full(4, 0.1))
    assert training.accuracy(cnn.forward(params, images), labels) == 1.0


def test_filters_and_feature_maps(solution: Solution, cnn: ModuleType) -> None:
    look_inside = solution("day_06_cnn.src.look_inside")
    rng = np.random.default_rng(9)
    kernels, image = rng.normal(size=(3, 2, 1, 4)), rng.random((7, 9))
    layer = {"kernel": jnp.asarray(kernels), "bias": jnp.asarray(rng.normal(size=4))}
    pictures = look_inside.filter_pictures(layer["kernel"])
    maps = look_inside.feature_maps(layer, jnp.asarray(image), cnn.convolve)
    for i in range(4):
        kernel = kernels[:, :, 0, i]
        assert np.allclose(pictures[i], kernel / np.abs(kernel).max())
        answer = scipy.signal.correlate2d(image, kernel, mode="valid") + layer["bias"][i]
        assert np.allclose(maps[i], np.maximum(answer, 0), atol=1e-4)
