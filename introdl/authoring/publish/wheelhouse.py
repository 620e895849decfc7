"""A folder of wheels, from which the course installs without a network."""

import os
import platform
import re
import subprocess
import sys
import tomllib
import venv
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement

from introdl import doctor
from introdl.authoring.publish.place import fresh
from introdl.course import ROOT
from introdl.errors import UsageError

LINUX = ["manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, doctor.GLIBC[1] + 1))]
# For each system what markers call it, and the platforms of the wheels that it takes.
SYSTEMS = {
    "linux": ("linux", "x86_64", [f"{name}_x86_64" for name in LINUX]),
    "linux-arm": ("linux", "aarch64", [f"{name}_aarch64" for name in LINUX]),
    "macos": ("darwin", "arm64", ["macosx_12_0_arm64"]),
}
PYTHONS = [f"3.{minor}" for minor in range(11, doctor.NEWEST[1] + 1)]
INSTALL = (
    "python -m pip install --no-index --find-links wheels -c constraints.txt -e '.[eeg,quality]'"
)
README = f"""\
The packages of "Introduction to Deep Learning with JAX" for Python {{pythons}}
on {{systems}} (on Windows: WSL, which is Linux), to install without a network.

Copy this folder into the course's folder, and name it wheels. Then type there:

    python3 -m venv .venv
    source .venv/bin/activate
    {INSTALL}
    nox

Where nox is installed already, nox alone is enough: it installs from the folder wheels.
"""


def write(out: Path, pythons: list[str], systems: list[str]) -> bool:
    """Download the wheels for each Python and system.

    Args:
        out: the folder for them; it may exist if it is empty.
        pythons: versions, such as 3.12.
        systems: some of `SYSTEMS`.

    Returns:
        Whether the course was installed from them; it is if one of the choices is this machine.

    Raises:
        UsageError: if a choice is not supported, the folder is in use, or a wheel is missing; then
            nothing was written.
    """
    check(pythons, systems)
    with fresh(out) as place:
        made, environment = place.resolve() / "made", place.resolve() / "venv"
        venv.create(environment, with_pip=True)
        python = str(environment / "bin" / "python")
        download(python, [*build_tools(), "pip"], made, "any system", ["-c", "constraints.txt"])
        for system, version in product(systems, pythons):
            where = f"Python {version} on {system}"
            download(python, pins(version, system), made, where, target(version, system))
        readme = README.format(pythons=", ".join(pythons), systems=", ".join(systems))
        (made / "README.txt").write_text(readme, encoding="utf-8")
        proven = is_this_machine(pythons, systems)
        if proven:
            prove(python, made)
    return proven


def check(pythons: list[str], systems: list[str]) -> None:
    """Refuse what the course does not run on.

    Raises:
        UsageError: if there is such a choice.
    """
    for version in set(pythons) - set(PYTHONS):
        raise UsageError(
            f"The course does not support Python {version}; choose {', '.join(PYTHONS)}."
        )
    for system in set(systems) - set(SYSTEMS):
        raise UsageError(
            f"There is no system '{system}'; choose {', '.join(SYSTEMS)} (Windows runs the course "
            "in WSL, which is linux)."
        )


def build_tools() -> list[str]:
    """What an editable installation needs besides the pinned packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [*project["build-system"]["requires"], "editables"]


def pins(version: str, system: str, constraints: Path = ROOT / "constraints.txt") -> list[str]:
    """The pinned packages that hold for a Python on a system."""
    named, machine, _ = SYSTEMS[system]
    there = {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "sys_platform": named,
        "platform_system": {"linux": "Linux", "darwin": "Darwin"}[named],
        "platform_machine": machine,
    }
    lines = constraints.read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    return [
        f"{pin.name}{pin.specifier}"
        for pin in found
        if pin.marker is None or pin.marker.evaluate({**there})
    ]


def target(version: str, system: str) -> list[str]:
    """What tells pip to download for another machine; the pins name all dependencies."""
    platforms = SYSTEMS[system][2]
    return ["--no-deps", "--python-version", version, *(f"--platform={name}" for name in platforms)]


def download(python: str, packages: list[str], into: Path, where: str, options: list[str]) -> None:
    """Download wheels with pip.

    Raises:
        UsageError: if there is none of a package.
    """
    command = [python, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    done = subprocess.run(
        [*command, "--dest", str(into), *options, *packages],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        match = re.search(r"No matching distribution found for (\S+)", done.stderr)
        package = match[1] if match else "some package"
        raise UsageError(
            f"pip finds no wheel of {package} for {where}; check the network, or choose others "
            "with --python and --system. Nothing was written."
        )


def is_this_machine(pythons: list[str], systems: list[str]) -> bool:
    """Whether one of the choices is the Python and system that run this."""
    here = (sys.platform, platform.machine())
    return doctor.version(sys.version_info[:2]) in pythons and any(
        SYSTEMS[system][:2] == here for system in systems
    )


def prove(python: str, wheels: Path) -> None:
    """Install the course from the wheels alone, and let the doctor examine it.

    Raises:
        UsageError: if that fails.
    """
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    # As INSTALL, with a folder that has another name.
    offline = ["--no-index", "--find-links", str(wheels), "-c", "constraints.txt"]
    for command in (
        ["pip", "install", "--quiet", *offline, "-e", ".[eeg,quality]"],
        ["introdl", "doctor"],
    ):
        done = subprocess.run(
            [python, "-m", *command], cwd=ROOT, env={**settings, "PIP_CONFIG_FILE": os.devnull},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise UsageError(
                f"The course does not work with these wheels; nothing was written. It ended with:\n"
                f"{done.stdout}{done.stderr}"
            )
