"""The student's side of the bridge: runs calls on the submission's code and sends back data."""

import importlib
import inspect
import math
import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from introdl.course import ROOT
from introdl.errors import Closed
from introdl.outcome import as_data
from introdl.testing.loading import missing_module, missing_name
from introdl.testing.student import (
    Raised,
    Returned,
    Transformed,
    definition,
    invoke,
    raised_from,
)
from introdl.testing.values import describe
from introdl.wire import codec, messages


class Worker:
    """Answers the test process's requests until it hangs up."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.objects: list[Any] = []
        self.shipped: dict[str, dict[str, Any]] = {}  # the names that a source defines
        self.transformed: dict[str, Any] = {}

    def serve(self) -> None:
        """Answer requests until the socket closes.

        Each answer names its request, so that what student code writes on the socket is noticed.
        """
        while True:
            try:
                message, buffers = messages.receive(self.sock)
            except Closed:
                return
            out: list[bytes] = []
            try:
                answer = self.answer(message, buffers, out)
                messages.send(self.sock, {**answer, "id": message["id"]}, out)
                continue
            except Raised as event:
                answer = {"raised": as_data(event)}
            except BaseException as error:  # whatever student code comes up with
                answer = {"raised": as_data(raised_from(error))}
            messages.send(self.sock, {**answer, "id": message["id"]})

    def answer(
        self, message: dict[str, Any], buffers: list[bytes], out: list[bytes]
    ) -> dict[str, Any]:
        """Carry out one request."""
        kind = message["op"]
        if kind == "begin":
            return self.begin()
        if kind == "call":
            function = self.resolve(message["function"])
            args, kwargs = (self.decode(message[part], buffers) for part in ("args", "kwargs"))
            returned = invoke(function, tuple(args), kwargs, message["strict"])
            place = returned.where or definition(_innermost(function))
            return self.returned(Returned(returned.value, returned.changed, place), out)
        thing = self.objects[message["handle"]]
        if kind == "attribute":
            return self.returned(Returned(getattr(thing, message["name"])), out)
        if kind == "next":
            try:
                return {"value": self.encode([next(thing)], out)}
            except StopIteration:
                return {"value": self.encode([], out)}
        if kind == "iterate":
            return {"value": self.encode(iter(thing), out)}
        return {"value": describe(thing)}

    def begin(self) -> dict[str, Any]:
        """Start a test: forget the last one's objects and output."""
        self.objects.clear()
        for key in [key for key in self.transformed if "'h'" in key]:
            del self.transformed[key]  # its number will name another object
        self.forget_output()
        return {"value": None}

    def forget_output(self) -> None:
        """Empty the file behind the standard output."""
        os.ftruncate(1, 0)
        sys.stdout.flush()

    def returned(self, returned: Returned, out: list[bytes]) -> dict[str, Any]:
        """Encode what a call came to."""
        value = self.encode(returned.value, out)
        return {"value": value, "changed": returned.changed, "where": as_data(returned.where)}

    def encode(self, value: Any, out: list[bytes]) -> Any:
        """Encode a value; an object of any other class stays here and crosses as a handle."""
        return codec.encode(value, out, self.handle)

    def handle(self, value: Any) -> dict[str, Any]:
        """Keep an object for later requests."""
        self.objects.append(value)
        name = str(getattr(value, "__name__", ""))[:80]
        return {"h": len(self.objects) - 1, "class": type(value).__name__[:80],
                "callable": callable(value), "name": name}  # fmt: skip

    def decode(self, data: Any, buffers: list[bytes]) -> Any:
        """Rebuild arguments; references become the functions and objects that they name."""
        return codec.decode(data, buffers, self.resolve)

    def resolve(self, reference: dict[str, Any]) -> Any:
        """Find the function or object that a reference names."""
        if "h" in reference:
            return self.objects[reference["h"]]
        if "source" in reference:
            return self.run_source(reference["source"], reference["name"])
        if "transform" in reference:
            return self.transform(reference)
        module, name = reference["module"], reference["name"]
        found = getattr(load(module), name, None)
        if found is None:
            raise missing_name(module, name)
        return found

    def transform(self, reference: dict[str, Any]) -> Any:
        """Apply ``jit`` and the like once, so that a second call compiles nothing again."""
        key = repr(reference)
        if key not in self.transformed:
            inner = self.resolve(reference["of"])
            options = self.decode(reference["options"], [])
            function = Transformed(reference["transform"], inner, options).build()
            self.transformed[key] = function
        return self.transformed[key]

    def run_source(self, source: str, name: str) -> Any:
        """Run a test's own function or class, which came as text."""
        if source not in self.shipped:
            names = {"jax": jax, "jnp": jnp, "np": np, "math": math, "Any": Any}
            names["given"] = lambda thing: thing
            exec(compile(source, "<test>", "exec"), names)
            self.shipped[source] = names
        return self.shipped[source][name]


def load(module: str) -> Any:
    """Import a student's module.

    Raises:
        Raised: if the file is missing or raises on import.
    """
    if not Path(*module.split(".")).with_suffix(".py").exists():
        raise missing_module(module)
    return importlib.import_module(module)


def _innermost(function: Any) -> Any:
    try:
        return inspect.unwrap(function)
    except ValueError:
        return function


def refuse_deprecated() -> None:
    """Let what JAX will drop raise an exception, and what a day's modules use of other packages."""
    warnings.filterwarnings("error", r"(?s).*\bjax\b", DeprecationWarning)
    warnings.filterwarnings("error", category=DeprecationWarning, module=r"day_\d\d_")


def run(sock: socket.socket, reference: bool = False) -> None:
    """Serve a submission that lies in the working directory.

    Args:
        sock: the connection to the test process.
        reference: whether it is reference code, which must not use what is deprecated.
    """
    if reference:
        refuse_deprecated()
    here = os.getcwd()
    sys.path[:] = [here, *(p for p in sys.path if p and Path(p).resolve() != ROOT)]
    sys.argv[:] = ["worker"]
    importlib.invalidate_caches()
    messages.send(sock, {"ready": True})
    Worker(sock).serve()
