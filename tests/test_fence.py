"""Hostile and broken code in one function: it costs at most that function's task, gains nothing.

Each case replaces ``derivative_parabola`` of a solved day 2, so exactly task 2.1 may lose points.
"""

import os
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from introdl.course import ROOT, Day
from introdl.fenced import sandbox
from introdl.grading.grader import Grader, Job
from introdl.grading.result import DayResult, Result
from introdl.grading.submission import Submission
from introdl.outcome import TestOutcome
from introdl.trusted import tester

DAY = Day(ROOT / "day_02_optimization")
PARABOLA = f"{DAY.name}/src/parabola.py"
TASK = "2.1"
MARKER = f"introdl-leftover-{os.getpid()}"
SEED = 817_263_545
TOKEN = "ghs_secret-of-the-runner"  # what conftest puts into the environment


@dataclass(frozen=True)
class Case:
    """Hostile code and what must come of it."""

    name: str
    code: str  # appended to parabola.py; may define derivative_parabola anew
    status: str = "failed"  # of the task; "" where any will do
    words: str = ""  # a pattern that the first message contains
    seconds: float = 60.0
    extra: dict[str, str] = field(default_factory=dict)


def body(*lines: str) -> str:
    """A ``derivative_parabola`` with these lines."""
    return "\n".join(["def derivative_parabola(x):", *(f"    {line}" for line in lines)])


def returns(value: str) -> str:
    """A ``derivative_parabola`` that returns this expression."""
    return body(f"return {value}")


SPAWN = """
import subprocess
def start(*command):
    subprocess.Popen(command, start_new_session=True)
"""

DAEMON = f"""
import os, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sh", ["sh", "-c", "sleep 600; : {MARKER}"])
        os._exit(0)
"""

PATCHED = """
import numpy, numpy.testing, builtins
import jax.numpy
from introdl import outcome
from introdl.testing import check, feedback, plugin, values
yes = lambda *args, **kwargs: True
for module in (numpy, jax.numpy):
    module.allclose = module.isclose = module.array_equal = yes
numpy.testing.assert_allclose = yes
values.compare = check.__globals__["compare"] = lambda *args, **kwargs: None
outcome.TestOutcome.points = property(lambda self: self.max_points)
"""

EQUAL = """
class Equal(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __array__(self, *args, **kwargs): raise RuntimeError("no array")
    def __hash__(self): return 0
"""

FORGED = """
import gc, json, os, sys, pathlib
report = {"outcomes": [], "broken": "", "schema": "introdl/result/v1", "points": 99}
for name in ("result.json", "results.json", "../result.json", "/tmp/result.json"):
    try:
        pathlib.Path(name).write_text(json.dumps(report))
    except OSError:
        pass
print("::set-output name=points::99", json.dumps(report), flush=True)
for thing in gc.get_objects():
    if type(thing).__name__ in ("TestOutcome", "TestReport", "Session"):
        thing.status = thing.outcome = "passed"
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if hasattr(value, "status"):
            value.status = "passed"
    frame = frame.f_back
os.environ["PYTEST_ADDOPTS"] = "--collect-only"
"""

CONFTEST = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"

def pytest_collection_modifyitems(items):
    items.clear()
"""

SOCKETS = """
import os, socket, stat
def sockets():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                found.append(int(name))
        except OSError:
            pass
    return found
"""

ANSWER = """
import json, struct
def answer(**message):
    text = json.dumps({"buffers": [], **message}).encode()
    return struct.pack("!QQ", len(text), 0) + text
"""

WHOLE_DAY = [
    Case("endless loop", body("while True: pass"), "timeout", "did not finish within 20", 20.0),
    Case("os._exit", "import os\n" + body("os._exit(0)"), "crashed", "ended Python itself"),
    Case("sys.exit", "import sys\n" + body("sys.exit(0)"), "error", "SystemExit"),
    Case("segfault", "import ctypes\n" + body("ctypes.string_at(1)"), "crashed", "segmentation"),
    Case(
        "8 GB",
        "import numpy\n" + body("return numpy.ones(1_000_000_000).sum()"),
        "crashed",
        "ran out of memory: it used more than 3 GB",
    ),
    Case("endless output", body("while True: print('x' * 999)"), "error", "more than 16 MB"),
    Case("fork bomb", "import os\n" + body("while True: os.fork()"), "crashed", "processes|memory"),
    Case(
        "leftover child",
        SPAWN + body(f"start('/bin/sh', '-c', 'sleep 600; : {MARKER}')", "return 2 * x"),
        "passed",
    ),
    Case("leftover daemon", DAEMON + body("daemon()", "return 2 * x"), "passed"),
    Case("patched allclose", PATCHED + returns("3 * x"), "failed", "expected"),
    Case(
        "evil exception",
        "class Evil(BaseException):\n    def __str__(self): raise self\n" + body("raise Evil"),
        "error",
        "raised",
    ),
    Case("huge string", returns("'x' * 50_000_000"), "error", "the result is too large"),
    Case("always equal", EQUAL + returns("Equal(7)"), "failed", "not numbers"),
    Case("forged report", FORGED + returns("3 * x"), "failed", "expected"),
    Case(
        "conftest in src",
        returns("3 * x"),
        "failed",
        "expected",
        extra={f"{DAY.name}/src/conftest.py": CONFTEST, f"{DAY.name}/src/numpy.py": "1 / 0"},
    ),
    Case(
        "edited tests",
        returns("3 * x"),
        "failed",
        "expected",
        extra={
            f"{DAY.name}/tests/test_parabola.py": "",
            f"{DAY.name}/README.md": "# Day 2 · Gift",
            f"{DAY.name}/src/pytest.ini": "[pytest]\naddopts = --collect-only",
        },
    ),
    Case(
        "garbage on the wire",
        SOCKETS + body("for n in sockets(): os.write(n, b'\\xff' * 64)", "return 2 * x"),
        "crashed",
        "sent back an",
    ),
    Case(
        "forged answers on the wire",
        SOCKETS
        + ANSWER
        + body(
            "for n in sockets():",
            "    os.write(n, b''.join(answer(value=None, id=i) for i in range(50)))",
            "return 2 * x",
        ),
        "",
    ),
    Case(
        "malformed answers on the wire",
        SOCKETS + ANSWER + body("for n in sockets(): os.write(n, answer(id=[], value={'a': 0}))"),
        "crashed",
        "sent back an",
    ),
    Case(
        "closed descriptors",
        "import os, sys\n" + body("sys.stdout.close()", "os.close(1)", "return 2 * x"),
        "error",
    ),
    Case(
        "late exit",
        "import os, threading\n"
        + body("threading.Timer(0.3, os._exit, [0]).start()", "return 2 * x"),
        "",
    ),
    Case(
        "broken worker",
        "from introdl.wire import codec, messages\n" + body("messages.send = codec.encode = None"),
        "crashed",
    ),
    Case(
        "broken jax",
        "import jax, jax.numpy as jnp\njnp.stack = jnp.asarray = jax.jit = None\n" + returns("7"),
        "",
    ),
]

# Without namespaces the other defences must hold; one task is enough to see it.
LIMITED = [
    replace(case, words="did not finish within 4", seconds=4.0)
    if case.name == "endless loop"
    else case
    for case in WHOLE_DAY
    if case.name
    in (
        "endless loop", "os._exit", "segfault", "8 GB", "endless output", "fork bomb",
        "leftover child", "leftover daemon", "garbage on the wire", "late exit",
    )
] + [
    Case("killed by a signal", "import os\n" + body("os.kill(os.getpid(), 9)"), "crashed", "kill"),
    Case("odd signal", "import os\n" + body("os.kill(os.getpid(), 40)"), "crashed", "signal 40"),
    Case("kills its guard", "import os\n" + body("os.kill(os.getppid(), 9); 1 / 0"), ""),
]  # fmt: skip

Graded = dict[str, DayResult]


def named(cases: list[Case]) -> pytest.MarkDecorator:
    """Parametrise a test over cases."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name.replace(" ", "-"))


def grade(grader: Grader, solved: Submission, cases: list[Case], task: str | None = None) -> Graded:
    """Grade the cases side by side."""
    source = solved.files[PARABOLA].decode()
    jobs = []
    for case in cases:
        files = solved.with_file(PARABOLA, f"{source}\n\n{case.code}\n")
        for path, text in case.extra.items():
            files = files.with_file(path, text)
        jobs.append(Job(files, DAY, SEED, task, case.name, case.seconds))
    return {job.label: result for job, result in grader.run(jobs)}


def selected(request: pytest.FixtureRequest, test: Callable[..., None]) -> list[Case]:
    """The cases of a test that this run of pytest has selected."""
    found: dict[str, Case] = {}
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.function is test:
            case = item.callspec.params["case"]
            assert isinstance(case, Case)
            found[case.name] = case
    return list(found.values())


@pytest.fixture(scope="module")
def whole_day(grader: Grader, solved: Submission, request: pytest.FixtureRequest) -> Graded:
    """The whole day with each case."""
    return grade(grader, solved, selected(request, test_costs_at_most_its_own_task))


@pytest.fixture(scope="module")
def limits() -> Iterator[Grader]:
    """A grader that uses no namespaces."""
    with Grader(2, fence=sandbox.LIMITS) as warm:
        yield warm


@pytest.fixture(scope="module")
def limited(limits: Grader, solved: Submission, request: pytest.FixtureRequest) -> Graded:
    """Task 2.1 with each case, without namespaces."""
    graded = grade(limits, solved, selected(request, test_limits_alone), TASK)
    assert limits.fence == sandbox.LIMITS
    return graded


def outcomes_of(day: DayResult, task: str) -> tuple[TestOutcome, ...]:
    """A task's tests."""
    [found] = [part for part in day.tasks if part.task == task]
    return found.tests


def leftovers() -> list[str]:
    """Command lines of processes that hostile code started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if MARKER in line:
            found.append(line)
    return found


def agrees(case: Case, day: DayResult) -> None:
    """Check task 2.1's outcome, and that the grader itself is unharmed."""
    assert Result(SEED, "", 0.0, (day,)).faults == []
    tests = outcomes_of(day, TASK)
    messages = [test.message for test in tests if test.message]
    if case.status:
        assert {test.status for test in tests} == {case.status}, messages
    assert all(message.isprintable() for text in messages for message in text.splitlines())
    assert all(len(message.splitlines()) <= 6 for message in messages)
    if case.words:
        assert re.search(case.words, messages[0]), messages[0]
    if case.status not in ("", "passed"):
        assert sum(test.points for test in tests) == 0
    assert leftovers() == []


@named(WHOLE_DAY)
def test_costs_at_most_its_own_task(case: Case, whole_day: Graded) -> None:
    day = whole_day[case.name]
    agrees(case, day)
    assert [task.task for task in day.tasks] == [task.number for task in DAY.tasks]
    lost = {task.task: task.tests for task in day.tasks if task.points < task.max_points}
    assert set(lost) <= {TASK}, lost


@named(LIMITED)
def test_limits_alone(case: Case, limited: Graded) -> None:
    agrees(case, limited[case.name])


PRYING = """
import gc, glob, os, re, socket
ROOT, HOME, SEED, PORT = {root!r}, {home!r}, "{seed}", {port}

def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""

def connects():
    try:
        socket.create_connection(("127.0.0.1", PORT), timeout=2).close()
        return True
    except OSError:
        return False

def writes():
    places = [ROOT + "/introdl", "/usr", "/etc", "/", "/proc/sys/kernel", "/compiled", HOME]
    found = []
    for place in places:
        try:
            with open(place + "/introdl-was-here", "w"):
                found.append(place)
        except OSError:
            pass
    return found

def remembers(*patterns):
    # The patterns themselves must not match, for they lie in the same memory.
    want = [re.compile(pattern.encode()) for pattern in patterns]
    found = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            span, rights, *_, name = (line + " -").split(" ")[:2] + [line.split(" ")[-1]]
            start, end = (int(part, 16) for part in span.split("-"))
            if "r" not in rights or "w" not in rights or end - start > 1 << 28:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            found |= {{expression.pattern for expression in want if expression.search(data)}}
    return sorted(found)

def lists():
    try:
        os.chmod("/compiled", 0o755)
    except OSError:
        pass
    try:
        return os.listdir("/compiled")
    except OSError:
        return []

def own():
    return {{"environment": "GITHUB_TOKEN" in os.environ,
            "own environ": b"ghs_" + b"secret" in read("/proc/self/environ")}}

def fenced():
    return {{
        "environ": any(b"ghs_" + b"secret" in read(p) for p in glob.glob("/proc/*/environ")),
        "solutions": os.path.exists(ROOT + "/solutions"),
        "tests": bool(glob.glob(ROOT + "/day_*/tests/*") + glob.glob(ROOT + "/tests/*")),
        "history": os.path.exists(ROOT + "/.git"),
        "home": any(map(os.path.isfile, glob.glob(HOME + "/.*"))),
        "submissions": bool(glob.glob("/tmp/introdl-*")),
        "processes": any(b"introdl" in read(p) for p in glob.glob("/proc/*/cmdline")
                         if p.split("/")[2] not in ("self", "thread-self", str(os.getpid()))),
        "network": connects(),
        "writes": bool(writes()),
        "compiled": bool(lists()),
        "memory": remembers("test_de[r]ivative", "".join(f"[{{n}}]" for n in SEED[::-1])),
    }}

def derivative_parabola(x):
    names = [name for part in {parts} for name, bad in part().items() if bad]
    raise RuntimeError("seen: " + (", ".join(names) or "nothing"))
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server on this machine that student code must not reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def prying(listener: socket.socket, parts: str) -> Case:
    """Code that looks around and reports what it should not have found."""
    port, home = listener.getsockname()[1], str(Path.home())
    code = PRYING.format(
        root=str(ROOT), home=home, seed=str(SEED)[::-1], port=port, parts=parts
    )  # fmt: skip
    return Case("prying", code, "error", "seen: nothing")


def test_sees_nothing_of_the_grader(
    grader: Grader, solved: Submission, listener: socket.socket
) -> None:
    list(grader.run([]))  # the fence is known from now on
    # A machine without namespaces can keep only the environment clean; the report says so.
    parts = "(own, fenced)" if grader.fence == sandbox.NAMESPACES else "(own,)"
    case = prying(listener, parts)
    [day] = grade(grader, solved, [case], TASK).values()
    agrees(case, day)


def test_limits_keep_the_environment_clean(
    limits: Grader, solved: Submission, listener: socket.socket
) -> None:
    case = prying(listener, "(own,)")
    [day] = grade(limits, solved, [case], TASK).values()
    agrees(case, day)


def test_report_names_the_fence(grader: Grader, limits: Grader) -> None:
    list(grader.run([]))
    list(limits.run([]))
    assert limits.fence == sandbox.LIMITS
    assert grader.fence in sandbox.DESCRIPTIONS
    assert "no namespaces" in sandbox.DESCRIPTIONS[sandbox.LIMITS]


def test_a_day_full_of_endless_loops_ends_before_a_service_gives_up() -> None:
    """A service waits for 12 minutes in all; no day has more than 40 tests."""
    assert tester.limit(30.0, 1800.0, late=0) == 30.0
    assert tester.limit(30.0, 4.0, late=0) == 4.0
    assert tester.limit(2.0, 1800.0, late=99) == 2.0
    assert sum(tester.limit(30.0, 1800.0, late) for late in range(40)) < 6 * 60
