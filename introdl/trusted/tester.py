"""The trusted test process: runs one day's pristine tests with pytest over the bridge."""

import contextlib
import os
import socket
import sys
import tempfile
from typing import Any

import pytest

from introdl.course import ROOT
from introdl.outcome import TestOutcome, as_data
from introdl.testing import plugin
from introdl.testing.task import SECONDS
from introdl.trusted import bridge
from introdl.wire import messages

PATIENCE, HURRIED = 6, 5.0  # tests that don't end before the others have fewer seconds


class BridgePlugin:
    """Gives each test its time and each task a worker that knows nothing of the others."""

    def __init__(self, link: bridge.Bridge, most: float) -> None:
        self.link, self.most = link, most
        self.task: str | None = None
        self.outcomes: dict[str, TestOutcome] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        """Spare pytest the look-up of source lines for a traceback that nobody reads."""
        config.option.tbstyle = "native"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start the test's clock."""
        outcome = plugin.outcome_of(item)
        if outcome is not None and outcome.status == "timeout":
            pytest.skip("an earlier case of this test did not end")
        found = plugin.task_of(item)
        task = found[0] if found else ""
        late = [o for o in item.config.stash[plugin.OUTCOMES].values() if o.status == "timeout"]
        seconds = limit(found[2] if found else SECONDS, self.most, len(late))
        self.link.begin(seconds, fresh=task != self.task)
        self.task = task

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep the outcomes."""
        self.outcomes = session.config.stash[plugin.OUTCOMES]


def limit(stated: float, most: float, late: int) -> float:
    """How many seconds a test has.

    A day in which many tests don't end has loops without an end; what is left of it gets less
    time, so that grading ends while a service that grades still waits.

    Args:
        stated: what the test itself allows.
        most: what the job allows.
        late: how many tests of the day did not end.
    """
    return min(stated, most, HURRIED if late >= PATIENCE else most)


def run(slot: socket.socket, control: socket.socket) -> None:
    """Read the job from the front, run its tests, and send the outcomes back."""
    job, _ = messages.receive(slot)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        link = bridge.Bridge(control)
        bridge.install(link)
        watcher = BridgePlugin(link, job["seconds"])
        code = pytest.main(_arguments(job), plugins=[watcher])
        sys.stdout.flush()
        log.seek(0)
        text = log.read()[-4000:].decode(errors="replace")
    outcomes = [as_data(outcome) for outcome in watcher.outcomes.values()]
    broken = "" if code in (0, 1) and outcomes else f"pytest ended with code {int(code)}\n{text}"
    messages.send(slot, {"outcomes": outcomes, "broken": broken})


def warm_up() -> None:
    """Import what pytest itself imports when it starts, so that each test process has it."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        pytest.main(["--version"])


def _arguments(job: dict[str, Any]) -> list[str]:
    folder = ROOT / job["day"] / "tests"
    chosen = ["--task", job["task"]] if job["task"] else []
    tests = [str(folder / name) for name in job["tests"]] or [str(folder)]
    return [
        *tests, "--noconftest", "-p", "no:cacheprovider", "-p", "no:terminal",
        "--assert=plain", f"--rootdir={ROOT}", f"--seed={job['seed']}", *chosen,
    ]  # fmt: skip
