"""The result as JUnit XML: a suite for each day and a case for each test.

Points are properties of the suites, since Jenkins' schema allows none on cases.
Source of the format: the schema ``junit-10.xsd`` of Jenkins' xUnit plugin.
"""

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from introdl.grading.reports.common import BROKEN, clean
from introdl.grading.result import DayResult, Result, TaskResult
from introdl.outcome import TestOutcome

# What a case that did not pass contains; an `error` is no wrong answer.
ELEMENTS = {
    "failed": "failure",
    "not started": "skipped",
    "error": "error",
    "timeout": "error",
    "crashed": "error",
}
_NO_XML = re.compile("[\ufffe\uffff]")  # what XML forbids beyond control characters


def render(result: Result) -> str:
    """The whole document."""
    root = Element("testsuites", name="introdl", time=_time(result.seconds))
    root.extend([_suite(day) for day in result.days])
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _suite(day: DayResult) -> Element:
    suite = Element("testsuite", name=day.name)
    properties = SubElement(suite, "properties")
    _property(properties, "points", f"{day.points}/{day.max_points}")
    _property(properties, "bonus", f"{day.bonus}/{day.max_bonus}")
    for task in day.tasks:
        _property(properties, f"task {task.task}", f"{task.points}/{task.max_points}")
    suite.extend([_case(day, task, test) for task in day.tasks for test in task.tests])
    if day.broken:
        case = SubElement(suite, "testcase", classname=day.name, name="grading")
        SubElement(case, "error", type="grader", message=BROKEN)
    suite.set("time", _time(sum(test.seconds for task in day.tasks for test in task.tests)))
    for name, tag in (
        ("tests", "testcase"),
        ("failures", "testcase/failure"),
        ("errors", "testcase/error"),
        ("skipped", "testcase/skipped"),
    ):
        suite.set(name, str(len(suite.findall(tag))))
    return suite


def _property(parent: Element, name: str, value: str) -> None:
    SubElement(parent, "property", name=_text(name), value=value)


def _case(day: DayResult, task: TaskResult, test: TestOutcome) -> Element:
    task_name = task.task.replace(".", "_")  # a dot would begin a package of its own
    classname = _text(f"{day.name}.task_{task_name}")
    case = Element("testcase", classname=classname, name=_text(test.name), time=_time(test.seconds))
    if test.status != "passed":
        # A test that broke by itself is an error of the grader, not of the student.
        tag, kind = ("error", "grader") if test.fault else (ELEMENTS[test.status], test.status)
        lines = _text(test.message).splitlines() or [""]
        reason = SubElement(case, tag, type=kind, message=lines[0])
        reason.text = "\n".join(lines)
    return case


def _text(text: str) -> str:
    return _NO_XML.sub("�", clean(text))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
