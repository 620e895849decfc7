"""The proof that the course works: everything that is promised about it, checked."""

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from introdl.authoring import mistakes, reach, stubs, trainings
from introdl.authoring.mistakes import Mistake
from introdl.course import ROOT, Day, UsageError
from introdl.grading.grader import Grader, Job
from introdl.grading.result import DayResult
from introdl.grading.submission import Submission

SEEDS = (0, 1, 2)
POINTS = 20  # required points of a day
SHORTEST_SENTENCE = 12

STUBS = "stubs are current"
LEAKS = "no solved line in a stub"
TASKS = "tasks agree in README, stubs, tests"
COMMANDS = "README commands and links exist"
CORPUS = "two mistakes for every function"
UNSOLVED = "stubs score 0, all not started"
SOLVED = "solutions score full, three seeds"
CAUGHT = "mistakes are caught and named"
TRAINED = "reference trainings reach their targets"
OWN = "tests of introdl itself"


@dataclass
class Findings:
    """How much was checked under each heading, and what was wrong."""

    checked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    problems: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, check: str, place: str, problems: Iterable[str]) -> None:
        """Record one thing checked and what was wrong with it."""
        self.checked[check, place] += 1
        self.problems[check, place].extend(problems)

    @property
    def failed(self) -> int:
        """The number of problems."""
        return sum(map(len, self.problems.values()))


def run(days: list[Day], thorough: bool = False) -> int:
    """Verify these days; prints a table and every problem.

    Args:
        days: the days to verify.
        thorough: run the reference trainings under three seeds, and the long ones too.

    Returns:
        0 when all is well, else 1.
    """
    findings, console = Findings(), Console()
    check_stubs(findings)
    for day in days:
        check_leaks(day, findings)
        check_corpus(day, findings)
    check_documents(days, findings)
    check_grading(days, findings, console)
    check_trainings(days, thorough, findings)
    check_own_tests(findings)
    report(findings, console)
    return int(findings.failed > 0)


def report(findings: Findings, console: Console) -> None:
    """Print the table of checks, then each problem in a line."""
    table = Table(title="Verification")
    for heading in ("check", "where", "checked", "problems"):
        table.add_column(heading, justify="right" if heading in ("checked", "problems") else "left")
    for (check, place), count in findings.checked.items():
        wrong = len(findings.problems[check, place])
        table.add_row(check, place, str(count), f"[red]{wrong}" if wrong else "[green]none")
    console.print(table)
    for (check, place), problems in findings.problems.items():
        for problem in problems:
            line = f"{place}: {check}: {problem}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    good = sum(findings.checked.values()) - sum(1 for found in findings.problems.values() if found)
    print(f"verify: {good} passed, {findings.failed} failed")


def solution_files(day: Day) -> list[Path]:
    """The reference solution's modules of a day."""
    return sorted((stubs.SOLUTIONS / day.name / "src").glob("*.py"))


def check_stubs(findings: Findings) -> None:
    """Every stub is what would be generated, and there is no other file."""
    try:
        wanted = stubs.expected()
    except UsageError as error:
        findings.note(STUBS, "all days", [str(error)])
        return
    for path, text in wanted.items():
        current = path.exists() and path.read_text(encoding="utf-8") == text
        name = path.relative_to(ROOT)
        problem = [] if current else [f"{name} is out of date; run `nox -s stubs`."]
        findings.note(STUBS, name.parts[0], problem)
    for path in sorted(set(ROOT.glob("day_*/src/*.py")) - set(wanted)):
        findings.note(STUBS, path.parts[-3], [f"{path.relative_to(ROOT)} has no solution."])


def check_leaks(day: Day, findings: Findings) -> None:
    """No solved line stands in the stub of the same file."""
    for path in solution_files(day):
        source = path.read_text(encoding="utf-8")
        outside = {line.strip() for line in stubs.stub(source, path.name).splitlines()}
        written = ROOT / path.relative_to(stubs.SOLUTIONS)
        lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        student = {line.strip() for line in lines}
        leaked = [line for line in stubs.solved_lines(source) if line in student - outside]
        leaked += [line for line in lines if "SOLUTION" in line]
        findings.note(LEAKS, day.name, [f"{path.name} leaks: {line}" for line in leaked])


def graded_functions(day: Day) -> set[str]:
    """Every function with a solved block, as ``file:Class.function``."""
    found = set()
    for path in solution_files(day):
        source = path.read_text(encoding="utf-8")
        for number, line in enumerate(source.splitlines(), 1):
            if line.strip() == "# BEGIN SOLUTION":
                found.add(f"{path.name}:{mistakes.function_at(source, number)}")
    return found


def check_corpus(day: Day, findings: Findings) -> None:
    """At least two mistakes for every graded function, each with a whole sentence."""
    counts = dict.fromkeys(sorted(graded_functions(day)), 0)
    for mistake in mistakes.read(stubs.SOLUTIONS / day.name):
        try:
            source = solution(day, mistake.file)
            mistake.apply(source)
        except (UsageError, OSError) as error:
            findings.note(CORPUS, day.name, [str(error)])
            continue
        name = f"{mistake.file}:{mistake.function(source)}"
        if name in counts:
            counts[name] += 1
        if len(mistake.says) < SHORTEST_SENTENCE:
            findings.note(CORPUS, day.name, [f"'{mistake.says}' is too short to explain anything."])
    for name, count in counts.items():
        few = [f"{name} has {count} mistakes; write at least two."] if count < 2 else []
        findings.note(CORPUS, day.name, few)


def solution(day: Day, file: str) -> str:
    """The text of one solved module."""
    return (stubs.SOLUTIONS / day.name / "src" / file).read_text(encoding="utf-8")


def check_documents(days: list[Day], findings: Findings) -> None:
    """What the documents name exists: sessions, commands, scripts, links inside the repository."""
    known = sessions()
    for path in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(d.folder / "README.md" for d in days),
    ]:
        if not path.exists():
            findings.note(COMMANDS, str(path.relative_to(ROOT)), ["the file is missing."])
            continue
        text = path.read_text(encoding="utf-8")
        findings.note(COMMANDS, str(path.relative_to(ROOT)), _dead(path, text, known))


def sessions() -> set[str]:
    """The names of the noxfile's sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            given = [k.value for d in node.decorator_list if isinstance(d, ast.Call)
                     for k in d.keywords if k.arg == "name"]  # fmt: skip
            names |= {v.value for v in given if isinstance(v, ast.Constant)} or {node.name}
    return {str(name) for name in names}


def _dead(path: Path, text: str, known: set[str]) -> Iterator[str]:
    for session in re.findall(r"nox -s (\w+)", text):
        if session not in known:
            yield f"`nox -s {session}` is no session of the noxfile."
    for script in re.findall(r"python (day_\w+/\S+\.py|benchmarks/\S+\.py)", text):
        if not (ROOT / script).exists():
            yield f"`python {script}` is no script of this repository."
    for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)|<img[^>]+src=\"([^\"]+)\"", text):
        target = link[0] or link[1]
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"the link to '{target}' leads nowhere."
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        if anchor not in _anchors(text):
            yield f"the link to '#{anchor}' leads to no heading."


def _anchors(text: str) -> set[str]:
    """GitHub's anchors of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def check_grading(days: list[Day], findings: Findings, console: Console) -> None:
    """Grade the stubs, the solutions and every mistake, side by side on all cores."""
    jobs: list[Job] = []
    corpus: dict[str, Mistake] = {}
    for day in days:
        solved = _submission(day, solution_files(day))
        unsolved = _submission(day, sorted((day.folder / "src").glob("*.py")))
        jobs.append(Job(unsolved, day, label="stubs"))
        jobs += [Job(solved, day, seed, label="solutions") for seed in SEEDS]
        for number, mistake in enumerate(mistakes.read(stubs.SOLUTIONS / day.name)):
            try:
                source = solution(day, mistake.file)
                wrong, function = mistake.apply(source), mistake.function(source)
            except (UsageError, OSError):
                continue  # reported by check_corpus
            label = f"{day.name} {number}"
            corpus[label] = mistake
            path = f"{day.name}/src/{mistake.file}"
            changed = solved.with_file(path, wrong)
            jobs.append(Job(changed, day, tests=affected(day, function), label=label))
    with Grader() as grader:
        graded = track(grader.run(jobs), "Grading", total=len(jobs), console=console)
        for job, result in graded:
            if result.broken or any(t.fault for task in result.tasks for t in task.tests):
                faults = [
                    t.fault.splitlines()[-1] for k in result.tasks for t in k.tests if t.fault
                ]
                problem = f"a test itself broke on {job.label}: {result.broken} {faults}"
                findings.note(SOLVED, job.day.name, [problem])
            elif job.label == "stubs":
                findings.note(UNSOLVED, job.day.name, _started(result))
                findings.note(TASKS, job.day.name, _disagreements(job.day, result))
            elif job.label == "solutions":
                findings.note(SOLVED, job.day.name, _lost(job, result))
            else:
                findings.note(CAUGHT, job.day.name, _uncaught(corpus[job.label], result))


def affected(day: Day, function: str) -> tuple[str, ...]:
    """The tests of a day that a change of this function can reach."""
    tests = sorted((day.folder / "tests").glob("test_*.py"))
    return tuple(reach.reached(function, solution_files(day), tests))


def _submission(day: Day, files: list[Path]) -> Submission:
    return Submission({f"{day.name}/src/{path.name}": path.read_bytes() for path in files})


def _started(result: DayResult) -> Iterator[str]:
    for task in result.tasks:
        for test in task.tests:
            if test.status != "not started":
                yield f"{test.name} of the stub is '{test.status}': {test.message}"


def _disagreements(day: Day, result: DayResult) -> Iterator[str]:
    """Where README, stubs and tests name other tasks or other points."""
    tests = {task.task: task.max_points for task in result.tasks}
    readme = {task.number: task.points for task in day.tasks}
    sources = [path.read_text(encoding="utf-8") for path in (day.folder / "src").glob("*.py")]
    todos = {found for text in sources for found in re.findall(r"TODO (\d+\.\d+)", text)}
    for number in sorted({*tests, *readme, *todos}):
        for place, tasks in (("README", readme), ("tests", tests), ("stubs", todos)):
            if number not in tasks:
                yield f"task {number} is missing in the {place}."
        if number in tests and number in readme and tests[number] != readme[number]:
            yield f"task {number}: {readme[number]} points in the README, {tests[number]} in tests."
    if result.max_points != POINTS:
        yield f"the required tasks sum to {result.max_points} points, not {POINTS}."


def _lost(job: Job, result: DayResult) -> Iterator[str]:
    for task in result.tasks:
        for test in task.tests:
            if test.status != "passed":
                yield f"{test.name} fails the solution under seed {job.seed}: {test.message}"


def _uncaught(mistake: Mistake, result: DayResult) -> Iterator[str]:
    """What is wrong with how a mistake was graded."""
    line = (mistake.new.strip() or "(nothing)").splitlines()[0]
    name = f"{mistake.task} {mistake.file} {line!r}"
    lost = {task.task for task in result.tasks if task.points < task.max_points}
    expected = {mistake.task, *mistake.also}
    if lost != expected:
        yield f"{name} costs {sorted(lost) or 'nothing'}, not {sorted(expected)}."
    messages = [test.message for task in result.tasks if task.task == mistake.task
                for test in task.tests if test.message]  # fmt: skip
    said = " ".join(" ".join(messages).split())
    if " ".join(mistake.says.split()) not in said:
        yield f"{name} does not say {mistake.says!r} but: {said}"


def check_trainings(days: list[Day], thorough: bool, findings: Findings) -> None:
    """Run the reference trainings one after the other, each with all cores."""
    for day in days:
        for index, training in enumerate(trainings.read(day)):
            if training.thorough and not thorough:
                continue
            for seed in SEEDS if thorough else SEEDS[:1]:
                found = trainings.measure(day, index, seed)
                if isinstance(found, str):
                    problem = [f"{training.name}, seed {seed}, broke: {found}"]
                else:
                    text = (
                        f"{found.name}, seed {seed}: {found.value:.4g}, target {found.target:g}, "
                        f"{found.seconds:.0f} s"
                    )
                    print(text, flush=True)
                    problem = [] if found.reached else [text]
                findings.note(TRAINED, day.name, problem)


def check_own_tests(findings: Findings) -> None:
    """Run the tests of introdl itself."""
    command = [sys.executable, "-m", "pytest", "-q", "tests"]
    code = subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=False).returncode
    findings.note(OWN, "tests", [f"pytest ended with code {code}; see above."] if code else [])
