"""What distinguishes one simulated subject from the next, drawn with the number as the seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from introdl.datasets.eeg.layout import Floats, unit
from introdl.datasets.eeg.simulation.head import Head
from introdl.datasets.eeg.simulation.settings import ELECTRODES, POSTERIOR, SITES, Settings

Signals = NDArray[np.float32]


class Subject(NamedTuple):
    """What is the same in all runs of a subject."""

    rhythms: dict[str, Signals]  # name to potentials at the sensors: (sensors, 3 areas)
    peaks: dict[str, float]  # name to its frequency in Hz
    alpha: Signals  # (sensors, posterior sources)
    others: Signals  # (sensors, further rhythmic sources)
    other_peaks: Floats  # (further rhythmic sources,) Hz
    background: Signals  # (sensors, background sources)
    blink: Signals  # (sensors,), relative to Fpz


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
    blink = forehead / forehead[ELECTRODES.index("Fpz")]
    count, moment = settings.others
    return Subject(
        rhythms, peaks,
        potentials(below(POSTERIOR), settings.alpha),
        potentials(anywhere(count), moment),
        rng.uniform(7, 28, count),
        potentials(anywhere(settings.background[0]), settings.background[1]),
        blink.astype(np.float32),
    )  # fmt: skip
