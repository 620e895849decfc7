"""The bridge between trusted tests and student code: data both ways, and nothing that runs."""

import contextlib
import json
import math
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from introdl.errors import Closed, Late, NoWorker, WireError
from introdl.fenced.worker import Worker
from introdl.outcome import Frame, TestOutcome, as_data, from_data, one_line
from introdl.testing import attributes, call, check, given, grad, jit, vmap
from introdl.testing.feedback import Feedback, from_exception
from introdl.testing.student import Died, Raised
from introdl.testing.values import DEEPEST, compare, plain
from introdl.trusted.bridge import (
    Bridge,
    RemoteFunction,
    RemoteObject,
)
from introdl.wire import codec, messages


def nothing(value: Any) -> None:
    """Encode no objects."""


def refuse(data: dict[str, Any]) -> Any:
    """Decode no objects."""
    raise WireError("object")


def there_and_back(value: Any, arrays: bool = True) -> Any:
    """A value as it arrives on the other side."""
    buffers: list[bytes] = []
    data = json.loads(json.dumps(codec.encode(value, buffers, nothing)))
    return codec.decode(data, buffers, refuse, arrays)


@pytest.mark.parametrize("dtype", list(codec.DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_arrays_cross_unchanged(dtype: str, shape: tuple[int, ...]) -> None:
    value = np.arange(math.prod(shape)).reshape(shape).astype(codec.DTYPES[dtype])
    found = there_and_back(value)
    assert type(found) is np.ndarray
    assert (found.dtype, found.shape) == (value.dtype, value.shape)
    assert found.tobytes() == value.tobytes()


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**80), "", "π\n\udc80", 0.1, -0.0, 1e-320, math.inf, 1 + 2j, [], (), {},
        [1, (2.0, [None, "x"]), {"a": {1: (3j,)}, (1, "b"): []}],
    ],
)  # fmt: skip
def test_plain_data_crosses_unchanged(value: Any) -> None:
    found = there_and_back(value)
    assert found == value
    assert repr(found) == repr(value)


def test_nan_crosses() -> None:
    assert math.isnan(there_and_back(math.nan))


def test_jax_arrays_stay_jax_arrays_for_the_student_only() -> None:
    value = jnp.asarray([1.0, 2.0], jnp.bfloat16)
    assert isinstance(there_and_back(value), jax.Array)
    assert type(there_and_back(value, arrays=False)) is np.ndarray
    assert there_and_back(value, arrays=False).dtype == ml_dtypes.bfloat16


def test_keys_cross() -> None:
    for key in (jax.random.key(7), jax.random.key(7, impl="rbg"), jax.random.PRNGKey(7)):
        found = there_and_back(key)
        assert found.dtype == key.dtype
        assert jnp.all(jax.random.normal(found, (3,)) == jax.random.normal(key, (3,)))


def test_dict_keys_of_numpy_become_pythons() -> None:
    assert there_and_back({np.int64(2): 1, (np.float32(0.5), "a"): 2}) == {2: 1, (0.5, "a"): 2}


def test_deep_values_are_cut_alike_on_both_sides() -> None:
    cyclic: list[Any] = [1]
    cyclic.append(cyclic)
    assert there_and_back(cyclic) == plain(cyclic)
    deep: list[Any] = []
    for _ in range(DEEPEST - 1):
        deep = [deep]
    assert there_and_back(deep) == deep == plain(deep)


def test_other_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="a set can't be sent"):
        codec.encode({1}, [], nothing)


ARRAY = {"a": 0, "dtype": "float32", "shape": [2], "jax": False}


@pytest.mark.parametrize(
    "data",
    [
        0.5, [], [1], {}, {"f": "x"}, {"f": 1}, {"c": []}, {"l": 3}, {"d": [1]}, {"d": {"a": 1}},
        {"d": [[{"l": []}, 1]]}, {"k": 3, "impl": "threefry2x32"}, {"k": ARRAY, "impl": "x"},
        {**ARRAY, "a": 1}, {**ARRAY, "a": None}, {**ARRAY, "dtype": "object"},
        {**ARRAY, "shape": [3]}, {**ARRAY, "shape": [-1, -2]}, {**ARRAY, "shape": [1e400]},
        {**ARRAY, "shape": [1] * 100 + [2]}, {"a": 0}, {**ARRAY, "a": 0, "shape": None},
        {"unknown": 1},
    ],
)  # fmt: skip
def test_malformed_values_raise_wire_errors(data: Any) -> None:
    with pytest.raises(WireError):
        codec.decode(data, [bytes(8)], refuse)


def test_too_deep_values_raise_wire_errors() -> None:
    data: Any = {"l": []}
    for _ in range(200):
        data = {"l": [data]}
    with pytest.raises(WireError):
        codec.decode(data, [], refuse)


def test_booleans_are_clean() -> None:
    data = {"a": 0, "dtype": "bool", "shape": [3], "jax": False}
    assert codec.decode(data, [b"\x00\x01\x7f"], refuse).tobytes() == b"\x00\x01\x01"


def packed(text: bytes, rest: bytes = b"") -> bytes:
    """One message as it lies on the wire."""
    return struct.pack("!QQ", len(text), len(rest)) + text + rest


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack("!QQ", 1 << 40, 0), struct.pack("!QQ", 0, 1 << 63), packed(b""),
        packed(b"\xff\xfe"), packed(b"[]"), packed(b"3"), packed(b"{}"), packed(b"[" * 100_000),
        packed(b'{"buffers": 1}'), packed(b'{"buffers": [1]}'), packed(b'{"buffers": ["x"]}'),
        packed(b'{"buffers": [1.0]}', b"x"), packed(b'{"buffers": [-1, 2]}', b"x"),
        packed(b'{"buffers": {}}'), packed(b'{"buffers": [true]}', b"x"), packed(b"NaN"),
    ],
)  # fmt: skip
def test_malformed_messages_raise_wire_errors(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        with pytest.raises(WireError):
            messages.receive(ours)


def test_a_torn_message_means_closed() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(packed(b'{"buffers": []}')[:-1])
        with pytest.raises(Closed):
            messages.receive(ours)


def test_silence_is_late() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Late):
        messages.receive(ours, deadline=0.0)


def test_what_is_too_large_is_not_sent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ValueError, match="too large"):
        messages.send(ours, {"value": "x" * (messages.LONGEST + 1)})


def test_text_of_student_code_is_one_short_clean_line() -> None:
    assert one_line("a\n\x1b[31m b" + "c" * 300, 12) == "a ?[31m bccc"
    long = Raised("x" * 999, "y\n" * 999, [Frame("day_02_x/src/y.py", 1, "f", "c")] * 99)
    assert max(map(len, (long.kind, long.text))) <= 200
    assert len(long.frames) == 3


def test_records_cross_unchanged() -> None:
    frame = Frame("day_02_optimization/src/x.py", 3, "f", "return 1")
    outcome = TestOutcome("test_f", "2.1", 2, "error", "f(1)\n  raised", 0.25, frame)
    for record in (frame, outcome, TestOutcome("test_g", "2.2", 1)):
        data = json.loads(json.dumps(as_data(record)))
        assert from_data(type(record), data) == record
    raised = Raised("ValueError", "no", [frame], "2.1")
    assert vars(from_data(Raised, as_data(raised))) == vars(raised)


def test_forged_records_are_refused() -> None:
    frame: dict[str, Any] = {
        "file": "day_02_optimization/src/x.py",
        "line": 3,
        "function": "f",
        "code": "",
    }
    assert as_data(from_data(Frame, frame)) == frame
    wrongs: tuple[Any, ...] = (
        None, [], {**frame, "line": "3"}, {**frame, "line": True}, {**frame, "file": "/etc/x.py"},
        {**frame, "file": "day_02_optimization/src/../../x.py"}, {**frame, "file": 3},
        {**frame, "file": f"day_02_optimization/src/{'x' * 10_000_000}.py"},
        {**frame, "line": 10**30}, {**frame, "line": -1}, {"file": frame["file"]},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(WireError):
            from_data(Frame, wrong)
    for odd in (None, 3, {}, {"frames": 3}, {"kind": "", "text": "", "frames": [3], "todo": None}):
        with pytest.raises(WireError):
            from_data(Raised, odd)


# A worker in a thread of this process stands for the one behind the fence.


class Parent:
    """The warm parent's side: starts workers in threads."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self.control, self.ours = socket.socketpair()
        self.serve = serve
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        """Answer the bridge's requests."""
        while True:
            try:
                request, _ = messages.receive(self.ours)
            except Closed:
                return
            if request["op"] == "stop":
                messages.send(self.ours, {"reason": "was stopped"})
                continue
            ours, theirs = socket.socketpair()
            threading.Thread(target=self.serve, args=(theirs,), daemon=True).start()
            socket.send_fds(self.ours, [b"w"], [ours.fileno()])
            ours.close()


def serve(sock: socket.socket) -> None:
    """A worker as `introdl.fenced.worker.run` starts it, without its changes to the process."""

    class Quiet(Worker):
        def forget_output(self) -> None:
            pass

    with contextlib.suppress(OSError):  # the bridge hung up
        messages.send(sock, {"ready": True})
        Quiet(sock).serve()


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    """A bridge to a worker in a thread."""
    parent = Parent(serve)
    yield Bridge(parent.control)
    parent.control.close()


@pytest.fixture
def remote(bridge: Bridge) -> Callable[[str, str], RemoteFunction]:
    """Gives a function of student code by its source; each test has its own time."""
    bridge.begin(60.0, fresh=False)

    def function(source: str, name: str) -> RemoteFunction:
        return RemoteFunction(bridge, {"source": source, "name": name}, name)

    return function


Source = Callable[[str, str], RemoteFunction]

SOURCE = '''
class Point:
    """A point of the plane."""
    def __init__(self, x, y=0.0): self.x, self.y = x, y
    def plus(self, other): return Point(self.x + other.x, self.y + other.y)
    def __repr__(self): return f"Point({self.x}, {self.y})"
    @property
    def broken(self): raise ValueError("no")
def square(x): return x * x
def apply(function, x): return function(x)
def change(x):
    x += 1
    return x
def late(values):
    values.append(1)
    return 0
def count(n): yield from range(n)
def odd(): return iter([Point(1), 2])
def forever():
    while True: pass
'''


def local(name: str) -> Any:
    """The same in this process."""
    names: dict[str, Any] = {}
    exec(SOURCE, names)
    return names[name]


def test_objects_keep_to_their_side(remote: Source) -> None:
    point = remote(SOURCE, "Point")
    one = call(point, 1.0, y=2.0)
    assert isinstance(one, RemoteObject)
    assert (one.x, one.class_name, repr(one)) == (1.0, "Point", "Point(1.0, 2.0)")
    check(one.plus, one, expect=attributes(x=2.0, y=4.0))
    with pytest.raises(AttributeError):
        _ = one.z
    with pytest.raises(Raised, match="no"):
        _ = one.broken
    with pytest.raises(Feedback, match=r"Point\(1.0, 2.0\).plus\(Point\(1.0, 2.0\)\)"):
        check(one.plus, one, expect=attributes(x=3.0))
    with pytest.raises(Feedback, match="without the attribute `z`"):
        check(point, 1.0, expect=attributes(z=2.0))


def test_iterating_over_a_remote_object(remote: Source) -> None:
    assert list(call(remote(SOURCE, "count"), 4)) == [0, 1, 2, 3]
    first, second = call(remote(SOURCE, "odd"))
    assert (first.x, second) == (1, 2)


def test_objects_end_with_their_worker(bridge: Bridge, remote: Source) -> None:
    one = call(remote(SOURCE, "Point"), 1.0)
    bridge.begin(60.0, fresh=True)
    call(remote(SOURCE, "square"), 2.0)
    with pytest.raises(Died):
        _ = one.x


@given
def double(x: Any) -> Any:
    """A test's own function."""
    return 2 * x


def test_functions_as_arguments(remote: Source) -> None:
    for function in (remote(SOURCE, "apply"), local("apply")):
        check(function, double, 3.0, expect=6.0)
        check(function, jit(double), jnp.ones(2), expect=np.full(2, 2.0))
    check(remote(SOURCE, "apply"), remote(SOURCE, "square"), 3.0, expect=9.0)
    check(remote(SOURCE, "apply"), grad(remote(SOURCE, "square")), 3.0, expect=6.0)


@pytest.mark.parametrize(
    ("transform", "x", "expect"),
    [
        (jit, 3.0, 9.0),
        (grad, 3.0, 6.0),
        (lambda f: grad(grad(f)), 3.0, 2.0),
        (lambda f: vmap(grad(f)), np.arange(3.0, dtype=np.float32), np.array([0.0, 2.0, 4.0])),
        (lambda f: vmap(f, in_axes=1, out_axes=1), np.ones((2, 3), np.float32), np.ones((2, 3))),
    ],
)
def test_transformations_on_both_sides(
    transform: Callable[[Any], Any], x: Any, expect: Any, remote: Source
) -> None:
    there, here = transform(remote(SOURCE, "square")), transform(local("square"))
    assert there.__name__ == here.__name__
    check(there, x, expect=expect)
    check(here, x, expect=expect)


def test_transformed_methods_belong_to_their_object(bridge: Bridge, remote: Source) -> None:
    for factor in (2.0, 3.0):
        bridge.begin(60.0, fresh=False)
        source = (
            "class Scale:\n def __init__(self, a): self.a = a\n def at(self, x): return self.a * x"
        )
        scale = call(remote(source, "Scale"), factor)
        check(jit(scale.at), 1.0, expect=factor)


def test_changes_in_place_are_noticed(remote: Source) -> None:
    for function in (remote(SOURCE, "change"), local("change")):
        with pytest.raises(Feedback, match="changed its argument 1 in place"):
            check(function, np.ones(2), expect=np.full(2, 2.0))
    for function in (remote(SOURCE, "late"), local("late")):
        with pytest.raises(Feedback, match="changed its argument 1 in place"):
            check(function, [0], expect=0)
    check(remote(SOURCE, "change"), jnp.ones(2), expect=np.full(2, 2.0))


def test_time_is_up(bridge: Bridge, remote: Source) -> None:
    bridge.begin(0.2, fresh=False)
    function = remote("import threading\ndef wait(): threading.Event().wait(5)", "wait")
    with pytest.raises(Feedback, match="endless loop") as caught:
        check(function, expect=0)
    assert caught.value.status == "timeout"


def test_a_fence_that_can_not_be_built_is_a_fault_of_the_grader() -> None:
    parent = Parent(lambda sock: sock.close())
    function = RemoteFunction(Bridge(parent.control), {"source": "", "name": "f"}, "f")
    with pytest.raises(NoWorker, match="no worker could be started") as caught:
        check(function, expect=0)
    assert from_exception(caught.value) is None
    parent.control.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage" * 10, packed(b'{"buffers": [], "id": 2, "value": null}'),
        packed(b'{"buffers": [], "id": [1], "value": null}'), packed(b'{"buffers": []}'),
        packed(b'{"buffers": [], "id": 1, "value": {"a": 0}}'),
        packed(b'{"buffers": [], "id": 1, "value": {"h": "x"}}'), b"",
    ],
)  # fmt: skip
def test_malformed_answers_cost_the_test(answer: bytes) -> None:
    def hostile(sock: socket.socket) -> None:
        messages.send(sock, {"ready": True})
        messages.receive(sock)
        sock.sendall(answer)
        sock.close()

    parent = Parent(hostile)
    function = RemoteFunction(Bridge(parent.control), {"source": "", "name": "f"}, "f")
    with pytest.raises(Feedback) as caught:
        check(function, expect=0)
    assert caught.value.status == "crashed"
    parent.control.close()


@pytest.mark.parametrize("answers", [[3], [{"h": 0}, 3], [{"h": 0}, {"l": [1, 2]}]])
def test_malformed_iterators_cost_the_test(answers: list[Any]) -> None:
    def hostile(sock: socket.socket) -> None:
        messages.send(sock, {"ready": True})
        for value in [{"h": 0}, *answers]:
            message, _ = messages.receive(sock)
            messages.send(sock, {"id": message["id"], "value": value})

    parent = Parent(hostile)
    found = call(RemoteFunction(Bridge(parent.control), {"source": "", "name": "f"}, "f"))
    with pytest.raises(Died, match="unreadable"):
        list(found)
    parent.control.close()


HOSTILE = """
class Evil(Exception):
    def __str__(self): raise ValueError("str")
    __repr__ = __str__
class Traceless(Exception):
    __traceback__ = property(lambda self: 1 / 0)
class Base(BaseException): pass
class Bad:
    def __repr__(self): raise ValueError("repr")
    def __getattr__(self, name): raise ValueError(name)
class Lies:
    @property
    def __class__(self):
        import numpy
        return numpy.ndarray
class Mute(type):
    def __getattribute__(cls, name): raise ValueError(name)
class Silent(metaclass=Mute): pass
import jax, numpy as np
class Array(np.ndarray):
    def __eq__(self, other): return np.True_
    def __array_function__(self, *args, **kwargs): return True
    def __array_ufunc__(self, *args, **kwargs): return True
    def __array__(self, *args, **kwargs): return np.zeros(())
def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value
def cyclic():
    value = [1]
    value.append(value)
    return value
def leak():
    kept = []
    jax.jit(lambda x: kept.append(x) or x)(1.0)
    return kept[0]
"""

VALUES = [
    ("evil exception", "raise Evil", "error", "raised Exception"),
    ("exception without a trace", "raise Traceless", "error", "raised"),
    ("base exception", "raise Base('x')", "error", "raised Base: x"),
    ("odd syntax error", "raise SyntaxError(3)", "error", "raised SyntaxError"),
    ("keyboard interrupt", "raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
    ("skip", "import pytest; pytest.skip('easy')", "error", "raised Skipped"),
    ("exit of pytest", "import pytest; pytest.exit('easy')", "error", "raised Exit"),
    ("recursion", "return derivative_parabola(x)", "error", "calls itself without an end"),
    ("array subclass", "return np.array(7.0).view(Array)", "failed", "returned  7"),
    ("evil repr", "return Bad()", "", ""),
    ("lying class", "return Lies()", "", ""),
    ("mute class", "return Silent()", "", ""),
    ("long string", "return 'x' * 100_000", "failed", "a str, not numbers"),
    ("huge string", "return 'x' * 50_000_000", "error", "the result is too large"),
    ("huge list", "return [0.5] * 1_000_000", "error", "the result is too large"),
    ("huge integer", "return 10 ** 5000", "error", "4300"),
    ("large integer", "return 10 ** 400", "failed", "not numbers"),
    ("half a character", "return '\\udc80'", "failed", "a str, not numbers"),
    ("colours", "return '\\x1b[31m::error::'", "failed", "a str, not numbers"),
    ("deep list", "return nested(500)", "failed", "…"),
    ("cyclic list", "return cyclic()", "failed", "…"),
    ("nan", "return x * np.nan", "failed", "NaN or infinity"),
    ("objects", "return np.array([x, None], dtype=object)", "failed", "not numbers"),
    ("strings", "return np.array(['a', 'b'])", "failed", "not numbers"),
    ("odd keys", "return {np.float32(1): 1, (np.int64(2), 3): 2, frozenset(): 3, None: 4}",
     "failed", "a dict"),
    ("set", "return {1, 2}", "failed", "a set"),
    ("bytes", "return b'x'", "failed", "a bytes"),
    ("generator", "yield 2 * x", "failed", "a generator"),
    ("lambda", "return lambda: x", "failed", "a function, not numbers"),
    ("module", "return np", "failed", "a module"),
    ("none", "return None", "failed", "`return` is missing"),
    ("leaked tracer", "return leak()", "error", "Tracer"),
    ("deleted argument", "x.delete(); return 0.0", "failed", "in place|changed|deleted"),
    ("wrong shape", "return np.ones((2, 3))", "failed", "shape"),
    ("not implemented", "raise NotImplementedError('TODO 2.1: later')", "not started", "TODO 2.1"),
    ("own not implemented", "raise NotImplementedError('later')", "error", "NotImplementedError"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [v[1:] for v in VALUES],
    ids=[v[0].replace(" ", "-") for v in VALUES],
)
def test_odd_results_get_feedback(line: str, status: str, words: str, remote: Source) -> None:
    source = f"{HOSTILE}\ndef derivative_parabola(x):\n    {line}\n"
    with pytest.raises(Feedback) as caught:
        check(remote(source, "derivative_parabola"), jnp.asarray(3.0), expect=6.0)
    feedback = caught.value
    assert feedback.status in ({status} if status else {"failed", "error"})
    assert len(str(feedback).splitlines()) <= 6
    assert all(part.isprintable() for part in str(feedback).splitlines())
    assert re.search(words, str(feedback)), str(feedback)


@pytest.mark.parametrize("value", [{}, {"a"}, "text", None, 3, np.ones(3), [1, 2], object()])
@pytest.mark.parametrize("expect", [1.0, "a", None, [1.0], (1, 2), {"a": 1}, np.ones((2, 2))])
def test_any_values_can_be_compared(value: Any, expect: Any) -> None:
    found = compare(value, expect, 0.0, 0.0)
    equal = (value is None and expect is None) or (type(value), type(expect)) == (list, tuple)
    assert (found is None) == equal
