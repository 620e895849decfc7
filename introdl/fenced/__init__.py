"""Where student code runs; nothing here knows a test or an expected value.

A `worker` answers the tests' requests in a process of its own, which `sandbox` has fenced in.
"""
