"""The autograder: from a submission to a result and its reports.

The front (`grader`) sends jobs to the warm parent (`server`). For each job the warm parent forks a
test process (`introdl.trusted`), and behind a fence a worker with the student's code
(`introdl.fenced`). The processes talk in data alone (`introdl.wire`).
"""
