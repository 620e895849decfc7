"""Renderings of one `introdl.grading.result.Result`, each a pure function in its own module.

`console` is for a terminal, `page` for a browser, `markdown` and `annotations` for GitHub.
Student code can write anything into a message, so each of them first cleans it (`common.clean`)
and then escapes it for its own format.
"""
