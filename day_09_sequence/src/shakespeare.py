"""Train a language model on plays by Shakespeare, or on any other text."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.cells import CELLS, zero_carry
from day_09_sequence.src.checkpoint import State, load, save
from day_09_sequence.src.language_model import (
    bits_per_character,
    clip_by_global_norm,
    forward,
    initialize,
    learning_rates,
    loss,
    sample,
    train,
    train_carried,
)
from day_09_sequence.src.optimizer import adam, initial_moments
from day_09_sequence.src.text import build_vocabulary, decode, encode, minibatches
from day_09_sequence.src.trigram import count, trigram_bits
from introdl.datasets import load_shakespeare
from introdl.errors import UsageError
from introdl.figures import announce, build_path, save_or_show
from introdl.script import TrainingParser, at_least, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DAY = "day_09_sequence"
VALIDATION = 0.1  # the text's last tenth is not trained on
VALIDATION_BATCH = 20, 100  # streams and characters in a minibatch of it
MAX_NORM = 1.0
PART = 20  # minibatches between two looks at the progress bar


@dataclass(frozen=True)
class Settings:
    """What a training depends on, beside the text."""

    cell: str = "lstm"
    hidden: int = 256
    batch_size: int = 32
    length: int = 64
    epochs: int = 8
    learning_rate: float = 0.02
    seed: int = 0
    carried: bool = False  # ★ task 9.7


def split(text: str) -> tuple[str, str]:
    """The part to train on, and the part behind it to validate with."""
    cut = len(text) - round(VALIDATION * len(text))
    return text[:cut], text[cut:]


def trigram_baseline(text: str) -> float:
    """Bits per character of the trigram model, on the characters that `validator` uses."""
    training, validation = split(text)
    streams, length = VALIDATION_BATCH
    used = (len(validation) - 1) // (streams * length) * streams * length
    model = count(training, len(set(text)))
    return trigram_bits(model, training + validation[: used + 1], len(training) + 1)


def validator(text: str, vocabulary: str, settings: Settings) -> Callable[[Any], float]:
    """Prepare the validation.

    Returns:
        A function of the parameters that returns the bits per character of the validation part. It
        is read in streams side by side, each from its beginning to its end.
    """
    inputs, targets = minibatches(encode(split(text)[1], vocabulary), *VALIDATION_BATCH)

    @jax.jit
    def read(params: Any, carry: Any, x: Any, y: Any) -> Any:
        logits, carry = forward(params, x, carry, CELLS[settings.cell])
        return loss(logits, y), carry

    def validate(params: Any) -> float:
        carry, losses = zero_carry(settings.cell, VALIDATION_BATCH[0], settings.hidden), []
        for x, y in zip(inputs, targets, strict=True):
            value, carry = read(params, carry, x, y)
            losses.append(value)
        return float(bits_per_character(jnp.stack(losses).mean()))

    return validate


def objective(cell: str, hidden: int, params: Any, inputs: Any, targets: Any) -> Any:
    """The loss of a minibatch whose rows begin without memory."""
    carry = zero_carry(cell, len(inputs), hidden)
    return loss(forward(params, inputs, carry, CELLS[cell])[0], targets)


def carried_objective(cell: str, params: Any, inputs: Any, targets: Any, carry: Any) -> Any:
    """The loss of a minibatch whose rows go on from a carry, and the carry behind it."""
    logits, carry = forward(params, inputs, carry, CELLS[cell])
    return loss(logits, targets), carry


def update(params: Any, moments: Any, gradients: Any, learning_rate: Any) -> Any:
    """Clip the gradients, then one step of Adam."""
    return adam(params, moments, clip_by_global_norm(gradients, MAX_NORM), learning_rate)


def initial_state(vocabulary: str, settings: Settings) -> State:
    """What `fit` begins with; a checkpoint holds the same."""
    key = jax.random.key(settings.seed)
    params = initialize(key, settings.cell, len(vocabulary), settings.hidden)
    return {
        "epoch": 0,  # epochs done
        "params": params,
        "moments": initial_moments(params),
        "best": params,
        "training": np.zeros(0),  # bits per character of each epoch
        "validation": np.zeros(0),
    }


def epoch_batches(indices: Any, settings: Settings, steps: int, epoch: int) -> tuple[Any, Any]:
    """The minibatches of an epoch, which depend on the seed and the epoch alone.

    Each epoch cuts the text at other places. The rows are shuffled, unless states are carried.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    start = rng.integers(settings.length)
    inputs, targets = minibatches(indices[start:], settings.batch_size, settings.length)
    inputs, targets = inputs[:steps], targets[:steps]
    if settings.carried:
        return inputs, targets
    order = rng.permutation(inputs.shape[0] * inputs.shape[1])
    inputs, targets = (a.reshape(-1, settings.length)[order] for a in (inputs, targets))
    shape = (steps, settings.batch_size, settings.length)
    return inputs.reshape(shape), targets.reshape(shape)


def fit(
    text: str,
    settings: Settings,
    state: State | None = None,
    after_epoch: Callable[[State], None] = lambda state: None,
) -> State:
    """Train, validate after each epoch, and keep the best parameters.

    Args:
        text: the whole text; its last tenth is for validation.
        settings: what the training depends on.
        state: from a checkpoint, to go on exactly where it was written; None begins anew.
        after_epoch: called with the state after each epoch.

    Returns:
        The state after the last epoch.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    vocabulary = build_vocabulary(text)
    indices = encode(split(text)[0], vocabulary)
    validate = validator(text, vocabulary, settings)
    cell, hidden, size = settings.cell, settings.hidden, settings.batch_size
    plain, carried = partial(objective, cell, hidden), partial(carried_objective, cell)
    # Wherever an epoch begins in the text, it has at least so many minibatches.
    steps = (len(indices) - settings.length) // (size * settings.length)
    if steps < 1:
        raise UsageError(
            f"A text of {len(text)} characters is too short for minibatches of {size} × "
            f"{settings.length} characters; give a longer one, or smaller minibatches."
        )
    total = steps * settings.epochs
    rates = learning_rates(total, settings.learning_rate, max(1, total // 20))
    state = state or initial_state(vocabulary, settings)
    first = int(state["epoch"])
    with tqdm(total=total, initial=first * steps, desc="training", unit="step") as bar:
        for epoch in range(first, settings.epochs):
            inputs, targets = epoch_batches(indices, settings, steps, epoch)
            params, moments, losses = state["params"], state["moments"], []
            carry = zero_carry(cell, size, hidden)
            for start in range(0, steps, PART):
                part = slice(start, min(start + PART, steps))
                batch = inputs[part], targets[part], rates[epoch * steps :][part]
                if settings.carried:
                    params, moments, carry, found = train_carried(
                        carried, update, params, moments, carry, *batch
                    )
                else:
                    params, moments, found = train(plain, update, params, moments, *batch)
                losses.append(np.asarray(bits_per_character(found)))
                bar.set_postfix(bits=f"{losses[-1].mean():.3f}", validation=last(state))
                bar.update(len(found))
            bits = validate(params)
            better = bits < min(state["validation"], default=np.inf)
            state = {
                "epoch": epoch + 1,
                "params": params,
                "moments": moments,
                "best": params if better else state["best"],
                "training": np.append(state["training"], np.concatenate(losses).mean()),
                "validation": np.append(state["validation"], bits),
            }
            bar.set_postfix(bits=f"{state['training'][-1]:.3f}", validation=last(state))
            after_epoch(state)
    return state


def last(state: State) -> str:
    """The last validation in words for the progress bar."""
    return f"{state['validation'][-1]:.3f}" if len(state["validation"]) else "not yet"


def go_on(state: State, prompt: str, length: int, temperature: float, seed: int) -> str:
    """Let a trained model go on with a text.

    Args:
        state: from `with_settings` or a checkpoint.
        prompt: the text to go on with, at least one character.
        length: how many characters to write.
        temperature: how bold to be, above 0.
        seed: another seed writes another text.

    Returns:
        The new characters.

    Raises:
        UsageError: if the prompt is empty or has unknown characters.
    """
    if not prompt:
        raise UsageError("The prompt is empty; give at least one character.")
    settings, vocabulary = settings_of(state)
    carry = zero_carry(settings.cell, settings.hidden)
    drawn = sample(
        state["best"], jnp.asarray(encode(prompt, vocabulary)), length, temperature,
        jax.random.key(seed), carry, CELLS[settings.cell],
    )  # fmt: skip
    return decode(np.asarray(drawn).tolist(), vocabulary)


def with_settings(state: State, text: str, settings: Settings) -> State:
    """The state with all that a checkpoint needs beside it."""
    about = {
        "settings": asdict(settings),
        "vocabulary": build_vocabulary(text),
        "text": hashlib.sha256(text.encode()).hexdigest(),
    }
    return {**state, "about": json.dumps(about)}


def settings_of(state: State) -> tuple[Settings, str]:
    """The settings and the vocabulary that a checkpoint was made with.

    Raises:
        UsageError: if they can't be read.
    """
    try:
        about = json.loads(str(state["about"]))
        return Settings(**about["settings"]), str(about["vocabulary"])
    except (KeyError, TypeError, ValueError):
        raise UsageError("The file is no checkpoint of this day; train again.") from None


def resume(path: Path, text: str, settings: Settings) -> State:
    """Read the checkpoint of the same training.

    Raises:
        UsageError: if it belongs to another training.
    """
    state = load(path)
    old, _ = settings_of(state)
    for name, value in asdict(settings).items():
        before = getattr(old, name)
        if before != value:
            raise UsageError(
                f"The checkpoint was made with {name.replace('_', ' ')} {before}, not {value}; "
                "go on with the same options."
            )
    if json.loads(str(state["about"]))["text"] != hashlib.sha256(text.encode()).hexdigest():
        raise UsageError("The checkpoint was made with another text; go on with the same one.")
    return state


def read_text(path: Path | None, subset: int | None) -> str:
    """Read the text to learn from.

    Args:
        path: a text file in UTF-8; None for the embedded plays.
        subset: take only so many characters; None for all.

    Raises:
        UsageError: if there is no readable text.
    """
    if path is None:
        text = load_shakespeare()
    else:
        try:
            text = path.read_text(encoding="utf-8-sig")  # some editors put a mark in front
        except UnicodeDecodeError:
            raise UsageError(f"'{path}' is no text in UTF-8; convert it first.") from None
        except OSError as error:
            raise UsageError(f"Can't read '{path}': {error.strerror}.") from None
    text = text[:subset]
    streams, length = VALIDATION_BATCH
    if len(split(text)[1]) <= streams * length:
        least = round(streams * length / VALIDATION) + 10
        raise UsageError(f"The text has {len(text)} characters; it needs at least {least}.")
    return text


def draw_training(state: State, trigram: float) -> "Figure":
    """Draw the bits per character of each epoch, and the trigram model's as a line."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    epochs = range(1, len(state["validation"]) + 1)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.axhline(trigram, color="gray", linestyle="--", label="trigram model, validation")
    axes.plot(epochs, state["training"], ".-", label="training")
    axes.plot(epochs, state["validation"], ".-", label="validation")
    axes.set(xlabel="epoch", ylabel="bits per character", title="Learning to read")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def parser() -> TrainingParser:
    """The script's options."""
    default = Settings()
    options = TrainingParser(__doc__, default.epochs, default.learning_rate, default.batch_size)
    options.add_argument(
        "--text", type=Path, metavar="FILE", help="learn from this text (default: Shakespeare)"
    )
    options.add_argument(
        "--cell", choices=sorted(CELLS), default=default.cell, help="default: lstm"
    )
    options.add_argument(
        "--hidden", type=at_least(1), default=default.hidden, metavar="N",
        help=f"hidden units (default {default.hidden})",
    )  # fmt: skip
    options.add_argument(
        "--length", type=at_least(1), default=default.length, metavar="N",
        help=f"characters of a row in a minibatch (default {default.length})",
    )  # fmt: skip
    options.add_argument(
        "--carried", action="store_true", help="carry states from minibatch to minibatch (task 9.7)"
    )
    options.add_argument(
        "--checkpoint", type=Path, metavar="FILE",
        help="where to keep the model (default build/day_09_sequence/checkpoint.npz)",
    )  # fmt: skip
    options.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint, with the same options"
    )
    return options


def main() -> None:
    """Train, keep a checkpoint, draw the curves and write a sample."""
    options = parser().parse_args()
    settings = Settings(**{name: getattr(options, name) for name in asdict(Settings())})
    path = options.checkpoint or build_path(DAY, "checkpoint.npz")
    text = read_text(options.text, options.subset)
    state = resume(path, text, settings) if options.resume else None
    trigram = trigram_baseline(text)
    print(f"{len(text):,} characters; trigram model with backoff: {trigram:.3f} bits per character")
    done: list[int] = []

    def keep(state: State) -> None:
        save(path, with_settings(state, text, settings))
        done.append(state["epoch"])

    try:
        state = fit(text, settings, state, keep)
    except KeyboardInterrupt:
        kept = f"behind epoch {done[-1]}; the same command with --resume goes on" if done else (
            "before an epoch was done; nothing is kept of it"
        )  # fmt: skip
        raise UsageError(f"Stopped {kept}.") from None
    announce(path)
    state = with_settings(state, text, settings)
    best = int(np.argmin(state["validation"]))
    print(f"best validation: {state['validation'][best]:.3f} bits per character, epoch {best + 1}")
    prompt = text[:80].splitlines(keepends=True)[0]
    print(prompt + go_on(state, prompt, 400, 0.8, settings.seed))
    save_or_show(draw_training(state, trigram), DAY, "training")


if __name__ == "__main__":
    run(main)
