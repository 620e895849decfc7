"""pyproject.toml, environment.yml, constraints.txt and the workflows agree with each other."""

import json
import re
import sys
import tomllib
from importlib.metadata import distributions
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from ruamel.yaml import YAML

from introdl import doctor
from introdl.course import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if not line.startswith("#")]
PYTHONS = [f"3.{minor}" for minor in range(11, doctor.NEWEST[1] + 1)]
SYSTEMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]


def machine(python: str, system: str, processor: str) -> dict[str, str]:
    """What markers ask for, on another machine."""
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": system,
        "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system],
        "platform_machine": processor,
        "os_name": "nt" if system == "win32" else "posix",
    }


def pinned(environment: dict[str, str]) -> dict[str, list[str]]:
    """For each package the versions that hold on a machine."""
    found: dict[str, list[str]] = {}
    for pin in PINS:
        if pin.marker is None or pin.marker.evaluate(environment):
            found.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier))
    return found


def asked_for() -> list[Requirement]:
    """What students' installs ask for."""
    extras = PROJECT["optional-dependencies"]
    return [
        Requirement(text) for text in [*PROJECT["dependencies"], *extras["eeg"], *extras["quality"]]
    ]


@pytest.mark.parametrize(
    ("python", "system"), list(product(PYTHONS, SYSTEMS)), ids=lambda value: "-".join([*value])
)
def test_each_dependency_has_one_pin_that_fits(python: str, system: tuple[str, str]) -> None:
    pins = pinned(machine(python, *system))
    assert all(len(versions) == 1 for versions in pins.values())
    for requirement in asked_for():
        (version,) = pins[canonicalize_name(requirement.name)]
        assert Version(version.removeprefix("==")) in requirement.specifier, requirement


def test_jax_differs_by_python() -> None:
    for name in ("jax", "jaxlib"):
        assert pinned(machine("3.11", *SYSTEMS[0]))[name] == ["==0.10.2"]
        newer = {python: pinned(machine(python, *SYSTEMS[0]))[name] for python in PYTHONS[1:]}
        assert len(set(map(str, newer.values()))) == 1
        assert Version(newer["3.12"][0].removeprefix("==")) >= Version("0.12")


def test_every_pin_is_exact_and_holds_no_address_or_path() -> None:
    for pin in PINS:
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        assert pin.url is None
    assert not [line for line in LINES if re.search(r"[/\\]|--", line)]


def test_what_verify_runs_in_is_the_tested_set(noxfile: dict[str, Any]) -> None:
    """Here: only if this is `.nox/course`, which nox brings up to date with the constraints.

    In an environment of one's own other versions are no mistake; there the doctor names them.
    """
    environment = {key: str(value) for key, value in default_environment().items()}
    pins = pinned(environment)
    installed = {canonicalize_name(found.name): f"=={found.version}" for found in distributions()}
    other = {
        name: installed[name] for name in pins.keys() & installed if [installed[name]] != pins[name]
    }
    assert other == {} or Path(sys.prefix).resolve() != noxfile["SHARED"].resolve()


def test_doctor_knows_the_pins() -> None:
    assert doctor.pins() == {
        pin.name: tuple(str(p.specifier)[2:] for p in PINS if p.name == pin.name) for pin in PINS
    }


def test_python_versions_agree(noxfile: dict[str, Any]) -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert "python_version" not in tools["mypy"]  # NumPy's types are those of the Python that runs
    assert tools["ruff"]["target-version"] == f"py{PYTHONS[0].replace('.', '')}"
    assert noxfile["PYTHONS"] == PYTHONS
    image = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())["image"]
    (conda,) = [line for line in conda_lines() if str(line).startswith("python=")]
    (grading,) = python_versions(ROOT / ".github" / "workflows" / "autograding.yml")
    assert image.rpartition(":")[2] == conda.removeprefix("python=") == grading
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        assert set(python_versions(path)) <= set(PYTHONS)


def conda_lines() -> list[Any]:
    """The dependencies of environment.yml."""
    lines: list[Any] = YAML(typ="safe").load(ROOT / "environment.yml")["dependencies"]
    return lines


def python_versions(workflow: Path) -> list[str]:
    """The Pythons that a workflow sets up."""
    found = []
    for job in YAML(typ="safe").load(workflow)["jobs"].values():
        for step in job["steps"]:
            named = step.get("with", {}).get("python-version")
            if named == "${{ matrix.python }}":
                found += job["strategy"]["matrix"]["python"]
            elif named:
                found.append(named)
    return found


def test_students_install_with_the_constraints() -> None:
    (pip,) = [line["pip"] for line in conda_lines() if isinstance(line, dict)]
    assert pip == ["-c constraints.txt", "-e .[eeg,quality]"]
    commands = [
        path.read_text(encoding="utf-8")
        for pattern in (
            ".devcontainer/*.json",
            ".github/workflows/*.yml",
            "day_*/README.md",
            "*.md",
        )
        for path in ROOT.glob(pattern)
    ]
    installs = re.findall(r"pip install (.*-e .*)", "\n".join(commands))
    assert len(installs) >= 4
    assert not [command for command in installs if "-c constraints.txt" not in command]
