"""Tasks 9.2 and 9.3: one step of the LSTM and of the GRU."""

from typing import Any

import numpy as np

from day_09_sequence.src.cells import gru_cell, lstm_cell
from introdl.testing import check, jit, task


def parts_of(a: Any, count: int) -> list[Any]:
    """The columns of each gate."""
    return [a.reshape(*a.shape[:-1], count, -1)[..., k, :] for k in range(count)]


def lstm(
    u: Any, h: Any, c: Any, x: Any, order: tuple[int, int, int, int] = (0, 1, 2, 3), error: str = ""
) -> Any:
    """The LSTM; ``order`` says where the columns of i, f, g and o are, ``error`` what is wrong."""
    parts = parts_of(np.tensordot(h, u, 1) + x, 4)
    # What a gate σ(a) lets through is divided by 1 + e⁻ᵃ.
    i, f, o = (1 + np.exp(-parts[k]) for k in (order[0], order[1], order[3]))
    g = parts[order[2]]
    content = 1 / (1 + np.exp(-g)) if error == "squashed" else np.tanh(g)
    new = (c if error == "kept" else c / f) + content / i
    out = {"linear": new, "late": np.tanh(c)}.get(error, np.tanh(new)) / o
    return (out, new), out


def lstm_mistakes(u: Any, h: Any, c: Any, x: Any) -> dict[str, Any]:
    """What typical errors lead to."""
    (out, new), _ = lstm(u, h, c, x)
    return {
        "The gates are in another order; it is i, f, g, o, as in PyTorch.":
            lambda got: any(
                np.allclose(got[1], lstm(u, h, c, x, order)[1], atol=1e-4)
                for order in ((1, 0, 2, 3), (0, 1, 3, 2), (0, 2, 1, 3), (0, 3, 1, 2), (0, 2, 3, 1))
            ),
        "The new content g goes through tanh, not through the sigmoid.":
            lstm(u, h, c, x, error="squashed"),
        "The memory goes through tanh before the output gate: h' = σ(a_o) tanh(c').":
            lstm(u, h, c, x, error="linear"),
        "The output uses the old memory; use the new one: h' = σ(a_o) tanh(c').":
            lstm(u, h, c, x, error="late"),
        "The old memory is kept whole; multiply it with the forget gate σ(a_f).":
            lstm(u, h, c, x, error="kept"),
        "The hidden state is not used: the gates are x + h U.": lstm(0 * u, h, c, x),
        "The carry is the pair (h', c'), the hidden state first.": ((new, out), out),
        "The output is h', not the memory c'.": ((out, new), new),
        "Return two things: the carry (h', c') and the output h'.":
            lambda got: np.shape(got[0]) == np.shape(got[1]) == np.shape(out),
    }  # fmt: skip


@task("9.2", points=2)
def test_lstm_cell(rng: np.random.Generator) -> None:
    batch, hidden = 3, 4
    u = rng.normal(size=(hidden, 4 * hidden)).astype(np.float32)
    h, c = rng.normal(size=(2, batch, hidden)).astype(np.float32)
    x = rng.normal(size=(batch, 4 * hidden)).astype(np.float32)
    expect, mistakes = lstm(u, h, c, x), lstm_mistakes(u, h, c, x)
    why = "Compute the example of task 9.2 with your function and compare every gate."
    check(jit(lstm_cell), {"recurrent": u}, (h, c), x, expect=expect, mistakes=mistakes, why=why)


@task("9.2", points=1)
def test_lstm_cell_by_hand(rng: np.random.Generator) -> None:
    # One hidden unit, no batch axis: the gates are i = σ(0), f = σ(ln 3), g = tanh(ln 2), o = σ(0).
    u = np.zeros((1, 4), np.float32)
    x = np.log(np.array([1.0, 3.0, 2.0, 1.0], np.float32))
    memory = 0.75 * 2.0 + 0.5 * 0.6
    out = 0.5 * np.tanh(memory)
    carry = (np.array([0.5], np.float32), np.array([2.0], np.float32))
    check(
        lstm_cell, {"recurrent": u}, carry, x,
        expect=((np.array([out]), np.array([memory])), np.array([out])),
        mistakes=lstm_mistakes(u, *carry, x),
        why="Compute the example step by step: i = 0.5, f = 0.75, g = 0.6, o = 0.5, c' = 1.8.",
    )  # fmt: skip


def gru(u: Any, d: Any, h: Any, x: Any, error: str = "") -> Any:
    """The GRU; ``error`` names what is wrong."""
    past = np.tensordot(h, u, 1) + (0 * d if error == "no bias" else d)
    inputs, pasts = parts_of(x, 3), parts_of(past, 3)
    r, z = (1 + np.exp(-inputs[k] - pasts[k]) for k in (0, 1))
    if error == "exchanged":
        r, z = z, r
    reset = {
        "no reset": pasts[2],
        "early": np.tensordot(h / r, parts_of(u, 3)[2], 1) + parts_of(d, 3)[2],
    }.get(error, pasts[2] / r)
    n = np.tanh((inputs[2] + pasts[2]) / r if error == "reset all" else inputs[2] + reset)
    old, new = (n, h) if error == "flipped" else (h, n)
    mixed = new + (old - new) / z
    return mixed, mixed


def gru_mistakes(u: Any, d: Any, h: Any, x: Any) -> dict[str, Any]:
    """What typical errors lead to."""
    return {
        "z and 1 − z are exchanged: h' = (1 − z) n + z h.": gru(u, d, h, x, "flipped"),
        "The reset gate acts behind the matrix product: n = tanh(x_n + r (h U + d)_n), as in "
        "PyTorch.": gru(u, d, h, x, "early"),
        "The reset gate r is not used: n = tanh(x_n + r u_n).": gru(u, d, h, x, "no reset"),
        "The reset gate acts on the past only, not on the input: n = tanh(x_n + r u_n).":
            gru(u, d, h, x, "reset all"),
        "The bias d is missing: u = h U + d.": gru(u, d, h, x, "no bias"),
        "The gates are in another order; it is r, z, n, as in PyTorch.":
            gru(u, d, h, x, "exchanged"),
        "Return the new state twice: as carry and as output.":
            lambda got: isinstance(got, np.ndarray),
    }  # fmt: skip


@task("9.3", points=2)
def test_gru_cell(rng: np.random.Generator) -> None:
    batch, hidden = 3, 4
    u = rng.normal(size=(hidden, 3 * hidden)).astype(np.float32)
    d = rng.normal(size=3 * hidden).astype(np.float32)
    h = rng.normal(size=(batch, hidden)).astype(np.float32)
    x = rng.normal(size=(batch, 3 * hidden)).astype(np.float32)
    params = {"recurrent": u, "recurrent_bias": d}
    expect, mistakes = gru(u, d, h, x), gru_mistakes(u, d, h, x)
    why = "Compute the example of task 9.3 with your function and compare r, z and n."
    check(jit(gru_cell), params, h, x, expect=expect, mistakes=mistakes, why=why)


@task("9.3", points=1)
def test_gru_cell_by_hand(rng: np.random.Generator) -> None:
    # One hidden unit, no batch axis: r = σ(0), z = σ(ln 3), n = tanh(ln 2 + r · 0.5), and h = 2.
    u, d = np.zeros((1, 3), np.float32), np.array([0.0, 0.0, 0.5], np.float32)
    h, x = np.array([2.0], np.float32), np.log(np.array([1.0, 3.0, 2.0], np.float32))
    new = np.array([0.25 * np.tanh(np.log(2.0) + 0.5 * 0.5) + 0.75 * 2.0])
    check(
        gru_cell, {"recurrent": u, "recurrent_bias": d}, h, x, expect=(new, new),
        mistakes=gru_mistakes(u, d, h, x),
        why="Compute the example step by step: u = d, r = 0.5, z = 0.75, n = 0.737.",
    )  # fmt: skip
