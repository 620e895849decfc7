"""Day 7: optimisers against optax, the network against PyTorch, early stopping, and the script."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import optax
import pytest

from introdl import figures, script
from introdl.errors import UsageError
from introdl.training import cross_entropy

Solution = Callable[[str], ModuleType]
DAY = "day_07_brain_decode"
TORCH = Path(__file__).parent / "golden" / "brain_decode" / "network.npz"  # by make.py beside it


@pytest.fixture(scope="module")
def optimizers(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.optimizers")


@pytest.fixture(scope="module")
def decoder(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.brain_decoder")


@pytest.fixture(scope="module")
def torch_values() -> dict[str, Any]:
    """Weights, trials, logits and gradients, computed once by PyTorch 2.13.0."""
    with np.load(TORCH, allow_pickle=False) as arrays:
        return dict(arrays)


def nested(rng: np.random.Generator) -> Any:
    """A nested tree in double precision."""
    return {
        "layers": [{"weight": rng.normal(size=(3, 4)), "bias": rng.normal(size=4)}],
        "scale": rng.normal(size=()),
        "pair": (rng.normal(size=2), [rng.normal(size=(2, 2, 2))]),
    }


def follow(step: Callable[..., Any], memory: Any, reference: optax.GradientTransformation) -> float:
    """The largest relative distance from optax in 50 steps with changing learning signals."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(11)
        params = jax.tree.map(jnp.asarray, nested(rng))
        expected, state = params, reference.init(params)
        memory, worst = memory(params), 0.0
        step, advance = jax.jit(step), jax.jit(reference.update)
        for number in range(50):
            # Sizes from 1e-6 to 1e3, as in the layers of a deep network.
            slopes = jax.tree.map(lambda g, n=number: 10.0 ** (n % 10 - 6) * jnp.asarray(g),
                                  nested(rng))  # fmt: skip
            updates, state = advance(slopes, state, expected)
            expected = optax.apply_updates(expected, updates)
            params, memory = step(params, memory, slopes)
            pairs = zip(jax.tree.leaves(params), jax.tree.leaves(expected), strict=True)
            far = [np.max(np.abs(a - b) / np.maximum(np.abs(b), 1.0)) for a, b in pairs]
            worst = max(worst, *map(float, far))
    return worst


def test_momentum_equals_optax(optimizers: ModuleType) -> None:
    def step(params: Any, velocity: Any, slopes: Any) -> Any:
        return optimizers.momentum_update(params, velocity, slopes, 0.01, 0.9)

    def zeros(params: Any) -> Any:
        return jax.tree.map(jnp.zeros_like, params)

    assert follow(step, zeros, optax.sgd(0.01, momentum=0.9)) < 1e-6


def test_adam_equals_optax(optimizers: ModuleType) -> None:
    def step(params: Any, moments: Any, slopes: Any) -> Any:
        return optimizers.adam_update(params, moments, slopes, 0.01)

    assert follow(step, optimizers.initial_moments, optax.adam(0.01)) < 1e-6


def test_adamw_equals_optax(optimizers: ModuleType) -> None:
    def step(params: Any, moments: Any, slopes: Any) -> Any:
        return optimizers.adamw_update(params, moments, slopes, 0.01, 0.1)

    assert follow(step, optimizers.initial_moments, optax.adamw(0.01, weight_decay=0.1)) < 1e-6


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate: float, optimizers: ModuleType) -> None:
    x = jnp.ones(100_000)
    dropped = np.asarray(optimizers.dropout(jax.random.key(3), x, rate), float)
    assert np.allclose(np.unique(dropped)[-1], 1 / (1 - rate))
    deviation = math.sqrt(rate / (1 - rate) / len(dropped))
    assert abs(dropped.mean() - 1) <= 4 * deviation
    if rate == 0:
        assert np.array_equal(dropped, x)


def test_early_stopping_returns_the_best(optimizers: ModuleType) -> None:
    stopping = optimizers.EarlyStopping(2)
    losses = [2.0, 1.0, math.nan, 0.5, 0.7, 0.6, 0.1]
    answers = []
    for epoch, loss in enumerate(losses):
        answers.append(stopping.update(loss, {"epoch": epoch}))
        if answers[-1]:
            break
    assert answers == [False] * 5 + [True]
    assert stopping.best_params == {"epoch": 3}
    assert stopping.best_loss == 0.5


def copied(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """PyTorch's arrays under the course's names and in its order."""
    outputs = values["spatial.bias"].size
    dense = values[f"{prefix}dense.weight"]  # (classes, outputs * windows)
    by_window = dense.reshape(len(dense), outputs, -1).transpose(2, 1, 0)
    return {
        "temporal": values[f"{prefix}temporal.weight"][:, 0, 0].T,
        "spatial": values[f"{prefix}spatial.weight"][..., 0].transpose(2, 1, 0),
        "bias": values[f"{prefix}spatial.bias"],
        "weight": by_window.reshape(-1, len(dense)),
        "weight_bias": values[f"{prefix}dense.bias"],
    }


def test_forward_equals_pytorch(decoder: ModuleType, torch_values: dict[str, Any]) -> None:
    params = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), copied(torch_values))
    x = decoder.adjust_dimensions(torch_values["trials"])
    logits = decoder.forward(params, x)
    assert logits.dtype == jnp.float32
    assert np.allclose(logits, torch_values["logits"], rtol=0, atol=1e-4)
    assert np.allclose(decoder.logits_of(params, x), torch_values["logits"], rtol=0, atol=1e-4)


def test_gradients_equal_pytorch(decoder: ModuleType, torch_values: dict[str, Any]) -> None:
    with jax.enable_x64(True):
        x = jnp.asarray(torch_values["trials"]).swapaxes(1, 2)
        labels = jnp.asarray(torch_values["labels"])

        def loss(params: Any) -> Any:
            return cross_entropy(decoder.forward(params, x), labels)

        params = jax.tree.map(jnp.asarray, copied(torch_values))
        value, found = jax.jit(jax.value_and_grad(loss))(params)
    assert np.allclose(value, torch_values["loss"], rtol=1e-10)
    for name, expected in copied(torch_values, "gradient_").items():
        assert np.allclose(found[name], expected, rtol=1e-8, atol=1e-10), name


@pytest.mark.parametrize(("samples", "taps"), [(30, 7), (31, 7), (12, 12), (40, 1)])
def test_convolution_equals_lax(samples: int, taps: int, solution: Solution) -> None:
    convolve = solution(f"{DAY}.src.convolution").convolve
    rng = np.random.default_rng(samples)
    x = jnp.asarray(rng.normal(size=(2, samples, 3)), jnp.float32)
    kernel = jnp.asarray(rng.normal(size=(taps, 3, 4)), jnp.float32)
    axes = ("NWC", "WIO", "NWC")
    expected = jax.lax.conv_general_dilated(x, kernel, (1,), "VALID", dimension_numbers=axes)
    assert np.allclose(convolve(x, kernel), expected, atol=1e-5)


def made_up(decoder: ModuleType, count: int = 24) -> Any:
    """White noise in 5 sensors, of which one is loud: a class for each of the first four."""
    rng = np.random.default_rng(4)

    def part(n: int) -> tuple[Any, Any]:
        labels = np.arange(n) % 4
        trials = rng.normal(size=(n, 5, 160)).astype(np.float32)
        trials[np.arange(n), labels] *= 3
        return trials, labels

    names = "right_hand", "left_hand", "rest", "feet"
    return decoder.Eeg(*part(count), *part(8), *part(8), tuple("ABCDE"), names, 250.0, "made-up")


def test_fit_is_reproducible_and_keeps_the_best(decoder: ModuleType) -> None:
    eeg = made_up(decoder)
    first, again = (decoder.fit(eeg, epochs=3, batch_size=8, seed=5) for _ in range(2))
    assert first.validation_losses == again.validation_losses
    assert np.array_equal(first.counts, again.counts)
    assert first.counts.sum() == 8
    x = decoder.adjust_dimensions(eeg.validation_trials)
    kept = cross_entropy(decoder.logits_of(first.params, x), jnp.asarray(eeg.validation_labels))
    assert math.isclose(float(kept), min(first.validation_losses), rel_tol=1e-4)


@pytest.mark.parametrize(
    ("options", "word"), [({"subset": 25}, "--subset"), ({"batch_size": 30}, "--batch-size")]
)
def test_unusable_options(options: dict[str, int], word: str, decoder: ModuleType) -> None:
    with pytest.raises(UsageError, match=word):
        decoder.fit(made_up(decoder), **options)


def test_script_says_in_one_line_that_mne_is_missing(
    decoder: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mne", None)
    monkeypatch.setattr(sys, "argv", ["brain_decoder.py"])
    with pytest.raises(SystemExit) as ended:
        script.run(decoder.main)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "mne" in line
    assert "install" in line


def test_script_draws_what_it_found(
    decoder: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    eeg = made_up(decoder)
    places = np.array([[0.0, 0.5], [-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.1]])
    pictures = sys.modules[f"{DAY}.src.pictures"]
    monkeypatch.setattr(pictures, "SHOWN", tuple("ABCDE"))
    monkeypatch.setattr(pictures, "HANDS", ("A", "B"))
    monkeypatch.setattr(decoder, "load_eeg", lambda *_, **__: eeg)
    monkeypatch.setattr(
        decoder, "load_trials", lambda *_, **__: (np.tile(eeg.test_trials, 7), eeg.test_labels)
    )
    monkeypatch.setattr(decoder, "sensor_positions", lambda _: places)
    monkeypatch.setattr(figures, "build_path", lambda day, file: tmp_path / f"{day}-{file}")
    monkeypatch.setattr(sys, "argv", ["brain_decoder.py", "--epochs", "1", "--batch-size", "8"])
    with mpl.rc_context({"backend": "agg"}):
        decoder.main()
    assert "test accuracy: " in capsys.readouterr().out
    names = {path.stem.removeprefix(f"{DAY}-") for path in tmp_path.iterdir()}
    assert names == {"traces", "spectra", "training", "confusion", "maps"}
