"""How the embedded files are made: drawn by this module, or packed from a published table."""

import gzip

import numpy as np

from introdl.datasets.embedded import DATA

POINTS, NOISE = 300, 0.5


def noisy_signal() -> str:
    """The table of `load_noisy_signal`: x, a noisy cosine, and the cosine without noise."""
    x = np.linspace(-1.0, 1.0, POINTS)
    clean = np.cos(2 * np.pi * x)
    noisy = clean + np.random.default_rng(1801).normal(0.0, NOISE, POINTS)
    rows = zip(x, noisy, clean, strict=True)
    return "x,noisy,clean\n" + "".join(",".join(f"{v:.6f}" for v in row) + "\n" for row in rows)


def pack(name: str, text: str) -> None:
    """Write a gzipped file below ``data/``, byte for byte the same each time."""
    (DATA / name).write_bytes(gzip.compress(text.encode(), mtime=0))
