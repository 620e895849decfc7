"""The trusted side of the bridge: stand-ins for the student's modules, functions and objects.

In the test process ``from day_02_optimization.src.descent import gradient_descent`` gives a
`RemoteFunction`. Calling it sends the arguments to the worker and brings the result back as data.
"""

import socket
import time
from collections.abc import Iterator
from importlib.abc import Loader
from types import ModuleType
from typing import Any

from introdl.errors import Closed, Late, NoWorker, WireError
from introdl.outcome import Frame, from_data, one_line
from introdl.testing import loading
from introdl.testing.student import (
    CONTEXT,
    Died,
    Given,
    Raised,
    Remote,
    Returned,
    Transformed,
)
from introdl.testing.task import SECONDS
from introdl.wire import codec, messages

BEGIN_SECONDS = 5.0  # for a worker to say that it is idle
START_SECONDS = 60.0  # for the fence to be built


class Bridge:
    """Sends requests to the worker; asks the warm parent for a fresh one when it is gone."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.worker: socket.socket | None = None
        self.deadline = time.monotonic() + SECONDS
        self.seconds = SECONDS
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
            messages.send(self.worker, {**message, "id": self.requests}, buffers)
            answer, out = messages.receive(self.worker, self.deadline)
            if answer.get("id") != self.requests:
                raise WireError("answer that nobody asked for")
        except (Late, TimeoutError):
            self._stop()
            text = f"did not finish within {self.seconds:g} seconds; is there an endless loop?"
            raise Died("timeout", text) from None
        except WireError as error:
            self._stop()
            raise Died("crashed", f"sent back an {error}") from None
        except (Closed, OSError):
            raise Died("crashed", self._stop()) from None
        if "raised" in answer:
            raise self._raised(answer["raised"])
        return answer, out

    def _raised(self, data: Any) -> Raised | Died:
        try:
            return from_data(Raised, data)
        except WireError as error:
            self._stop()
            return Died("crashed", f"sent back an {error}")

    def _start(self) -> socket.socket:
        messages.send(self.control, {"op": "worker"})
        _, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        self.generation += 1
        worker = socket.socket(fileno=descriptors[0])
        started = time.monotonic()
        try:
            messages.receive(worker, started + START_SECONDS)
        except (Closed, Late):
            self.worker = worker
            raise NoWorker(f"no worker could be started: {self._stop()}") from None
        self.deadline += time.monotonic() - started
        return worker

    def _stop(self) -> str:
        """Kill the worker; returns why it ended, in words."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None
        messages.send(self.control, {"op": "stop"})
        answer, _ = messages.receive(self.control)
        return str(answer["reason"])

    def encode(self, value: Any, buffers: list[bytes]) -> Any:
        """Encode arguments; functions cross by name or by their source."""
        return codec.encode(value, buffers, reference)

    def decode(self, data: Any, buffers: list[bytes]) -> Any:
        """Rebuild a result; objects become `RemoteObject`."""
        try:
            return codec.decode(data, buffers, self._object, arrays=False)
        except WireError as error:
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
        return Returned(value, positions, place_from(answer.get("where")))

    def transformed(self, function: Transformed) -> "RemoteFunction":
        """``jit`` and the like of this function, applied on the worker."""
        return RemoteFunction(self.bridge, reference(function) or {}, function.__name__)


class RemoteObject(RemoteFunction):
    """An object of a student's class; attributes and methods are used on the worker's side."""

    def __init__(self, bridge: Bridge, data: dict[str, Any]) -> None:
        if type(data.get("h")) is not int:
            raise WireError("unreadable value")
        name, self.class_name = one_line(data.get("name"), 80), one_line(data.get("class"), 80)
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
            return one_line(self._ask("describe"), 120)
        except (Raised, Died):
            return f"<{self.class_name}>"


def reference(value: Any) -> dict[str, Any] | None:
    """How a function or object of the student's side is named to the worker."""
    if isinstance(value, RemoteFunction):
        return value.ref
    if isinstance(value, Given):
        return {"source": value.source, "name": value.__name__}
    if isinstance(value, Transformed):
        options = codec.encode(value.options, [], reference)
        return {"transform": value.kind, "of": reference(value.function), "options": options}
    return None


def place_from(data: Any) -> Frame | None:
    """Where a called function is defined; None if the worker doesn't say so in a usable way."""
    try:
        return from_data(Frame, data)
    except WireError:
        return None


def install(bridge: Bridge) -> None:
    """Let every import of a student's module give stand-ins; nothing is asked of the worker."""

    def stand_ins(module: ModuleType, file: Loader | None) -> loading.Namer:
        def stand_in(name: str) -> RemoteFunction:
            return RemoteFunction(bridge, {"module": module.__name__, "name": name}, name)

        return stand_in

    def ship(source: str, name: str) -> Remote:
        return RemoteFunction(bridge, {"source": source, "name": name}, name)

    loading.install(stand_ins)
    CONTEXT.ship = ship
