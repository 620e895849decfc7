"""What can be said of the course without running anything; it takes seconds and comes first."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from introdl.authoring import documents, mistakes, stubs
from introdl.authoring.findings import Findings
from introdl.authoring.new import FILL_IN
from introdl.course import ROOT, TODO, Day
from introdl.errors import UsageError

POINTS = 20  # required points of a day
SHORTEST_KEY = 12  # characters of a mistake's key; fewer identify no sentence

PYTHON = "every module of a day is Python"
STUBS = "stubs are current, and every other module is given whole"
LEAKS = "no solved line in a stub"
TASKS = "tasks and points agree in README, stubs and tests"
CORPUS = "two mistakes for every function, each with its sentence"
COMPLETE = "nothing is left to fill in"


def check(days: list[Day]) -> Findings:
    """Check all facts of these days."""
    findings = Findings("facts")
    for day in days:
        if is_python(day, findings):  # the others read the modules
            check_stubs(day, findings)
            check_leaks(day, findings)
            check_tasks(day, findings)
            check_corpus(day, findings)
            check_complete(day, findings)
    documents.check(days, findings)
    return findings


def is_python(day: Day, findings: Findings) -> bool:
    """Whether every module of a day and of its solution is Python."""
    problems: list[str] = []
    for folder in (day.folder, stubs.SOLUTIONS / day.name):
        for path in sorted(folder.rglob("*.py")):
            problem = list(_unreadable(path))
            findings.note(PYTHON, place(path), problem)
            problems += problem
    return not problems


def _unreadable(path: Path) -> Iterator[str]:
    try:
        ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        yield f"line {error.lineno} is not Python: {error.msg}."


def check_stubs(day: Day, findings: Findings) -> None:
    """Every stub is what would be generated; a module without a solution has no TODO."""
    for path in stubs.solved_modules(day):
        stub = day.folder / "src" / path.name
        findings.note(STUBS, place(stub), _outdated(path, stub))
    for path in stubs.left_over(day):
        findings.note(STUBS, place(path), ["has a TODO but no solution; run `nox -s stubs`."])


def _outdated(solution: Path, stub: Path) -> Iterator[str]:
    source = solution.read_text(encoding="utf-8")
    try:
        wanted = stubs.stub(source, place(solution))
    except UsageError as error:
        yield str(error)
        return
    if "# BEGIN SOLUTION" not in source:
        yield f"has no solved block; keep it in {stub.parent.parent.name}/src alone."
    if not stub.exists() or stub.read_text(encoding="utf-8") != wanted:
        yield "is out of date; run `nox -s stubs`."


def check_leaks(day: Day, findings: Findings) -> None:
    """No solved line stands in the stub of the same file."""
    for path in stubs.solved_modules(day):
        source = path.read_text(encoding="utf-8")
        try:
            outside = {line.strip() for line in stubs.unsolved_lines(source)}
        except UsageError:
            continue  # `check_stubs` tells it
        written = day.folder / "src" / path.name
        lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        student = {line.strip() for line in lines}
        leaked = [line for line in stubs.solved_lines(source) if line in student - outside]
        leaked += [line for line in lines if "SOLUTION" in line]
        findings.note(LEAKS, place(written), [f"leaks: {line}" for line in leaked])


def check_tasks(day: Day, findings: Findings) -> None:
    """README, stubs and tests name the same tasks with the same points."""
    tests: dict[str, int] = {}
    for path in tests_of(day):
        for number, points in marks(path):
            tests[number] = tests.get(number, 0) + points
    findings.note(TASKS, day.name, disagreements(day, tests))


def tests_of(day: Day) -> list[Path]:
    """The files with a day's tests."""
    return sorted((day.folder / "tests").glob("test_*.py"))


def marks(path: Path) -> Iterator[tuple[str, int]]:
    """The task and the points of each ``@task("2.4", points=2)`` in a file of tests."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="task"), args=[ast.Constant(value=str(number))]):
                given = {word.arg: word.value for word in node.keywords}
                points = given.get("points")
                if isinstance(points, ast.Constant) and isinstance(points.value, int):
                    yield number, points.value


def disagreements(day: Day, tests: Mapping[str, int]) -> Iterator[str]:
    """Where README, stubs and tests name other tasks or other points.

    Args:
        day: the day.
        tests: for each task the sum of its tests' points.
    """
    readme = {task.number: task.points for task in day.tasks}
    sources = [path.read_text(encoding="utf-8") for path in (day.folder / "src").glob("*.py")]
    todos = {number for text in sources for number in TODO.findall(text)}
    for number in sorted({*tests, *readme, *todos}):
        for where, tasks in (("README", readme), ("tests", tests), ("stubs", todos)):
            if number not in tasks:
                yield f"task {number} is missing in the {where}."
        if number in tests and number in readme and tests[number] != readme[number]:
            yield f"task {number}: {readme[number]} points in the README, {tests[number]} in tests."
    required = sum(tests.get(task.number, 0) for task in day.tasks if not task.bonus)
    if required != POINTS:
        yield f"the required tasks sum to {required} points, not {POINTS}."


def graded_functions(day: Day) -> set[str]:
    """Every function with a solved block, as ``file:Class.function``."""
    found = set()
    for path in stubs.solved_modules(day):
        source = path.read_text(encoding="utf-8")
        for number, line in enumerate(source.splitlines(), 1):
            if line.strip() == "# BEGIN SOLUTION":
                found.add(f"{path.name}:{mistakes.function_at(source, number)}")
    return found


def check_corpus(day: Day, findings: Findings) -> None:
    """At least two mistakes for every graded function; each names a sentence of the tests."""
    counts = dict.fromkeys(sorted(graded_functions(day)), 0)
    sentences = mistakes.sentences(day)
    sources = {path.name: path.read_text(encoding="utf-8") for path in stubs.solved_modules(day)}
    tasks = {number for source in sources.values() for number in TODO.findall(source)}
    tasks |= {task.number for task in day.tasks}
    for mistake in mistakes.read(stubs.SOLUTIONS / day.name):
        source = sources.get(mistake.file)
        if source is None:
            problem = [f"task {mistake.task}: there is no solution {mistake.file}."]
            findings.note(CORPUS, day.name, problem)
            continue
        problems = list(_unusable(mistake, source, sentences))
        if mistake.task not in tasks:
            problems.append(f"a mistake names task {mistake.task}, which doesn't exist.")
        findings.note(CORPUS, day.name, problems)
        if mistake.old in source:
            name = f"{mistake.file}:{mistake.function(source)}"
            counts[name] = counts.get(name, 0) + 1
    for name in sorted(graded_functions(day)):
        few = [f"{name} has too few mistakes ({counts[name]}); write at least two."]
        findings.note(CORPUS, day.name, few if counts[name] < 2 else [])


def _unusable(mistake: mistakes.Mistake, source: str, sentences: list[str]) -> Iterator[str]:
    try:
        mistake.apply(source)
    except UsageError as error:
        yield str(error)
    if mistake.old == mistake.new:
        yield f"Task {mistake.task}: {mistake.new!r} is the solution; write what is wrong."
    if len(mistake.says) < SHORTEST_KEY:
        yield f"Task {mistake.task}: the key {mistake.says!r} is too short to identify a sentence."
    elif problem := mistakes.unknown(mistake, sentences):
        yield problem


def check_complete(day: Day, findings: Findings) -> None:
    """No place is left that a scaffold leaves to a maintainer."""
    solution = stubs.SOLUTIONS / day.name
    files = [day.folder / "README.md", *tests_of(day), *solution.rglob("*.py")]
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        open_lines = [f"line {n}: {line.strip()}" for n, line in enumerate(lines, 1)
                      if FILL_IN in line]  # fmt: skip
        findings.note(COMPLETE, place(path), open_lines)


def place(path: Path) -> str:
    """A path as problems name it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
