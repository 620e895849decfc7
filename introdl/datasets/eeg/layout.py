"""What a recording looks like: classes, sensors and where they sit; where files are kept."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from introdl.course import ROOT
from introdl.errors import UsageError

Floats = NDArray[np.float64]

CLASSES = ("right_hand", "left_hand", "rest", "feet")
PARTS = ("train", "test")  # the recordings of a subject, and their folders
RATE = 250.0  # Hz, of all that is handed to a network

# The 44 sensors over the motor cortex: Schirrmeister et al. (2017), section 2.7.1.
_NAMES = """
    FC5 FC1 FC2 FC6 C3 C4 CP5 CP1 CP2 CP6 FC3 FCz FC4 C5 C1 C2 C6 CP3 CPz CP4
    FFC5h FFC3h FFC4h FFC6h FCC5h FCC3h FCC4h FCC6h CCP5h CCP3h CCP4h CCP6h CPP5h CPP3h CPP4h CPP6h
    FFC1h FFC2h FCC1h FCC2h CCP1h CCP2h CPP1h CPP2h
"""
SENSORS = tuple(_NAMES.split())


def need(module: str) -> Any:
    """Import a module that only EEG needs.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageError(
            f"EEG needs the package '{module}'; install it with "
            'python -m pip install -c constraints.txt -e ".[eeg]"'
        ) from None


def cache() -> Path:
    """The folder of generated and downloaded recordings; ``INTRODL_CACHE`` moves it."""
    return Path(os.environ.get("INTRODL_CACHE") or ROOT / "data" / "cache") / "eeg"


def montage() -> Any:
    """The positions of the 10-05 system on a standard head, from MNE."""
    channels = need("mne").channels
    # MNE 1.13 gave "standard_1005" a new name; the positions are the same.
    names = channels.get_builtin_montages()
    return channels.make_standard_montage(
        "colin27_1005" if "colin27_1005" in names else "standard_1005"
    )


def sensor_positions(sensors: Sequence[str] = SENSORS) -> Floats:
    """Where sensors sit on the flattened head, seen from above, for scalp maps.

    The azimuthal equidistant projection: the distance from the middle grows with the angle from the
    vertex, Cz. The nose is at the top, the right ear on the right.

    Args:
        sensors: n names of the 10-05 system.

    Returns:
        x and y of each sensor, of shape ``(n, 2)``. The radius 1 is the equator, 90° from Cz.

    Raises:
        UsageError: if MNE is not installed or a name is unknown.
    """
    positions = montage().get_positions()
    places = positions["ch_pos"]
    unknown = [name for name in sensors if name not in places]
    if unknown:
        raise UsageError(f"There is no sensor '{unknown[0]}' in the 10-05 system; use such as C3.")
    centre = sphere_centre(np.array(list(places.values())))
    up = unit(places["Cz"] - centre)
    nose = positions["nasion"] - centre
    front = unit(nose - (nose @ up) * up)
    right = np.cross(front, up)
    directions = unit(np.array([places[name] for name in sensors]) - centre)
    angle = np.arccos(np.clip(directions @ up, -1, 1))
    flat = unit(directions @ np.stack([right, front], axis=1))
    return flat * angle[:, None] / (np.pi / 2)


def unit(vectors: Floats) -> Floats:
    """Vectors of length 1 in the same directions; a vector of length 0 stays as it is."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def sphere_centre(points: Floats) -> Floats:
    """The centre of the sphere that fits best through points of shape ``(n, 3)``.

    From |p − c|² = r² follows 2 p·c + (r² − |c|²) = |p|², which is linear in c and the bracket.
    """
    matrix = np.column_stack([2 * points, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(matrix, (points**2).sum(axis=1), rcond=None)
    return solution[:3]
