"""The figures of day 7's README, drawn by the solutions."""

from pathlib import Path

from day_07_brain_decode.src import brain_decoder
from introdl.datasets.eeg import load_eeg, load_trials
from introdl.figures import save_figure


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    eeg = load_eeg(high_pass=brain_decoder.HIGH_PASS)
    trained = brain_decoder.fit(eeg)
    plain = brain_decoder.fit(eeg, epochs=len(trained.train_losses), regularized=False)
    pictured = brain_decoder.figures(eeg, load_trials(), trained, plain)
    pictured["maps"] = brain_decoder.maps(eeg, trained.params)
    for name, figure in pictured.items():
        save_figure(figure, folder / f"{name}.png")
