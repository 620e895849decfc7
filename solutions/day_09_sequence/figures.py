"""The figures of day 9's README, drawn by the solutions.

The first drawing trains the model with the defaults, which takes some minutes; its checkpoint in
``build`` serves the next ones.
"""

import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from day_09_sequence.src import activity
from day_09_sequence.src.cells import lstm_cell, zero_carry
from day_09_sequence.src.checkpoint import State, save
from day_09_sequence.src.language_model import forward, initialize, loss
from day_09_sequence.src.shakespeare import (
    DAY,
    Settings,
    draw_training,
    fit,
    go_on,
    resume,
    split,
    trigram_baseline,
    with_settings,
)
from day_09_sequence.src.text import build_vocabulary, encode
from introdl.datasets import load_shakespeare
from introdl.figures import build_path, save_figure

LENGTHS = [4, 8, 12, 16, 24, 32]
HIDDEN, CHARACTERS = 32, 20


def draw(folder: Path) -> None:
    """Write every figure into the folder, and print samples for the README."""
    text, settings = load_shakespeare(), Settings()
    state = trained(text, settings)
    save_figure(draw_training(state, trigram_baseline(text)), folder / "training.png")
    read = split(text)[1][: activity.READ]
    memory = activity.memories(
        state["best"], encode(read, build_vocabulary(text)), settings.cell, settings.hidden
    )
    save_figure(activity.draw(read, memory), folder / "activity.png")
    save_figure(draw_compilation(), folder / "compilation.png")
    for temperature in (0.3, 0.7, 1.0, 1.5):
        print(f"\n--- temperature {temperature}")
        print("VIOLA.\n" + go_on(state, "VIOLA.\n", 300, temperature, seed=0))


def trained(text: str, settings: Settings) -> State:
    """The state after the training with these settings."""
    path = build_path(DAY, "checkpoint.npz")
    state = resume(path, text, settings) if path.exists() else None
    state = fit(text, settings, state, lambda s: save(path, with_settings(s, text, settings)))
    return with_settings(state, text, settings)


def unrolled(params: Any, inputs: Any, carry: Any) -> Any:
    """What `forward` computes, with a Python loop over the times."""
    logits = []
    for characters in inputs.T:
        carry, hidden = lstm_cell(params, carry, params["input"][characters] + params["bias"])
        logits.append(hidden @ params["output"] + params["output_bias"])
    return jnp.stack(logits, axis=1)


def scanned(params: Any, inputs: Any, carry: Any) -> Any:
    """The reference."""
    return forward(params, inputs, carry, lstm_cell)[0]


def draw_compilation() -> Figure:
    """Draw how long the gradient's compilation takes for texts of growing length."""
    params = initialize(jax.random.key(0), "lstm", CHARACTERS, HIDDEN)
    seconds: dict[str, list[float]] = {"Python loop over time": [], "lax.scan": []}
    for length in LENGTHS:
        inputs = jnp.zeros((4, length), int)
        for name, model in zip(seconds, (unrolled, scanned), strict=True):
            begin = time.process_time()  # of the processor, whatever else it is doing
            slope = jax.grad(lambda p, x, m=model: loss(m(p, x, zero_carry("lstm", 4, HIDDEN)), x))
            jax.jit(slope).lower(params, inputs).compile()
            seconds[name].append(time.process_time() - begin)
    figure, axes = plt.subplots(figsize=(5.5, 3.5), layout="constrained")
    for name, values in seconds.items():
        axes.plot(LENGTHS, values, ".-", label=name)
    axes.set(xlabel="characters in a row", ylabel="processor time to compile\nthe gradient (s)",
             title="A scan is compiled once, whatever its length", ylim=(0, None))  # fmt: skip
    axes.set_xticks(LENGTHS)
    axes.legend()
    axes.grid(alpha=0.3)
    return figure
