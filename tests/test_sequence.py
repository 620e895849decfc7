"""Day 9: the cells against PyTorch, the model against optax and NumPy, training that resumes."""

import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
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
from introdl.authoring import shakespeare as making
from introdl.datasets import load_shakespeare
from introdl.errors import UsageError

Solution = Callable[[str], ModuleType]
DAY = "day_09_sequence"
TORCH = Path(__file__).parent / "golden" / "sequence" / "cells.npz"  # made by make.py beside it


@pytest.fixture(scope="module")
def cells(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.cells")


@pytest.fixture(scope="module")
def model(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.language_model")


@pytest.fixture(scope="module")
def training(solution: Solution) -> ModuleType:
    return solution(f"{DAY}.src.shakespeare")


@pytest.fixture(scope="module")
def torch_values() -> dict[str, Any]:
    """Weights, inputs, outputs and gradients, computed once by PyTorch 2.13.0."""
    with np.load(TORCH, allow_pickle=False) as arrays:
        return dict(arrays)


def copied(values: dict[str, Any], name: str) -> tuple[dict[str, Any], Any, Any]:
    """PyTorch's weights under the course's names, the input's weights, and the first carry."""
    params = {"recurrent": values[f"{name}/weight_hh_l0"].T}
    bias, other = values[f"{name}/bias_ih_l0"], values[f"{name}/bias_hh_l0"]
    if name == "gru":
        params["recurrent_bias"] = other
    else:
        bias = bias + other
    first = {"W": values[f"{name}/weight_ih_l0"].T, "b": bias}
    carry = values[f"{name}/h"]
    return params, first, (carry, values["lstm/c"]) if name == "lstm" else carry


def single(tree: Any) -> Any:
    return jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), tree)


def read(cell: Any, params: Any, first: Any, carry: Any, x: Any) -> tuple[Any, Any]:
    """All outputs of a cell, of shape (batch, time, hidden), and the last carry."""
    inputs = jnp.swapaxes(x @ first["W"] + first["b"], 0, 1)
    carry, outputs = jax.lax.scan(lambda c, x: cell(params, c, x), carry, inputs)
    return jnp.swapaxes(outputs, 0, 1), carry


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_cells_equal_pytorch(name: str, cells: ModuleType, torch_values: dict[str, Any]) -> None:
    weights, first, carry = copied(torch_values, name)
    x = jnp.asarray(torch_values[f"{name}/x"], jnp.float32)
    outputs, last = read(cells.CELLS[name], *single((weights, first, carry)), x)
    assert outputs.dtype == jnp.float32
    assert np.allclose(outputs, torch_values[f"{name}/outputs"], rtol=0, atol=1e-5)
    if name == "lstm":
        assert np.allclose(last[1], torch_values["lstm/last_c"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_gradients_equal_pytorch(
    name: str, cells: ModuleType, torch_values: dict[str, Any]
) -> None:
    weights, first, carry = copied(torch_values, name)
    x = torch_values[f"{name}/x"]
    with jax.enable_x64(True):

        def total(weights: Any, first: Any) -> Any:
            return (read(cells.CELLS[name], weights, first, carry, x)[0] ** 2).sum()

        found, found_first = jax.grad(total, argnums=(0, 1))(weights, first)
    expected = {key: torch_values[f"{name}/gradient_{key}_l0"].T for key in
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}  # fmt: skip
    assert np.allclose(found["recurrent"], expected["weight_hh"], rtol=1e-8)
    assert np.allclose(found_first["W"], expected["weight_ih"], rtol=1e-8)
    assert np.allclose(found_first["b"], expected["bias_ih"], rtol=1e-8)
    if name == "gru":
        assert np.allclose(found["recurrent_bias"], expected["bias_hh"], rtol=1e-8)


def step_by_definition(name: str, values: dict[str, Any], x: Any, h: Any, c: Any) -> Any:
    """One step of one text in double precision, gate by gate, as PyTorch's manual writes it."""
    rows = np.arange(len(h))

    def part(gate: int, side: str, vector: Any) -> Any:
        weights, bias = values[f"{name}/weight_{side}_l0"], values[f"{name}/bias_{side}_l0"]
        return weights[gate * len(h) + rows] @ vector + bias[gate * len(h) + rows]

    def gate(number: int) -> Any:
        return 1 / (1 + np.exp(-part(number, "ih", x) - part(number, "hh", h)))

    if name == "lstm":
        content = np.tanh(part(2, "ih", x) + part(2, "hh", h))
        c = gate(1) * c + gate(0) * content
        return gate(3) * np.tanh(c), c
    content = np.tanh(part(2, "ih", x) + gate(0) * part(2, "hh", h))
    return (1 - gate(1)) * content + gate(1) * h, c


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_definition_in_numpy_equals_pytorch(name: str, torch_values: dict[str, Any]) -> None:
    x, outputs = torch_values[f"{name}/x"], torch_values[f"{name}/outputs"]
    for text in range(len(x)):
        h, c = torch_values[f"{name}/h"][text], torch_values["lstm/c"][text]
        for time in range(x.shape[1]):
            h, c = step_by_definition(name, torch_values, x[text, time], h, c)
            assert np.allclose(outputs[text, time], h, rtol=1e-12)


def small_model(model: ModuleType, cells: ModuleType, cell: str) -> tuple[Any, Any, Any]:
    params = model.initialize(jax.random.key(1), cell, 11, 8)
    inputs = jnp.asarray(np.random.default_rng(2).integers(0, 11, (3, 20)))
    return params, inputs, cells.zero_carry(cell, 3, 8)


def products(jaxpr: Any) -> int:
    """The number of matrix products in a program, those of its inner ones included."""
    found = 0
    for equation in jaxpr.eqns:
        found += equation.primitive.name == "dot_general"
        for value in equation.params.values():
            if hasattr(value, "jaxpr"):
                found += products(value.jaxpr)
    return found


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_forward_has_one_product_per_step(cell: str, model: ModuleType, cells: ModuleType) -> None:
    params, inputs, carry = small_model(model, cells, cell)
    program = jax.make_jaxpr(lambda p: model.forward(p, inputs, carry, cells.CELLS[cell]))(params)
    [loop] = [e for e in program.eqns if e.primitive.name == "scan"]
    assert products(loop.params["jaxpr"].jaxpr) == 1
    assert products(program.jaxpr) == 2  # and that of the output, for all times at once


def lines(model: ModuleType, cells: ModuleType, length: int, unrolled: bool) -> int:
    """The size of the gradient's program for XLA, which decides how long it compiles."""
    params, _, carry = small_model(model, cells, "lstm")
    inputs = jnp.zeros((3, length), int)

    def cost(params: Any) -> Any:
        if not unrolled:
            return model.loss(model.forward(params, inputs, carry, cells.lstm_cell)[0], inputs)
        now, logits = carry, []
        for x in params["input"][inputs.T] + params["bias"]:
            now, hidden = cells.lstm_cell(params, now, x)
            logits.append(hidden @ params["output"] + params["output_bias"])
        return model.loss(jnp.stack(logits, 1), inputs)

    return len(jax.jit(jax.grad(cost)).lower(params).as_text().splitlines())


def test_program_does_not_grow_with_the_length(model: ModuleType, cells: ModuleType) -> None:
    short, long = (lines(model, cells, length, unrolled=False) for length in (8, 4000))
    assert short == long
    assert lines(model, cells, 32, unrolled=True) > 2 * lines(model, cells, 8, unrolled=True)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_reading_in_two_pieces_is_reading_at_once(
    cell: str, model: ModuleType, cells: ModuleType
) -> None:
    params, inputs, carry = small_model(model, cells, cell)
    whole, end = model.forward(params, inputs, carry, cells.CELLS[cell])
    first, middle = model.forward(params, inputs[:, :7], carry, cells.CELLS[cell])
    second, last = model.forward(params, inputs[:, 7:], middle, cells.CELLS[cell])
    assert np.allclose(jnp.concatenate([first, second], 1), whole, atol=1e-6)
    assert np.allclose(jnp.stack(jax.tree.leaves(last)), jnp.stack(jax.tree.leaves(end)), atol=1e-6)


@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
def test_loss_equals_optax(size: float, model: ModuleType) -> None:
    rng = np.random.default_rng(3)
    logits = jnp.asarray(size * rng.uniform(-1, 1, (4, 6, 9)), jnp.float32)
    targets = jnp.asarray(rng.integers(0, 9, (4, 6)))
    expected = optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()
    assert np.allclose(model.loss(logits, targets), expected, rtol=1e-6)


@pytest.mark.parametrize("size", [0.01, 1.0, 100.0])
def test_clipping_equals_optax(size: float, model: ModuleType) -> None:
    rng = np.random.default_rng(4)
    slopes = {"W": jnp.asarray(size * rng.normal(size=(3, 4))), "b": jnp.ones(2)}
    clip = optax.clip_by_global_norm(1.5)
    expected, _ = clip.update(slopes, clip.init(slopes))
    found = model.clip_by_global_norm(slopes, 1.5)
    assert all(np.allclose(found[name], expected[name], rtol=1e-6) for name in slopes)


def test_adam_equals_optax(solution: Solution) -> None:
    optimizer = solution(f"{DAY}.src.optimizer")
    rng = np.random.default_rng(5)
    params = {"W": jnp.asarray(rng.normal(size=(3, 4)), jnp.float32), "b": jnp.ones(2)}
    reference = optax.adam(0.01, optimizer.FIRST, optimizer.SECOND, optimizer.SMALL)
    expected, state = params, reference.init(params)
    moments = optimizer.initial_moments(params)
    for _ in range(20):
        slopes = jax.tree.map(lambda p: jnp.asarray(rng.normal(size=p.shape), jnp.float32), params)
        updates, state = reference.update(slopes, state)
        expected = optax.apply_updates(expected, updates)
        params, moments = optimizer.adam(params, moments, slopes, 0.01)
        for name in ("W", "b"):
            assert np.allclose(params[name], expected[name], rtol=1e-5, atol=1e-6)


def test_learning_rates(model: ModuleType) -> None:
    rates = np.asarray(model.learning_rates(100, 0.02, 10))
    cosine = optax.cosine_decay_schedule(0.02, 90)
    assert np.allclose(rates[:10], 0.002 * np.arange(1, 11))
    assert np.allclose(rates[10:], [float(cosine(t)) for t in range(90)], atol=1e-8)


def test_trigram_is_a_distribution(solution: Solution) -> None:
    trigram = solution(f"{DAY}.src.trigram")
    text = "abracadabra"
    counted = trigram.count(text, 6)
    for context in ("", "a", "z", "ab", "br", "zz", "za"):
        chances = [counted.probability(context, character) for character in "abcdrz"]
        assert math.isclose(sum(chances), 1.0)
        assert min(chances) > 0
    # "br" is followed by a both times: n = 2 of one kind; "r": the same; nothing: a is 5 of 11.
    nothing = (5 + 5 * (1 / 6)) / (11 + 5)
    behind_r = (2 + 1 * nothing) / (2 + 1)
    assert math.isclose(counted.probability("br", "a"), (2 + behind_r) / 3)
    bits = trigram.trigram_bits(counted, text + "za", len(text))
    expected = counted.probability("ra", "z"), counted.probability("az", "a")
    assert math.isclose(bits, -(math.log2(expected[0]) + math.log2(expected[1])) / 2)


def test_trigram_baseline_of_shakespeare(training: ModuleType) -> None:
    """The number that README and trainings state, against a count with tables."""
    text = load_shakespeare()
    assert round(training.trigram_baseline(text), 3) == 2.892
    vocabulary = sorted(set(text))
    indices = np.searchsorted(vocabulary, list(text))
    cut = len(training.split(text)[0])
    chance: Any = np.full(len(vocabulary), 1 / len(vocabulary))
    for order in (1, 2, 3):
        table = np.zeros((len(vocabulary),) * order)
        np.add.at(table, tuple(indices[i : cut - order + 1 + i] for i in range(order)), 1)
        seen, kinds = table.sum(-1, keepdims=True), (table > 0).sum(-1, keepdims=True)
        chance = np.where(seen > 0, (table + kinds * chance) / np.maximum(seen + kinds, 1), chance)
    used = np.arange(cut + 1, cut + 1 + 98_000)
    expected = -np.log2(chance[indices[used - 2], indices[used - 1], indices[used]]).mean()
    assert math.isclose(training.trigram_baseline(text), expected, rel_tol=1e-9)


def settings_for(training: ModuleType, **changes: Any) -> Any:
    """A training of a second."""
    small = training.Settings(hidden=12, batch_size=4, length=16, epochs=4, seed=3)
    return replace(small, **changes)


@pytest.mark.parametrize("changes", [{}, {"carried": True}, {"cell": "gru"}])
def test_resumed_training_is_the_same(
    changes: dict[str, Any], training: ModuleType, solution: Solution, tmp_path: Path
) -> None:
    text, settings = load_shakespeare()[:25_000], settings_for(training, **changes)
    uninterrupted = training.fit(text, settings)
    path = tmp_path / "checkpoint.npz"
    checkpoint = solution(f"{DAY}.src.checkpoint")

    def stop_after_two(state: Any) -> None:
        checkpoint.save(path, training.with_settings(state, text, settings))
        if state["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.fit(text, settings, after_epoch=stop_after_two)
    seen = []
    state = training.resume(path, text, settings)
    resumed = training.fit(text, settings, state, lambda s: seen.append(s["epoch"]))
    assert seen == [3, 4]
    assert len(resumed["training"]) == len(resumed["validation"]) == 4
    for name in ("epoch", "params", "best", "moments", "training", "validation"):
        same = jax.tree.map(np.array_equal, resumed[name], uninterrupted[name])
        assert all(jax.tree.leaves(same)), name


def test_training_compiles_one_step_and_keeps_the_best(
    training: ModuleType, model: ModuleType
) -> None:
    model.train_step.clear_cache()
    text, settings = load_shakespeare()[:25_000], settings_for(training, learning_rate=0.05)
    states: list[Any] = []
    state = training.fit(text, settings, after_epoch=states.append)
    assert model.train_step._cache_size() == 1
    assert state["training"][-1] < state["training"][0] < 6.3
    best = states[int(np.argmin(state["validation"]))]["params"]
    assert all(np.array_equal(best[name], state["best"][name]) for name in best)


def test_epochs_cover_the_text_in_another_order(training: ModuleType) -> None:
    indices, settings = np.arange(1000, dtype=np.int32), settings_for(training)
    epochs = [training.epoch_batches(indices, settings, 15, epoch) for epoch in (0, 0, 1)]
    for inputs, targets in epochs:
        assert inputs.shape == targets.shape == (15, 4, 16)
        assert np.array_equal(targets, inputs + 1)
        assert len(np.unique(inputs)) == inputs.size
    assert np.array_equal(epochs[0][0], epochs[1][0])
    assert not np.array_equal(epochs[0][0], epochs[2][0])
    inputs, _ = training.epoch_batches(indices, replace(settings, carried=True), 15, 1)
    assert np.array_equal(inputs[1:, :, 0], inputs[:-1, :, -1] + 1)  # rows go on


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_sample_follows_the_model(cell: str, model: ModuleType, cells: ModuleType) -> None:
    """Nearly without temperature the likeliest character wins, as read step by step."""
    params, _, _ = small_model(model, cells, cell)
    prompt, carry = [3, 1, 4], cells.zero_carry(cell, 8)
    drawn = model.sample(
        params, jnp.asarray(prompt), 12, 1e-6, jax.random.key(0), carry, cells.CELLS[cell]
    )
    text = list(prompt)
    for _ in range(12):
        start = cells.zero_carry(cell, 1, 8)
        logits, _ = model.forward(params, jnp.asarray([text]), start, cells.CELLS[cell])
        text.append(int(logits[0, -1].argmax()))
    assert drawn.tolist() == text[3:]


def test_sample_is_compiled_once_for_all_seeds_and_temperatures(
    model: ModuleType, cells: ModuleType
) -> None:
    params, _, _ = small_model(model, cells, "lstm")
    model.sample.clear_cache()
    texts = {
        (seed, temperature): model.sample(
            params, jnp.asarray([1, 2]), 30, temperature, jax.random.key(seed),
            cells.zero_carry("lstm", 8), cells.lstm_cell,
        ).tolist()
        for seed in (0, 1)
        for temperature in (0.5, 1.0)
    }  # fmt: skip
    assert model.sample._cache_size() == 1
    assert len({tuple(text) for text in texts.values()}) == 4


def test_checkpoint_keeps_arrays_exactly(solution: Solution, tmp_path: Path) -> None:
    checkpoint = solution(f"{DAY}.src.checkpoint")
    state = {"a": {"b": np.arange(3, dtype=np.float32) / 3, "c": {"d": 7}}, "e": "text"}
    path = tmp_path / "new" / "state.npz"
    checkpoint.save(path, state)
    found = checkpoint.load(path)
    assert np.array_equal(found["a"]["b"], state["a"]["b"])
    assert found["a"]["b"].dtype == np.float32
    assert (int(found["a"]["c"]["d"]), str(found["e"])) == (7, "text")
    assert [file.name for file in path.parent.iterdir()] == ["state.npz"]


def run_main(module: ModuleType, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """A script's exit code."""
    monkeypatch.setattr(sys, "argv", [f"{module.__name__}.py", *arguments])
    try:
        script.run(module.main)
    except SystemExit as stopped:
        return int(str(stopped.code))
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scripts without a screen write their files."""
    monkeypatch.setattr(figures, "ROOT", tmp_path.resolve())
    mpl.use("agg")
    return tmp_path / "build" / DAY


SMALL = ["--hidden=8", "--batch-size=4", "--length=16", "--epochs=1", "--subset=25000"]


def test_scripts_train_resume_write_and_draw(
    folder: Path,
    training: ModuleType,
    solution: Solution,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_main(training, SMALL, monkeypatch) == 0
    said = capsys.readouterr()
    assert "trigram model with backoff: " in said.out
    assert "best validation: " in said.out
    assert "validation=" in said.err
    assert run_main(solution(f"{DAY}.src.activity"), [], monkeypatch) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "activity.png", "checkpoint.npz", "training.png",
    ]  # fmt: skip
    capsys.readouterr()
    write = solution(f"{DAY}.src.write")
    texts = []
    for seed in ("1", "1", "2"):
        arguments = ["--prompt", "ORLANDO.", "--length", "40", "--seed", seed]
        assert run_main(write, arguments, monkeypatch) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("ORLANDO.")
    assert len(texts[0]) == len("ORLANDO.") + 40 + 1
    for arguments, says in (
        (["--prompt", "Öl für die €"], "has no 'Ö', 'ü', '€'"),
        (["--prompt", ""], "The prompt is empty"),
        (["--temperature", "0"], "'0' is not a number above 0"),
        (["--length", "none"], "'none' is not a whole number"),
        (["--checkpoint", str(folder / "no.npz")], "train with day_09_sequence/src/shakespeare.py"),
        (["--checkpoint", str(folder / "training.png")], "damaged or no checkpoint"),
    ):
        assert run_main(write, arguments, monkeypatch) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1
    for arguments, says in (
        (["--resume", "--hidden=9"], "made with hidden 8, not 9"),
        (["--resume", "--subset=26000"], "made with another text"),
    ):
        assert run_main(training, [*SMALL, *arguments], monkeypatch) == 2
        assert says in capsys.readouterr().err


def test_bad_texts_get_one_sentence(
    tmp_path: Path,
    training: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "short.txt").write_text("Too short.")
    (tmp_path / "latin.txt").write_bytes("für".encode("latin-1"))
    for arguments, says in (
        (["--text", str(tmp_path / "no.txt")], "No such file"),
        (["--text", str(tmp_path)], "Is a directory"),
        (["--text", str(tmp_path / "latin.txt")], "is no text in UTF-8"),
        (["--text", str(tmp_path / "short.txt")], "The text has 10 characters; it needs at least"),
        (["--subset", "21000", "--batch-size", "500"], "too short for minibatches of 500 × 64"),
        (["--cell", "rnn"], "invalid choice: 'rnn'"),
        (["--epochs", "0"], "'0' is not a whole number of at least 1"),
    ):
        arguments += ["--checkpoint", str(tmp_path / "c.npz")]
        assert run_main(training, arguments, monkeypatch) == 2, arguments
        error = capsys.readouterr().err
        assert says in error
        assert error.strip().count("\n") == 0


def test_any_text_can_be_learned(
    folder: Path,
    training: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = folder.parent.parent / "text.txt"
    text.write_text("Füchse jagen – Hühner schlafen. 狐\n" * 800, encoding="utf-8")
    assert run_main(training, [*SMALL, "--cell=gru", "--text", str(text)], monkeypatch) == 0
    assert "25,000 characters" in capsys.readouterr().out


def test_shakespeare_is_plain_plays() -> None:
    text = load_shakespeare()
    assert (len(text), len(set(text))) == (980_325, 78)
    assert text.startswith("AS YOU LIKE IT\n\nACT I.\n\nSCENE I. An Orchard near OLIVER'S house.\n")
    assert making.FOREIGN.search(text) is None
    assert "\n\n\n" not in text
    assert " \n" not in text
    assert "ROMEO" not in text


def test_cleaning_plays() -> None:
    head = "TITLE\n\nby Somebody\n\n\n\nPERSONS\n\nA, a king\n\n"
    source = head + "ACT I.\n\n\nA.\nHo!   \n\n[Exit.}\n\nTHE END\n"
    assert making.clean(source) == "TITLE\n\nACT I.\n\nA.\nHo!\n\n[Exit.]\n\n"
    with pytest.raises(UsageError, match="no line that begins with ACT I"):
        making.clean("TITLE\n\nNothing.")
    with pytest.raises(UsageError, match="still has a notice: 'Gutenberg'"):
        making.clean("TITLE\n\nACT I.\n\nA Project Gutenberg text.")


def test_damaged_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from introdl.datasets import embedded

    copy = tmp_path / "data"
    copy.mkdir()
    for name in ("DATA.md", "shakespeare.txt.gz"):
        shutil.copy(embedded.DATA / name, copy / name)
    (copy / "shakespeare.txt.gz").write_bytes(b"no text")
    monkeypatch.setattr(embedded, "DATA", copy)
    with pytest.raises(UsageError, match="was changed or is damaged"):
        load_shakespeare()
