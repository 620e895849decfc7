"""The proof that the course works: everything that is promised about it, checked in stages.

`facts` (with `documents`) takes seconds and is told at once; if something is wrong there, nothing
else is run. Then `grading` works through the corpus, and the students' template is proven; `beside`
them the tests of introdl itself and the reference trainings run. `scope` says what of all this a
change can reach.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from rich.console import Console

from introdl.authoring.findings import Findings, in_words
from introdl.authoring.publish import template
from introdl.authoring.verify import beside, facts, grading
from introdl.authoring.verify.scope import Scope


def run(scope: Scope, thorough: bool = False) -> int:
    """Verify; prints each stage's findings when it ends.

    Args:
        scope: what to verify.
        thorough: run the reference trainings under three seeds, and the long ones, too; and try
            the template in a fresh environment.

    Returns:
        0 when all is well or there was nothing to verify, else 1.
    """
    console, started = Console(), time.monotonic()
    done: list[Findings] = []
    for findings in stages(scope, thorough, console):
        findings.tell(console)
        done.append(findings)
        if findings.stage == "facts" and findings.wrong:
            break
    checked, problems = sum(f.count for f in done), sum(f.wrong for f in done)
    if not checked:
        print("verify: nothing to verify")
        return 0
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    word = in_words(problems) if problems else "no problem"
    print(f"verify: {checked} checked, {word}, {minutes} min {seconds} s")
    return int(problems > 0)


def stages(scope: Scope, thorough: bool, console: Console) -> Iterator[Findings]:
    """The findings of each stage in the scope, as it ends."""
    if scope.facts:
        yield facts.check(scope.facts)
    others: list[Callable[[], Findings]] = []
    if scope.tests:  # they need one core, so they come while the others are grading
        others.append(lambda: beside.check_tests(scope.tests, console))
    if scope.trainings:
        others.append(lambda: beside.check_trainings(scope.trainings, thorough, console))
    with ThreadPoolExecutor(1) as pool:
        running: list[Future[Findings]] = [pool.submit(check) for check in others]
        if scope.grading:
            cores = os.cpu_count() or 1
            yield grading.check(scope.grading, max(1, cores - len(running[:1])), console)
            yield template.check(scope.grading, quick=not thorough)
        yield from (future.result() for future in running)
