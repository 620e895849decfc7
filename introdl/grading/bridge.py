"""The trusted side of the bridge: stand-ins for the student's modules, functions and objects.

In the test process ``from day_02_optimization.src.descent import gradient_descent`` gives a
`RemoteFunction`. Calling it sends the arguments to the worker and brings the result back as data.
"""

import socket
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from introdl.grading import wire
from introdl.testing import student
from introdl.testing.loading import STUDENT_MODULE
from introdl.testing.student import (
    Died,
    Frame,
    Given,
    Raised,
    Remote,
    Returned,
    Transformed,
    relative,
)

BEGIN_SECONDS = 5.0  # for a worker to say that it is idle
START_SECONDS = 60.0  # for the fence to be built


class NoWorker(Exception):  # noqa: N818
    """The fence could not be built; no student is to blame."""


class Bridge:
    """Sends requests to the worker; asks the warm parent for a fresh one when it is gone."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.worker: socket.socket | None = None
        self.deadline = time.monotonic() + 30.0
        self.seconds = 30.0
        self.generation = 0
        self.requests = 0

    def begin(self, seconds: float, fresh: bool) -> None:
        """Start a test's clock.

        Args:
            seconds: the test's limit.
            fresh: give it a new worker, which remembers nothing of the tests before.
        """
        self.seconds = seconds
        self.deadline = time.monotonic() + min(seconds, BEGIN_SECONDS)
        if self.worker is not None and fresh:
            self._stop()
        elif self.worker is not None:
            try:
                self.request({"op": "begin"})
            except Died:
                pass  # what the last test left behind spoiled the worker; a fresh one will come
            except Raised:
                self._stop()
        self.deadline = time.monotonic() + seconds

    def request(
        self, message: dict[str, Any], buffers: list[bytes] | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send a request and wait for its answer.

        Raises:
            Died: if the worker ends or the test's time is up.
            Raised: if the student's code raised.
        """
        if self.worker is None:
            self.worker = self._start()
        try:
            self.requests += 1
            self.worker.settimeout(max(0.1, self.deadline - time.monotonic()))
            wire.send(self.worker, {**message, "id": self.requests}, buffers)
            answer, out = wire.receive(self.worker, self.deadline)
            if answer.get("id") != self.requests:
                raise wire.WireError("answer that nobody asked for")
        except (wire.Late, TimeoutError):
            self._stop()
            text = f"did not finish within {self.seconds:g} seconds; is there an endless loop?"
            raise Died("timeout", text) from None
        except wire.WireError as error:
            self._stop()
            raise Died("crashed", f"sent back an {error}") from None
        except (wire.Closed, OSError):
            raise Died("crashed", self._stop()) from None
        if "raised" in answer:
            raise event_from(answer["raised"])
        return answer, out

    def _start(self) -> socket.socket:
        wire.send(self.control, {"op": "worker"})
        _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        self.generation += 1
        worker = socket.socket(fileno=descriptors[0])
        started = time.monotonic()
        try:
            wire.receive(worker, started + START_SECONDS)
        except (wire.Closed, wire.Late):
            self.worker = worker
            raise NoWorker(f"no worker could be started: {self._stop()}") from None
        self.deadline += time.monotonic() - started
        return worker

    def _stop(self) -> str:
        """Kill the worker; returns why it ended, in words."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None
        wire.send(self.control, {"op": "stop"})
        answer, _ = wire.receive(self.control)
        return str(answer["reason"])

    def encode(self, value: Any, buffers: list[bytes]) -> Any:
        """Encode arguments; functions cross by name or by their source."""
        return wire.encode(value, buffers, reference)

    def decode(self, data: Any, buffers: list[bytes]) -> Any:
        """Rebuild a result; objects become `RemoteObject`."""
        try:
            return wire.decode(data, buffers, self._object, arrays=False)
        except wire.WireError as error:
            raise Died("crashed", f"sent back an {error}") from None

    def _object(self, data: dict[str, Any]) -> "RemoteObject":
        return RemoteObject(self, data)

    def ask(self, operation: str, handle: int, **more: Any) -> Any:
        """Ask something about an object that lives on the worker."""
        answer, out = self.request({"op": operation, "handle": handle, **more})
        return self.decode(answer.get("value"), out)


class RemoteFunction(Remote):
    """A function that the worker finds by a reference."""

    def __init__(self, bridge: Bridge, ref: dict[str, Any], name: str) -> None:
        self.bridge, self.ref, self.__name__ = bridge, ref, name

    def invoke(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], strict: bool = False
    ) -> Returned:
        """Call it on the worker."""
        buffers: list[bytes] = []
        message = {
            "op": "call",
            "function": self.ref,
            "args": self.bridge.encode(list(args), buffers),
            "kwargs": self.bridge.encode(kwargs, buffers),
            "strict": strict,
        }
        answer, out = self.bridge.request(message, buffers)
        changed = answer.get("changed")
        positions = [i for i in changed if type(i) is int] if isinstance(changed, list) else []
        value = self.bridge.decode(answer.get("value"), out)
        return Returned(value, positions, frame_from(answer.get("where")))

    def transformed(self, function: Transformed) -> "RemoteFunction":
        """``jit`` and the like of this function, applied on the worker."""
        return RemoteFunction(self.bridge, reference(function) or {}, function.__name__)


class RemoteObject(RemoteFunction):
    """An object of a student's class; attributes and methods are used on the worker's side."""

    def __init__(self, bridge: Bridge, data: dict[str, Any]) -> None:
        if type(data.get("h")) is not int:
            raise wire.WireError("unreadable value")
        name, self.class_name = clean(data.get("name"), 80), clean(data.get("class"), 80)
        super().__init__(bridge, {"h": data["h"]}, name)
        self.generation = bridge.generation
        self.owner: RemoteObject | None = None

    def _ask(self, operation: str, **more: Any) -> Any:
        if self.generation != self.bridge.generation:
            raise Died("crashed", "the student's process ended, and this object with it")
        return self.bridge.ask(operation, self.ref["h"], **more)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            value = self._ask("attribute", name=name)
        except Raised as event:
            if event.kind == "AttributeError":
                raise AttributeError(name) from None
            raise
        if isinstance(value, RemoteObject):
            value.__dict__["__self__"] = self
        return value

    def __iter__(self) -> Iterator[Any]:
        iterator = self._ask("iterate")
        while isinstance(iterator, RemoteObject):
            item = iterator._ask("next")
            if type(item) is not list or len(item) > 1:
                break
            if not item:
                return
            yield item[0]
        raise Died("crashed", "sent back something unreadable")

    def __repr__(self) -> str:
        try:
            return clean(self._ask("describe"), 120)
        except (Raised, Died):
            return f"<{self.class_name}>"


def reference(value: Any) -> dict[str, Any] | None:
    """How a function or object of the student's side is named to the worker."""
    if isinstance(value, RemoteFunction):
        return value.ref
    if isinstance(value, Given):
        return {"source": value.source, "name": value.__name__}
    if isinstance(value, Transformed):
        options = wire.encode(value.options, [], reference)
        return {"transform": value.kind, "of": reference(value.function), "options": options}
    return None


def frame_from(data: Any) -> Frame | None:
    """Rebuild a frame that came from student code's process; None if it is malformed."""
    if not isinstance(data, dict) or type(data.get("line")) is not int:
        return None
    file = data.get("file")
    if not isinstance(file, str) or relative(file) != file or ".." in file:
        return None
    return Frame(file, data["line"], clean(data.get("function")), clean(data.get("code")))


def clean(text: Any, limit: int = 200) -> str:
    """Text from student code's process: one line, printable, short."""
    line = " ".join(str(text).split())[:limit]
    return "".join(c if c.isprintable() else "?" for c in line)


def event_from(data: Any) -> Raised:
    """Rebuild an exception that came from student code's process."""
    data = data if isinstance(data, dict) else {}
    frames = data.get("frames") if isinstance(data.get("frames"), list) else []
    found = [frame for item in frames or [] if (frame := frame_from(item))]
    todo = clean(data["todo"], 8) if isinstance(data.get("todo"), str) else None
    return Raised(clean(data.get("kind"), 60), clean(data.get("text")), found, todo)


class StandInLoader(Loader):
    """Makes a module whose every name is a `RemoteFunction`; nothing is asked of the worker."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let Python make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names on demand."""

        def stand_in(name: str) -> RemoteFunction:
            if name.startswith("__"):
                raise AttributeError(name)
            return RemoteFunction(self.bridge, {"module": module.__name__, "name": name}, name)

        module.__dict__["__getattr__"] = stand_in


class StandInFinder(MetaPathFinder):
    """Finds stand-ins for the modules of a day's ``src``, whether or not the files exist."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Take over the students' modules, leave all others."""
        if fullname.startswith("day_") and fullname.endswith(".src"):
            return ModuleSpec(fullname, StandInLoader(self.bridge), is_package=True)
        if STUDENT_MODULE.fullmatch(fullname):
            return ModuleSpec(fullname, StandInLoader(self.bridge))
        return None


def install(bridge: Bridge) -> None:
    """Let every import of a student's module give a stand-in."""
    sys.meta_path.insert(0, StandInFinder(bridge))

    def ship(source: str, name: str) -> Remote:
        return RemoteFunction(bridge, {"source": source, "name": name}, name)

    student.ship_class = ship
