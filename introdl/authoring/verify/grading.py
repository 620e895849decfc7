"""Grading the stubs, the solutions and every mistake, side by side."""

import itertools
from collections.abc import Iterator

from rich.console import Console
from rich.progress import track

from introdl.authoring import mistakes, reach, stubs
from introdl.authoring.findings import Findings
from introdl.authoring.mistakes import Mistake
from introdl.authoring.verify import facts
from introdl.course import ROOT, Day
from introdl.grading import submission
from introdl.grading.grader import Grader, Job
from introdl.grading.result import DayResult
from introdl.grading.submission import Submission

SEEDS = (0, 1, 2)

UNSOLVED = "stubs score 0, all not started"
SOLVED = "solutions score full, three seeds"
CAUGHT = "mistakes are caught and named"

Corpus = dict[str, Mistake]  # by the label of the job that grades it


def check(days: list[Day], slots: int, console: Console) -> Findings:
    """Grade everything; the reference solutions first, which fill the cache of compilations.

    Args:
        days: the days to grade.
        slots: how many jobs run side by side.
        console: where the progress is shown.
    """
    findings, corpus = Findings("grading"), Corpus()
    first = [solution_job(day, SEEDS[0]) for day in days]
    others = [job for day in days for job in other_jobs(day, corpus)]
    with Grader(slots) as grader:
        graded = itertools.chain(grader.run(first), grader.run(others))
        for job, result in track(
            graded, "Grading", total=len(first) + len(others), console=console
        ):
            judge(job, result, corpus, findings)
    return findings


def solution_job(day: Day, seed: int) -> Job:
    """Grade a day's reference solution."""
    solved = Submission(stubs.solved_files(day))
    return Job(solved, day, seed, label="solution", reference=True)


def other_jobs(day: Day, corpus: Corpus) -> Iterator[Job]:
    """Grade the solution under the other seeds, the stubs, and each mistake."""
    yield from (solution_job(day, seed) for seed in SEEDS[1:])
    yield Job(submission.read(ROOT, [day]), day, label="stubs")
    solved = Submission(stubs.solved_files(day))
    reached: dict[str, tuple[str, ...]] = {}
    for number, mistake in enumerate(mistakes.read(stubs.SOLUTIONS / day.name)):
        label, path = f"{day.name} {number}", f"{day.name}/src/{mistake.file}"
        corpus[label] = mistake
        source = solved.files[path].decode()
        wrong = solved.with_file(path, mistake.apply(source))
        function = mistake.function(source)
        if function not in reached:
            reached[function] = affected(day, function)
        yield Job(wrong, day, tests=reached[function], label=label)


def affected(day: Day, function: str) -> tuple[str, ...]:
    """The tests of a day that a change of this function can reach."""
    return tuple(reach.reached(function, stubs.modules(day), facts.tests_of(day)))


def judge(job: Job, result: DayResult, corpus: Corpus, findings: Findings) -> None:
    """Note what is wrong with one graded job."""
    faults = [test.fault for task in result.tasks for test in task.tests if test.fault]
    if result.broken or faults:
        told = result.broken or faults[0].splitlines()[-1]
        what = named(corpus[job.label]) if job.label in corpus else job.label
        problem = f"a test itself broke on {what}: {told}"
        findings.note(SOLVED, job.day.name, [problem])
    elif job.label == "stubs":
        findings.note(UNSOLVED, job.day.name, started(result))
        points = {task.task: task.max_points for task in result.tasks}
        findings.note(facts.TASKS, job.day.name, facts.disagreements(job.day, points))
    elif job.label == "solution":
        findings.note(SOLVED, job.day.name, lost(job, result))
    else:
        findings.note(CAUGHT, job.day.name, uncaught(corpus[job.label], result))


def started(result: DayResult) -> Iterator[str]:
    """What of an untouched stub counts as begun."""
    for task in result.tasks:
        for test in task.tests:
            if test.status != "not started":
                yield f"{test.name} of the stub is '{test.status}': {test.message}"


def lost(job: Job, result: DayResult) -> Iterator[str]:
    """The tests that the solution fails."""
    for task in result.tasks:
        for test in task.tests:
            if test.status != "passed":
                yield f"{test.name} fails the solution under seed {job.seed}: {test.message}"


def named(mistake: Mistake) -> str:
    """A mistake as problems name it: by its task, its file and its first line."""
    line = (mistake.new.strip() or "(nothing)").splitlines()[0]
    return f"{mistake.task} {mistake.file} {line!r}"


def uncaught(mistake: Mistake, result: DayResult) -> Iterator[str]:
    """What is wrong with how a mistake was graded."""
    name = named(mistake)
    lost = {task.task for task in result.tasks if task.points < task.max_points}
    expected = {mistake.task, *mistake.also}
    if lost != expected:
        yield f"{name} costs {sorted(lost) or 'nothing'}, not {sorted(expected)}."
    messages = [test.message for task in result.tasks if task.task == mistake.task
                for test in task.tests if test.message]  # fmt: skip
    said = " ".join(" ".join(messages).split())
    if " ".join(mistake.says.split()) not in said:
        yield f"{name} does not say {mistake.says!r} but: {said}"
