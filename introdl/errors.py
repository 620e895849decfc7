"""Every exception of the course's own, in one tree below `CourseError`.

What a student's code comes to is below `introdl.testing.student.StudentEvent`.
"""


class CourseError(Exception):
    """The root of the tree."""


class UsageError(CourseError):
    """Unusable input; the message is one clear sentence that says what to do."""


class SubmissionError(UsageError):
    """A submission that can't be graded as it is; its author can mend it."""


class GraderFault(CourseError):
    """The grader itself broke; no student is to blame."""


class NoWorker(GraderFault):
    """The fence around student code could not be built."""


class WireError(CourseError):
    """Another process sent something unreadable."""


class Closed(CourseError):
    """The process at the other end of a socket is gone."""


class Late(CourseError):
    """No answer came before the deadline."""
