"""Where the tests run; nothing of a submission does.

`tester` runs one day's pristine tests with pytest. Over the `bridge` they reach the student's
functions, which live behind the fence.
"""
