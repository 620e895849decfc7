"""Simulated recordings as files in EDF, made on first use and kept."""

import datetime
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from introdl.datasets.eeg.layout import CLASSES, PARTS, cache, need
from introdl.datasets.eeg.simulation.settings import ELECTRODES, SETTINGS, VERSION, Settings
from introdl.datasets.eeg.simulation.signals import simulate_run
from introdl.datasets.eeg.simulation.subject import Subject, draw_subject

Digital = NDArray[np.int16]

EYES = ("EOGh", "EOGv")  # eye movements: horizontal, vertical


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
    """The simulation's number, and eight digits that change with the settings."""
    return f"{VERSION}-{hashlib.sha256(repr(settings).encode()).hexdigest()[:8]}"


def clear_leftovers(place: Path) -> None:
    """Remove what an interrupted generation left more than an hour ago."""
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
        done: called after each run.
    """
    edfio = need("edfio")
    digital, cues = simulate(subject, person, name, settings, done)
    header = edfio.Recording(
        startdate=datetime.date(2020, 1, 1), equipment_code="simulated", additional=[name]
    )
    edf = edfio.Edf(
        channels(digital, settings.rate), recording=header,
        patient=edfio.Patient(code=f"simulated-{subject}"), data_record_duration=1,
        annotations=[edfio.EdfAnnotation(onset, settings.trial, cue) for onset, cue in cues],
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=path.parent.parent) as unfinished:
        edf.write(Path(unfinished, path.name))
        os.replace(Path(unfinished, path.name), path)


def simulate(
    subject: int, person: Subject, name: str, settings: Settings, done: Callable[[], Any]
) -> tuple[Digital, list[tuple[float, str]]]:
    """Simulate all runs of a recording; the arguments are those of `write`.

    Returns:
        The signals in steps of 0.1 µV, of shape ``(sensors and eyes, samples)``, and for each cue
        the time in seconds and the class.
    """
    part, runs, cues, start = PARTS.index(name), [], [], 0.0
    for number in range(settings.runs[part]):
        rng = np.random.default_rng([subject, 1 + part, number])
        run = simulate_run(rng, person, settings)
        runs.append(np.clip(np.round(run.signals * 10), -32768, 32767).astype(np.int16))
        for onset, label in zip(run.onsets, run.labels, strict=True):
            cues.append((float(start + onset), CLASSES[label]))
        start += run.signals.shape[1] / settings.rate
        done()
    return np.concatenate(runs, axis=1), cues


def channels(digital: Digital, rate: float) -> list[Any]:
    """The signals of EDF, with their names and the whole range of two bytes."""
    signal = need("edfio").EdfSignal
    names = [f"EEG {sensor}" for sensor in ELECTRODES] + [f"EOG {eye}" for eye in EYES]
    return [
        signal(
            row / 10.0, rate, label=label, physical_dimension="uV",
            physical_range=(-3276.8, 3276.7),
        )
        for label, row in zip(names, digital, strict=True)
    ]  # fmt: skip
