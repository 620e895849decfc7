"""One run of a subject: rhythms that movements change, noise, eyes and bad electrodes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets.eeg.layout import CLASSES, SENSORS, Floats, need
from introdl.datasets.eeg.simulation.settings import AREAS, CHANGES, Settings
from introdl.datasets.eeg.simulation.subject import Signals, Subject

Generator = np.random.Generator


class Run(NamedTuple):
    """One run: signals in µV and what was asked when."""

    signals: Signals  # (sensors and eyes, samples)
    onsets: Floats  # (trials,), s
    labels: NDArray[np.int64]  # (trials,)


def simulate_run(rng: Generator, person: Subject, settings: Settings) -> Run:
    """Simulate one run.

    Args:
        rng: the random generator.
        person: the subject.
        settings: the simulation's numbers.

    Returns:
        The signals at all sensors in µV, the cues' times and the classes.
    """
    labels = draw_order(rng, settings.run_trials)
    pauses = rng.uniform(*settings.pause, settings.run_trials)
    onsets = settings.lead + np.concatenate([[0], np.cumsum(settings.trial + pauses)[:-1]])
    onsets = np.round(onsets * settings.rate) / settings.rate
    samples = int(np.ceil(onsets[-1] + settings.trial + settings.lead) * settings.rate)
    gains = modulate(rng, onsets, labels, samples, settings)

    count, rate = person.background.shape[1], settings.rate
    head = person.background @ noise(rng, pink(settings.exponent), count, samples, rate)
    for name, fields in person.rhythms.items():
        width = {"mu": 1.0, "beta": 2.5, "gamma": 10.0}[name]
        peaks = np.full(len(AREAS), person.peaks[name])
        waves = rhythm(rng, peaks, width, settings.waxing, samples, rate)
        head += fields @ (gains[name] * waves)
    peaks = np.full(person.alpha.shape[1], person.peaks["alpha"])
    head += person.alpha @ rhythm(rng, peaks, 1.0, settings.idle_waxing, samples, rate)
    peaks = person.other_peaks
    head += person.others @ rhythm(rng, peaks, 1.5, settings.idle_waxing, samples, rate)

    lids, gaze = draw_eyes(rng, samples, settings)
    head += person.blink[:, None] * (settings.blink * lids)
    eyes = np.stack([60 * gaze, 2 * settings.blink * lids])
    signals = np.concatenate([head, eyes.astype(np.float32)])
    signals += settings.sensor_noise * rng.standard_normal(signals.shape, dtype=np.float32)
    add_pops(rng, signals[: len(SENSORS)], onsets, settings)
    return Run(signals, onsets, labels)


def draw_order(rng: Generator, trials: int) -> NDArray[np.int64]:
    """The classes in random order, all four in each four trials: of shape ``(trials,)``."""
    blocks = [rng.permutation(len(CLASSES)) for _ in range(-(-trials // len(CLASSES)))]
    return np.concatenate(blocks)[:trials]


def modulate(
    rng: Generator, onsets: Floats, labels: NDArray[np.int64], samples: int, settings: Settings
) -> dict[str, Signals]:
    """How the movements change the amplitude of each area's rhythms over time.

    Returns:
        For each rhythm the factors of its amplitude, 1 without a movement, of shape
        ``(3, samples)``.
    """
    gains = {name: np.ones((len(AREAS), samples), np.float32) for name in CHANGES}
    times = np.arange(samples) / settings.rate
    for onset, label in zip(onsets, labels, strict=True):
        begin = onset + rng.uniform(*settings.reaction)
        end = onset + settings.trial + rng.uniform(0.0, 0.3)
        effort = rng.uniform(*settings.effort) * (rng.random() >= settings.lapse)
        there = slice(*np.searchsorted(times, (onset - 0.5, end + 1.5)))
        moving = effort * between(times[there], begin, end)
        rebound = effort * between(times[there], end + 0.4, end + 0.9)
        for name, changes in CHANGES.items():
            change = np.array(changes[label])[:, None] - 1
            gains[name][:, there] += change * moving
            if name == "beta":  # it comes back stronger than before for a moment
                gains[name][:, there] += np.maximum(-change, 0) * rebound
    return gains


def between(times: Floats, begin: float, end: float) -> Floats:
    """Rises smoothly from 0 to 1 around ``begin`` and falls back around ``end``, within 0.3 s."""
    steps = np.clip((times - np.array([[begin], [end]])) / 0.3 + 0.5, 0, 1)
    rise, fall = (1 - np.cos(np.pi * steps)) / 2
    return rise - fall


def noise(
    rng: Generator, spectrum: Callable[[Floats], Floats], count: int, samples: int, rate: float
) -> Signals:
    """Gaussian noise of any spectrum: white noise whose Fourier transform is weighted.

    Args:
        rng: the random generator.
        spectrum: the amplitude for each frequency in Hz, of shape ``(frequencies,)`` or
            ``(count, frequencies)``.
        count: the number of signals.
        samples: their length.
        rate: in Hz.

    Returns:
        Independent signals with mean square 1, of shape ``(count, samples)``.
    """
    fft = need("scipy.fft")
    length = fft.next_fast_len(samples, real=True)
    weights = spectrum(np.fft.rfftfreq(length, 1 / rate).astype(np.float64))
    weights = weights / np.sqrt(2 * (weights**2).sum(axis=-1, keepdims=True) / length)
    white = rng.standard_normal((count, length), dtype=np.float32)
    shaped: Signals = fft.irfft(fft.rfft(white) * weights.astype(np.float32), length)
    return shaped[:, :samples]


def pink(exponent: float) -> Callable[[Floats], Floats]:
    """The amplitude spectrum of noise with power 1/f^exponent above 0.5 Hz, flat below."""
    return lambda f: np.maximum(f, 0.5) ** (-exponent / 2)


def bell(x: Floats) -> Floats:
    """The amplitudes of a power spectrum that is a Gaussian with standard deviation 1."""
    return np.exp(-(x**2) / 4)


def rhythm(
    rng: Generator, peaks: Floats, width: float, waxing: float, samples: int, rate: float
) -> Signals:
    """Narrow-band noise that waxes and wanes: a Gaussian spectrum around each peak.

    Args:
        rng: the random generator.
        peaks: the frequencies in Hz, of shape ``(n,)``.
        width: the spectrum's standard deviation in Hz.
        waxing: the standard deviation of the log amplitude over time.
        samples: the length.
        rate: in Hz.

    Returns:
        Of shape ``(n, samples)``.
    """
    count = len(peaks)
    waves = noise(rng, lambda f: bell((f - peaks[:, None]) / width), count, samples, rate)
    slow = noise(rng, lambda f: bell(f / 0.15), count, samples, rate)
    return waves * np.exp(np.float32(waxing) * slow)


def draw_eyes(rng: Generator, samples: int, settings: Settings) -> tuple[Floats, Floats]:
    """Blinks of 0.3 s, every 5 s on average, and jumps of the gaze.

    Returns:
        The lids, 1 where they are closed, and the horizontal gaze, each of shape ``(samples,)``.
    """
    blinks = (rng.random(samples) < 1 / (5 * settings.rate)).astype(float)
    lids = np.convolve(blinks, np.hanning(round(0.3 * settings.rate)), "same")
    jumps = rng.standard_normal(samples) * (rng.random(samples) < 1 / (2 * settings.rate))
    decay = np.exp(-np.arange(round(2 * settings.rate)) / settings.rate)
    return lids, need("scipy.signal").fftconvolve(jumps, decay)[:samples]


def add_pops(rng: Generator, signals: Signals, onsets: Floats, settings: Settings) -> None:
    """Let an electrode lose contact in a few trials: a jump that decays within 0.1 s.

    Args:
        rng: the random generator.
        signals: of shape ``(sensors, samples)``; changed in place.
        onsets: the cues in seconds.
        settings: the simulation's numbers.
    """
    decay = np.exp(-np.arange(round(0.1 * settings.rate)) / (0.02 * settings.rate))
    for onset in onsets[rng.random(len(onsets)) < settings.bad]:
        sensor, sign = rng.integers(len(signals)), rng.choice([-1, 1])
        start = round((onset + rng.uniform(0.5, 3.5)) * settings.rate)
        signals[sensor, start : start + len(decay)] += sign * rng.uniform(*settings.pop) * decay
