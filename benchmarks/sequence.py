"""Characters per second of day 9's LSTM in training and in writing, beside other ways to do it.

In training: the reference with `lax.scan`, the same with a Python loop over time that is compiled
as a whole, and PyTorch's nn.LSTM of the same size; each step clips the gradients and updates by
Adam. In writing: the reference's scan, and step by step from Python with JAX and with PyTorch. All
have the same weights, and must find the same loss. They take turns, for the machine's speed drifts.
Run it with the solved days::

    PYTHONPATH=solutions python benchmarks/sequence.py
"""

from benchmarks.conditions import THREADS, require_solved  # before JAX and PyTorch

# isort: split
import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from day_09_sequence.src import cells, language_model, optimizer, shakespeare, text
from introdl.datasets import load_shakespeare
from introdl.errors import UsageError
from introdl.script import Parser, at_least, run


@dataclass(frozen=True)
class Contestant:
    """One way to train or to write.

    Args:
        name: the row's name in the table.
        turn: does the work once, waits for its end, and returns the loss, or the text.
        prepare: what is done once before, such as compiling.
    """

    name: str
    turn: Callable[[], Any]
    prepare: Callable[[], Any]


@dataclass(frozen=True)
class Setting:
    """What all contestants are given."""

    settings: shakespeare.Settings
    params: Any
    inputs: Any  # (batch, time), int32
    targets: Any


def setting(options: argparse.Namespace) -> Setting:
    """The weights and one minibatch of Shakespeare."""
    settings = replace(
        shakespeare.Settings(), hidden=options.hidden, batch_size=options.batch_size,
        length=options.length,
    )  # fmt: skip
    plays = load_shakespeare()
    vocabulary = text.build_vocabulary(plays)
    indices = text.encode(plays, vocabulary)
    inputs, targets = text.minibatches(indices, settings.batch_size, settings.length)
    state = shakespeare.initial_state(vocabulary, settings)
    return Setting(settings, state["params"], inputs[0], targets[0])


def training(name: str, objective: Callable[..., Any], given: Setting) -> Contestant:
    """Training with JAX; ``objective`` decides about the loop over time."""
    step = jax.jit(
        lambda *arguments: language_model.train_step.__wrapped__(
            objective, shakespeare.update, *arguments
        )
    )
    params, moments = given.params, optimizer.initial_moments(given.params)
    arguments = given.inputs, given.targets, 0.001
    compiled: list[Any] = []

    def prepare() -> None:
        compiled.append(step.lower(params, moments, *arguments).compile())

    def turn() -> float:
        nonlocal params, moments
        params, moments, loss = compiled[0](params, moments, *arguments)
        return float(loss)

    return Contestant(name, turn, prepare)


def unrolled(settings: shakespeare.Settings, params: Any, inputs: Any, targets: Any) -> Any:
    """The loss, with a Python loop over time."""
    carry, hidden = cells.zero_carry("lstm", len(inputs), settings.hidden), []
    for x in params["input"][inputs.T] + params["bias"]:
        carry, output = cells.lstm_cell(params, carry, x)
        hidden.append(output)
    logits = jnp.stack(hidden, 1) @ params["output"] + params["output_bias"]
    return language_model.loss(logits, targets)


class TorchModel(torch.nn.Module):
    """An embedding, nn.LSTM and a linear layer with the reference's weights.

    nn.LSTM multiplies its inputs with weights of its own. These are the reference's W, and the
    embedding gives unit vectors, so that both models compute the same.
    """

    def __init__(self, params: Any) -> None:
        super().__init__()
        weights = {name: torch.tensor(np.asarray(value)) for name, value in params.items()}
        characters, hidden = weights["output"].shape[1], weights["output"].shape[0]
        self.register_buffer("units", torch.eye(characters))
        self.lstm = torch.nn.LSTM(characters, hidden, batch_first=True)
        self.output = torch.nn.Linear(hidden, characters)
        with torch.no_grad():
            self.lstm.weight_ih_l0.copy_(weights["input"].T)
            self.lstm.weight_hh_l0.copy_(weights["recurrent"].T)
            self.lstm.bias_ih_l0.copy_(weights["bias"])
            self.lstm.bias_hh_l0.zero_()
            self.output.weight.copy_(weights["output"].T)
            self.output.bias.copy_(weights["output_bias"])

    def forward(self, inputs: torch.Tensor, carry: Any = None) -> tuple[torch.Tensor, Any]:
        """The logits and the last carry."""
        hidden, carry = self.lstm(self.units[inputs], carry)
        return self.output(hidden), carry


def torch_training(given: Setting) -> Contestant:
    """Training with PyTorch."""
    model = TorchModel(given.params)
    adam = torch.optim.Adam(model.parameters(), 0.001, (optimizer.FIRST, optimizer.SECOND))
    inputs = torch.tensor(given.inputs).long()
    targets = torch.tensor(given.targets).long()

    def turn() -> float:
        adam.zero_grad()
        logits, _ = model(inputs)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), shakespeare.MAX_NORM)
        adam.step()
        return float(loss.detach())

    return Contestant(f"PyTorch {torch.__version__}, nn.LSTM", turn, lambda: None)


def writing(given: Setting, length: int) -> list[Contestant]:
    """The ways to write a text, character by character, with temperature 1."""
    hidden, prompt, key = given.settings.hidden, jnp.array([1]), jax.random.key(0)

    def scan() -> Any:
        carry = cells.zero_carry("lstm", hidden)
        drawn = language_model.sample(
            given.params, prompt, length, 1.0, key, carry, cells.lstm_cell
        )
        return np.asarray(drawn)

    @jax.jit
    def step(params: Any, carry: Any, character: Any, key: Any) -> Any:
        key, now = jax.random.split(key)
        x = params["input"][character] + params["bias"]
        carry, state = cells.lstm_cell(params, carry, x)
        logits = state @ params["output"] + params["output_bias"]
        return carry, jax.random.categorical(now, logits), key

    def loop() -> Any:
        carry, character, now, drawn = cells.zero_carry("lstm", hidden), prompt[0], key, []
        for _ in range(length):
            carry, character, now = step(given.params, carry, character, now)
            drawn.append(int(character))
        return np.array(drawn)

    model = TorchModel(given.params)

    def torch_loop() -> Any:
        carry, character, drawn = None, torch.tensor([[1]]), []
        with torch.no_grad():
            for _ in range(length):
                logits, carry = model(character, carry)
                character = torch.multinomial(torch.softmax(logits[0], -1), 1)
                drawn.append(int(character))
        return np.array(drawn)

    return [
        Contestant("this course, one lax.scan", scan, scan),
        Contestant("Python loop over a jitted step", loop, loop),
        Contestant(f"PyTorch {torch.__version__}, nn.LSTM in a loop", torch_loop, torch_loop),
    ]


def race(title: str, contestants: list[Contestant], turns: int, characters: int) -> list[Any]:
    """Let them take turns and print a table; returns what the first turns came to."""
    preparing = []
    for contestant in contestants:
        started = time.perf_counter()
        contestant.prepare()
        preparing.append(time.perf_counter() - started)
    seconds: list[list[float]] = [[] for _ in contestants]
    results = []
    for number in range(turns + 1):
        for contestant, column in zip(contestants, seconds, strict=True):
            started = time.perf_counter()
            result = contestant.turn()
            if number:  # the first turn warms up
                column.append(time.perf_counter() - started)
            else:
                results.append(result)
    print(f"\n{title}, {turns} turns, {THREADS} threads")
    print(f"{'':40}{'characters/s':>13}{'(min … max)':>20}{'beside 1st':>12}{'first s':>9}")
    for contestant, column, before in zip(contestants, seconds, preparing, strict=True):
        rates = [characters / s for s in column]
        ratio = statistics.median(a / b for a, b in zip(seconds[0], column, strict=True))
        spread = f"({min(rates):,.0f} … {max(rates):,.0f})"
        print(f"{contestant.name:40}{statistics.median(rates):13,.0f}{spread:>20}"
              f"{ratio:12.2f}{before:9.2f}")  # fmt: skip
    return results


def main() -> None:
    """Print both tables."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = shakespeare.Settings()
    parser.add_argument("--turns", type=at_least(1), default=15, help="of each (default 15)")
    parser.add_argument("--hidden", type=at_least(1), default=default.hidden)
    parser.add_argument("--batch-size", type=at_least(1), default=default.batch_size)
    parser.add_argument("--length", type=at_least(1), default=default.length)
    parser.add_argument("--write", type=at_least(1), default=1000, help="characters (default 1000)")
    options = parser.parse_args()
    require_solved(language_model)
    torch.set_num_threads(THREADS)
    given = setting(options)
    contestants = [
        training("this course, lax.scan", partial(shakespeare.objective, "lstm", options.hidden),
                 given),
        training("Python loop over time, jitted", partial(unrolled, given.settings), given),
        torch_training(given),
    ]  # fmt: skip
    size = f"{options.hidden} units, {options.batch_size} × {options.length} characters"
    losses = race(f"Training: {size}", contestants, options.turns, given.inputs.size)
    if not np.allclose(losses, losses[0], rtol=1e-5):
        raise UsageError(f"The first losses differ: {losses}; the models are not the same.")
    print(f"All find the same loss with the same weights: {losses[0]:.5f} nats.")
    contestants = writing(given, options.write)
    race(f"Writing {options.write} characters", contestants, options.turns, options.write)


if __name__ == "__main__":
    run(main)
