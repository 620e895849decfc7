"""Grading: a list of jobs, one day of one submission each, run side by side by the warm parent."""

import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from introdl.course import ROOT, Day
from introdl.errors import Closed, GraderFault, UsageError
from introdl.fenced import sandbox
from introdl.grading.result import DayResult, Result, day_result
from introdl.grading.submission import Submission
from introdl.wire import messages

# What a process needs to run Python; tokens and everything else stay outside.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
LONGEST = 1800.0  # seconds for one day, far beyond the sum of its tests' limits


@dataclass(frozen=True)
class Job:
    """One day of one submission.

    Args:
        submission: the student's files.
        day: the day.
        seed: the seed of the tests' random inputs.
        task: grade this task only.
        label: for the caller's own use.
        seconds: an upper bound for the limits that the tests state themselves.
        tests: run these test files or tests, ``"test_fit.py::test_line"``, only; all when empty.
        reference: whether this is reference code: its compilations are kept for the others, and
            what JAX will drop is an error in it.
    """

    submission: Submission
    day: Day
    seed: int = 0
    task: str | None = None
    label: str = ""
    seconds: float = LONGEST
    tests: tuple[str, ...] = ()
    reference: bool = False


@dataclass
class _Running:
    job: Job
    stage: tempfile.TemporaryDirectory[str]
    started: float
    answer: dict[str, Any] | None = None


class Grader:
    """The front: starts the warm parent, hands out jobs, collects results.

    Use it as ``with Grader() as grader``.

    Args:
        slots: how many days are graded side by side.
        hidden: folders that student code must not see.
        fence: the fence that is wanted; namespaces are used where the machine allows them.
    """

    def __init__(
        self,
        slots: int | None = None,
        hidden: tuple[Path, ...] = (),
        fence: str = sandbox.NAMESPACES,
    ) -> None:
        self.count = slots or max(1, os.cpu_count() or 1)
        self.hidden, self.wanted = hidden, fence
        self.fence = ""

    def __enter__(self) -> "Grader":
        if not hasattr(os, "fork"):
            raise GraderFault("Grading needs Linux or macOS; on Windows run this in WSL.")
        if find_spec("jax") is None:
            raise UsageError(
                "The course is not installed in this Python; type nox, which installs it, and then "
                "source .nox/course/bin/activate."
            )
        self.commands, theirs = socket.socketpair()
        pairs = [socket.socketpair() for _ in range(self.count)]
        self.slots = [ours for ours, _ in pairs]
        descriptors = [theirs.fileno(), *(other.fileno() for _, other in pairs)]
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= sandbox.ENVIRONMENT
        self.server = subprocess.Popen(
            [sys.executable, "-m", "introdl.grading.server", self.wanted, *map(str, descriptors)],
            pass_fds=descriptors,
            env=environment,
            stdin=subprocess.DEVNULL,
            cwd=ROOT,
        )
        for sock in (theirs, *(other for _, other in pairs)):
            sock.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.commands.close()
        for slot in self.slots:
            slot.close()
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, DayResult]]:
        """Grade the jobs side by side; each result comes as soon as it is there.

        Raises:
            GraderFault: if the warm parent ends.
        """
        if not self.fence:
            self.fence = str(self._command()["fence"])
        waiting, running = iter(jobs), dict[int, _Running]()
        selector = selectors.DefaultSelector()
        selector.register(self.commands, selectors.EVENT_READ)
        for number, sock in enumerate(self.slots):
            selector.register(sock, selectors.EVENT_READ, number)
        free = list(range(self.count))
        while True:
            while free and (job := next(waiting, None)):
                slot = free.pop()
                running[slot] = self._start(slot, job)
            if not running:
                return
            for key, _ in selector.select(1.0):
                if key.fileobj is not self.commands:
                    # The same look may have found its job finished, and its answer was collected.
                    if key.data in running:
                        self._collect(running[key.data], self.slots[key.data])
                    continue
                slot = int(self._command()["finished"])
                done = running.pop(slot)
                free.append(slot)
                yield done.job, self._result(done, slot)
            self._stop_late(running)

    def _command(self) -> dict[str, Any]:
        try:
            return messages.receive(self.commands)[0]
        except Closed:
            raise GraderFault("The grader's own process ended; see the lines above.") from None

    def _start(self, slot: int, job: Job) -> _Running:
        stage = tempfile.TemporaryDirectory(prefix="introdl-")
        job.submission.write(Path(stage.name), job.day)
        hidden = [str(path) for path in (*_secrets(), *self.hidden)]
        command = {"slot": slot, "stage": stage.name, "hidden": hidden}
        messages.send(self.commands, {**command, "reference": job.reference})
        wanted = {"day": job.day.name, "seed": job.seed, "task": job.task}
        wanted |= {"tests": list(job.tests), "seconds": job.seconds}
        messages.send(self.slots[slot], wanted)
        return _Running(job, stage, time.monotonic())

    def _collect(self, running: _Running, sock: socket.socket) -> None:
        running.answer = messages.receive(sock)[0]

    def _result(self, done: _Running, slot: int) -> DayResult:
        if done.answer is None and _ready(self.slots[slot]):
            self._collect(done, self.slots[slot])
        done.stage.cleanup()
        if done.answer is None:
            return day_result(done.job.day, [], "the test process ended without a result")
        return day_result(done.job.day, done.answer["outcomes"], done.answer["broken"])

    def _stop_late(self, running: dict[int, _Running]) -> None:
        oldest = min((item.started for item in running.values()), default=time.monotonic())
        if time.monotonic() - oldest > LONGEST:
            raise GraderFault(f"A day's tests did not end within {LONGEST:g} seconds.")


def _ready(sock: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def _secrets() -> list[Path]:
    """What student code must not see even where this repository is visible: nearly all of it."""
    needed = [Path(path) for path in sandbox.visible()]
    folders = sorted(path for path in ROOT.iterdir() if path.is_dir())
    return [f for f in folders if not any(path.is_relative_to(f) for path in needed)]


def grade(
    submission: Submission, days: list[Day], seed: int = 0, task: str | None = None
) -> Result:
    """Grade one submission.

    Args:
        submission: the student's files.
        days: the days to grade.
        seed: the seed of the tests' random inputs.
        task: grade this task only.

    Raises:
        GraderFault: if the grader itself broke.
    """
    return grade_jobs([Job(submission, day, seed, task) for day in days])


def grade_jobs(jobs: list[Job]) -> Result:
    """Grade one day after the other of one submission, on all cores.

    Raises:
        GraderFault: if the grader itself broke.
    """
    started = time.monotonic()
    with Grader(min(len(jobs), os.cpu_count() or 1)) as grader:
        results = {job.day: result for job, result in grader.run(jobs)}
    ordered = tuple(results[job.day] for job in jobs)
    return Result(jobs[0].seed, grader.fence, time.monotonic() - started, ordered)
