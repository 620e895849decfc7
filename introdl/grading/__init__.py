"""The autograder: trusted tests in one process, the student's code in another.

The front (`grader`) sends jobs to the warm parent (`server`). For each job the warm parent forks a
test process (`tester`), which runs one day's pristine tests, and behind a fence (`sandbox`) a
`worker` with the student's code. Test process and worker talk over the `bridge`, in data (`wire`).
"""
