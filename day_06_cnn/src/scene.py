"""A crowd on a market square, where one person still wears the EEG cap. This file is given.

Everything is drawn from ellipses, thick lines and convex polygons on an array of pixels.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Colour = tuple[float, float, float]
Point = tuple[float, float]
Generator = np.random.Generator

HEIGHT, WIDTH = 640, 880  # pixels
HORIZON = 92  # the square begins in this row
ACROSS, DOWN = 27, 29  # distance of two people in a row, and of two rows, in pixels
PORTRAIT = 30, 22  # height and width of the template: head and shoulders
FEET = 46  # the template begins this many pixels above the feet

GROUND: Colour = (0.80, 0.76, 0.69)
SHADOW: Colour = (0.69, 0.65, 0.59)
WOOD: Colour = (0.58, 0.43, 0.30)
INK: Colour = (0.16, 0.13, 0.18)
WHITE: Colour = (1.0, 1.0, 0.98)
SKIN: tuple[Colour, ...] = (
    (0.98, 0.85, 0.74), (0.93, 0.75, 0.60), (0.80, 0.60, 0.44), (0.60, 0.42, 0.30),
    (0.42, 0.28, 0.20),
)  # fmt: skip
HAIR: tuple[Colour, ...] = (
    (0.12, 0.09, 0.09), (0.30, 0.19, 0.12), (0.52, 0.33, 0.17), (0.86, 0.68, 0.34),
    (0.72, 0.32, 0.14), (0.66, 0.65, 0.66),
)  # fmt: skip
CLOTHES: tuple[Colour, ...] = (
    (0.84, 0.25, 0.25), (0.94, 0.55, 0.20), (0.96, 0.80, 0.30), (0.36, 0.65, 0.38),
    (0.20, 0.48, 0.45), (0.27, 0.55, 0.78), (0.20, 0.29, 0.58), (0.50, 0.32, 0.62),
    (0.88, 0.50, 0.62), (0.55, 0.38, 0.28), (0.92, 0.90, 0.86), (0.35, 0.36, 0.42),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = (
    (0.22, 0.27, 0.42), (0.30, 0.30, 0.33), (0.45, 0.36, 0.28), (0.58, 0.55, 0.46),
    (0.16, 0.18, 0.24), (0.36, 0.46, 0.60),
)  # fmt: skip
WALLS: tuple[Colour, ...] = (
    (0.86, 0.64, 0.48), (0.78, 0.70, 0.56), (0.72, 0.50, 0.46), (0.62, 0.68, 0.64),
    (0.88, 0.78, 0.56), (0.66, 0.62, 0.70),
)  # fmt: skip


class Scene(NamedTuple):
    """A drawn scene, and where in it the person with the cap is."""

    image: Any  # colours from 0 to 1, float32, of shape (HEIGHT, WIDTH, 3) if not zoomed
    template: Any  # this person alone, float32, of shape (*PORTRAIT, 3)
    place: tuple[int, int]  # row and column of the template's upper left corner
    people: int  # how many people there are


def draw_scene(seed: int = 0, zoom: int = 1) -> Scene:
    """Draw the square with its crowd.

    Args:
        seed: each seed gives another crowd.
        zoom: draw the image with this many times the pixels in both directions, for printing.
    """
    rng = np.random.default_rng(seed)
    canvas = Canvas(HEIGHT, WIDTH, GROUND, zoom)
    draw_town(canvas, rng)
    draw_paving(canvas, rng)
    things = place_things(rng)
    people = place_people(things, rng)
    target = choose_target(people, things, rng)
    people.remove(target)
    x, y = round(target[0]), round(target[1])
    drawings: list[tuple[Point, Draw]] = [((a, b), THINGS[kind][0]) for a, b, kind in things]
    drawings += [(place, draw_person) for place in people] + [((x, y), draw_target)]
    for place, draw in sorted(drawings, key=lambda item: item[0][1]):  # from back to front
        draw(canvas, *place, rng)
    corner = y - FEET, x - PORTRAIT[1] // 2
    return Scene(np.clip(canvas.pixels, 0, 1), draw_portrait(), corner, len(people) + 1)


def draw_portrait() -> Any:
    """Draw the person with the cap alone, down to the waist, on the colour of the ground."""
    canvas = Canvas(*PORTRAIT, GROUND)
    draw_target(canvas, PORTRAIT[1] // 2, FEET, np.random.default_rng(0))
    return canvas.pixels


def place_things(rng: Generator) -> list[tuple[float, float, str]]:
    """Choose where tents, parasols, a fountain and dogs stand, apart from each other."""
    things: list[tuple[float, float, str]] = []
    for kind in THINGS:
        for _ in range(THINGS[kind][1]):
            while True:
                x, y = rng.uniform(50, WIDTH - 50), rng.uniform(HORIZON + 95, HEIGHT - 12)
                if all(abs(x - a) > 100 or abs(y - b) > 70 for a, b, _ in things):
                    break
            things.append((float(x), float(y), kind))
    return things


def place_people(things: list[tuple[float, float, str]], rng: Generator) -> list[Point]:
    """Choose where people stand: in rows that nobody keeps exactly, and not inside things."""
    people = []
    for row, line in enumerate(np.arange(HORIZON + 34, HEIGHT + 20, DOWN)):
        for start in np.arange(12 + ACROSS / 2 * (row % 2), WIDTH, ACROSS):
            x, y = float(start + rng.uniform(-5, 5)), float(line + rng.uniform(-5, 5))
            room = [(abs(x - a), y - b, *THINGS[kind][2]) for a, b, kind in things]
            if all(dx > wide or not -behind < dy < front for dx, dy, wide, behind, front in room):
                people.append((x, y))
    return people


def choose_target(
    people: list[Point], things: list[tuple[float, float, str]], rng: Generator
) -> Point:
    """Choose the person with the cap: away from the edges, and nothing in front of the head."""
    while True:
        x, y = people[int(rng.integers(len(people)))]
        inside = 40 < x < WIDTH - 40 and HORIZON + 60 < y < HEIGHT - 40
        behind = any(abs(x - a) < 75 and -20 < b - y < 110 for a, b, _ in things)
        crowded = any(abs(x - a) < 24 and 0 < b - y < 26 for a, b in people)
        if inside and not behind and not crowded:
            return x, y


class Canvas:
    """Pixels to draw on; x goes to the right and y down, in pixels of the image without zoom."""

    def __init__(self, height: int, width: int, colour: Colour, zoom: int = 1) -> None:
        self.pixels = np.full((height * zoom, width * zoom, 3), colour, np.float32)
        self.zoom = zoom

    def paint(self, box: Any, distance: Any, colour: Any, outline: float = 0.9) -> None:
        """Colour the inside of a shape, with soft edges and a dark outline.

        Args:
            box: x and y of the shape's upper left corner, and of its lower right corner.
            distance: maps arrays x and y to the distance from the shape's edge, negative inside.
            colour: a colour, or a function that maps arrays x and y to colours.
            outline: its width in pixels; 0 for none.
        """
        height, width, _ = self.pixels.shape
        left, top = (max(0, int((v - outline) * self.zoom) - 1) for v in box[:2])
        right, bottom = (int((v + outline) * self.zoom) + 2 for v in box[2:])
        y = np.arange(top, min(bottom, height), dtype=np.float32)[:, None] / self.zoom
        x = np.arange(left, min(right, width), dtype=np.float32) / self.zoom
        inside = distance(x, y)
        part = self.pixels[top:bottom, left:right]
        shade = colour(x, y) if callable(colour) else colour
        for edge, ink in ((outline, INK), (0.0, shade)) if outline else ((0.0, shade),):
            cover = np.clip(0.5 + (edge - inside) * self.zoom, 0, 1)[..., None]
            part += cover * (np.asarray(ink, np.float32) - part)

    def ellipse(
        self, center: Point, rx: float, ry: float, colour: Any, outline: float = 0.9,
        above: float = np.inf,
    ) -> None:  # fmt: skip
        """Draw an ellipse, or only what is above a height."""
        x0, y0 = center

        def distance(x: Any, y: Any) -> Any:
            return np.maximum((np.hypot((x - x0) / rx, (y - y0) / ry) - 1) * min(rx, ry), y - above)

        self.paint((x0 - rx, y0 - ry, x0 + rx, y0 + ry), distance, colour, outline)

    def line(
        self, start: Point, end: Point, width: float, colour: Any, outline: float = 0.9
    ) -> None:
        """Draw a thick line with round ends."""
        (x0, y0), (x1, y1), r = start, end, width / 2
        dx, dy = x1 - x0, y1 - y0

        def distance(x: Any, y: Any) -> Any:
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            return np.hypot(x - x0 - along * dx, y - y0 - along * dy) - r

        box = min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r
        self.paint(box, distance, colour, outline)

    def polygon(self, corners: list[Point], colour: Any, outline: float = 0.9) -> None:
        """Draw a convex polygon, whose corners go clockwise."""
        points = np.array(corners)
        edges = np.roll(points, -1, axis=0) - points
        normals = np.stack([edges[:, 1], -edges[:, 0]], 1) / np.hypot(*edges.T)[:, None]

        def distance(x: Any, y: Any) -> Any:
            return np.max([(x - p[0]) * n[0] + (y - p[1]) * n[1]
                           for p, n in zip(points, normals, strict=True)], axis=0)  # fmt: skip

        self.paint((*points.min(0), *points.max(0)), distance, colour, outline)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, colour: Any) -> None:
        """Draw a rectangle from its upper left to its lower right corner."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)


Draw = Callable[[Canvas, float, float, Generator], None]


def pick(rng: Generator, choices: tuple[Colour, ...]) -> Colour:
    """One of the colours, a little lighter or darker."""
    red, green, blue = choices[int(rng.integers(len(choices)))]
    light = float(rng.uniform(0.92, 1.03))
    return red * light, green * light, blue * light


def striped(first: Colour, second: Colour, width: float, across: bool) -> Any:
    """A cloth with stripes of this width, across the body or along it."""

    def colour(x: Any, y: Any) -> Any:
        odd = np.floor((y if across else x) / width) % 2 == 1
        return np.where(odd[..., None], second, first)

    return colour


def draw_person(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw somebody whose feet are at (x, y)."""
    s = float(rng.uniform(0.86, 1.06))  # size
    skin, hair, cloth = pick(rng, SKIN), pick(rng, HAIR), pick(rng, CLOTHES)
    wear: Any = cloth
    if rng.random() < 0.28:
        wear = striped(cloth, pick(rng, (WHITE, *CLOTHES)), 2.5 * s, rng.random() < 0.7)
    arms = rng.uniform(0.05, 0.7), rng.uniform(2.3, 2.9) if rng.random() < 0.14 else 0.3
    top = y - 36.5 * s
    if rng.random() < 0.3:  # long hair
        canvas.line((x, top), (x, top + 8 * s), 14 * s, hair)
    draw_body(canvas, x, y, s, skin, wear, pick(rng, TROUSERS), rng.random() < 0.22, arms)
    canvas.ellipse((x, top), 6.2 * s, 6.8 * s, skin)
    style = rng.random()
    if style < 0.5:  # short hair
        canvas.ellipse((x, top - 0.6 * s), 6.8 * s, 7.2 * s, hair, above=top - 2.2 * s)
    elif style < 0.66:  # a knitted cap
        wool = pick(rng, CLOTHES)
        canvas.ellipse((x, top - 0.8 * s), 6.9 * s, 7.6 * s, wool, above=top - 2 * s)
        canvas.line((x - 5.6 * s, top - 2.2 * s), (x + 5.6 * s, top - 2.2 * s), 2.4 * s, wool)
    elif style < 0.78:  # a straw hat
        straw = (0.91, 0.80, 0.54)
        canvas.ellipse((x, top - 3.4 * s), 10.5 * s, 2.6 * s, straw)
        canvas.ellipse((x, top - 3.6 * s), 5.6 * s, 6.2 * s, straw, above=top - 3.4 * s)
        canvas.line((x - 4.6 * s, top - 4.2 * s), (x + 4.6 * s, top - 4.2 * s), 1.4, cloth, 0)
    elif style < 0.9:  # curls
        for turn in np.linspace(-2.6, -0.54, 5):
            curl = float(x + 6 * s * np.cos(turn)), float(top + 6.2 * s * np.sin(turn))
            canvas.ellipse(curl, 3 * s, 3 * s, hair, 0.7)
        canvas.ellipse((x, top - 0.6 * s), 6.2 * s, 6.4 * s, hair, 0, above=top - 2.4 * s)
    if rng.random() < 0.16:  # a beard
        canvas.ellipse((x, top + 4.4 * s), 4.4 * s, 3.4 * s, hair, 0.3)
    draw_face(canvas, x, top, s, glasses=rng.random() < 0.18)


def draw_body(
    canvas: Canvas, x: float, y: float, s: float, skin: Colour, wear: Any, trousers: Colour,
    skirt: bool, arms: tuple[float, float],
) -> None:  # fmt: skip
    """Draw legs, trunk and arms; an arm's angle goes from 0, down, to π, up."""
    canvas.ellipse((x + 2 * s, y), 9 * s, 2.8 * s, SHADOW, 0)
    for side in (-s, s):
        leg = (x + side * 2.9, y - 15 * s), (x + side * 3.1, y - 2.2 * s)
        canvas.line(*leg, 4.6 * s, skin if skirt else trousers)
        canvas.ellipse((x + side * 3.6, y - s), 3 * s, 1.7 * s, INK, 0)
    if skirt:
        canvas.polygon([(x - 4.6 * s, y - 17 * s), (x + 4.6 * s, y - 17 * s),
                        (x + 8 * s, y - 8 * s), (x - 8 * s, y - 8 * s)], trousers)  # fmt: skip
    for side, angle in zip((-s, s), arms, strict=True):
        shoulder = x + side * 5.4, y - 26.5 * s
        hand = (shoulder[0] + side * 11 * float(np.sin(angle)),
                shoulder[1] + s * 11 * float(np.cos(angle)))  # fmt: skip
        canvas.ellipse(hand, 2.2 * s, 2.2 * s, skin)
        canvas.line(shoulder, hand, 4 * s, wear)
    canvas.line((x, y - 25 * s), (x, y - 18.5 * s), 12.4 * s, wear)


def draw_face(canvas: Canvas, x: float, y: float, s: float, glasses: bool) -> None:
    """Draw eyes and mouth of a head with its middle at (x, y)."""
    for side in (-s, s):
        if glasses:
            canvas.ellipse((x + side * 2.5, y + 0.4 * s), 1.7 * s, 1.6 * s, WHITE, 0.7)
        canvas.ellipse((x + side * 2.4, y + 0.5 * s), 0.8 * s, s, INK, 0)
    canvas.line((x - 1.6 * s, y + 3.6 * s), (x + 1.6 * s, y + 3.6 * s), 0.9, INK, 0)


def draw_target(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw the person with the EEG cap: white, with coloured electrodes and a bundle of cables."""
    red, yellow, green, blue, coat = (CLOTHES[i] for i in (0, 2, 3, 6, 4))
    top = y - 36.5
    for bend, colour in ((9, red), (10.6, yellow), (12.2, blue)):
        canvas.line((x + 4, top - 5), (x + bend, top + 1), 1.8, colour, 0.5)
        canvas.line((x + bend, top + 1), (x + bend, y - 18), 1.8, colour, 0.5)
    draw_body(canvas, x, y, 1.0, SKIN[1], coat, TROUSERS[4], False, (0.35, 0.35))
    canvas.line((x, y - 30), (x, y - 14.5), 1.2, WHITE, 0)
    canvas.ellipse((x, top), 6.2, 6.8, SKIN[1])
    for side in (-5.4, 5.4):
        canvas.line((x + side, top - 1), (x, top + 6.4), 1.2, WHITE, 0)
    canvas.ellipse((x, top - 0.6), 7.0, 7.8, WHITE, above=top - 1.4)
    places = ((-4.6, 3.2), (-1.6, 3), (1.6, 3), (4.6, 3.2), (-3.2, 5.8), (0, 6), (3.2, 5.8))
    for (dx, dy), colour in zip(places, (red, blue, green) * 3, strict=False):
        canvas.ellipse((x + dx, top - dy), 1.25, 1.25, colour, 0)
    draw_face(canvas, x, top, 1.0, glasses=True)


def draw_parasol(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw a large white parasol."""
    canvas.ellipse((x + 8, y), 30, 6, SHADOW, 0)
    canvas.line((x, y), (x, y - 60), 3, WOOD)
    canvas.ellipse((x, y - 46), 46, 44, WHITE, above=y - 48)
    for share in (-0.6, 0.0, 0.6):
        turns = np.linspace(0, np.pi / 2, 12)
        rib = [(float(x + 46 * share * np.sin(t)), float(y - 47 - 43 * np.cos(t))) for t in turns]
        for start, end in pairwise(rib):
            canvas.line(start, end, 0.8, (0.86, 0.85, 0.82), 0)


def draw_tent(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw a market tent: white canvas below a striped awning."""
    canvas.rectangle(x - 42, y - 62, x + 42, y, WHITE)
    awning = striped(pick(rng, CLOTHES[:7]), WHITE, 10.5, across=False)
    canvas.polygon([(x - 34, y - 86), (x + 34, y - 86), (x + 48, y - 62), (x - 48, y - 62)], awning)
    for place in np.arange(x - 36, x + 37, 8):
        canvas.ellipse((float(place), y - 15), 4, 4, pick(rng, CLOTHES[:4]))
    canvas.rectangle(x - 42, y - 13, x + 42, y, WOOD)


def draw_fountain(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw a round fountain."""
    stone, water = (0.66, 0.64, 0.62), (0.42, 0.68, 0.82)
    canvas.ellipse((x, y - 4), 50, 16, stone)
    canvas.ellipse((x, y - 8), 43, 11, water)
    canvas.line((x, y - 8), (x, y - 34), 7, stone)
    canvas.ellipse((x, y - 36), 18, 5, stone)
    for reach in (-22, -10, 10, 22):
        canvas.line((x + reach / 4, y - 44), (x + reach, y - 12), 1.5, (0.80, 0.92, 0.97), 0)


def draw_dog(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw a dog."""
    fur = pick(rng, HAIR)
    for leg in (-5, -2, 4, 7):
        canvas.line((x + leg, y - 7), (x + leg, y - 1), 2.2, fur, 0.7)
    canvas.line((x - 5, y - 9), (x + 6, y - 9), 7, fur)
    canvas.line((x + 9, y - 11), (x + 13, y - 16), 2, fur, 0.7)
    canvas.ellipse((x - 9, y - 14), 4.6, 4.0, fur)
    canvas.ellipse((x - 12.5, y - 13), 2.2, 1.7, fur, 0.5)
    for dx, dy in ((-14, -13.4), (-9.6, -15)):
        canvas.ellipse((x + dx, y + dy), 0.9, 0.9, INK, 0)


def draw_balloons(canvas: Canvas, x: float, y: float, rng: Generator) -> None:
    """Draw somebody with three balloons."""
    for dx, dy in ((-9, -66), (8, -70), (0, -80)):
        canvas.line((x + 7, y - 18), (x + dx, y + dy + 8), 0.7, INK, 0)
        canvas.ellipse((x + dx, y + dy), 7.5, 9, pick(rng, CLOTHES[:9]))
        canvas.ellipse((x + dx - 2.4, y + dy - 3.2), 1.6, 2.2, WHITE, 0)
    draw_person(canvas, x, y, rng)


# How each thing is drawn, how many there are, and how far people keep away from it: to the sides,
# behind it and in front of it.
THINGS: dict[str, tuple[Draw, int, tuple[float, float, float]]] = {
    "tent": (draw_tent, 4, (54, 50, 6)),
    "parasol": (draw_parasol, 4, (9, 8, 6)),
    "fountain": (draw_fountain, 1, (58, 24, 14)),
    "balloons": (draw_balloons, 3, (14, 10, 10)),
    "dog": (draw_dog, 6, (20, 10, 8)),
}


def draw_town(canvas: Canvas, rng: Generator) -> None:
    """Draw the sky and the houses behind the square."""

    def sky(x: Any, y: Any) -> Any:
        share = (y / HORIZON)[..., None]
        return (1 - share) * np.array((0.53, 0.74, 0.90)) + share * np.array((0.88, 0.94, 0.95))

    canvas.rectangle(0, 0, WIDTH, HORIZON, sky)
    canvas.ellipse((WIDTH - 92, 24), 15, 15, (0.99, 0.90, 0.55), 0)
    left = -12.0
    while left < WIDTH:
        right, top = left + float(rng.uniform(46, 74)), float(rng.uniform(30, 48))
        roof = pick(rng, ((0.62, 0.30, 0.24), (0.42, 0.36, 0.38)))
        canvas.rectangle(left, top, right, HORIZON, pick(rng, WALLS))
        canvas.polygon([((left + right) / 2, top - 24), (right + 3, top), (left - 3, top)], roof)
        for y in np.arange(top + 9, HORIZON - 14, 19):
            for x in np.arange(left + 9, right - 9, 15):
                canvas.rectangle(float(x), float(y), float(x) + 7, float(y) + 10, TROUSERS[0])
        left = right


def draw_paving(canvas: Canvas, rng: Generator) -> None:
    """Give the square its stones, each with a shade of its own."""
    y, x = np.mgrid[: (HEIGHT - HORIZON) * canvas.zoom, : WIDTH * canvas.zoom] // canvas.zoom
    row, shifted = y // 8, x + 6 * (y // 8 % 2)
    shade = rng.uniform(0.95, 1.05, (HEIGHT // 8, WIDTH // 12 + 2))[row, shifted // 12]
    joint = (y % 8 == 0) | (shifted % 12 == 0)
    canvas.pixels[HORIZON * canvas.zoom :] *= (shade * np.where(joint, 0.93, 1.0))[..., None]
