"""The head: from currents in the brain to potentials at the sensors."""

import numpy as np

from introdl.datasets.eeg.layout import Floats, montage, need, unit
from introdl.datasets.eeg.simulation.settings import ELECTRODES


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
            everything, [positions.ch_names.index(name) for name in ELECTRODES]
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
