"""What verification has checked, and what was wrong."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable

from rich.console import Console


class Findings:
    """The findings of one stage; `tell` prints them when it ends.

    Args:
        stage: its name, ``"facts"``.
    """

    def __init__(self, stage: str) -> None:
        self.stage, self.started, self.seconds = stage, time.monotonic(), 0.0
        self.checked: Counter[str] = Counter()
        self.problems: dict[str, list[str]] = defaultdict(list)

    def note(self, check: str, place: str, problems: Iterable[str] = ()) -> None:
        """Record one thing that was checked, and each problem that was found with it."""
        self.checked[check] += 1
        self.seconds = time.monotonic() - self.started
        self.problems[check] += [f"{place}: {problem}" for problem in problems]

    @property
    def count(self) -> int:
        """The number of things that were checked."""
        return self.checked.total()

    @property
    def wrong(self) -> int:
        """The number of problems."""
        return sum(map(len, self.problems.values()))

    def tell(self, console: Console) -> None:
        """Print a line for each check, and below it a line for each problem; nothing if empty."""
        if self.checked:
            console.print(f"[bold]{self.stage}[/] · {self.seconds:.1f} s")
        for check, count in self.checked.items():
            problems = self.problems[check]
            colour, word = ("red", in_words(len(problems))) if problems else ("green", "no problem")
            console.print(
                f"  {check}: {count} checked, [{colour}]{word}[/]", highlight=False, soft_wrap=True
            )
            for problem in problems:
                console.out(f"    {' '.join(problem.split())}", highlight=False)


def in_words(problems: int) -> str:
    """``1 problem`` or ``5 problems``."""
    return f"{problems} problem{'' if problems == 1 else 's'}"
