"""Merging a stub unit by unit: what a student has begun stays, the rest follows the course.

A unit is never merged inside; it is the student's, or the course's. Only imports are merged name by
name.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from introdl.update.units import (
    DEFINITION,
    FUNCTION,
    TODO_LINE,
    Unit,
    Units,
    Unmergeable,
    bound,
    bound_by,
    first_line,
    names,
    too_early,
    units,
)

IMPORT = (ast.Import, ast.ImportFrom)

_TODO = re.compile(r"\s*# TODO \d+\.\d+: ")


@dataclass
class Merged:
    """A merged module, and what there is to say about its units."""

    source: str
    new: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)  # whole sentences


def overlaid(base: Units, before: Units, after: Units) -> dict[str, Unit]:
    """The base after an update: what the update changed is the course's, the rest is as it was.

    Args:
        base: what the course had given before.
        before: the student's module when the update came.
        after: the module that the update made of it.
    """
    result = {key: unit for key, unit in base.items() if key not in {*before, *after}}
    for key, unit in after.items():
        old, known = before.get(key), base.get(key)
        course = unit if old is None or old.text != unit.text else known
        if course is not None:
            stayed = old is not None and old.comments == unit.comments
            result[key] = replace(course, lead=known.lead if known and stayed else unit.lead)
    return result


def begun(base: Units | None, mine: Units, theirs: Units) -> set[str]:
    """The keys of the units that are the student's.

    Args:
        base: what the course last gave; None if that isn't known.
        mine: the student's units.
        theirs: the units of the newer stub.
    """
    return {key for key, unit in mine.items() if _is_begun(key, unit, base, theirs.get(key))}


def _is_begun(key: str, unit: Unit, base: Units | None, newer: Unit | None) -> bool:
    old = base.get(key) if base is not None else None
    if _is_import(unit):  # one that changed follows; `_import` saves the names
        if newer is None or old is None:
            return newer is None and old is None
        return newer.text == old.text != unit.text
    if newer is not None and newer.is_todo and not unit.is_todo:
        return True  # whatever the history says, nothing solved is ever replaced by a stub
    if base is not None:
        return old is None or old.text != unit.text
    return newer is None or not unit.is_todo or _given_lines(unit) != _given_lines(newer)


def _given_lines(unit: Unit) -> list[str]:
    """A function's lines without head, docstring and TODO."""
    node = unit.node
    if not isinstance(node, FUNCTION):
        return unit.text.split("\n")
    start = node.body[0]
    documented = ast.get_docstring(node, clean=False) is not None
    end = (start.end_lineno or start.lineno) if documented else start.lineno - 1
    lines = unit.text.split("\n")[end + 1 - first_line(node) :]
    return [line for line in lines if not (TODO_LINE.fullmatch(line) or _TODO.match(line))]


def merge(base: Units | None, mine: Units, theirs: Units, used: set[str]) -> Merged:
    """Merge the student's module with the newer stub.

    Args:
        base: what the course last gave; None if that isn't known.
        mine: the student's units.
        theirs: the units of the newer stub.
        used: the names that begun functions of the day use; what defines one of them stays.

    Returns:
        The merged module and what there is to say about it.

    Raises:
        Unmergeable: if what came out isn't valid Python, lacks something of the student's, or uses
            a name before it is defined.
    """
    kept = begun(base, mine, theirs)
    chosen = _followed(base, mine, theirs, kept, used)
    added = []
    for key, unit in theirs.items():
        if key in mine or (base is not None and key in base):
            continue
        if (
            not unit.scope or ".".join(unit.scope) in chosen
        ):  # the student may have removed its class
            chosen[key] = unit
            added.append(key)
    own = names(mine[key] for key in kept)
    missing = _missing_imports(chosen, base, mine, theirs, own)
    orders = (_order(chosen, theirs, mine), _order(chosen, mine, theirs))
    sources = [_source({key: chosen[key] for key in order}, missing) for order in orders]
    sound = [source for source in sources if _is_sound(source, mine, kept)]
    if not sound:
        raise Unmergeable("can't be merged without touching what you wrote, so it stays as it is")
    return Merged(
        sound[0],
        [_label(key, theirs) for key in added if isinstance(theirs[key].node, DEFINITION)],
        [_label(key, mine) for key in mine if key in kept and _is_function(mine[key])],
        [*_remarks(base, mine, theirs, kept, chosen)],
    )


def _followed(
    base: Units | None, mine: Units, theirs: Units, kept: set[str], used: set[str]
) -> dict[str, Unit]:
    """The student's units, where the untouched ones follow the newer stub."""

    def commented(key: str) -> bool:
        """Whether the comments above are the student's."""
        return not base or key not in base or base[key].comments != mine[key].comments

    def stays(key: str) -> bool:
        if key in theirs or key in kept or commented(key):
            return True
        in_class = ".".join(mine[key].scope)  # a class that stays does so as a whole
        needed = not _is_import(mine[key]) and not used.isdisjoint(bound(mine[key]))
        return needed or (in_class in staying and in_class not in theirs)

    staying = set[str]()
    while more := {key for key in mine if stays(key)} - staying:
        scopes = [mine[key].scope for key in more]  # a method needs the heads of its classes
        more |= {".".join(s[:depth]) for s in scopes for depth in range(1, len(s) + 1)}
        staying |= more
        used = used | names(mine[key] for key in more if key not in theirs)
    result = {}
    for key, unit in mine.items():
        if key in theirs:
            course = unit if key in kept else theirs[key]
            result[key] = replace(course, lead=unit.lead if commented(key) else theirs[key].lead)
        elif key in staying:
            result[key] = unit
    return result


def _order(chosen: Units, first: Units, second: Units) -> list[str]:
    """The chosen keys as the first module has them; what only the second has follows as there."""
    keys = [key for key in first if key in chosen]
    place = 0
    for key in [key for key in second if key in chosen]:
        if key in first:
            place = keys.index(key) + 1
            continue
        while place < len(keys) and len(chosen[keys[place]].scope) > len(chosen[key].scope):
            place += 1  # not into the middle of a class
        keys.insert(place, key)
        place += 1
    return keys


def _source(those: Units, imports: list[str]) -> str:
    """The module that consists of these units, with more imports behind those at its top."""
    parts = list(those.values())
    ending = "\r" if any(line.endswith("\r") for unit in parts for line in unit.lines) else ""
    rest = (n for n, key in enumerate(those) if key != '"""' and not _is_import(those[key]))
    parts.insert(next(rest), Unit([], [line + ending for line in imports], (), None))
    return "\n".join(line for unit in parts for line in [*unit.lead, *unit.lines])


def _is_sound(source: str, mine: Units, kept: set[str]) -> bool:
    """Whether a merged module holds all that is the student's, and can be imported."""
    try:
        after = units(source)
    except Unmergeable:
        return False
    intact = all(key in after and after[key].text == mine[key].text for key in kept)
    return intact and too_early(after) <= too_early(mine)


def _missing_imports(
    chosen: Units, base: Units | None, mine: Units, theirs: Units, own: set[str]
) -> list[str]:
    """The imports to add: the newer stub's, and those of the student's code."""
    have = {name for unit in chosen.values() for name in bound(unit)}
    ours, newer, given = _imports(mine), _imports(theirs), _imports(base or {})
    lost = own if base is None else own | (ours.keys() - given)
    new = names(chosen.values()) | (newer.keys() - given)
    wanted = {n: ours[n] for n in ours if n in lost} | {n: newer[n] for n in newer if n in new}
    return [line for name, line in wanted.items() if name not in have]


def _imports(those: Units) -> dict[str, str]:
    """For each name that a module imports a line that imports it alone."""
    found = {}
    for unit in those.values():
        if isinstance(unit.node, IMPORT) and not unit.scope:
            start = ""
            if isinstance(unit.node, ast.ImportFrom):
                start = f"from {'.' * unit.node.level}{unit.node.module or ''} "
            for alias in unit.node.names:
                found[bound_by(alias)] = f"{start}import {ast.unparse(alias)}"
    return found


def _remarks(
    base: Units | None, mine: Units, theirs: Units, kept: set[str], result: Units
) -> Iterator[str]:
    """What needs the student's eye, in one sentence each."""
    for key, unit in mine.items():
        old, newer, label = (base or {}).get(key), theirs.get(key), _label(key, mine)
        if unit.node is None or _is_import(unit):
            continue
        if newer is None and key in kept and old is not None:
            yield f"{label} is no longer in the course; yours stays."
        elif newer is None and key not in kept and key in result:
            yield f"{label} is no longer in the course, but stays, for your code uses it."
        elif newer is not None and key in kept and newer.text not in (unit.text, old and old.text):
            yield f"{label} stays as you have it; {_change(old, unit, newer)}."
    for key, old in (base or {}).items():
        newer = theirs.get(key)
        if key not in mine and newer and _is_function(newer) and newer.text != old.text:
            yield f"{_label(key, theirs)} has changed; it stays out, for you have removed it."


def _change(old: Unit | None, unit: Unit, newer: Unit) -> str:
    """How the course's version differs from what the student knows."""
    if newer.is_todo and not unit.is_todo and old is not None and old.text == unit.text:
        return "in the newer course it is a task"
    phrases = []
    if _head(newer) not in (_head(old or unit), _head(unit)):
        phrases.append(f"is declared as `{_head(newer)}`")
    if _description(newer) not in (_description(old or unit), _description(unit)):
        phrases.append("has another description")
    if not phrases:
        phrases.append("has changed, too" if old else "is different")
    return f"in the newer course it {' and '.join(phrases)}"


def _head(unit: Unit) -> str:
    """How a function is declared, with its decorators."""
    node = unit.node
    if not isinstance(node, FUNCTION):
        return ""
    decorators = "".join(f"@{ast.unparse(decorator)} " for decorator in node.decorator_list)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{decorators}{node.name}({ast.unparse(node.args)}){returns}"


def _description(unit: Unit) -> str:
    return ast.get_docstring(unit.node) or "" if isinstance(unit.node, FUNCTION) else ""


def _is_import(unit: Unit) -> bool:
    return isinstance(unit.node, IMPORT) and not unit.scope


def _is_function(unit: Unit) -> bool:
    return isinstance(unit.node, FUNCTION)


def _label(key: str, those: Units) -> str:
    """A unit's name for the student: ``Complex.__add__()``."""
    return f"{key}()" if _is_function(those[key]) else key
