"""The figures of day 6's README, drawn by the solutions."""

from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from day_06_cnn.src import find_it, mnist_cnn
from day_06_cnn.src.look_inside import draw_inside
from day_06_cnn.src.scene import draw_scene
from introdl.figures import draw_trained, save_figure


def draw(folder: Path) -> None:
    """Write every figure into the folder."""
    draw_search(folder)
    trained = mnist_cnn.fit()
    figures = draw_trained(trained)
    image = mnist_cnn.scale(trained.test_images[0])
    figures["inside"] = draw_inside(trained.params[0], image, mnist_cnn.convolve)
    for name, figure in figures.items():
        save(figure, folder / f"{name}.png")


def draw_search(folder: Path) -> None:
    """Write the figures of the crowd."""
    scene = draw_scene()
    image, template = find_it.grey(scene.image), find_it.grey(scene.template)
    places = find_it.brightest_match(image, template), find_it.find_template(image, template)
    save(find_it.draw_puzzle(0), folder / "scene.png", dpi=50, colours=64)
    save(find_it.draw_found(scene, *places), folder / "found.png")
    save(find_it.draw_maps(scene), folder / "maps.png")


def save(figure: Figure, path: Path, dpi: int = 80, colours: int = 128) -> None:
    """Write a PNG that is still smaller, with few colours."""
    save_figure(figure, path, dpi)
    picture = Image.open(path).convert("RGB")
    picture.quantize(colours, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
