"""EEG: simulated recordings, how they are read and prepared, and what is said when that fails."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import signal

from introdl.datasets import catalogue, load_eeg
from introdl.datasets.eeg import (
    CLASSES,
    SENSORS,
    layout,
    load_trials,
    recording,
    sensor_positions,
    simulation,
)
from introdl.datasets.eeg.simulation import recordings
from introdl.datasets.eeg.simulation.settings import SETTINGS, VERSION
from introdl.datasets.eeg.simulation.signals import simulate_run
from introdl.datasets.eeg.simulation.subject import draw_subject
from introdl.errors import UsageError

# As the whole simulation, but with few and strong trials; 5 of each class, to be read in no time.
SHORT = replace(SETTINGS, runs=(1, 1), run_trials=20, background=(20, 20.0), bad=0.0)
# Every second trial or so is bad.
POPPING = replace(SHORT, bad=0.5, runs=(1, 1))

# For the simulation's version, what comes out of `POPPING` in every eighth channel: the standard
# deviation and the samples at 20, 60 and 100 s, in µV.
GOLDEN = {
    1: [
        [8.764, 1.584, -11.134, -2.761],
        [10.216, -4.864, -3.438, 5.375],
        [8.612, -0.355, 7.679, 4.376],
        [10.475, 4.651, -8.462, -5.408],
        [9.265, -0.101, -9.821, -6.101],
        [15.506, 9.806, -12.065, -0.349],
    ]
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cache of this module's own; the simulation is the short one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTRODL_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(recordings, "SETTINGS", SHORT)
        yield layout.cache()


@pytest.fixture(scope="module")
def folder(cache: Path) -> Path:
    """The short recordings of subject 1."""
    return simulation.provide(1)


def direct_standardization(x: np.ndarray) -> np.ndarray:
    """The definition, word for word, sample by sample, for one sensor."""
    alpha, block, eps = 1e-3, 1000, 1e-4
    result, means, squares = np.empty_like(x), [], []
    for t in range(len(x)):
        weights = (1 - alpha) ** np.arange(t + 1)[::-1]
        means.append(weights @ x[: t + 1] / weights.sum())
        squares.append((x[t] - means[t]) ** 2)
        variance = weights @ np.array(squares) / weights.sum()
        result[t] = (x[t] - means[t]) / max(np.sqrt(variance), eps)
    result[:block] = (x[:block] - x[:block].mean()) / max(x[:block].std(), eps)
    return result


def test_standardization_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    drift = np.linspace(0, 300, 2500)
    signals = np.stack([20 * rng.standard_normal(2500) + drift, 5 * rng.standard_normal(2500)])
    signals[1, 1500:] *= 30
    found = recording.standardize(signals.astype(np.float32))
    assert found.dtype == np.float32
    for row, x in zip(found, signals.astype(np.float32), strict=True):
        assert np.allclose(row, direct_standardization(x.astype(np.float64)), atol=2e-4)


@pytest.mark.parametrize("length", [1, 7, 1000, 1001])
def test_standardization_of_short_and_of_constant_signals(length: int) -> None:
    found = recording.standardize(np.full((1, length), 7.0, np.float32))
    assert np.abs(found).max() < 0.1
    x = np.random.default_rng(1).standard_normal(length)
    found = recording.standardize(x[None].astype(np.float32))[0]
    assert np.allclose(found, direct_standardization(x.astype(np.float32).astype(float)), atol=1e-4)


def test_preparation_is_the_same_as_step_by_step() -> None:
    """Clean, resample, filter, standardise and cut a random recording in the plain way."""
    rng = np.random.default_rng(2)
    microvolts = (30 * rng.standard_normal((44, 500 * 40))).astype(np.float32)
    onsets, labels = np.array([0.2, 1.0, 8.1, 15.5, 24.2, 36.5]), np.array([0, 1, 2, 3, 0, 1])
    microvolts[7, 500 * 9] = -800.0  # bad: 0.9 s after the third cue
    microvolts[7, 500 * 15] = 900.0  # 0.5 s before the fourth cue: does no harm
    whole = recording.Recording(microvolts, 500.0, onsets, labels)
    trials, kept = recording.trials(whole, high_pass=4.0)
    assert kept.tolist() == [1, 3, 0]  # the first and the last are not all there
    assert (trials.shape, trials.dtype) == ((3, 44, 1125), np.float32)
    slow = signal.resample_poly(microvolts[12].astype(float), 1, 2)
    b, a = signal.butter(3, 4.0 / 125, "highpass")
    expected = direct_standardization(signal.lfilter(b, a, slow)[: 250 * 29])
    for trial, onset in zip(trials, onsets[[1, 3, 4]], strict=True):
        start = round((onset - 0.5) * 250)
        assert np.allclose(trial[12], expected[start : start + 1125], atol=2e-3)


def test_resampling_keeps_what_fits_and_removes_what_does_not() -> None:
    times = np.arange(5000) / 500
    fast = np.sin(2 * np.pi * 180 * times).astype(np.float32)  # would be seen as 70 Hz
    slow = np.sin(2 * np.pi * 20 * times).astype(np.float32)
    found = recording.resample(np.stack([fast, slow]), 500.0)
    assert found.shape == (2, 2500)
    assert np.abs(found[0, 50:-50]).max() < 0.01
    assert np.abs(found[1, 50:-50] - slow[::2][50:-50]).max() < 0.01
    assert np.shares_memory(recording.resample(found, 250.0), found)


def test_a_subject_has_the_promised_shapes(folder: Path) -> None:
    eeg = load_eeg(1)
    assert eeg.title == "simulated subject 1"
    assert (eeg.sensors, eeg.classes, eeg.rate) == (SENSORS, CLASSES, 250.0)
    assert len(set(SENSORS)) == 44
    for trials, labels, count in zip(eeg[0:6:2], eeg[1:6:2], (18, 2, 20), strict=True):
        assert (trials.shape, trials.dtype) == ((count, 44, 1125), np.float32)
        assert (labels.shape, labels.dtype) == ((count,), np.int64)
        assert np.isfinite(trials).all()
    whole = np.concatenate([eeg.train_labels, eeg.validation_labels])
    assert np.bincount(whole).tolist() == np.bincount(eeg.test_labels).tolist() == [5, 5, 5, 5]
    assert 0.5 < eeg.train_trials.std() < 2


def test_another_source_is_read_by_the_same_function(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "mine")
    simulated, own = load_eeg(1), load_eeg(1, tmp_path / "mine")
    assert own.title == "mine, subject 1"
    assert all(np.array_equal(a, b) for a, b in zip(simulated[:6], own[:6], strict=True))
    raw, labels = load_trials(1, tmp_path / "mine", "train")
    assert np.array_equal(labels[:18], own.train_labels)
    assert 5 < raw.std() < 50  # µV


def test_a_seed_gives_the_same_recording_and_another_subject_another(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTRODL_CACHE", str(tmp_path))
    again = simulation.provide(1)
    assert again != folder
    for part in layout.PARTS:
        file = f"{part}/1.edf"
        assert (again / file).read_bytes() == (folder / file).read_bytes()
    assert (folder / "train/1.edf").read_bytes()[1000:] != (folder / "test/1.edf").read_bytes()[
        1000:
    ]
    one, two = draw_subject(1, SHORT), draw_subject(2, SHORT)
    assert not np.allclose(one.background, two.background)
    assert one.peaks != two.peaks


def test_changed_settings_make_new_recordings() -> None:
    assert recordings.version(SHORT) != recordings.version(POPPING)
    assert recordings.version(SHORT) == recordings.version(replace(SHORT))


def test_other_signals_need_another_version() -> None:
    """Versions of NumPy, SciPy and MNE differ by 0.0013 µV here, a strength changed by 1 % more."""
    run = simulate_run(np.random.default_rng(0), draw_subject(1, POPPING), POPPING)
    channels = run.signals[::8]
    found = np.column_stack([channels.std(axis=1), channels[:, 10_000::20_000]])
    assert found == pytest.approx(np.array(GOLDEN.get(VERSION, np.nan)), abs=0.005), (
        "The same settings give other signals: raise VERSION in simulation/settings.py and write "
        "the new numbers into GOLDEN."
    )


def test_bad_trials_are_made_and_dropped(cache: Path) -> None:
    person = draw_subject(1, POPPING)
    run = simulate_run(np.random.default_rng(0), person, POPPING)
    signals = run.signals[:44]
    cues = (run.onsets * 500).astype(int)
    bad = np.array([np.abs(signals[:, i : i + 2000]).max() >= 800 for i in cues])
    assert 4 <= bad.sum() <= 16
    _, kept = recording.trials(recording.Recording(signals, 500.0, run.onsets, run.labels))
    assert np.array_equal(kept, run.labels[~bad])


def test_movements_weaken_the_rhythms_of_the_other_side(cache: Path) -> None:
    """Mu and beta power over C3 and C4: less than at rest, most of all opposite to the hand."""
    settings = replace(SHORT, run_trials=80, lapse=0.0)
    person = draw_subject(2, settings)
    run = simulate_run(np.random.default_rng(5), person, settings)
    whole = recording.Recording(run.signals[:44], 500.0, run.onsets, run.labels)
    trials, labels = recording.trials(whole, standard=False)
    moving = trials[:, :, 375:]  # from 1 s after the cue on
    frequencies, power = signal.welch(moving, 250.0, nperseg=250)

    def change(sensor: str, name: str, low: float, high: float) -> float:
        """The log of the band's power during a movement, relative to rest."""
        band = (low <= frequencies) & (frequencies <= high)
        logs = np.log(power[:, SENSORS.index(sensor)][:, band].mean(axis=1))
        means = [logs[labels == CLASSES.index(n)].mean() for n in (name, "rest")]
        return float(means[0] - means[1])

    for low, high in ((8, 13), (15, 30)):
        assert change("C3", "right_hand", low, high) < change("C4", "right_hand", low, high) - 0.1
        assert change("C4", "left_hand", low, high) < change("C3", "left_hand", low, high) - 0.1
        assert change("C3", "right_hand", low, high) < -0.3
        assert change("C4", "left_hand", low, high) < -0.3
        assert change("CPz", "feet", low, high) < change("CPz", "right_hand", low, high) - 0.1
    assert change("C3", "right_hand", 60, 90) > 0.05
    assert change("C4", "left_hand", 60, 90) > 0.05


def test_no_half_written_recording_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTRODL_CACHE", str(tmp_path))
    tiny = replace(SHORT, run_trials=4, background=(2, 20.0), others=(2, 9.0))
    monkeypatch.setattr(recordings, "SETTINGS", tiny)
    import edfio

    def stopped(self: Any, target: Path) -> None:
        Path(target).write_bytes(b"half a recor")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(edfio.Edf, "write", stopped)
        with pytest.raises(KeyboardInterrupt):
            load_eeg(2)
    assert not list(tmp_path.rglob("*.edf"))
    left = simulation.folder() / "unfinished-x"
    (left / "train").mkdir(parents=True)
    (left / "train" / "2.edf").write_bytes(b"half a recor")
    assert len(load_eeg(2).test_trials) == 4


def test_list_says_simulated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue.show()
    said = capsys.readouterr().out
    assert "EEG of movements, simulated (made on first use" in said
    assert "subjects 1 · " in said
    assert "MIT, as the code · simulated" in said
    assert "none here yet · CC BY 4.0 · original" in said


def cut_off(path: Path) -> None:
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-5000])


def rename(old: str, new: str) -> Callable[[Path], None]:
    """Exchange a name in the file."""

    def change(path: Path) -> None:
        path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))

    return change


def without_cues(path: Path) -> None:
    """Take all four classes' names away."""
    content = path.read_bytes()
    for name in CLASSES:
        content = content.replace(name.encode(), b"x" * len(name))
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Path.unlink, r"test/1\.edf' is missing; fetch or generate it"),
        (cut_off, r"is incomplete: [\d,]+ of [\d,]+ bytes; remove it and fetch or"),
        (lambda path: path.write_text("time,value\n" * 99), "is not a recording in EDF"),
        (lambda path: path.write_bytes(b""), "is not a recording in EDF"),
        (rename("EEG C3 ", "EEG Q3 "), r"lacks 1 of the 44 sensors .* such as C3"),
        (without_cues, "has no annotation right_hand, left_hand, rest, feet"),
    ],
)
def test_unusable_files_get_one_sentence(
    damage: Callable[[Path], Any], words: str, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "own")
    damage(tmp_path / "own" / "test" / "1.edf")
    with pytest.raises(UsageError, match=words) as caught:
        load_trials(1, tmp_path / "own", "test")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("subject", "source", "words"),
    [
        (0, "simulated", "There is no subject 0; name a whole number from 1 on"),
        (15, "high-gamma", "The High-Gamma set has the subjects 1 to 14, not 15"),
        (1, "high-gamma", r"recording train/1\.edf is not here; fetch it with `nox -s data -- eeg"),
        (1, "simulatd", 'There is no folder \'simulatd\'; name "simulated", "high-gamma", or a'),
    ],
)
def test_unusable_requests_get_one_sentence(
    subject: int, source: str, words: str, cache: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        load_eeg(subject, source)


def test_other_unusable_requests(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"train/7\.edf' is missing"):
        load_eeg(7, folder)
    with pytest.raises(UsageError, match="high-pass of 200 Hz must lie between 0 and 125 Hz"):
        load_eeg(1, folder, high_pass=200)
    with pytest.raises(UsageError, match='name "train" or "test"'):
        load_trials(1, folder, "all")


def test_a_recording_without_a_clean_trial_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "BAD", 0.01)
    with pytest.raises(UsageError, match="holds no complete and clean trial"):
        load_eeg(1, folder)


def test_without_mne_it_is_said_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mne", None)
    with pytest.raises(UsageError, match=r"package 'mne'; install it with python -m pip .*\[eeg\]"):
        load_eeg(1, folder)
    with pytest.raises(UsageError, match="package 'mne'"):
        sensor_positions(SENSORS)


def test_sensors_sit_where_their_names_say() -> None:
    assert sensor_positions(SENSORS).shape == (44, 2)
    c3, c4, cz, t8, fpz = sensor_positions(["C3", "C4", "Cz", "T8", "Fpz"])
    assert np.allclose(cz, 0, atol=1e-6)
    assert c3[0] < -0.3 < 0.3 < c4[0]  # left and right
    assert np.allclose(c3, [-c4[0], c4[1]], atol=0.05)
    assert t8[0] == pytest.approx(1, abs=0.1)  # near the equator
    assert fpz[1] > 0.7  # the nose is at the top
    assert abs(fpz[0]) < 0.05
    with pytest.raises(UsageError, match="There is no sensor 'Q3'"):
        sensor_positions(["Q3"])
