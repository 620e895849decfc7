"""The reports for other programs fit those programs' schemas, and nothing of a student's leaks out.

One result with every status and hostile text is kept in each format in ``golden/formats``.
"""

import base64
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from introdl.__main__ import main
from introdl.course import ROOT, Day
from introdl.grading.reports import classroom50, github_classroom, gradescope, junit
from introdl.grading.result import DayResult, Result, TaskResult, ungraded
from introdl.outcome import STATUSES, Frame, TestOutcome

GOLDEN = Path(__file__).parent / "golden" / "formats"
SCHEMAS = Path(__file__).parent / "schemas"
HOSTILE = (
    "::error::x\n]]></failure></testcase>&lt;\x00\x1b[2J\ufffe\uffff\ud800\u2028\u202e\n"
    "```\n# @everyone ~~~ | a | <script>alert(1)</script> {{ x }}\r::stop-commands::x\n"
)
WHERE = Frame("day_02_optimization/src/parabola.py", 12, "derivative", "return x")
NOW = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
RUNNER = {
    "CLASSROOM": "deep-learning",
    "ASSIGNMENT": "day-02-optimization",
    "ASSIGNMENT_TYPE": "individual",
    "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-09-01T12-29-05Z-a1b2c3d",
    "COMMIT_URL": "https://github.com/school/repository/commit/a1b2c3d",
    "RELEASE_URL": "https://github.com/school/repository/releases/tag/submit%2F2026",
    "REVIEW_URL": "https://github.com/school/repository/compare/0...a1b2c3d",
}


def a_task(number: str, *statuses: str, message: str = HOSTILE, bonus: bool = False) -> TaskResult:
    """A task with a test of two points for each status."""
    tests = [
        TestOutcome(
            f"test_{number}_{k}", number, 2, status, message if status != "passed" else "", 0.25,
            WHERE if status == "failed" else None,
        )
        for k, status in enumerate(statuses)
    ]  # fmt: skip
    return TaskResult(number, f"Title {number} <&|`", bonus, tuple(tests))


def a_result(*tasks: TaskResult, broken: str = "") -> Result:
    day = DayResult(2, "day_02_optimization", "Optimization", tasks, broken)
    return Result(4711, "namespaces", 83.0, (day,))


EVERYTHING = a_result(
    a_task("2.1", "passed", "failed"),
    a_task("2.2", *STATUSES),
    a_task("2.3", "not started"),
    a_task("2.4", "failed", message="x" * 100_000),
    a_task("2.5", "passed", bonus=True),
    a_task("2.6", "failed", bonus=True),
)
FULL = a_result(a_task("2.1", "passed"), a_task("2.5", "failed", bonus=True))
BROKEN_TEST = TestOutcome("t", "2.1", 2, "error", "This test itself broke.", fault="KeyError")
FAULTY = a_result(TaskResult("2.1", "T", False, (BROKEN_TEST,)), broken="pytest ended")


def as_text(data: object) -> str:
    return json.dumps(data, indent=2) + "\n"


FORMATS: dict[str, Callable[[Result], str]] = {
    "junit.xml": junit.render,
    "gradescope.json": lambda result: as_text(gradescope.render(result)),
    "classroom50.json": lambda result: as_text(classroom50.render(result, RUNNER, NOW)),
    "release-body.md": classroom50.body,
    "github_classroom.json": lambda result: as_text(github_classroom.render(result)),
    "github_classroom.txt": github_classroom.notices,
}
JSON_SCHEMAS = {
    "gradescope.json": "gradescope-results.json",
    "classroom50.json": "classroom50-result-v1.json",
    "github_classroom.json": "github-classroom-runner.json",
}


def check_schema(name: str, text: str) -> None:
    if name in JSON_SCHEMAS:
        schema = json.loads((SCHEMAS / JSON_SCHEMAS[name]).read_text(encoding="utf-8"))
        jsonschema.validate(json.loads(text), schema, cls=jsonschema.Draft202012Validator)
    elif name == "junit.xml":
        xmlschema.XMLSchema(SCHEMAS / "junit.xsd").validate(io.StringIO(text))


@pytest.mark.parametrize("name", FORMATS)
def test_known_result(name: str, request: pytest.FixtureRequest) -> None:
    text, path = FORMATS[name](EVERYTHING), GOLDEN / name
    if request.config.getoption("--write-goldens"):
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "result", [EVERYTHING, FULL, a_result(), ungraded([Day(ROOT / "day_02_optimization")], "no")]
)
def test_formats_fit_their_schemas(name: str, result: Result) -> None:
    if name == "github_classroom.json" and not result.days[0].tasks:
        return  # the reporter wants a test, and every day has one
    check_schema(name, FORMATS[name](result))


@pytest.mark.parametrize("name", FORMATS)
def test_formats_hold_no_character_that_steers(name: str) -> None:
    text = FORMATS[name](EVERYTHING)
    if name.endswith(".json"):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800]", text)
    assert len(text) < 60_000
    assert not re.search(r"^::(?!notice title=Autograding )", text, re.MULTILINE) or (
        name in ("junit.xml", "release-body.md")  # files, which GitHub doesn't read for commands
    )


def test_a_fault_of_the_grader_is_nobody_s_failure() -> None:
    root = ElementTree.fromstring(junit.render(FAULTY))
    assert root.findall(".//failure") == []
    assert {error.get("type") for error in root.iter("error")} == {"grader"}
    check_schema("junit.xml", junit.render(FAULTY))
    assert "Points" not in github_classroom.notices(FAULTY)
    assert "not your fault" in github_classroom.notices(FAULTY)
    runner = github_classroom.render(FAULTY)
    assert runner["status"] == "error"
    assert "not your fault" in runner["tests"][0]["message"]
    check_schema("github_classroom.json", as_text(runner))


# JUnit


def test_junit_counts_what_it_holds() -> None:
    root = ElementTree.fromstring(junit.render(EVERYTHING))
    [suite] = root.findall("testsuite")
    assert suite.get("name") == "day_02_optimization"
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "12", "failures": "4", "errors": "3", "skipped": "2"}
    assert root.get("failures") == "4"
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["points"] == "4/20"
    assert properties["bonus"] == "2/4"
    assert properties["task 2.1"] == "2/4"


# Gradescope


def test_gradescope_s_total_has_the_required_points() -> None:
    data = gradescope.render(EVERYTHING)
    assert data["score"] == EVERYTHING.points == 4
    assert data["extra_data"]["max_score"] == 20
    required = [test for test in data["tests"] if test["tags"] == ["required"]]
    assert sum(test["score"] for test in required) == 4
    assert sum(test["max_score"] for test in required) == 20
    assert data["tests"][4] == data["tests"][4] | {"number": "2.5", "score": 2, "status": "passed"}
    assert data["tests"][1]["extra_data"]["tests"]["test_2.2_2"] == "not started"


def test_gradescope_keeps_student_text_in_code_blocks() -> None:
    output = gradescope.render(EVERYTHING)["tests"][0]["output"]
    heading, block = output.split("\n\n", 1)
    assert heading == "**failed**"
    assert block.startswith("````text\n::error::x\n")
    assert block.endswith("\n````")
    assert block.count("````") == 2


# Classroom 50


def test_classroom50_adds_up() -> None:
    data = classroom50.render(EVERYTHING, RUNNER, NOW)
    assert (data["score"], data["max-score"]) == (4, 20)
    assert sum(row["score"] for row in data["tests"]) == 4
    assert sum(row["max-score"] for row in data["tests"]) == 20
    assert all(row["score"] <= row["max-score"] for row in data["tests"])
    bonus = data["tests"][4]
    assert (bonus["passed"], bonus["bonus"], bonus["max-bonus"]) == (True, 2, 2)
    assert data["datetime"] == "2026-09-01T12:30:00Z"
    assert data["tests"][0]["feedback"].startswith("::error::x\n]]>")


@pytest.mark.parametrize(
    ("given", "written"), [("team", "team"), ("group", "group"), ("x", "individual")]
)
def test_classroom50_knows_the_types(given: str, written: str) -> None:
    data = classroom50.render(FULL, RUNNER | {"ASSIGNMENT_TYPE": given}, NOW)
    assert data["assignment_type"] == written


def test_classroom50_s_body_fits_into_a_release() -> None:
    tasks = [a_task(f"2.{k}", "failed", message="★\n" * 5000) for k in range(200)]
    assert len(classroom50.body(a_result(*tasks)).encode()) < 125_000


# GitHub Classroom


def test_github_classroom_adds_up() -> None:
    data = json.loads(base64.b64decode(github_classroom.encoded(EVERYTHING)))
    assert data == github_classroom.render(EVERYTHING)
    assert sum(test["score"] for test in data["tests"]) == 4
    assert data["max_score"] == 20
    assert data["status"] == "fail"
    assert github_classroom.render(FULL)["status"] == "pass"
    first = data["tests"][0]
    assert (first["filename"], first["line_no"]) == (WHERE.file, 12)
    assert data["tests"][4]["message"] == "Bonus 2/2"
    assert github_classroom.notices(EVERYTHING).splitlines() == [
        "::notice title=Autograding complete::Points 4/20",
        '::notice title=Autograding report::{"totalPoints":4,"maxPoints":20}',
    ]


def test_github_classroom_s_reporter_prints_no_workflow_command() -> None:
    for test in github_classroom.render(EVERYTHING)["tests"]:
        lines = f"Error: {test['message']}".splitlines()
        assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]


def test_github_classroom_s_result_stays_below_an_output_s_limit() -> None:
    tasks = [a_task(f"2.{k}", "failed", message="\U0001f600" * 5000) for k in range(90)]
    assert len(github_classroom.encoded(a_result(*tasks))) < 1_000_000


# The command


def test_command_writes_every_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, out = tmp_path / "empty" / "checkout", tmp_path / "out"
    checkout.mkdir(parents=True)
    for name, value in RUNNER.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    (tmp_path / "output").touch()
    options = ["--junit", str(out / "junit.xml"), "--gradescope", str(out / "gradescope.json")]
    options += ["--classroom50", str(out), "--github-classroom", "--day", "2"]
    assert main(["grade", str(checkout), *options]) == 0
    check_schema("junit.xml", (out / "junit.xml").read_text(encoding="utf-8"))
    check_schema("gradescope.json", (out / "gradescope.json").read_text(encoding="utf-8"))
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    check_schema("classroom50.json", json.dumps(result))
    assert (result["score"], result["max-score"]) == (0, 20)
    assert "no folder day_02_optimization" in result["tests"][0]["feedback"]
    assert "Points 0/20" in (out / "release-body.md").read_text(encoding="utf-8")
    name, _, encoded = (tmp_path / "output").read_text(encoding="utf-8").strip().partition("=")
    assert name == "result"
    check_schema("github_classroom.json", base64.b64decode(encoded).decode())


def test_a_person_reads_a_sentence_instead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", str(tmp_path), "--day", "2"]) == 2
    assert capsys.readouterr().err == (
        "The submission has no folder day_02_optimization; hand in the folder as the template has "
        "it.\n"
    )
