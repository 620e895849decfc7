"""The warm parent: has imported all that is slow, and forks test processes and workers.

It never starts a JAX backend, for a fork after that hangs, and holds nothing that a student's code
should not find in its memory: no test, no expected value, no seed, no token.
"""

import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import jax.scipy.signal  # noqa: F401 - imported now, so that nobody waits for it later

from introdl.course import ROOT
from introdl.errors import Closed, WireError
from introdl.fenced import sandbox, worker
from introdl.grading import compiled
from introdl.trusted import tester
from introdl.wire import messages

TICK = 0.05  # seconds between two looks at the workers' memory
ROUNDS = 100  # at most, of killing what a worker left behind


@dataclass
class Fenced:
    """A fenced process with a student's code; ``guard`` is its parent, outside the fence."""

    guard: int
    reason: int  # file descriptor on which the guard reports how the worker ended
    home: Path
    killed: str = ""


@dataclass
class TestRun:
    """One day of one submission being graded: its test process, and the worker of that."""

    slot: int
    pid: int
    control: socket.socket
    stage: Path
    hidden: tuple[Path, ...]
    reference: bool
    worker: Fenced | None = None


class Server:
    """Obeys the front's messages, and serves the test processes."""

    def __init__(self, commands: socket.socket, slots: list[int], fence: str) -> None:
        self.commands, self.slots = commands, slots
        self.runs: dict[int, TestRun] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(commands, selectors.EVENT_READ)
        self.temporary = Path(tempfile.mkdtemp(prefix="introdl-server-"))
        self.fence = fence
        self.compiled = compiled.folder()

    def run(self) -> None:
        """Serve until the front hangs up."""
        try:
            if self.fence == sandbox.NAMESPACES:
                self.fence = self.try_fence()
            messages.send(self.commands, {"fence": self.fence})
            while True:
                busy = any(run.worker for run in self.runs.values())
                for key, _ in self.selector.select(TICK if busy else 1.0):
                    if key.fileobj is self.commands:
                        self.start(messages.receive(self.commands)[0])
                    else:
                        self.serve_safely(key.data)
                self.watch()
        except Closed:
            pass
        finally:
            for run in list(self.runs.values()):
                self.finish(run)
            shutil.rmtree(self.temporary, ignore_errors=True)

    def start(self, command: dict[str, Any]) -> None:
        """Fork the test process for one day of one submission."""
        ours, theirs = socket.socketpair()
        slot = command["slot"]
        pid = os.fork()
        if pid == 0:
            keep = {self.slots[slot], theirs.fileno()}
            _child(lambda: self.test(slot, theirs), keep)
        theirs.close()
        hidden = tuple(Path(path) for path in command["hidden"])
        stage, reference = Path(command["stage"]), bool(command["reference"])
        run = TestRun(slot, pid, ours, stage, hidden, reference)
        self.runs[slot] = run
        self.selector.register(ours, selectors.EVENT_READ, run)

    def test(self, slot: int, control: socket.socket) -> None:
        """In the forked process: run the tests, whose own compilations are kept."""
        compiled.use(self.compiled, write=True)
        tester.run(socket.socket(fileno=self.slots[slot]), control)

    def serve_safely(self, run: TestRun) -> None:
        """Answer one request; a test process that is gone costs its own day alone."""
        try:
            self.serve(run)
        except OSError:
            traceback.print_exc()
            self.finish(run)

    def serve(self, run: TestRun) -> None:
        """Answer one request of a test process."""
        try:
            request, _ = messages.receive(run.control)
        except (Closed, WireError):
            self.finish(run)
            return
        if request["op"] == "worker":
            self.stop(run)
            sock = self.fork_worker(run)
            socket.send_fds(run.control, [b"w"], [sock.fileno()])
            sock.close()
        else:
            messages.send(run.control, {"reason": self.stop(run)})

    def fork_worker(self, run: TestRun) -> socket.socket:
        """Fork a guard, which fences and forks the worker; returns the test's end of the bridge."""
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        home = Path(tempfile.mkdtemp(prefix="worker-", dir=self.temporary))
        place = sandbox.Place(run.stage, home, run.hidden, self.compiled, run.reference)
        pid = os.fork()
        if pid == 0:
            _child(lambda: _guard(place, theirs, writing, self.fence), {theirs.fileno(), writing})
        theirs.close()
        os.close(writing)
        run.worker = Fenced(pid, reading, home)
        return ours

    def stop(self, run: TestRun) -> str:
        """End a test run's worker and all it started; returns why it had ended, in words."""
        found, run.worker = run.worker, None
        if found is None:
            return "the process ended"
        # A worker that just ended is about to be reported by its guard; wait for that a moment.
        with selectors.DefaultSelector() as waiting:
            waiting.register(found.reason, selectors.EVENT_READ)
            report = os.read(found.reason, 4096) if waiting.select(0.5) else b""
        _kill(found.guard)
        os.close(found.reason)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(found.guard, 0)
        self.kill_strays()
        shutil.rmtree(found.home, ignore_errors=True)
        return found.killed or _in_words(report)

    def watch(self) -> None:
        """Kill workers that use too much, and whatever nobody owns any more."""
        for run in self.runs.values():
            if run.worker and not run.worker.killed:
                used, processes = sandbox.resident(run.worker.guard)
                if processes > sandbox.PROCESSES:
                    self.kill(run.worker, f"started more than {sandbox.PROCESSES} processes")
                elif used > sandbox.MEMORY_BYTES:
                    gigabytes = sandbox.MEMORY_BYTES / (1 << 30)
                    self.kill(run.worker, f"ran out of memory: it used more than {gigabytes:g} GB")
        self.kill_strays()

    def kill(self, found: Fenced, reason: str) -> None:
        """End a worker and remember why."""
        found.killed = reason
        _kill(found.guard)

    def kill_strays(self) -> None:
        """End adopted processes: they were left behind by a worker."""
        known = {run.pid for run in self.runs.values()}
        known |= {run.worker.guard for run in self.runs.values() if run.worker}
        for _ in range(ROUNDS):  # the children of those killed are adopted in turn
            strays = set(sandbox.children()) - known
            for pid in strays:
                _kill(pid)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            if not strays:
                return

    def finish(self, run: TestRun) -> None:
        """Clear up after a test process and tell the front."""
        self.selector.unregister(run.control)
        self.stop(run)
        _kill(run.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(run.pid, 0)
        run.control.close()
        del self.runs[run.slot]
        with contextlib.suppress(OSError):
            messages.send(self.commands, {"finished": run.slot})

    def try_fence(self) -> str:
        """Find out which fence this machine allows, by building it once."""
        if sys.platform != "linux":
            return sandbox.LIMITS
        stage, home = self.temporary / "stage", self.temporary / "home"
        stage.mkdir()
        home.mkdir()
        pid = os.fork()
        if pid == 0:
            place = sandbox.Place(stage, home, ())
            _child(lambda: _probe(place), set())
        return sandbox.LIMITS if os.waitpid(pid, 0)[1] else sandbox.NAMESPACES


def _probe(place: sandbox.Place) -> None:
    sandbox.unshare()
    sandbox.build_root(place)
    pid = os.fork()
    if pid == 0:
        _child(lambda: sandbox.enter_root(place), set())
    if os.waitpid(pid, 0)[1]:
        raise OSError("no namespaces")


def _guard(place: sandbox.Place, sock: socket.socket, report: int, fence: str) -> None:
    """Build the fence, fork the worker into it, and report how that ended."""
    os.setsid()
    sandbox.die_with_parent()
    if fence == sandbox.NAMESPACES:
        sandbox.unshare()
        sandbox.build_root(place)
    else:
        shutil.copytree(place.stage, place.home / "course")
    pid = os.fork()
    if pid == 0:
        _child(lambda: _worker(place, sock, fence), {sock.fileno()})
    sock.close()
    status = os.waitpid(pid, 0)[1]
    os.write(report, json.dumps(os.waitstatus_to_exitcode(status)).encode())
    os.close(report)
    while True:
        signal.pause()


def _worker(place: sandbox.Place, sock: socket.socket, fence: str) -> None:
    sandbox.die_with_parent()
    if fence == sandbox.NAMESPACES:
        sandbox.enter_root(place)
        sandbox.quiet("/tmp")
        compiled.use(place.compiled and Path(sandbox.COMPILED), write=place.reference)
    else:
        os.chdir(place.home / "course")
        sandbox.quiet(str(place.home))
        # Without a file system of its own nothing keeps student code from writing there.
        compiled.use(place.compiled if place.reference else None, write=True)
    sandbox.limit()
    worker.run(sock, place.reference)


def _child(work: Any, keep: set[int]) -> NoReturn:
    """Run ``work`` in a forked child that keeps only these file descriptors, and end."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _close_others(keep)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _close_others(keep: set[int]) -> None:
    start = 3
    for descriptor in sorted(keep):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, 4096)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # a guard leads the process group of its worker
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _in_words(report: bytes) -> str:
    """How a process ended, from its exit code; negative codes are signals."""
    try:
        code = int(report)
    except ValueError:
        return "the process ended"
    if code >= 0:
        return f"ended Python itself (exit code {code}); is there an exit() or sys.exit()?"
    names: dict[int, str] = {
        signal.SIGSEGV: "crashed with a segmentation fault",
        signal.SIGKILL: "was killed, perhaps for using too much memory",
        signal.SIGXCPU: "used too much processor time",
        signal.SIGABRT: "was aborted",
    }
    return names.get(-code, f"was ended by signal {-code}")


def main() -> None:
    """Serve: the command line names the fence, and the descriptors of commands and slots."""
    fence, *descriptors = sys.argv[1:]
    command, *slots = map(int, descriptors)
    sandbox.adopt_orphans()
    sandbox.die_with_parent()
    os.chdir(ROOT)
    tester.warm_up()
    gc.freeze()  # what is imported lives for ever; children need not look through it
    Server(socket.socket(fileno=command), slots, fence).run()
    os._exit(0)  # nothing is left to do, and taking JAX down takes a moment


if __name__ == "__main__":
    main()
