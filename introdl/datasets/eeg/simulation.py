"""Simulate recordings of movements: sources in a sphere, potentials on the head, files in EDF.

What is simulated and why, with references, stands in ``data/DATA.md``. All numbers are in
`Settings`; whoever changes them, or this file, gets new recordings.
"""

import datetime
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets.eeg.layout import CLASSES, PARTS, SENSORS, cache, montage, need, unit

Floats = NDArray[np.float64]
Signals = NDArray[np.float32]
Generator = np.random.Generator

EXTRA = ("Fpz", "Cz")  # further EEG sensors in the file, which the loader must leave out
EYES = ("EOGh", "EOGv")  # eye movements: horizontal, vertical

# Which sensor each area's rhythm is generated below. Mu comes from behind the central sulcus, beta
# from in front of it. The left hand's area is in the right half of the brain.
AREAS = ("right_hand", "left_hand", "feet")
SITES = {
    "mu": ("CCP3h", "CCP4h", "CPz"),
    "beta": ("FCC3h", "FCC4h", "Cz"),
    "gamma": ("C3", "C4", "Cz"),
}
# By which factor a rhythm's amplitude changes in an area (columns: right hand, left hand, feet)
# during a movement (rows: of the right hand, of the left hand, rest, of the feet).
CHANGES = {
    "mu": ((0.25, 0.85, 1.1), (0.85, 0.25, 1.1), (1.0, 1.0, 1.0), (1.1, 1.1, 0.3)),
    "beta": ((0.35, 0.85, 1.0), (0.85, 0.35, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 0.3)),
    "gamma": ((2.2, 1.2, 1.0), (1.2, 2.2, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 2.2)),
}
POSTERIOR = ("O1", "O2", "PO3", "PO4")  # above the sources of the alpha rhythm


@dataclass(frozen=True)
class Settings:
    """The simulation's numbers. Moments of dipoles are standard deviations over time."""

    rate: float = 500.0  # Hz
    runs: tuple[int, int] = (10, 3)  # of the training and of the test recording
    run_trials: int = 40  # trials in a run
    trial: float = 4.0  # s, from the cue to the end of the movement
    pause: tuple[float, float] = (1.5, 2.0)  # s, between two trials
    lead: float = 2.0  # s, before the first cue of a run and behind the last trial

    depth: tuple[float, float] = (0.72, 0.80)  # of sources, as a share of the head's radius
    scatter: float = 0.05  # rad, by which a source's place differs from one subject to the next

    mu: float = 45.0  # nA·m, at rest
    beta: float = 22.0
    gamma: float = 2.0
    alpha: float = 40.0  # of each posterior source
    others: tuple[int, float] = (20, 10.0)  # further rhythmic sources all over the brain, nA·m
    background: tuple[int, float] = (100, 12.0)  # sources of 1/f noise, nA·m
    exponent: float = 1.4  # of the power 1/f^exponent
    waxing: float = 0.2  # standard deviation of the log amplitude of mu, beta and gamma at rest
    idle_waxing: float = 0.5  # the same for the rhythms that have nothing to do with the task
    blink: float = 180.0  # µV at Fpz
    sensor_noise: float = 0.8  # µV
    difference: float = 0.15  # between subjects: standard deviation of the log of each strength

    reaction: tuple[float, float] = (0.3, 0.7)  # s, from the cue to the movement
    effort: tuple[float, float] = (0.8, 1.0)  # how much of the change a trial shows
    lapse: float = 0.05  # share of trials in which the subject does not react
    bad: float = 0.01  # share of trials in which an electrode pops
    pop: tuple[float, float] = (900.0, 1200.0)  # µV


SETTINGS = Settings()


class Subject(NamedTuple):
    """What is the same in all runs of a subject."""

    rhythms: dict[str, Signals]  # name to potentials at the sensors: (sensors, 3 areas)
    peaks: dict[str, float]  # name to its frequency in Hz
    alpha: Signals  # (sensors, posterior sources)
    others: Signals  # (sensors, further rhythmic sources)
    other_peaks: Floats  # (further rhythmic sources,) Hz
    background: Signals  # (sensors, background sources)
    blink: Signals  # (sensors,), relative to Fpz


class Run(NamedTuple):
    """One run: signals in µV and what was asked when."""

    signals: Signals  # (sensors and eyes, samples)
    onsets: Floats  # (trials,), s
    labels: NDArray[np.int64]  # (trials,)


def provide(subject: int) -> Path:
    """The folder with a simulated subject's recordings; generates what is missing.

    A recording is written beside its place and moved there when it is whole, so that what an
    interrupted program leaves behind is never used.
    """
    settings, place = SETTINGS, folder()
    missing = [name for name in PARTS if not (place / name / f"{subject}.edf").is_file()]
    if missing:
        clear_leftovers(place)
        from tqdm import tqdm  # type: ignore[import-untyped]

        total = sum(settings.runs[PARTS.index(name)] for name in missing)
        with tqdm(total=total, desc=f"simulating subject {subject}", unit="run") as bar:
            person = draw_subject(subject, settings)
            for name in missing:
                write(place / name / f"{subject}.edf", subject, person, name, settings, bar.update)
    return place


def folder() -> Path:
    """Where the simulated recordings are kept."""
    return cache() / f"simulated-{version(SETTINGS)}"


def version(settings: Settings) -> str:
    """Eight digits that change with the settings and with this file."""
    content = repr(settings).encode() + Path(__file__).read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]


def clear_leftovers(place: Path) -> None:
    """Remove what an interrupted generation left behind more than an hour ago."""
    for left in place.glob("unfinished-*"):
        if time.time() - left.stat().st_mtime > 3600:
            shutil.rmtree(left, ignore_errors=True)


def write(
    path: Path, subject: int, person: Subject, name: str, settings: Settings,
    done: Callable[[], Any],
) -> None:  # fmt: skip
    """Simulate one recording and write it as EDF with annotations, in 0.1 µV steps.

    Args:
        path: the file.
        subject: the number that seeds everything.
        person: what `draw_subject` gave.
        name: ``"train"`` or ``"test"``.
        settings: the simulation's numbers.
        done: called behind each run.
    """
    edfio = need("edfio")
    runs, onsets, labels, start = [], [], [], 0.0
    for number in range(settings.runs[PARTS.index(name)]):
        rng = np.random.default_rng([subject, 1 + PARTS.index(name), number])
        run = simulate_run(rng, person, settings)
        runs.append(np.clip(np.round(run.signals * 10), -32768, 32767).astype(np.int16))
        onsets += list(start + run.onsets)
        labels += list(run.labels)
        start += run.signals.shape[1] / settings.rate
        done()
    digital = np.concatenate(runs, axis=1)
    names = [f"EEG {sensor}" for sensor in SENSORS + EXTRA] + [f"EOG {eye}" for eye in EYES]
    signals = [
        edfio.EdfSignal(
            row / 10.0, settings.rate, label=label, physical_dimension="uV",
            physical_range=(-3276.8, 3276.7),
        )
        for label, row in zip(names, digital, strict=True)
    ]  # fmt: skip
    cues = [
        edfio.EdfAnnotation(float(onset), settings.trial, CLASSES[label])
        for onset, label in zip(onsets, labels, strict=True)
    ]
    header = edfio.Recording(
        startdate=datetime.date(2020, 1, 1), equipment_code="simulated", additional=[name]
    )
    edf = edfio.Edf(
        signals, recording=header, patient=edfio.Patient(code=f"simulated-{subject}"),
        data_record_duration=1, annotations=cues,
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=path.parent.parent) as unfinished:
        edf.write(Path(unfinished, path.name))
        os.replace(Path(unfinished, path.name), path)


def draw_subject(subject: int, settings: Settings) -> Subject:
    """Draw a subject: where the sources are, how strong they are, and at which frequencies."""
    rng = np.random.default_rng([subject, 0])
    head = Head()

    def strength(moment: float, count: int) -> Floats:
        return moment * np.exp(settings.difference * rng.standard_normal(count))

    def below(names: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Places and directions of sources below sensors: outwards, tilted at random."""
        at = unit(head.directions(names) + settings.scatter * rng.standard_normal((len(names), 3)))
        depth = rng.uniform(*settings.depth, (len(names), 1))
        return depth * at, unit(at + 0.4 * rng.standard_normal(at.shape))

    def anywhere(count: int) -> tuple[Floats, Floats]:
        """Places in the upper half of the brain, and any directions."""
        at = unit(rng.standard_normal((count, 3)))
        at[:, 2] = np.abs(at[:, 2]) - 0.2
        depth = rng.uniform(0.4, settings.depth[1], (count, 1))
        return depth * unit(at), unit(rng.standard_normal((count, 3)))

    def potentials(places: tuple[Floats, Floats], moment: float) -> Signals:
        field = head.field(*places) * strength(moment, len(places[0]))
        return field.astype(np.float32)

    rhythms = {
        name: potentials(below(sites), getattr(settings, name)) for name, sites in SITES.items()
    }
    peaks = {"mu": rng.uniform(9.5, 11.5), "beta": rng.uniform(18, 23), "gamma": 75.0}
    peaks["alpha"] = rng.uniform(9, 11)
    front = head.directions(("Fpz",))
    forehead = head.field(0.86 * front, front)[:, 0]
    blink = forehead / forehead[len(SENSORS) + EXTRA.index("Fpz")]
    count, moment = settings.others
    return Subject(
        rhythms, peaks,
        potentials(below(POSTERIOR), settings.alpha),
        potentials(anywhere(count), moment),
        rng.uniform(7, 28, count),
        potentials(anywhere(settings.background[0]), settings.background[1]),
        blink.astype(np.float32),
    )  # fmt: skip


class Head:
    """Four concentric spheres, brain to skin, fitted to the 10-05 positions, by MNE."""

    def __init__(self) -> None:
        self.mne = need("mne")
        positions = montage()
        everything = self.mne.create_info(positions.ch_names, 500.0, "eeg")
        everything.set_montage(positions)
        # The info's coordinates are those of the head: x to the right ear, y to the nose, z up.
        self.places = {channel["ch_name"]: channel["loc"][:3] for channel in everything["chs"]}
        self.sphere = self.mne.make_sphere_model("auto", "auto", everything, verbose="error")
        self.info = self.mne.pick_info(
            everything, [positions.ch_names.index(name) for name in SENSORS + EXTRA]
        )

    def directions(self, names: tuple[str, ...]) -> Floats:
        """From the spheres' centre to sensors: unit vectors of shape ``(n, 3)``."""
        return unit(np.array([self.places[name] for name in names]) - self.sphere["r0"])

    def field(self, places: Floats, directions: Floats) -> Floats:
        """The potentials of current dipoles of 1 nA·m at the sensors.

        Args:
            places: from the centre, as a share of the head's radius, of shape ``(n, 3)``.
            directions: unit vectors, of shape ``(n, 3)``.

        Returns:
            In µV, of shape ``(sensors, n)``.
        """
        count = len(places)
        dipoles = self.mne.Dipole(
            np.arange(count) / 1000, self.sphere["r0"] + self.sphere.radius * places,
            np.ones(count), directions, np.ones(count),
        )  # fmt: skip
        forward, _ = self.mne.make_forward_dipole(dipoles, self.sphere, self.info, verbose="error")
        volts_per_ampere_metre: Floats = forward["sol"]["data"]
        return 1e6 * 1e-9 * volts_per_ampere_metre


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
