"""Look into the trained model: which hidden unit follows what?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from day_09_sequence.src.cells import CELLS, Params, zero_carry
from day_09_sequence.src.checkpoint import load
from day_09_sequence.src.shakespeare import DAY, read_text, settings_of, split
from day_09_sequence.src.text import encode
from introdl.figures import build_path, save_or_show
from introdl.script import Parser, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READ = 20_000  # characters of the validation text to compare units with features
LINES, COLUMNS = 9, 58  # of the excerpt in the picture


def memories(params: Params, indices: Any, cell: str, hidden: int) -> Any:
    """What the model remembers behind each character.

    Args:
        params: the model's parameters.
        indices: the text as numbers, of shape ``(time,)``.
        cell: ``"lstm"`` or ``"gru"``.
        hidden: the number of hidden units.

    Returns:
        tanh c of the LSTM or h of the GRU, between -1 and 1, of shape ``(time, hidden)``.
    """

    def step(carry: Any, x: jax.Array) -> tuple[Any, jax.Array]:
        carry, _ = CELLS[cell](params, carry, x)
        return carry, jnp.tanh(carry[1]) if cell == "lstm" else carry

    x = params["input"][jnp.asarray(indices)] + params["bias"]
    return np.asarray(jax.lax.scan(step, zero_carry(cell, hidden), x)[1])


def features(text: str) -> dict[str, Any]:
    """What a unit might remember: for each character a number.

    Returns:
        For each feature an array of shape ``(time,)``.
    """
    column, inside = np.zeros(len(text)), np.zeros(len(text))
    for i in range(1, len(text)):
        column[i] = 0 if text[i - 1] == "\n" else column[i - 1] + 1
        inside[i] = text[i - 1] == "[" or (inside[i - 1] and text[i - 1] != "]")
    speaker = [line.isupper() for line in text.splitlines(keepends=True) for _ in line]
    return {
        "the place in the line": column,
        "whether a stage direction is open": inside,
        "whether a speaker's name is being written": np.array(speaker, float),
    }


def best_units(text: str, memory: Any) -> dict[str, tuple[int, float]]:
    """For each feature the unit whose memory follows it most closely; each unit only once.

    Args:
        text: the text that was read.
        memory: what `memories` found for it, of shape ``(time, hidden)``.

    Returns:
        For each feature the unit's number and its correlation with the feature.
    """
    found: dict[str, tuple[int, float]] = {}
    spread = memory.std(0) + 1e-9
    for name, feature in features(text).items():
        centred = feature - feature.mean()
        correlation = (
            centred @ (memory - memory.mean(0)) / len(text) / spread / (feature.std() + 1e-9)
        )
        correlation[[unit for unit, _ in found.values()]] = 0.0
        unit = int(np.abs(correlation).argmax())
        found[name] = unit, float(correlation[unit])
    return found


def draw(text: str, memory: Any) -> "Figure":
    """Draw an excerpt once for each feature, coloured by the unit that follows it best.

    Args:
        text: the text that was read.
        memory: what `memories` found for it.
    """
    import matplotlib.pyplot as plt

    start = excerpt(text)
    found = best_units(text, memory)
    figure, panels = plt.subplots(len(found), figsize=(7, 8.6), layout="constrained")
    for axes, (name, (unit, correlation)) in zip(panels, found.items(), strict=True):
        picture = np.full((LINES, COLUMNS), np.nan)
        row = column = 0
        for i in range(start, len(text)):
            if row == LINES:
                break
            if column < COLUMNS:
                picture[row, column] = memory[i, unit]
                axes.text(column, row, text[i].replace("\n", "¬"), ha="center", va="center",
                          family="monospace", fontsize=8.5)  # fmt: skip
            row, column = (row + 1, 0) if text[i] == "\n" else (row, column + 1)
        image = axes.imshow(picture, cmap="coolwarm", vmin=-1, vmax=1, aspect="auto", alpha=0.75)
        title = f"unit {unit} follows {name} (correlation {correlation:.2f})"
        axes.set(title=title, xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    label = "memory of the unit when it has read the character"
    figure.colorbar(image, ax=panels, label=label, location="bottom", shrink=0.6, aspect=40)
    return figure


def excerpt(text: str) -> int:
    """Where to begin: some lines before a stage direction in the middle of the text."""
    direction = text.find("\n[", len(text) // 2)
    return text.rfind("\n", 0, max(0, direction - 150)) + 1


def main() -> None:
    """Read the checkpoint, let it read the validation text, and draw."""
    parser = Parser(description=__doc__)
    parser.add_argument("--text", type=Path, metavar="FILE", help="default: Shakespeare")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE",
                        help="default build/day_09_sequence/checkpoint.npz")  # fmt: skip
    options = parser.parse_args()
    state = load(options.checkpoint or build_path(DAY, "checkpoint.npz"))
    settings, vocabulary = settings_of(state)
    whole = read_text(options.text, None)
    # A model that has learned from a part of the text may not know some rare characters.
    text = "".join(character for character in split(whole)[1] if character in vocabulary)[:READ]
    memory = memories(state["best"], encode(text, vocabulary), settings.cell, settings.hidden)
    for name, (unit, correlation) in best_units(text, memory).items():
        print(f"unit {unit} follows {name} (correlation {correlation:.2f})")
    save_or_show(draw(text, memory), DAY, "activity")


if __name__ == "__main__":
    run(main)
