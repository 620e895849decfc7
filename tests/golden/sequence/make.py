"""Compute ``cells.npz`` with PyTorch: the outputs and gradients of its LSTM and GRU.

    python -m pip install torch==2.13.0
    python tests/golden/sequence/make.py

The tests then need no PyTorch. Everything is computed in double precision.
"""

from pathlib import Path

import numpy as np
import torch

BATCH, TIME, FEATURES, HIDDEN = 3, 7, 5, 6


def main() -> None:
    """Write the file beside this script."""
    rng = np.random.default_rng(9)
    arrays = {}
    for name, kind, gates in (("lstm", torch.nn.LSTM, 4), ("gru", torch.nn.GRU, 3)):
        module = kind(FEATURES, HIDDEN, batch_first=True).double()
        for key, parameter in module.named_parameters():
            value = rng.normal(size=tuple(parameter.shape)) / np.sqrt(HIDDEN)
            assert value.shape[0] == gates * HIDDEN
            parameter.data = torch.tensor(value)
            arrays[f"{name}/{key}"] = value
        x, h, c = (
            rng.normal(size=shape)
            for shape in ((BATCH, TIME, FEATURES), (BATCH, HIDDEN), (BATCH, HIDDEN))
        )
        states = torch.tensor(h)[None], torch.tensor(c)[None]
        outputs, last = module(torch.tensor(x), states if name == "lstm" else states[0])
        (outputs**2).sum().backward()
        arrays |= {f"{name}/x": x, f"{name}/h": h, f"{name}/outputs": outputs.detach().numpy()}
        if name == "lstm":
            arrays |= {"lstm/c": c, "lstm/last_c": last[1][0].detach().numpy()}
        for key, parameter in module.named_parameters():
            assert parameter.grad is not None
            arrays[f"{name}/gradient_{key}"] = parameter.grad.numpy()
    np.savez_compressed(Path(__file__).with_name("cells.npz"), **arrays)


if __name__ == "__main__":
    main()
