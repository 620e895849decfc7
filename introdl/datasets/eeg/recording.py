"""Read one recording in EDF and prepare its trials, step by step as the original study did.

R. T. Schirrmeister et al., *Deep learning with convolutional neural networks for EEG decoding and
visualization*, Human Brain Mapping 38 (2017), 5391-5420, https://doi.org/10.1002/hbm.23730.
"""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets.eeg.layout import CLASSES, RATE, SENSORS, need
from introdl.errors import UsageError

Samples = NDArray[np.float32]
Labels = NDArray[np.int64]

BAD = 800.0  # µV; a larger amplitude does not come from a brain
CLEAN_WINDOW = (0.0, 4.0)  # seconds from the cue, in which it is looked for
WINDOW = (-0.5, 4.0)  # seconds from the cue that a network sees

FACTOR = 1e-3  # weight of the newest sample in the running mean and variance
FIRST_BLOCK = 1000  # samples that are standardised as a block, before the running values settle
EPSILON = 1e-4  # µV, the smallest standard deviation


class Recording(NamedTuple):
    """The 44 sensors of a whole recording."""

    microvolts: Samples  # (44, samples)
    rate: float  # Hz
    onsets: NDArray[np.float64]  # (trials,), seconds from the beginning to the cue
    labels: Labels  # (trials,), indices into CLASSES


def read(path: Path) -> Recording:
    """Read a recording.

    Args:
        path: a file in the European Data Format (EDF) whose annotations name the classes.

    Raises:
        UsageError: if the file is missing or incomplete, or lacks sensors or cues.
    """
    check_whole(path)
    try:
        raw = need("mne").io.read_raw_edf(path, infer_types=True, verbose="error")
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"'{path}' can't be read as EDF: {first_line(error)}.") from None
    missing = [name for name in SENSORS if name not in raw.ch_names]
    if missing:
        raise UsageError(
            f"'{path}' lacks {len(missing)} of the 44 sensors over the motor cortex, such as "
            f"{missing[0]}; use a recording of the High-Gamma set."
        )
    cues = [(a["onset"], a["description"]) for a in raw.annotations]
    cues = [(onset, name) for onset, name in cues if name in CLASSES]
    if not cues:
        raise UsageError(f"'{path}' has no annotation {', '.join(CLASSES)}; use another recording.")
    onsets = np.array([onset for onset, _ in cues]) - raw.first_time
    labels = np.array([CLASSES.index(name) for _, name in cues])
    volts = raw.pick(list(SENSORS)).get_data()
    return Recording((1e6 * volts).astype(np.float32), raw.info["sfreq"], onsets, labels)


def check_whole(path: Path) -> None:
    """Compare a file's size with the one that follows from its own EDF header.

    The header says its own length, the number of data records and the samples of each signal in a
    record; a sample has two bytes (B. Kemp et al., *A simple format for exchange of digitized
    polygraphic recordings*, 1992, https://www.edfplus.info/specs/edf.html).

    Raises:
        UsageError: if the file is missing, no EDF, or shorter than that.
    """
    try:
        with path.open("rb") as file:
            head = file.read(256)
            signals = number(head[252:256])
            head += file.read(256 * signals)
    except (OSError, ValueError):
        if path.is_file():
            problem = "is not a recording in EDF; remove it and fetch or generate it again."
        else:
            problem = "is missing; fetch or generate it."
        raise UsageError(f"'{path}' {problem}") from None
    try:
        header, records = number(head[184:192]), number(head[236:244])
        start = 256 + 216 * signals
        samples = sum(number(head[i : i + 8]) for i in range(start, start + 8 * signals, 8))
    except ValueError:
        raise UsageError(
            f"'{path}' has a damaged header; remove it and fetch or generate it again."
        ) from None
    expected, found = header + 2 * records * samples, path.stat().st_size
    if found < expected:
        raise UsageError(
            f"'{path}' is incomplete: {found:,} of {expected:,} bytes; remove it and fetch or "
            "generate it again."
        )


def number(field: bytes) -> int:
    """A positive whole number in an EDF header, filled up with blanks.

    Raises:
        ValueError: if it is something else.
    """
    value = int(field.decode("ascii"))
    if value < 1:
        raise ValueError(f"{value} is not positive")
    return value


def first_line(error: Exception) -> str:
    """The first line of an error's message, without its full stop."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def trials(
    recording: Recording, high_pass: float | None = None, standard: bool = True
) -> tuple[Samples, Labels]:
    """Clean a recording, prepare the signals, and cut them into trials.

    Args:
        recording: the whole recording.
        high_pass: where set, frequencies below it (Hz) are removed.
        standard: whether to standardise; else the trials stay in µV.

    Returns:
        The trials, float32 of shape ``(trials, 44, 1125)``, and their labels, of shape
        ``(trials,)``. Bad trials are left out, and those that the recording holds only in part.
    """
    whole = [inside(recording, onset) for onset in recording.onsets]
    good = np.array(whole) & ~bad_trials(recording)
    signals = resample(recording.microvolts, recording.rate)
    if high_pass is not None:
        signals = remove_slow(signals, high_pass)
    if standard:
        signals = standardize(signals)
    cut = cut_windows(signals, recording.onsets[good], RATE, WINDOW)
    return cut, recording.labels[good]


def inside(recording: Recording, onset: float) -> bool:
    """Whether the whole window around a cue was recorded, with one sample to spare."""
    end = recording.microvolts.shape[1] / recording.rate - 1 / RATE
    return onset + WINDOW[0] >= 0 and onset + WINDOW[1] <= end


def bad_trials(recording: Recording) -> NDArray[np.bool_]:
    """Which trials reach 800 µV in the 4 s after the cue: of shape ``(trials,)``."""
    first, last = (
        np.round((recording.onsets + edge) * recording.rate).astype(int) for edge in CLEAN_WINDOW
    )
    pairs = zip(first, last, strict=True)
    pieces = (recording.microvolts[:, max(i, 0) : j] for i, j in pairs)
    return np.array([np.abs(piece).max(initial=0.0) >= BAD for piece in pieces])


def resample(signals: Samples, rate: float) -> Samples:
    """Bring signals of shape ``(44, samples)`` from ``rate`` to 250 Hz.

    A low-pass filter in the same step removes what 250 samples a second can't hold, above 125 Hz.
    """
    ratio = Fraction(RATE / rate).limit_denominator(1000)
    if ratio == 1:
        return signals
    resample_poly = need("scipy.signal").resample_poly
    return np.stack([resample_poly(x, ratio.numerator, ratio.denominator) for x in signals])


def remove_slow(signals: Samples, cutoff: float) -> Samples:
    """A causal Butterworth high-pass filter of third order with its cut-off in Hz.

    Raises:
        UsageError: if the cut-off is not between 0 and 125 Hz.
    """
    if not 0 < cutoff < RATE / 2:
        raise UsageError(f"The high-pass of {cutoff} Hz must lie between 0 and {RATE / 2:g} Hz.")
    scipy = need("scipy.signal")
    sections = scipy.butter(3, cutoff, "highpass", fs=RATE, output="sos")
    return np.stack([scipy.sosfilt(sections, x).astype(np.float32) for x in signals])


def standardize(signals: Samples) -> Samples:
    """Exponential running standardisation of each sensor, section 2.4.1 of the study.

    With α = 0.001, running mean and variance weigh the sample k steps back by (1 − α)ᵏ:

        m_t = Σ_k (1 − α)ᵏ x_{t−k} / Σ_k (1 − α)ᵏ,      k = 0 … t
        v_t = Σ_k (1 − α)ᵏ (x_{t−k} − m_{t−k})² / Σ_k (1 − α)ᵏ
        x′_t = (x_t − m_t) / max(√v_t, ε)

    The first 1000 samples are standardised with their common mean and standard deviation instead,
    for at the beginning m and v rest on too little.

    Args:
        signals: in µV, of shape ``(sensors, samples)``.

    Returns:
        The standardised signals, float32 of the same shape.
    """
    return np.stack([standardize_one(x.astype(np.float64)) for x in signals])


def standardize_one(x: NDArray[np.float64]) -> Samples:
    """`standardize` for one sensor, of shape ``(samples,)``."""
    lfilter = need("scipy.signal").lfilter
    # Σ_k (1 − α)ᵏ x_{t−k} is what the recursion s_t = x_t + (1 − α) s_{t−1} adds up.
    weights = -np.expm1(np.arange(1, x.size + 1) * np.log1p(-FACTOR)) / FACTOR
    centred = x - lfilter([1.0], [1.0, FACTOR - 1.0], x) / weights
    variance = lfilter([1.0], [1.0, FACTOR - 1.0], centred**2) / weights
    standard = centred / np.maximum(np.sqrt(variance), EPSILON)
    block = x[:FIRST_BLOCK]
    standard[:FIRST_BLOCK] = (block - block.mean()) / max(block.std(), EPSILON)
    return standard.astype(np.float32)


def cut_windows(
    signals: Samples, onsets: NDArray[np.float64], rate: float, window: tuple[float, float]
) -> Samples:
    """Cut the same window around each cue.

    Args:
        signals: of shape ``(sensors, samples)``.
        onsets: the cues in seconds, of shape ``(trials,)``.
        rate: in Hz.
        window: first and last moment in seconds from the cue.

    Returns:
        Of shape ``(trials, sensors, length)``.
    """
    first = np.round(onsets * rate).astype(int) + round(window[0] * rate)
    length = round((window[1] - window[0]) * rate)
    cut = np.empty((len(onsets), len(signals), length), np.float32)
    for trial, start in zip(cut, first, strict=True):
        trial[:] = signals[:, start : start + length]
    return cut
